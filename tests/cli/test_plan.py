"""ricci plan: searches, saved plans, pictures."""

import json
import unittest
import xml.etree.ElementTree

from case import Case


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


if __name__ == "__main__":
    unittest.main()
