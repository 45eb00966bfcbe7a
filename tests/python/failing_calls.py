"""Calls that are made while allocations fail, each the first, the second, ... until it runs through.

Run by test_out_of_memory.py in an interpreter with failing_new preloaded: `failing_calls.py SCENARIO`; it prints how
many allocations of C++ have failed. What is promised each time: a MemoryError, nothing lost, and the same call made
again is right.
"""

import ctypes
import gc
import importlib
import os
import sys
import tempfile
import threading

import numpy as np

import ricci

FILE = os.path.join(tempfile.gettempdir(), f"ricci_failing_{os.getpid()}.npz")
A = np.arange(12.0, dtype="float32").reshape(3, 4)
X = ricci.asarray(A)
W = ricci.tensor(A.T, requires_grad=True)
PLAN = ricci.plan("ij,jk,kl->il", (3, 4), (4, 3), (3, 4))
MODEL = ricci.nn.Sequential(ricci.nn.Linear(4, 3), ricci.nn.Linear(3, 2))
OUT = np.zeros((3, 3), dtype="float32")


class Twice(ricci.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2.0

    @staticmethod
    def backward(ctx, g):
        return g * 2.0


def gradient(f):
    w = ricci.tensor(A, requires_grad=True)
    f(w).sum().backward()
    return w.grad


def hooked():
    w = ricci.tensor(A, requires_grad=True)
    y = w * 3.0
    handle = w.register_hook(lambda g: g * 2.0)
    y.register_hook(lambda g: None)
    y.sum().backward()
    handle.remove()
    return w.grad


def saved():
    ricci.save(FILE, {"a": X, "b": W.detach()})
    return [x for _, x in sorted(ricci.load(FILE).items())]


def into():
    return ricci.einsum("ij,jk->ik", A, A.T, out=OUT)


def second_derivative():
    w = ricci.tensor(A, requires_grad=True)
    (w * w * w).sum().backward(create_graph=True)
    first = w.grad
    w.grad = None
    first.sum().backward()
    return w.grad


SCENARIOS = {
    "list": lambda: ricci.tensor([[1.0, 2.0], [3.0, 4.0]]),
    "array": lambda: ricci.asarray(A),
    "to NumPy": lambda: X.numpy().copy(),
    "einsum": lambda: ricci.einsum("ij,jk,kl->il", X, A.T, X),
    "einsum with out": into,
    "plan": lambda: ricci.plan("ij,jk,kl->il", (3, 4), (4, 3), (3, 4))(A, A.T, A),
    "call of a plan": lambda: PLAN(X, W.detach(), X),
    "backward": lambda: gradient(lambda w: ricci.einsum("ij,jk->ik", w, A.T).exp() * 0.001),
    "hooks": hooked,
    "second derivative": second_derivative,
    "rule": lambda: gradient(Twice.apply),
    "checkpoint": lambda: gradient(lambda w: ricci.checkpoint(lambda x: x * x, w)),
    "vmap": lambda: ricci.vmap(lambda x: (x * x).sum())(X),
    "jvp": lambda: ricci.jvp(lambda x: x * x, [X], [X]),
    "grad": lambda: ricci.grad((W * W).sum(), [W]),
    "save and load": saved,
    "index": lambda: (X[1:, ::2], X[0], X[[0, 2]], X[X > 3.0]),
    "print": lambda: (repr(X), str(PLAN), repr(MODEL)),
    "modules": lambda: MODEL(X),
    "new module": lambda: len(ricci.nn.Linear(4, 3).state_dict()),
    "random": lambda: ricci.randn(5, 3, seed=3),
    "operators": lambda: (X + A, 2.0 * X, X @ A.T, X.T.sum(axis=0), X.tolist(), len(X), list(X)),
    "collector": lambda: (hooked(), gc.collect())[0],
}


# Where the interpreter's own allocations fail too. In the others nanobind makes tuples of *arguments and dicts without
# asking whether there was memory, the collector reports to nobody, and what a failed load() leaves is not yet known.
ALSO_INTERPRETER = {
    "list",
    "array",
    "to NumPy",
    "hooks",
    "second derivative",
    "vmap",
    "jvp",
    "grad",
    "index",
    "print",
    "random",
}


def plain(value):
    """The value as what can be compared."""
    if isinstance(value, ricci.Tensor):
        return value.detach().tolist()
    if isinstance(value, np.ndarray):
        return value.tolist()
    return [plain(v) for v in value] if isinstance(value, list | tuple) else value


def at_once(f):
    return f()


def on_a_thread(f):
    """f() where C++ has kept nothing from calls before."""
    out = []
    thread = threading.Thread(target=lambda: out.append(f()))
    thread.start()
    thread.join()
    return out[0]


class CppAllocations:
    """The n-th of C++ fails, or that one and all later ones."""

    run = staticmethod(on_a_thread)

    def __init__(self, and_later):
        self.and_later = and_later
        preloaded = ctypes.CDLL(None)
        self.arm = preloaded.fail_allocation
        self.arm.argtypes = [ctypes.c_int64, ctypes.c_bool]
        self.arm.restype = None
        self.failed = preloaded.failed_allocations
        self.failed.restype = ctypes.c_int64

    def begin(self, n):
        self.arm(n, self.and_later)

    def end(self):
        happened = self.failed() > 0
        self.arm(0, False)
        return happened


class PythonAllocations:
    """The n-th of the interpreter's own fails. It does not say whether there was one: so many are tried."""

    MOST = 60
    run = staticmethod(at_once)

    def __init__(self):
        self.hooks = importlib.import_module("_testcapi")

    def begin(self, n):
        self.n = n
        self.hooks.set_nomemory(n, n + 1)

    def end(self):
        self.hooks.remove_mem_hooks()
        return self.n < self.MOST


def run_through(call, failing):
    for _ in range(3):
        expected = failing.run(lambda: plain(call()))
    gc.collect()
    live = ricci.memory.live_bytes()

    def fail_once():
        result = error = None
        failing.begin(n)
        try:
            result = call()
        except BaseException as raised:
            error = raised
        failed = failing.end()
        if error:
            assert isinstance(error, MemoryError), f"allocation {n}: {error!r}"
        else:
            assert plain(result) == expected, f"allocation {n}: another result"
        return failed

    n, failed = 1, True
    while failed:
        failed = failing.run(fail_once)
        assert failing.run(lambda: plain(call())) == expected, f"allocation {n}: the next call is wrong"
        if ricci.memory.live_bytes() != live:
            gc.collect()
        assert ricci.memory.live_bytes() == live, f"allocation {n}: memory is lost"
        n += 1
    return n - 2


if __name__ == "__main__":
    gc.disable()
    scenario = SCENARIOS[sys.argv[1]]
    counts = [run_through(scenario, CppAllocations(later)) for later in (False, True)]
    if sys.argv[1] in ALSO_INTERPRETER:
        run_through(scenario, PythonAllocations())
    print(*counts)
    if os.path.exists(FILE):
        os.remove(FILE)
