"""One call of the ricci program as its users make it, in a folder of its own, with arrays to give it.

The path of the program is the first argument of every test.
"""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

from arrays import Array, npy

RICCI = os.path.abspath(sys.argv.pop(1))


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="ricci_cli_")
        self.addCleanup(self.folder.cleanup)
        self.root = pathlib.Path(self.folder.name)

    def ricci(self, *arguments, status=0, stdin=b"", env=None):
        """Runs it in the test's folder; standard output as bytes, standard error as text."""
        done = subprocess.run([RICCI, *map(str, arguments)], cwd=self.root, input=stdin, capture_output=True, timeout=120,
                              env={**os.environ, **(env or {})})
        error = done.stderr.decode()
        self.assertEqual(done.returncode, status, f"{arguments}\n{done.stdout[:500]}\n{error}")
        if status != 0:
            self.assertTrue(error.startswith("ricci: "), error)
            self.assertNotIn("fault of ricci", error)
        return done.stdout, error

    def write(self, name, array, descr="<f8"):
        (self.root / name).write_bytes(npy(array.shape, array.values, descr))
        return name

    def files(self, shapes, descr="<f8"):
        arrays = [Array(shape, seed=17 + i) for i, shape in enumerate(shapes)]
        return arrays, [self.write(f"x{i}.npy", array, descr) for i, array in enumerate(arrays)]

    def names(self):
        return sorted(path.name for path in self.root.iterdir())

    def assert_close(self, found, expected, scale):
        self.assertEqual(len(found), len(expected))
        for a, b in zip(found, expected):
            self.assertLessEqual(abs(a - b), scale, f"{found} against {expected}")
