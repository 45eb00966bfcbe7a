"""Every public function with arguments of all kinds: see any_arguments.py. RICCI_ANY_ARGUMENTS sets how many calls."""

import os
import pathlib
import subprocess
import sys

CALLS = int(os.environ.get("RICCI_ANY_ARGUMENTS", "2000"))
SEED = os.environ.get("RICCI_ANY_ARGUMENTS_SEED", "1")


def test_any_arguments_end_in_a_result_or_a_typed_error(tmp_path):
    program, last = pathlib.Path(__file__).with_name("any_arguments.py"), tmp_path / "last"
    done = subprocess.run([sys.executable, program, SEED, str(CALLS), "0", last], capture_output=True, text=True)
    call = last.read_text(encoding="utf-8").strip() if done.returncode else ""
    assert (done.returncode, done.stdout, call) == (0, "", ""), done.stderr
