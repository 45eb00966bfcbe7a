"""Square products in Ricci and in NumPy, turn by turn in one process: medians, and the median of the ratios.

Run: tools/benchmark_matmul THREADS   (it sets the threads of both libraries and the path of the package)
"""

import os
import statistics
import sys
import time

import numpy as np
import ricci

SIZES = (64, 128, 256, 384, 512, 768, 1024)
DTYPES = ("float32", "float64", "complex64", "complex128")
ROUNDS = 15
SECONDS_A_SAMPLE = 0.03
PAUSE = 0.15  # after a call OpenBLAS's idle threads spin for a while, on the processors that come next


def seconds(f, calls):
    if ricci.get_num_threads() > 1:
        time.sleep(PAUSE)
    f()
    start = time.perf_counter()
    for _ in range(calls):
        f()
    return (time.perf_counter() - start) / calls


def compare(n, dtype):
    """Median GFLOP/s of Ricci and NumPy and of their ratio; a complex product counts 8 flops."""
    random = np.random.default_rng(0)
    parts = random.standard_normal((4, n, n))
    x, y = (parts[0] + 1j * parts[1], parts[2] + 1j * parts[3]) if "complex" in dtype else (parts[0], parts[2])
    x, y = x.astype(dtype), y.astype(dtype)
    a, b = ricci.tensor(x), ricci.tensor(y)
    ours, theirs = (lambda: ricci.einsum("ij,jk->ik", a, b)), (lambda: np.matmul(x, y))
    np.testing.assert_allclose(ours().numpy(), theirs(), rtol=1e-3, atol=1e-2)
    calls = max(1, int(SECONDS_A_SAMPLE / max(seconds(theirs, 2), 1e-7)))
    pairs = [(seconds(ours, calls), seconds(theirs, calls)) for _ in range(ROUNDS)]
    flops = (8 if "complex" in dtype else 2) * n**3 / 1e9
    return (
        flops / statistics.median(p[0] for p in pairs),
        flops / statistics.median(p[1] for p in pairs),
        statistics.median(p[1] / p[0] for p in pairs),
    )


def main():
    threads = int(os.environ["OPENBLAS_NUM_THREADS"])
    ricci.set_num_threads(threads)
    print(f"NumPy {np.__version__}, {threads} thread{'s' if threads > 1 else ''}; GFLOP/s, medians of {ROUNDS}")
    print("\n| dtype | n | Ricci | NumPy | ratio |\n|---|---|---|---|---|")
    for dtype in DTYPES:
        for n in SIZES:
            ours, theirs, ratio = compare(n, dtype)
            print(f"| {dtype} | {n} | {ours:.1f} | {theirs:.1f} | {ratio:.2f} |", flush=True)


if __name__ == "__main__":
    sys.exit(main())
