"""What wrong calls, bad data and full disks are told, with which status, and that nothing is left behind."""

import os
import socket
import subprocess
import unittest

from case import RICCI, Case


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


if __name__ == "__main__":
    unittest.main()
