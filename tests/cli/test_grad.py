"""ricci grad."""

import json
import unittest

from arrays import Array, naive_einsum, read_npy
from case import Case


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


if __name__ == "__main__":
    unittest.main()
