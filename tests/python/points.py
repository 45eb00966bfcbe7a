"""Random points to differentiate at, and how near a derivative has to be."""

import numpy as np

import ricci

RNG = np.random.default_rng(0)


def random(*shape, dtype="float64"):
    x = RNG.uniform(-1, 1, shape)
    return x + 1j * RNG.uniform(-1, 1, shape) if "complex" in dtype else x


def close(got, expected, rtol=1e-10):
    got = got.detach().numpy() if isinstance(got, ricci.Tensor) else got
    np.testing.assert_allclose(got, np.asarray(expected), rtol=rtol, atol=1e-11)


W, X, V = random(4, 3), random(3), random(3)
BATCH = random(5, 3)


def gradient(f):
    return lambda x: ricci.value_and_grad(f)(x)[1]
