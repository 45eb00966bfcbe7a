"""Every allocation of C++ fails once, in some calls the interpreter's too: a MemoryError, and the next call is right."""

import importlib.util
import os
import pathlib
import subprocess
import sys

import pytest
from failing_calls import SCENARIOS

import ricci

HERE = pathlib.Path(__file__).parent
PRELOADED = pathlib.Path(ricci.__file__).parents[2] / "tests" / "python" / "libfailing_new.so"


@pytest.mark.skipif(not PRELOADED.exists(), reason="there is no build beside the package")
@pytest.mark.skipif(not importlib.util.find_spec("_testcapi"), reason="the interpreter has no _testcapi")
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_allocation_fails_once(scenario):
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", HERE / "failing_calls.py", scenario],
        env={**os.environ, "LD_PRELOAD": str(PRELOADED)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.split()) == 2
