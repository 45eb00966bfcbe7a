"""The help: every example in it runs."""

import os
import subprocess
import unittest

from case import RICCI, Case


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


if __name__ == "__main__":
    unittest.main()
