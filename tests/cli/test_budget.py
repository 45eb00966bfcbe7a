"""--max-bytes of every command."""

import json
import unittest

from arrays import read_npy
from case import Case


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


if __name__ == "__main__":
    unittest.main()
