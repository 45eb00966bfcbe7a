#!/usr/bin/python3
"""Runs what a page shows: `check.py cpp COMPILER BUILD PAGE` its C++ program, `check.py shell BUILD` README.md's shell."""

import os
import pathlib
import subprocess
import sys
import tempfile

from blocks import ROOT, blocks, matches


def run(command, **options):
    return subprocess.run(command, capture_output=True, text=True, timeout=120, **options)


def compare(what, expected, got):
    if not matches(expected.rstrip(), got.rstrip()):
        sys.exit(f"{what}: it shows\n{expected}\nbut the output is\n{got}")


def check_cpp(compiler, build, page):
    """The first C++ block, compiled as it stands; its output is the text block after it."""
    found = blocks(page)
    at = [language for language, _ in found].index("cpp")
    source, expected = found[at][1], found[at + 1][1]
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder)
        (path / "main.cpp").write_text(source)
        include = [f"-I{ROOT / 'src'}", f"-I{build}/generated"]
        link = [f"-L{build}", "-lricci", f"-Wl,-rpath,{build}"]
        made = run([compiler, "-std=c++20", "-Wall", "-Wextra", *include, "main.cpp", *link, "-o", "main"], cwd=folder)
        if made.returncode != 0:
            sys.exit(f"{page}, C++ does not compile:\n{made.stderr}")
        compare(f"{page}, C++", expected, run(["./main"], cwd=folder).stdout)


def check_shell(build):
    """Every line after a `$ `, one after the other in one folder; the lines below it are its output."""
    (session,) = [text for language, text in blocks() if language == "console"]
    environment = dict(os.environ, PATH=f"{build}/cli:{os.environ['PATH']}", LC_ALL="C.UTF-8")
    with tempfile.TemporaryDirectory() as folder:
        for part in session.split("$ ")[1:]:
            command, _, expected = part.partition("\n")
            done = run(["bash", "-c", command], cwd=folder, env=environment)
            if done.returncode != 0:
                sys.exit(f"README.md, $ {command} ends with {done.returncode}:\n{done.stderr}")
            compare(f"README.md, $ {command}", expected, done.stdout + done.stderr)


if __name__ == "__main__":
    {"cpp": check_cpp, "shell": check_shell}[sys.argv[1]](*sys.argv[2:])
