"""ricci bench: the machine alone, and a contraction."""

import json
import unittest

from case import Case


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


if __name__ == "__main__":
    unittest.main()
