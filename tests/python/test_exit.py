"""The process ends while daemon threads compute: quietly, and with the status it was given."""

import subprocess
import sys

import pytest

RUNS = 2  # of each; twenty were run by hand

START = """
import sys, threading, time
import numpy as np
import ricci

def loop(f):
    def run():
        while True:
            f()
    for _ in range(3):
        threading.Thread(target=run, daemon=True).start()

a = np.random.rand(40, 40)
x = ricci.tensor(a, requires_grad=True)
"""

WORK = {
    "einsum": "loop(lambda: ricci.einsum('ij,jk->ik', a, a))",
    "backward": "loop(lambda: ricci.grad((x @ x).sum(), x))",
    "hook": """
def f():
    y = x @ x
    y.register_hook(lambda g: time.sleep(0.001))
    ricci.grad(y.sum(), x)
loop(f)
""",
    "a long hook": """
def f():
    y = x @ x
    y.register_hook(lambda g: time.sleep(0.5))
    ricci.grad(y.sum(), x)
loop(f)
""",
    "python in a hook": """
def f():
    y = x @ x
    y.register_hook(lambda g: [i for i in range(10_000)] and None)
    ricci.grad(y.sum(), x)
loop(f)
""",
    "vmap": "loop(lambda: ricci.vmap(lambda v: [v * i for i in range(50)][-1])(x))",
    "jacobian": "loop(lambda: ricci.jacobian(lambda v: time.sleep(0.001) or v * v, a[0]))",
    "checkpoint": "loop(lambda: ricci.grad(ricci.checkpoint(lambda v: time.sleep(0.001) or (v * v).sum(), x), x))",
    "function": """
class Twice(ricci.Function):
    @staticmethod
    def forward(ctx, v):
        time.sleep(0.001)
        return v * 2
    @staticmethod
    def backward(ctx, g):
        time.sleep(0.001)
        return g * 2
loop(lambda: ricci.grad(Twice.apply(x).sum(), x))
""",
    "module": """
class M(ricci.nn.Module):
    def forward(self, v):
        time.sleep(0.001)
        return v * 2
model = ricci.nn.Sequential(M(), ricci.nn.Tanh(), M())
loop(lambda: model(x).sum())
""",
    "anomaly": """
def f():
    with ricci.detect_anomaly():
        ricci.grad((x @ x).sum(), x)
loop(f)
""",
    "progress": "loop(lambda: ricci.path(['ab', 'bc', 'cd'] * 3, 'ad', dict(a=2, b=3, c=4, d=5), seconds=0.05, "
    "progress=lambda p: time.sleep(0.001)))",
    "arrays of others": """
class Array:
    def __array__(self, dtype=None, copy=None):
        time.sleep(0.001)
        return a
loop(lambda: ricci.einsum('ij->i', Array()))
""",
    "files": "loop(lambda: ricci.save(sys.argv[1] + '/' + str(threading.get_ident()) + '.npy', a))",
}

END = """
time.sleep(0.1)
sys.exit(7)
"""


@pytest.mark.parametrize("name", WORK)
def test_the_process_ends_with_its_own_status_and_no_words(name, tmp_path):
    for _ in range(RUNS):
        done = subprocess.run(
            [sys.executable, "-c", START + WORK[name] + END, str(tmp_path)], capture_output=True, timeout=60
        )
        assert (done.returncode, done.stderr) == (7, b"")


def test_the_thread_that_ends_the_interpreter_still_computes():
    last = """
import os, types
class Last:
    def __del__(self, x=x, ricci=ricci, write=os.write):
        y = x * 2
        y.register_hook(lambda g: g * 10)
        y.sum().backward()
        write(1, str((x.grad.max().item(), ricci.vmap(lambda v: v.sum())(x).shape)).encode())
kept = sys.modules["kept"] = types.ModuleType("kept")
kept.last = Last()
loop(lambda: ricci.einsum('ij,jk->ik', a, a))
"""
    done = subprocess.run([sys.executable, "-c", START + last + END], capture_output=True, timeout=60, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (7, "(20.0, (40,))", "")
