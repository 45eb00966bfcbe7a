"""The Python of README.md and docs/, line by line."""

import doctest
import importlib.util
import pathlib
import re
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "readme"))
from blocks import ROOT, blocks  # noqa: E402

PAGES = ["README.md", *sorted(str(page.relative_to(ROOT)) for page in (ROOT / "docs").glob("*.md"))]


def python_blocks(page):
    return [text for language, text in blocks(page) if language == "python"]


def missing(text):
    """The frameworks a block imports that are not installed."""
    return [name for name in re.findall(r"import (torch|jax)\b", text) if not importlib.util.find_spec(name)]


def test_readme_has_python():
    assert len(python_blocks("README.md")) >= 2
    assert len(python_blocks("docs/derivatives.md")) >= 8


@pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning", "ignore:.*torch.jit.script:FutureWarning")
@pytest.mark.parametrize("page", [page for page in PAGES if python_blocks(page)])
def test_every_line(page):
    parser, runner = doctest.DocTestParser(), doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    names = {}
    for number, text in enumerate(python_blocks(page)):
        if missing(text):
            continue
        test = parser.get_doctest(text, names, f"{page}, Python block {number + 1}", None, 0)
        test.globs = names  # one session: later blocks use the imports of the first
        out = []
        runner.run(test, out=out.append, clear_globs=False)
        if runner.failures:
            pytest.fail("".join(out))
