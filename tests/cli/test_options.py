"""Values of options that are empty or out of range, commands that there are not, and closed streams."""

import subprocess
import unittest

from case import RICCI, Case


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


if __name__ == "__main__":
    unittest.main()
