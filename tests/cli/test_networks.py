"""Formats of others, by suffix; their values are held against brute force in tests/python."""

import json
import unittest

from case import Case


class Networks(Case):
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


if __name__ == "__main__":
    unittest.main()
