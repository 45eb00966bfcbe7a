"""ricci bench --calibrate, and plans by what it measured."""

import json
import re
import unittest

from case import Case


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


if __name__ == "__main__":
    unittest.main()
