"""Functions of tensors against NumPy's: reductions, elementwise ones, the spellings of einsum."""

import math

import numpy as np
import pytest

import ricci

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("axis", [None, 0, -1, (0, 2), (), [1]], ids=repr)
@pytest.mark.parametrize("name", ["sum", "mean", "max", "min"])
def test_reductions(name, axis, keepdims):
    a = RNG.uniform(size=(2, 3, 4))
    expected = getattr(np, name)(a, axis=tuple(axis) if isinstance(axis, list) else axis, keepdims=keepdims)
    for got in (
        getattr(ricci, name)(a, axis=axis, keepdims=keepdims),
        getattr(ricci.tensor(a), name)(axis, keepdims).numpy(),
    ):
        assert got.shape == expected.shape
        np.testing.assert_allclose(got, expected, rtol=1e-14)


@pytest.mark.parametrize("name", ["argmax", "argmin"])
def test_positions_of_extremes(name):
    a = RNG.integers(0, 5, (4, 6))
    for axis in (None, 0, 1, -1):
        np.testing.assert_array_equal(getattr(ricci, name)(a, axis=axis), getattr(np, name)(a, axis=axis))
        assert getattr(ricci.tensor(a), name)(axis).dtype == "int64"


PLAIN = ["exp", "log", "log1p", "sqrt", "tanh", "abs", "sin", "cos", "sign", "reciprocal", "isnan", "isfinite", "conj"]


@pytest.mark.parametrize("name", PLAIN)
def test_elementwise_functions(name):
    a = RNG.uniform(0.5, 2, (3, 4))
    expected = getattr(np, name)(a)
    np.testing.assert_allclose(getattr(ricci, name)(a), expected, rtol=1e-14)
    np.testing.assert_allclose(getattr(ricci.tensor(a), name)().numpy(), expected, rtol=1e-14)


def test_the_other_functions():
    a, b = RNG.uniform(-2, 2, (3, 4)), RNG.uniform(-2, 2, (3, 4))
    np.testing.assert_allclose(ricci.sigmoid(a), 1 / (1 + np.exp(-a)), rtol=1e-14)
    np.testing.assert_allclose(ricci.erf(a), np.vectorize(math.erf)(a), rtol=1e-14)
    np.testing.assert_array_equal(ricci.relu(a), np.maximum(a, 0))
    np.testing.assert_array_equal(ricci.where(a > 0, a, b), np.where(a > 0, a, b))
    np.testing.assert_array_equal(ricci.where(a > 0, a, 0.0), np.where(a > 0, a, 0.0))
    np.testing.assert_array_equal(ricci.maximum(a, b), np.maximum(a, b))
    np.testing.assert_array_equal(ricci.minimum(1.0, b), np.minimum(1.0, b))
    np.testing.assert_array_equal(ricci.cat([a, b], axis=1), np.concatenate([a, b], axis=1))
    np.testing.assert_array_equal(ricci.stack([a, b], axis=-1), np.stack([a, b], axis=-1))
    shifted = np.exp(a - a.max(axis=0))
    np.testing.assert_allclose(ricci.softmax(a, axis=0), shifted / shifted.sum(axis=0), rtol=1e-13)
    np.testing.assert_allclose(ricci.log_softmax(a, 0), np.log(shifted / shifted.sum(axis=0)), rtol=1e-12)
    np.testing.assert_allclose(ricci.logsumexp(a, axis=(0, 1)), np.log(np.exp(a).sum()), rtol=1e-14)
    np.testing.assert_array_equal(ricci.take(a, [2, 0], axis=1), np.take(a, [2, 0], axis=1))
    at = RNG.integers(0, 4, (3, 2))
    np.testing.assert_array_equal(ricci.gather(a, at, 1), np.take_along_axis(a, at, 1))


SPELLINGS = [
    (lambda a, b: ricci.outer(a[0], b[:, 0]), lambda a, b: np.outer(a[0], b[:, 0])),
    (lambda a, b: ricci.outer(a, b), lambda a, b: np.outer(a, b)),
    (lambda a, b: ricci.matmul(a, b), lambda a, b: a @ b),
    (lambda a, b: ricci.tensordot(a, b, 1), lambda a, b: np.tensordot(a, b, 1)),
    (lambda a, b: ricci.tensordot(a, b, ([1], [0])), lambda a, b: np.tensordot(a, b, ([1], [0]))),
    (lambda a, b: ricci.dot(a[0], b[:, 0]), lambda a, b: a[0] @ b[:, 0]),
    (lambda a, b: ricci.trace(a), lambda a, b: np.trace(a)),
    (lambda a, b: ricci.diagonal(a, 1), lambda a, b: np.diagonal(a, 1)),
    (lambda a, b: ricci.permute(a, (1, 0)), lambda a, b: a.T),
    (lambda a, b: ricci.transpose(a), lambda a, b: a.T),
    (lambda a, b: ricci.expand(a, (2, -1, -1)), lambda a, b: np.broadcast_to(a, (2, *a.shape))),
    (lambda a, b: ricci.sum(a, axis=0), lambda a, b: a.sum(axis=0)),
]


@pytest.mark.parametrize("k", range(len(SPELLINGS)))
def test_spellings(k):
    ours, theirs = SPELLINGS[k]
    a, b = RNG.uniform(size=(3, 5)), RNG.uniform(size=(5, 4))
    expected = theirs(a, b)
    got = ours(a, b)
    assert isinstance(got, (np.ndarray, np.generic))
    np.testing.assert_allclose(got, expected, rtol=1e-13)
    tensor = ours(ricci.tensor(a), ricci.tensor(b))
    np.testing.assert_allclose(tensor.numpy(), expected, rtol=1e-13)


def test_batched_spellings():
    a, b, w = RNG.uniform(size=(6, 2, 3)), RNG.uniform(size=(6, 3, 4)), RNG.uniform(size=(5, 3, 4))
    np.testing.assert_allclose(ricci.bmm(a, b), a @ b, rtol=1e-13)
    np.testing.assert_allclose(ricci.matmul(a[:, None], b[None]), a[:, None] @ b[None], rtol=1e-13)
    x, y, bias = a[:, 0], b[:, 0], np.arange(5.0)
    np.testing.assert_allclose(ricci.bilinear(x, y, w, bias), np.einsum("bi,oij,bj->bo", x, w, y) + bias, rtol=1e-13)


def test_shapes_as_numpy_and_torch_change_them():
    x = np.arange(24.0).reshape(2, 3, 1, 4)
    t = ricci.asarray(x)
    assert t.transpose(0, -1).tolist() == x.swapaxes(0, -1).tolist()
    assert t.transpose().tolist() == x.T.tolist()
    assert t.flatten().tolist() == x.flatten().tolist()
    assert t.flatten(1, 2).shape == (2, 3, 4)
    assert t.dim() == t.ndim == 4
    assert np.array_equal(ricci.reshape(x, (4, -1)), x.reshape(4, -1))
    assert np.array_equal(ricci.squeeze(x, 2), x.squeeze(2))
    assert np.array_equal(ricci.unsqueeze(x, -1), x[..., None])
    assert np.array_equal(ricci.flatten(x), x.ravel())


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize(("name", "far"), [("max", -np.inf), ("min", np.inf)])
def test_extremes_are_numpys_with_nans_and_infinities_too(name, far, dtype):
    x = np.random.default_rng(0).standard_normal((5, 37, 4)).astype(dtype)
    x[1, 2, 3], x[2, :, 0] = np.nan, far
    for axis in (None, 0, 1, (0, 2)):
        got = getattr(ricci, name)(ricci.tensor(x), axis=axis).numpy()
        np.testing.assert_array_equal(got, getattr(np, name)(x, axis=axis))
    assert getattr(ricci, name)(ricci.zeros(0, 3), axis=1).shape == (0,)
