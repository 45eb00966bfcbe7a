"""What stands between the brackets: slices, positions, masks, and what is refused there."""

import numpy as np
import pytest

import ricci

RNG = np.random.default_rng(0)


KEYS = [
    0,
    -1,
    slice(None),
    slice(1, None, 2),
    slice(None, None, -1),
    slice(-2, -10, -1),
    slice(3, 1),
    (0, 1),
    (slice(None), 2),
    (..., 0),
    (0, ...),
    (..., slice(1, 3)),
    None,
    (None, 0, None, ..., None),
    (slice(None, None, -2), 1, slice(None, None, 3)),
    (),
    ...,
    np.int64(1),
]


@pytest.mark.parametrize("key", KEYS, ids=repr)
def test_slices_are_views(key):
    a = RNG.uniform(size=(3, 4, 5))
    t = ricci.asarray(a)
    got = t[key]
    assert got.shape == a[key].shape
    np.testing.assert_array_equal(got.numpy(), a[key])
    assert np.shares_memory(got.numpy(), a) or got.numel() == 0
    t[key] = 3.25
    assert (a[key] == 3.25).all()
    value = RNG.uniform(size=a[key].shape)
    t[key] = value
    np.testing.assert_array_equal(a[key], value)


@pytest.mark.parametrize("positions", [[2, 0, 0], [-1], [[0, 1], [2, 1]], []], ids=repr)
def test_integer_tensors_take_rows(positions):
    a = RNG.uniform(size=(3, 4, 5))
    t, where = ricci.asarray(a), np.asarray(positions, dtype=int)
    for key in (positions, where, ricci.asarray(where), where.astype("int8")):
        np.testing.assert_array_equal(t[key].numpy(), a[where])
    middle = where % 4
    np.testing.assert_array_equal(t[:, middle].numpy(), a[:, middle])
    np.testing.assert_array_equal(t[..., middle].numpy(), a[..., middle])
    np.testing.assert_array_equal(t[None, 1:, middle, ::2].numpy(), a[None, 1:, middle, ::2])
    np.testing.assert_array_equal(t[..., middle, :].numpy(), a[..., middle, :])


def test_index_errors():
    t = ricci.ones(3, 4)
    for key in (3, -4, (0, 0, 0), (..., ...), "a", 1.5, [3], [0.5], (0, [1]), ([0], [1])):
        with pytest.raises(ricci.IndexError):
            t[key]
    with pytest.raises(ricci.IndexError):
        t[[0, 1]] = 2.0


@pytest.mark.parametrize(("mask_shape", "shape"), [((4,), (4,)), ((4,), (4, 3)), ((4, 3), (4, 3)), ((4, 3), (4, 3, 2))])
def test_a_mask_picks_what_numpys_picks(mask_shape, shape):
    rng = np.random.default_rng(3)
    mask, x = rng.random(mask_shape) < 0.5, rng.random(shape)
    for key in (mask, ricci.asarray(mask), mask.tolist()):
        assert ricci.asarray(x)[key].tolist() == x[mask].tolist()
    assert ricci.asarray(x)[ricci.asarray(x) > 2].shape == x[x > 2].shape
    t = ricci.tensor(x, requires_grad=True)
    seed = rng.random(x[mask].shape)
    t[mask].backward(ricci.asarray(seed))
    expected = np.zeros(shape)
    expected[mask] = seed
    assert t.grad.tolist() == expected.tolist()
    with pytest.raises(ricci.ShapeError, match="mask of shape"):
        ricci.ones(5, 3)[mask]
