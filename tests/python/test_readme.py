"""README.md's Python, line by line."""

import doctest
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "readme"))
from blocks import blocks  # noqa: E402

PYTHON = [text for language, text in blocks() if language == "python"]


def test_readme_has_python():
    assert len(PYTHON) >= 2


def test_every_line():
    parser, runner = doctest.DocTestParser(), doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    names = {}
    for number, text in enumerate(PYTHON):
        test = parser.get_doctest(text, names, f"README.md, Python block {number + 1}", None, 0)
        test.globs = names  # one session: later blocks use the imports of the first
        out = []
        runner.run(test, out=out.append, clear_globs=False)
        if runner.failures:
            pytest.fail("".join(out))
