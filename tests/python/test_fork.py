"""Forks while other threads compute: the child computes too, on one thread, and ends. RICCI_FORKS sets how many."""

import importlib.util
import os
import subprocess
import sys

import pytest

FORKS = int(os.environ.get("RICCI_FORKS", "100"))

FORKING = """
import os, signal, sys, threading
import numpy as np
import ricci

forks, *others = sys.argv[1:]
for name in others:
    __import__(name)
a = ricci.asarray(np.random.rand(64, 64).astype("float32"))
b = ricci.asarray(np.random.rand(256, 256).astype("float32"))
chain = ricci.plan("ij,jk,kl,lm->im", *[(64, 64)] * 4)
leaf = ricci.tensor(a, requires_grad=True)
computes = True

def many_sizes(i):
    ricci.einsum("ij,jk,kl->il", a[: 1 + i % 64], a, a[:, : 1 + i % 63])

def with_gradients(i):
    (leaf @ leaf).sum().backward()

def loop(f):
    i = 0
    while computes:
        f(i)
        i += 1

work = [many_sizes, with_gradients, lambda i: chain(a, a, a, a), lambda i: ricci.einsum("ij,jk->ik", b, b)]
expected, square = chain(a, a, a, a), ricci.einsum("ij,jk->ik", b, b)
threads = [threading.Thread(target=loop, args=(f,), daemon=True) for f in work]
for thread in threads:
    thread.start()

def child(i):
    signal.alarm(60)  # a child that hangs is ended by this, and counted
    right = (chain(a, a, a, a) == expected).min() and (ricci.einsum("ij,jk->ik", b, b) == square).min()
    many_sizes(i)
    leaf.grad = None
    with_gradients(0)
    x = ricci.tensor(a, requires_grad=True)
    (x @ x).sum().backward()
    right = right and (x.grad == leaf.grad).min()
    ricci.set_num_threads(3)
    ricci.memory.empty_cache()
    return 0 if right else 3

for i in range(int(forks)):
    process = os.fork()
    if process == 0:
        status = child(i)
        if i % 2:
            os._exit(status)
        sys.exit(status)
    status = os.waitpid(process, 0)[1]
    if status:
        print("child", i, "ended with", status)
computes = False
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.parametrize("others", [[], ["torch"]], ids=["alone", "with torch"])
def test_forks_while_four_threads_compute(others):
    if not all(importlib.util.find_spec(name) for name in others):
        pytest.skip(f"{others[0]} is not installed")
    done = subprocess.run(
        [sys.executable, "-c", FORKING, str(FORKS), *others], capture_output=True, text=True, timeout=30 * FORKS
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


POOL = """
import multiprocessing
import numpy as np
import ricci

def batch(seed):
    x = np.random.default_rng(seed).standard_normal((200, 200))
    return ricci.einsum("ij,jk->ik", x, x).sum()

expected = [batch(seed) for seed in range(8)]
with multiprocessing.get_context("fork").Pool(2) as pool:
    assert pool.map(batch, range(8)) == expected
"""


def test_a_pool_of_forked_processes_computes():
    done = subprocess.run([sys.executable, "-c", POOL], capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
