#!/usr/bin/env python3
"""Drives the ricci program as its users do: results, messages, exit statuses, pipes, Ctrl-C.

usage: test_cli.py RICCI [unittest arguments]
"""
import json
import os
import pathlib
import pty
import re
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import xml.etree.ElementTree

from arrays import Array, naive_einsum, npy, read_equations, read_npy

RICCI = ""

TABLE = pathlib.Path(__file__).resolve().parent.parent / "equations.txt"


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="ricci_cli_")
        self.addCleanup(self.folder.cleanup)
        self.root = pathlib.Path(self.folder.name)

    def ricci(self, *arguments, status=0, stdin=b"", env=None):
        """Runs it in the test's folder; standard output as bytes, standard error as text."""
        done = subprocess.run([RICCI, *map(str, arguments)], cwd=self.root, input=stdin, capture_output=True, timeout=120,
                              env={**os.environ, **(env or {})})
        error = done.stderr.decode()
        self.assertEqual(done.returncode, status, f"{arguments}\n{done.stdout[:500]}\n{error}")
        if status != 0:
            self.assertTrue(error.startswith("ricci: "), error)
            self.assertNotIn("fault of ricci", error)
        return done.stdout, error

    def write(self, name, array, descr="<f8"):
        (self.root / name).write_bytes(npy(array.shape, array.values, descr))
        return name

    def files(self, shapes, descr="<f8"):
        arrays = [Array(shape, seed=17 + i) for i, shape in enumerate(shapes)]
        return arrays, [self.write(f"x{i}.npy", array, descr) for i, array in enumerate(arrays)]

    def names(self):
        return sorted(path.name for path in self.root.iterdir())

    def assert_close(self, found, expected, scale):
        self.assertEqual(len(found), len(expected))
        for a, b in zip(found, expected):
            self.assertLessEqual(abs(a - b), scale, f"{found} against {expected}")


class EmptyAndUnknown(Case):
    def test_an_empty_value_is_not_taken_for_none(self):
        for flag in ("--dtype", "--plan", "--output", "--seed", "--threads"):
            _, error = self.ricci("run", "i->i", "randn:3", flag, "", status=2)
            self.assertIn(flag, error)
        self.ricci("grad", "i->", "randn:3", "--gradient", "", status=2)
        self.ricci("plan", "i->", "--shapes", "3", "--save", "", status=2)
        for wrt in ("", ","):
            _, error = self.ricci("grad", "i,i->", "randn:3", "randn:3", "--wrt", wrt, status=2)
            self.assertIn("--wrt", error)

    def test_a_seed_is_never_changed(self):
        for seed in ("-1", "99999999999999999999", "1.5", "nan", " 1"):
            _, error = self.ricci("run", "i->i", "randn:3", "--seed", seed, status=2)
            self.assertIn(f"'{seed}' is no whole number from 0 to 2^64 - 1", error)
        self.ricci("run", "i->i", "randn:3", "--seed", 2**64 - 1)

    def test_an_unknown_command_is_named(self):
        _, error = self.ricci("contract", "ij->", status=2)
        self.assertIn("there is no command 'contract'\n  known: run, grad, plan, inspect, bench\n", error)
        _, error = self.ricci("ij,jk->ik", "a.npy", "b.npy", status=2)
        self.assertIn("ricci run 'ij,jk->ik' FILE...", error)

    def test_closed_standard_streams_end_in_a_status(self):
        for command in ('"$0" run "i->i" randn:3 >&- 2>&-', '"$0" run "ij->" randn:3 >&- 2>&-'):
            done = subprocess.run(["sh", "-c", command, RICCI], cwd=self.root, timeout=60)
            self.assertIn(done.returncode, (2, 3))

    def test_more_threads_than_a_pool_can_have(self):
        _, error = self.ricci("run", "i->i", "randn:3", "--threads", 100000, status=2)
        self.assertIn("at most 1024", error)


class Results(Case):
    def check_row(self, equation, shapes, sizes):
        of_complex = "*" in equation
        descr = "<c16" if of_complex else "<f8"
        arrays = [Array(shape, seed=17 + i, of_complex=of_complex) for i, shape in enumerate(shapes)]
        files = [self.write(f"x{i}.npy", array, descr) for i, array in enumerate(arrays)]
        extra = ["--sizes", ",".join(f"{name}={extent}" for name, extent in sizes.items())] if sizes else []
        self.ricci("run", equation, *files, "-o", "y.npy", "--quiet", *extra)
        shape, values, found = read_npy((self.root / "y.npy").read_bytes())
        expected = naive_einsum(equation, arrays, sizes)
        bound = naive_einsum(equation, [Array(a.shape, map(abs, a.values)) for a in arrays], sizes)
        self.assertEqual((shape, found), (expected.shape, descr))
        for value, right, limit in zip(values, expected.values, bound.values):
            self.assertLessEqual(abs(value - right), 200 * 2.0**-53 * limit)

    def test_the_table_of_equations_against_a_plain_sum(self):
        rows = list(read_equations(TABLE))
        self.assertGreater(len(rows), 100)
        for row in rows:
            with self.subTest(row=row):
                self.check_row(*row)

    def test_integers_are_exact(self):
        a, b = Array((2, 3), [1, -2, 3, 4, 5, 2**40]), Array((3, 2), [7, 8, 9, 1, 2, 3])
        self.write("a.npy", a, "<i8"), self.write("b.npy", b, "<i8")
        out, _ = self.ricci("run", "ij,jk->ik", "a.npy", "b.npy", "--json")
        found = json.loads(out)
        self.assertEqual(found["dtype"], "int64")
        self.assertEqual(sum(found["values"], []), naive_einsum("ij,jk->ik", [a, b]).values)

    def test_prints_small_results_as_tensors(self):
        self.write("a.npy", Array((2,), [1, 2]), "<f4"), self.write("b.npy", Array((2,), [3, 4]), "<f4")
        out, error = self.ricci("run", "i,j->ij", "a.npy", "b.npy")
        self.assertEqual(out.decode(), "Tensor([[3.0, 4.0], [6.0, 8.0]])\n")
        self.assertEqual(error, "")

    def test_large_results_are_shown_in_part(self):
        out, error = self.ricci("run", "i,j->ij", "randn:50", "randn:60")
        self.assertIn("...", out.decode())
        self.assertIn("-o FILE.npy", error)
        _, error = self.ricci("run", "i,j->ij", "randn:50", "randn:60", "--quiet")
        self.assertEqual(error, "")

    def test_random_operands_follow_the_seed(self):
        runs = [self.ricci("run", "ij->ji", "randn:2x3", "--seed", seed)[0] for seed in (1, 1, 2)]
        self.assertEqual(runs[0], runs[1])
        self.assertNotEqual(runs[0], runs[2])

    def test_threads_change_no_bit(self):
        runs = [self.ricci("run", "ij,jk->ik", "randn:90x70", "randn:70x80", "--seed", 3, "--threads", n, "--json")[0]
                for n in (1, 2, 5)]
        values = [json.loads(run)["values"] for run in runs]
        self.assertEqual(values[0], values[1])
        self.assertEqual(values[0], values[2])

    def test_dtype_semiring_sizes(self):
        a, b = Array((2, 3), [1, 5, 2, 4, 3, 9]), Array((3, 2), [7, 1, 2, 8, 3, 3])
        self.write("a.npy", a), self.write("b.npy", b)
        out, _ = self.ricci("run", "ij,jk->ik", "a.npy", "b.npy", "--semiring", "max_plus", "--json")
        expected = [[max(a[(i, j)] + b[(j, k)] for j in range(3)) for k in range(2)] for i in range(2)]
        self.assertEqual(json.loads(out)["values"], expected)
        out, _ = self.ricci("run", "ij->i", "a.npy", "--dtype", "int32", "--json")
        self.assertEqual((json.loads(out)["dtype"], json.loads(out)["values"]), ("int32", [8, 16]))
        out, _ = self.ricci("run", "ij->ik", "a.npy", "--sizes", "k=2", "--json")
        self.assertEqual(json.loads(out)["values"], [[8, 8], [16, 16]])

    def test_json_spells_what_json_lacks(self):
        self.write("a.npy", Array((3,), [float("nan"), float("inf"), float("-inf")]))
        out, _ = self.ricci("run", "i->i", "a.npy", "--json")
        self.assertEqual(json.loads(out)["values"], ["NaN", "Infinity", "-Infinity"])
        self.write("c.npy", Array((1,), [2 - 3j]), "<c16")
        out, _ = self.ricci("run", "i*->", "c.npy", "--json")
        self.assertEqual(json.loads(out)["values"], [2.0, 3.0])

    def test_standard_input_and_output(self):
        array = Array((2, 3), seed=5)
        piped = npy(array.shape, array.values)
        out, error = self.ricci("run", "ij->ji", "-", "-o", "-", stdin=piped)
        self.assertEqual((read_npy(out)[0], error), ((3, 2), ""))
        out, _ = self.ricci("run", "ij->ji", "-", "-o", "-", stdin=out)
        self.assertEqual(read_npy(out)[1], array.values)

    def test_containers_and_keys(self):
        self.write("a.npy", Array((2, 3), seed=1))
        for suffix in ("npz", "safetensors"):
            self.ricci("run", "ij->ji", "a.npy", "-o", f"t.{suffix}")
            out, _ = self.ricci("run", "ij->ji", f"t.{suffix}:result", "--json")
            again, _ = self.ricci("run", "ij->ji", f"t.{suffix}", "--json")
            self.assertEqual(json.loads(out)["values"], json.loads(again)["values"])
            self.assertEqual(sum(json.loads(out)["values"], []), Array((2, 3), seed=1).values)
            _, error = self.ricci("run", "ij->ji", f"t.{suffix}:reslut", status=3)
            self.assertIn("'result'", error)


class Gradients(Case):
    def test_outer(self):
        self.write("a.npy", Array((2,), [1, 2]), "<f4"), self.write("b.npy", Array((2,), [3, 4]), "<f4")
        out, _ = self.ricci("grad", "i,j->ij", "a.npy", "b.npy", "--json")
        self.assertEqual(json.loads(out)["gradients"], {"0": [7.0, 7.0], "1": [3.0, 3.0]})
        out, _ = self.ricci("grad", "i,j->ij", "a.npy", "b.npy", "--wrt", "1")
        self.assertEqual(out.decode(), "gradient_1 (b.npy):\nTensor([3.0, 3.0])\n")

    def test_a_seed_and_files(self):
        arrays, files = self.files([(2, 3), (3, 4)])
        seed = Array((2, 4), seed=9)
        self.write("seed.npy", seed)
        self.ricci("grad", "ij,jk->ik", *files, "--gradient", "seed.npy", "--wrt", "0", "-o", "g.npy")
        expected = naive_einsum("ik,jk->ij", [seed, arrays[1]])
        shape, values, _ = read_npy((self.root / "g.npy").read_bytes())
        self.assertEqual(shape, (2, 3))
        self.assert_close(values, expected.values, 1e-14)
        self.ricci("grad", "ij,jk->ik", *files, "-o", "all.npz")
        out, _ = self.ricci("inspect", "all.npz", "--json")
        self.assertEqual([(a["name"], a["shape"]) for a in json.loads(out)["arrays"]],
                         [("value", [2, 4]), ("gradient_0", [2, 3]), ("gradient_1", [3, 4])])

    def test_a_semiring(self):
        a, b = Array((2, 3), [1, 5, 2, 4, 3, 9]), Array((3,), [7, 1, 4])
        self.write("a.npy", a), self.write("b.npy", b)
        out, _ = self.ricci("grad", "ij,j->i", "a.npy", "b.npy", "--semiring", "max_plus", "--json")
        found = json.loads(out)
        self.assertEqual(found["value"], [8, 13])
        self.assertEqual(found["gradients"], {"0": [[1, 0, 0], [0, 0, 1]], "1": [1, 0, 1]})

    def test_wrong_calls(self):
        _, files = self.files([(2, 3), (3, 4)])
        _, error = self.ricci("grad", "ij,jk->ik", *files, "--wrt", "2", status=2)
        self.assertIn("2 operands", error)
        self.ricci("grad", "ij,jk->ik", *files, "--wrt", "0,0", status=2)
        _, error = self.ricci("grad", "ij,jk->ik", *files, "--gradient", "x0.npy", status=2)
        self.assertIn("(2, 4)", error)
        _, error = self.ricci("grad", "ij,jk->ik", *files, "-o", "g.npy", status=2)
        self.assertIn(".npz", error)
        self.assertEqual(self.names(), ["x0.npy", "x1.npy"])


class Plans(Case):
    def test_a_search_by_method_and_seconds(self):
        chain = ",".join(f"{chr(97 + i)}{chr(98 + i)}" for i in range(20))
        shapes = ",".join(f"{2 + i % 3}x{2 + (i + 1) % 3}" for i in range(20))
        for method in ("auto", "greedy", "dissection", "anneal"):
            out, _ = self.ricci("plan", chain, "--shapes", shapes, "--method", method, "--seconds", "0.2", "--json")
            self.assertEqual(len(json.loads(out)["tree"]), 19)
        _, error = self.ricci("plan", chain, "--shapes", shapes, "--seconds", "-1", status=2)
        self.assertIn("seconds", error)
        self.ricci("plan", chain, "--shapes", shapes, "--seconds", "soon", status=2)

    def test_a_goal_and_a_profile(self):
        call = ("plan", "ij,jk,kl->il", "--shapes", "20x3,3x40,40x5")
        for goal in ("seconds", "flops", "write", "size"):
            out, _ = self.ricci(*call, "--goal", goal, "--json")
            self.assertEqual(json.loads(out)["tree"], [[1, 2], [0, 3]])
        self.assertIn("known: flops, write, size, seconds", self.ricci(*call, "--goal", "speed", status=2)[1])
        out, _ = self.ricci(*call, "--profile")
        self.assertIn(b"predicted  measured", out)

    def test_a_saved_plan_is_followed(self):
        _, files = self.files([(20, 3), (3, 40), (40, 5)])
        out, _ = self.ricci("plan", "ij,jk,kl->il", "--shapes", "20x3,3x40,40x5", "--dtype", "float64", "--save", "p.json")
        self.assertIn(b"il", out)
        direct, _ = self.ricci("run", "ij,jk,kl->il", *files, "--json")
        planned, _ = self.ricci("run", "ij,jk,kl->il", *files, "--json", "--plan", "p.json")
        self.assertEqual(json.loads(direct)["values"], json.loads(planned)["values"])
        _, error = self.ricci("run", "ij,jk,kl->li", *files, "--plan", "p.json", status=2)
        self.assertIn("p.json", error)
        out, _ = self.ricci("inspect", "p.json")
        self.assertIn(b"il", out)

    def test_pictures(self):
        call = ("plan", "ij,jk,kl->il", "--shapes", "20x3,3x40,40x5")
        self.ricci(*call, "--svg", "p.svg", "--html", "p.html", "--save", "p.json")
        root = xml.etree.ElementTree.parse(self.root / "p.svg").getroot()
        self.assertTrue(root.tag.endswith("svg"))
        self.assertIn("kl-&gt;", (self.root / "p.html").read_text())
        self.ricci("plan", "p.json", "--svg", "again.svg")
        self.assertEqual((self.root / "again.svg").read_bytes(), (self.root / "p.svg").read_bytes())
        for option in (("--seconds", "1"), ("--goal", "size"), ("--max-bytes", "1MB"), ("--gradients",)):
            self.assertIn("is shown as it is", self.ricci("plan", "p.json", *option, status=2)[1])
        self.assertIn("has its shapes", self.ricci("plan", "p.json", "--shapes", "2x3", status=2)[1])
        before = self.names()
        self.ricci(*call, "--svg", "nowhere/p.svg", status=3)
        self.ricci(*call, "--html", "", status=2)
        self.assertEqual(self.names(), before)

    def test_json_and_files(self):
        _, files = self.files([(20, 3), (3, 40)])
        out, _ = self.ricci("plan", "ij,jk->ik", *files, "--json")
        self.assertIsInstance(json.loads(out), dict)
        out, _ = self.ricci("plan", ",i->i", "--shapes", ",7")
        self.assertTrue(out)

    def test_wrong_calls(self):
        for shapes in ("2x", "x2", "2xx3,3x4", "2x-1,3x4", "2.5,3", "99999999999999999999,1"):
            _, error = self.ricci("plan", "ij,jk->ik", "--shapes", shapes, status=2)
            self.assertIn("as in 2x3,3x4", error)
        self.ricci("plan", "ij,jk->ik", status=2)
        self.ricci("plan", "ij,jk->ik", "--shapes", "2x3,4x5", status=2)
        self.ricci("plan", "ij,jk->ik", "--shapes", "2x3", status=2)
        (self.root / "p.json").write_text('{"steps": 3}')
        self.ricci("inspect", "p.json", status=3)


class Budget(Case):
    def test_slices_change_no_number(self):
        _, files = self.files([(40, 50), (50, 60), (60, 30)])
        equation = "ij,jk,kl->il"
        self.ricci("run", equation, *files, "-o", "free.npy")
        for size in ("10kB", "10KiB", "1e4", "10000", "10k"):
            self.ricci("run", equation, *files, "--max-bytes", size, "-o", "capped.npy")
            free, capped = (read_npy((self.root / name).read_bytes()) for name in ("free.npy", "capped.npy"))
            self.assertEqual(free[0], capped[0])
            self.assert_close(capped[1], free[1], 1e-9)
        told = json.loads(self.ricci("plan", equation, *files, "--max-bytes", "11kB", "--json")[0])
        self.assertEqual(told["max_bytes"], 11000)
        self.assertLessEqual(told["peak_bytes"], 11000)
        self.assertEqual([sorted(slice) for slice in told["slices"]], [["label", "piece"]])

    def test_a_saved_plan_keeps_its_cap(self):
        self.ricci("plan", "ij,jk,kl->il", "--shapes", "40x50,50x60,60x30", "--max-bytes", "6kB", "--save", "p.json")
        operands = ["rand:40x50", "rand:50x60", "rand:60x30"]
        self.ricci("run", "ij,jk,kl->il", *operands, "--plan", "p.json", "--max-bytes", "6kB", "-q")
        _, error = self.ricci("run", "ij,jk,kl->il", *operands, "--plan", "p.json", "--max-bytes", "5kB", status=2)
        self.assertIn("was not made for --max-bytes 5kB", error)

    def test_gradients(self):
        _, files = self.files([(20, 60), (60, 60), (60, 20)])
        self.ricci("grad", "ij,jk,kl->", *files, "-o", "free.npz")
        self.ricci("grad", "ij,jk,kl->", *files, "--max-bytes", "60kB", "-o", "capped.npz")
        found = self.ricci("run", "ij,ij->", "free.npz:gradient_0", "x0.npy")[0]
        self.assertEqual(self.ricci("run", "ij,ij->", "capped.npz:gradient_0", "x0.npy")[0], found)
        _, error = self.ricci("grad", "ij,jk,kl->", *files, "--max-bytes", "40kB", status=4)
        self.assertIn("with its gradients takes at least", error)

    def test_over_the_budget(self):
        _, error = self.ricci("run", "ij,jk->ik", "rand:40x50", "rand:50x60", "--max-bytes", "1kB", "-o", "c.npy",
                              status=4)
        self.assertEqual(error, "ricci: max_bytes is 1000, but ij,jk->ik takes at least 9600 bytes in the orders that "
                                "were tried\n  give max_bytes=9600; no slicing makes it less\n")
        self.assertEqual(self.names(), [])

    def test_wrong_sizes(self):
        for size in ("0", "-1", "x", "5x", "1e30", "0.2", "nan", "12 MB", ""):
            self.ricci("run", "i->", "rand:3", "--max-bytes", size, status=2)


class Messages(Case):
    def check(self, *arguments, status, says, stdin=b""):
        before = self.names()
        out, error = self.ricci(*arguments, status=status, stdin=stdin)
        for text in says:
            self.assertIn(text, error)
        self.assertEqual(out, b"")
        self.assertEqual(self.names(), before)

    def test_wrong_calls(self):
        _, (a, b) = self.files([(2, 3), (4, 5)])
        self.check("run", "ij,jk->ik", a, b, "-o", "y.npy", status=2, says=["'j'", "3", "4", "operand 1 is x0.npy, operand 2 is x1.npy"])
        self.assertNotIn(" is ", self.ricci("plan", "ij,jk->ik", "--shapes", "2x3,4x5", status=2)[1].splitlines()[-1])
        self.check("run", "ij,jk->ik", a, "-o", "y.npy", status=2, says=["1", "2"])
        self.check("run", "ij->ik", a, status=2, says=["'k'"])
        self.check("run", "ij-ji", a, status=2, says=["ij-ji"])
        self.check("run", a, b, status=2, says=["the equation comes first"])
        self.check("run", "ij->ji", a, "--semiring", "plus", status=2, says=["plus", "max_plus"])
        self.check("run", "ij->ji", a, "--dtype", "float7", status=2, says=["float7"])
        self.check("run", "ij->ji", a, "--optimize", "best", status=2, says=["best"])
        self.check("run", "ij->ik", a, "--sizes", "k", status=2, says=["label=extent"])
        self.check("run", "ij->ji", a, "--threads", "0", status=2, says=["--threads"])
        self.check("run", "ij->ji", a, "--thread", "2", status=2, says=["--thread", "--help"])
        self.check("run", status=2, says=["--help"])
        self.check(status=2, says=["--help"])
        self.check("fly", status=2, says=["--help"])
        self.check("run", "ij,jk->ik", "-", "-", status=2, says=["only once"])
        self.check("run", "ij->ji", "randn:2x", status=2, says=["2x3"])

    def test_bad_data(self):
        _, (a,) = self.files([(2, 3)])
        (self.root / "text.npy").write_text("1, 2, 3\n")
        (self.root / "cut.npy").write_bytes((self.root / a).read_bytes()[:-8])
        (self.root / "folder.npy").mkdir()
        self.check("run", "ij->ji", "none.npy", status=3, says=["none.npy", "no such file"])
        self.check("run", "ij->ji", "text.npy", status=3, says=["not an npy file"])
        self.check("run", "ij->ji", "cut.npy", status=3, says=["48 bytes", "40"])
        self.check("run", "ij->ji", "folder.npy", status=3, says=["is a folder"])
        self.check("run", "ij->ji", "x0.txt", status=3, says=["known: .npy"])
        self.check("run", "ij->ji", a, "-o", "y.txt", status=3, says=["known: .npy"])
        self.check("run", "ij->ji", a, "-o", "none/y.npy", status=3, says=["there is no folder 'none'"])
        self.check("run", "ij->ji", a, "-o", "folder.npy", status=3, says=["is a folder"])
        self.check("run", "ij->ji", "-", status=3, says=["standard input"], stdin=b"\x93NUM")
        self.check("run", "ij->ji", f"{a}:key", status=3, says=["leave the name out"])
        self.check("run", "ij->ji", a, "--plan", "none.json", status=3, says=["none.json"])
        self.check("run", "none.safetensors", status=3, says=["no such file"])
        self.check("inspect", "cut.npy", status=3, says=["promises 48 bytes"])

    def test_a_result_that_no_machine_holds(self):
        labels = [f"{{l{i}}}" for i in range(65)]
        _, error = self.ricci("run", ",".join(labels * 2) + "->", *["rand:2"] * 130, "--optimize", "False", status=4)
        self.assertIn("past 2^63 bytes", error)
        self.ricci("run", ",".join(labels * 2) + "->", *["rand:2"] * 130)

    def test_what_would_be_waited_for_is_refused(self):
        for name in ("pipe.npy", "pipe.npz", "pipe.safetensors"):
            os.mkfifo(self.root / name)
            for command in (["run", "ij->ji", name], ["inspect", name], ["grad", "i->", "rand:3", "--gradient", name]):
                self.check(*command, status=3, says=[name, "is a pipe"])
        self.check("run", "pipe.safetensors", status=3, says=["is a pipe"])
        (self.root / "zero.npy").symlink_to("/dev/zero")
        self.check("run", "i->i", "zero.npy", status=3, says=["is a device"])
        with socket.socket(socket.AF_UNIX) as s:
            s.bind(str(self.root / "s.npy"))
            self.check("run", "i->i", "s.npy", status=3, says=["is a socket"])
        with open("/dev/zero", "rb") as zero:
            done = subprocess.run([RICCI, "run", "i->i", "-"], stdin=zero, capture_output=True, timeout=60)
        self.assertEqual((done.returncode, done.stdout), (3, b""))
        self.assertIn(b"standard input is a device", done.stderr)

    def test_a_full_disk(self):
        _, (a,) = self.files([(2, 3)])
        with open("/dev/full", "wb") as full:
            done = subprocess.run([RICCI, "run", "ij->ji", a], cwd=self.root, stdout=full, stderr=subprocess.PIPE, timeout=60)
        self.assertEqual(done.returncode, 3)
        self.assertIn(b"standard output", done.stderr)
        (self.root / "full.npy").symlink_to("/dev/full")
        self.check("run", "ij->ji", a, "-o", "full.npy", status=3, says=["No space left"])

    def test_no_memory(self):
        self.check("run", "i,j->ij", "randn:3000000", "randn:3000000", status=4, says=["memory"])

    def test_overflow(self):
        _, (a,) = self.files([(2, 3)])
        self.check("run", "ij->ijkl", a, "--sizes", "k=4000000000,l=4000000000", status=2, says=["2^63"])

    def test_the_shell_took_the_arrow(self):
        self.files([(2, 3), (3, 4)])
        for line in ("run ij,jk->ik x0.npy x1.npy", "run ij,jk -> ik x0.npy x1.npy"):
            done = subprocess.run(["sh", "-c", f'"$0" {line}', RICCI], cwd=self.root, capture_output=True, text=True, timeout=60)
            self.assertEqual(done.returncode, 2)
            self.assertIn("quote the equation: 'ij,jk->ik'", done.stderr)
            self.assertEqual((self.root / "ik").read_bytes(), b"")
            (self.root / "ik").unlink()

    def test_bfloat16_has_no_npy(self):
        _, (a,) = self.files([(2, 3)])
        self.check("run", "ij->ji", a, "--dtype", "bfloat16", "-o", "y.npy", status=2, says=[".safetensors"])
        self.ricci("run", "ij->ji", a, "--dtype", "bfloat16", "-o", "y.safetensors")


class Help(Case):
    def test_every_example_runs(self):
        for command in ("run", "grad", "plan", "inspect"):
            out, _ = self.ricci(command, "--help")
            examples = [line.strip() for line in out.decode().split("Examples:")[1].splitlines() if line.strip()]
            runnable = [line for line in examples if "randn" in line or "--shapes" in line]
            self.assertTrue(runnable, out)
            for line in runnable:
                done = subprocess.run(["sh", "-c", f'ricci() {{ "$RICCI" "$@"; }}; {line}'], cwd=self.root, capture_output=True,
                                      env={**os.environ, "RICCI": RICCI}, timeout=60)
                self.assertEqual(done.returncode, 0, (line, done.stderr))
                self.assertTrue(done.stdout)
        out, _ = self.ricci("--help")
        for word in ("run", "grad", "plan", "inspect", "Exit status"):
            self.assertIn(word, out.decode())
        out, _ = self.ricci("--version")
        self.assertRegex(out.decode(), r"^ricci \d+\.\d+\.\d+\n$")


class Bench(Case):
    def test_the_machine_alone(self):
        limits = json.loads(self.ricci("bench", "--threads", "1", "--json")[0])
        self.assertEqual(limits["threads"], 1)
        self.assertGreater(limits["peak"]["float32"], limits["bandwidth"])
        self.assertIn("GFLOP/s in float32", self.ricci("bench")[0].decode())

    def test_a_contraction(self):
        call = ("bench", "ij,jk->ik", "--shapes", "64x32,32x16", "--dtype", "complex64")
        out = json.loads(self.ricci(*call, "--json")[0])
        self.assertEqual((out["multiplications"], out["bytes"]), (64 * 32 * 16, 8 * (64 * 32 + 32 * 16 + 64 * 16)))
        self.assertAlmostEqual(out["flops_per_second"] * out["seconds"], 8 * 64 * 32 * 16, delta=1)
        self.assertGreaterEqual(out["runs"], 5)
        self.assertTrue(0 < out["share"])
        self.assertIn("% of the roofline", self.ricci(*call)[0].decode())

    def test_wrong_calls(self):
        _, error = self.ricci("bench", "--shapes", "2x3", status=2)
        self.assertIn("the equation is missing", error)
        _, error = self.ricci("bench", "ij->", "rand:2x3", "--shapes", "2x3", status=2)
        self.assertIn("either --shapes or files", error)


class Rates(Case):
    """`ricci bench --calibrate` writes them; plans go by them only where that is asked for."""

    PLAN = ("plan", "ij,jk,kl->il", "--shapes", "64x8,8x512,512x16")

    def setUp(self):
        super().setUp()
        self.env = {"XDG_CACHE_HOME": str(self.root / "cache"), "RICCI_RATES": ""}
        self.file = self.root / "cache" / "ricci" / "rates.json"

    def plan(self, *arguments, rates=""):
        out, error = self.ricci(*self.PLAN, *arguments, env={**self.env, "RICCI_RATES": rates})
        return out.decode(), error

    def calibrate(self, *arguments, rates=""):
        return self.ricci("bench", "--calibrate", "--quick", *arguments, env={**self.env, "RICCI_RATES": rates})

    def test_what_is_measured_changes_no_plan_unless_asked_for(self):
        shown, saved = self.plan()[0], self.plan("--json")[0]
        _, error = self.calibrate(rates="measured")  # which there are none of yet
        told = "written; --rates measured, or RICCI_RATES=measured, predicts seconds by it"
        self.assertEqual(error, f"{self.file}: {told}\n")
        self.assertEqual([path.name for path in self.file.parent.iterdir()], ["rates.json"])
        self.assertEqual((self.plan()[0], self.plan("--json")[0]), (shown, saved))
        self.assertEqual(self.plan("--rates", "builtin", "--json", rates="measured")[0], saved)
        self.assertNotIn("other rates", shown)
        source = r"^rates measured \d{4}-\d\d-\d\d on .+ \(.+\), '" + re.escape(str(self.file)) + "'\n$"
        file = str(self.file)
        for arguments, rates in (["--rates", "measured"], ""), ([], "measured"), (["--rates", file], ""), ([], file):
            out, error = self.plan(*arguments, rates=rates)
            self.assertIn("\npredicted by other rates than the built-in: ", out)
            self.assertRegex(error, source)
            self.assertEqual(self.plan(*arguments, "--quiet", rates=rates)[1], "")
            other, built_in = json.loads(self.plan(*arguments, "--json", rates=rates)[0]), json.loads(saved)
            self.assertNotEqual(other["model"], built_in["model"])
            self.assertNotEqual(other["predicted_seconds"], built_in["predicted_seconds"])
            self.assertEqual(other["contraction"], built_in["contraction"])

    def test_the_file(self):
        out, _ = self.calibrate("--json")
        document, rows = json.loads(self.file.read_text()), json.loads(out)
        self.assertEqual((document["format"], document["version"]), ("ricci-rates", 1))
        self.assertEqual([(row["dtype"], row["semiring"], row["bytes_per_second"]) for row in document["rates"]],
                         [(row["dtype"], row["semiring"], row["bytes_per_second"]) for row in rows])
        self.assertTrue(all(row["worst_factor"] >= row["typical_factor"] >= 1 for row in rows))
        self.file.write_text("{")
        self.assertIn(b"{DType::f32, Semiring::sum_product, {", self.calibrate()[0])  # in the damaged one's place
        json.loads(self.file.read_text())

    def test_wrong_calls(self):
        call = (*self.PLAN, "--rates")
        mends = {"measured": "measure them: ricci bench --calibrate", "soon": "rates are 'builtin', 'measured', or"}
        for name, told in mends.items():
            self.assertIn(told, self.ricci(*call, name, status=3, env=self.env)[1])
            _, error = self.ricci(*self.PLAN, status=3, env={**self.env, "RICCI_RATES": name})
            self.assertTrue(error.startswith(f"ricci: RICCI_RATES={name}: "), error)
            self.ricci("run", "ij->i", "rand:2x3", status=3, env={**self.env, "RICCI_RATES": name})
        self.ricci(*call, "", status=2, env=self.env)
        self.plan("--save", "p.json")
        _, error = self.ricci("plan", "p.json", "--rates", "builtin", status=2, env=self.env)
        self.assertIn("is shown as it is", error)
        self.ricci("plan", "p.json", env={**self.env, "RICCI_RATES": "measured"})
        (self.root / "cache").write_text("in the way")
        self.assertIn("can't be written", self.ricci("bench", "--calibrate", "--quick", status=3, env=self.env)[1])


class Networks(Case):
    """Formats of others, by suffix; their values are held against brute force in tests/python/test_networks.py."""

    def text(self, name, text):
        (self.root / name).write_text(text)
        return name

    def values(self, *call):
        return json.loads(self.ricci("run", *call, "--json")[0])["values"]

    def test_values(self):
        cnf = self.text("f.cnf", "p cnf 6 4\n-1 -2 0 2 3 -2 0\n4 5 0\n4 6 0\n")
        self.assertEqual(self.values(cnf), 30)
        self.assertEqual(self.values(cnf, "--keep", "4,1"), [[4, 2], [16, 8]])
        uai = self.text("m.uai", "MARKOV 3 2 2 3 2 2 0 1 2 1 2 4 1 2 3 4 6 1 2 3 4 5 6")
        self.text("m.evid", "1 1 0")
        self.assertEqual(self.values(uai), 114)
        self.assertEqual(self.values(uai, "--evidence", "m.evid"), 24)
        qasm = self.text("bell.qasm", 'OPENQASM 2.0; include "qelib1.inc"; qreg q[2]; h q[0]; cx q[0],q[1];')
        self.assertAlmostEqual(self.values(qasm, "--bits", "11")[0], 0.5**0.5)
        self.assertEqual(self.values(qasm, "--bits", "10"), [0, 0])

    def test_a_contraction_as_json_has_no_values(self):
        name = self.text("n.json", '{"eq": "ij,jk,kl->il", "shapes": [[2, 3], [3, 4], [4, 5]], "path": [[1, 2], [0, 1]]}')
        tree = [json.loads(self.ricci("plan", name, "--json", *more)[0])["tree"] for more in ([], ["--method", "False"])]
        self.assertEqual(tree, [[[1, 2], [0, 3]], [[0, 1], [3, 2]]])
        first, error = self.ricci("run", name, "--seed", "1")
        self.assertIn("random", error)
        self.assertEqual(first, self.ricci("run", name, "--seed", "1", "--quiet")[0])

    def test_all_commands_take_them(self):
        name = self.text("f.cnf", "p cnf 2 1\n1 2 0\nw 1 0.5\n")
        self.assertIn(b"1 clause over 2 variables", self.ricci("inspect", name)[0])
        self.ricci("inspect", name, "--json")
        self.ricci("plan", name, "--svg", "f.svg")
        self.ricci("grad", name, "-o", "g.npz")
        self.assertIn("g.npz", self.names())

    def test_wrong_calls(self):
        name = self.text("f.cnf", "p cnf 2 1\n1 x 0\n")
        _, error = self.ricci("run", name, status=3)
        self.assertIn("'f.cnf', line 2, column 3", error)
        self.assertIn(".qasm", self.ricci("run", self.text("g.cnf", "p cnf 0 0"), "--bits", "0", status=3)[1])
        self.ricci("plan", "none.qasm", status=3)
        self.ricci("inspect", self.text("p.json", "{}"), status=3)


class Inspect(Case):
    def test_files(self):
        self.write("a.npy", Array((2, 3)))
        out, _ = self.ricci("inspect", "a.npy")
        self.assertIn("float64", out.decode())
        self.assertIn("(2, 3)", out.decode())
        out, _ = self.ricci("inspect", "a.npy", "--json")
        self.assertEqual(json.loads(out)["arrays"], [{"dtype": "float64", "shape": [2, 3]}])

    def network(self, equation, shapes, **metadata):
        """A network file made by hand: the format is public."""
        header, data = {}, b""
        for i, shape in enumerate(shapes):
            array = Array(shape, seed=30 + i)
            body = npy(shape, array.values)
            body = body[len(body) - 8 * len(array.values):] if array.values else b""
            header[str(i)] = {"dtype": "F64", "shape": list(shape), "data_offsets": [len(data), len(data) + len(body)]}
            data += body
        header["__metadata__"] = {"format": "ricci-network", "version": "1", "equation": equation,
                                  "operands": json.dumps([str(i) for i in range(len(shapes))]), **metadata}
        text = json.dumps(header).encode()
        (self.root / "n.safetensors").write_bytes(len(text).to_bytes(8, "little") + text + data)

    def test_a_network(self):
        self.network("ij,jk,k->i", [(2, 3), (3, 4), (4,)], name="three", comment="by hand")
        out, _ = self.ricci("inspect", "n.safetensors")
        for text in ("three", "by hand", "ij,jk,k->i", "float64", "(2, 3)"):
            self.assertIn(text, out.decode())
        out, _ = self.ricci("inspect", "n.safetensors", "--json")
        found = json.loads(out)
        self.assertEqual((found["labels"], found["result"], len(found["operands"])), (3, [2], 3))
        self.assertTrue(any("absorbs" in text for text in found["simplifications"]))
        out, _ = self.ricci("run", "n.safetensors", "--json")
        arrays = [Array(shape, seed=30 + i) for i, shape in enumerate([(2, 3), (3, 4), (4,)])]
        self.assert_close(json.loads(out)["values"], naive_einsum("ij,jk,k->i", arrays).values, 1e-13)
        self.ricci("plan", "n.safetensors")
        self.ricci("grad", "n.safetensors", "--wrt", "2")
        _, error = self.ricci("run", "n.safetensors", "n.safetensors:0", status=2)
        self.assertIn("network", error)

    def test_a_tensor_used_twice_is_listed_once(self):
        self.network("ij,jk->ik", [(3, 3)], operands='["0", "0"]')
        out, _ = self.ricci("inspect", "n.safetensors")
        self.assertIn("2 (1 tensor in 72 B)", out.decode())
        self.assertEqual(out.decode().count("(3, 3)"), 2)  # the result and the tensor
        self.assertIn("2 times", out.decode())

    def test_a_network_that_does_not_fit(self):
        self.network("ij,jk->ik", [(2, 3), (4, 5)])
        for command in ("run", "inspect", "plan"):
            _, error = self.ricci(command, "n.safetensors", status=3)
            self.assertIn("does not fit its tensors", error)


LONG = ["run", "ij,jk->ik", "randn:4000x4000", "randn:4000x4000", "--semiring", "max_plus", "--dtype", "float64", "-o", "y.npy"]


class Interrupt(Case):
    def stop(self, signal_number, status):
        process = subprocess.Popen([RICCI, *LONG], cwd=self.root, stderr=subprocess.PIPE)
        time.sleep(1.5)
        self.assertIsNone(process.poll(), "the job was too short to interrupt")
        start = time.monotonic()
        process.send_signal(signal_number)
        self.assertEqual(process.wait(timeout=20), status)
        seconds = time.monotonic() - start
        process.stderr.close()
        self.assertEqual(self.names(), [])
        return seconds

    def test_within_a_fifth_of_a_second(self):
        # The best of three: the machine may be busy with other tests.
        self.assertLess(min(self.stop(signal.SIGINT, 130) for _ in range(3)), 0.2)

    def test_termination(self):
        self.stop(signal.SIGTERM, 143)

    def on_a_terminal(self, *extra, until=b"never drawn", seconds=2.5):
        """Ctrl-C once `until` is drawn, or after so many seconds."""
        try:
            pid, terminal = pty.fork()
        except OSError as error:  # a bare container may have no pseudo-terminals
            self.skipTest(str(error))
        if pid == 0:
            os.chdir(self.root)
            os.execv(RICCI, [RICCI, *LONG, *extra])
        drawn, end = b"", time.monotonic() + seconds
        while time.monotonic() < end and until not in drawn:
            if select.select([terminal], [], [], 0.1)[0]:
                drawn += os.read(terminal, 4096)
        os.write(terminal, b"\x03")
        try:
            while chunk := os.read(terminal, 4096):
                drawn += chunk
        except OSError:
            pass
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        os.close(terminal)
        return drawn.decode(), status

    def test_the_bar_is_drawn_and_wiped(self):
        drawn, status = self.on_a_terminal(until=b"contracting", seconds=60)
        self.assertEqual(status, 130)
        self.assertIn("contracting", drawn)
        self.assertRegex(drawn, r"\d\.\d s")
        self.assertTrue(re.search(r"\r\x1b\[K.*interrupted\r\n$", drawn.split("s of")[-1], re.S), repr(drawn[-80:]))

    def test_no_progress(self):
        drawn, status = self.on_a_terminal("--no-progress")
        self.assertEqual(status, 130)
        self.assertNotIn("contracting", drawn)


if __name__ == "__main__":
    RICCI = os.path.abspath(sys.argv.pop(1))
    unittest.main()
