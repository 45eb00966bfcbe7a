"""Every example of examples/python prints what the file beside it says."""

import os
import pathlib
import subprocess
import sys

import pytest

import ricci

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "examples" / "python"
SCRIPTS = sorted(EXAMPLES.glob("*.py"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_prints_what_is_expected(script, tmp_path):
    # The package under test is found first, wherever this interpreter found it.
    package = str(pathlib.Path(ricci.__file__).resolve().parents[1])
    environment = {**os.environ, "PYTHONPATH": package, "PYTHONDONTWRITEBYTECODE": "1"}
    run = subprocess.run(
        [sys.executable, script],
        capture_output=True,
        text=True,
        env=environment,
        cwd=tmp_path,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout == (EXAMPLES / "expected" / f"{script.stem}.txt").read_text()


def test_every_example_has_its_output_and_every_output_its_example():
    assert SCRIPTS
    assert {path.stem for path in (EXAMPLES / "expected").glob("*.txt")} == {path.stem for path in SCRIPTS}
