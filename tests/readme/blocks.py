"""The fenced blocks of README.md and docs/, for the tests that run them."""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]


def blocks(page="README.md"):
    """Every fenced block of a page as (language, text), in order."""
    return re.findall(r"^```(\w+)\n(.*?)^```$", (ROOT / page).read_text(), re.DOTALL | re.MULTILINE)


def matches(expected, got):
    """Whether `got` is `expected`, where '<...>' in it stands for anything within a line."""
    pattern = ".*".join(re.escape(part) for part in expected.split("<...>"))
    return re.fullmatch(pattern, got) is not None
