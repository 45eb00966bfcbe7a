"""ricci run: results against a plain sum, printed and written in every form."""

import json
import pathlib
import unittest

from arrays import Array, naive_einsum, npy, read_equations, read_npy
from case import Case

TABLE = pathlib.Path(__file__).resolve().parent.parent / "equations.txt"


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


if __name__ == "__main__":
    unittest.main()
