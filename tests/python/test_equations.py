"""Every row of the table through the Tensor and the NumPy door, forward and backward, against a plain sum."""

import naive
import numpy as np
import pytest

import ricci

ROWS = naive.rows()
UNIT = {"float32": 2.0**-24, "float64": 2.0**-53, "complex64": 2.0**-23, "complex128": 2.0**-52, "float16": 2.0**-11}


def every_row(function):
    return pytest.mark.parametrize("row", ROWS, ids=str)(function)


@pytest.mark.parametrize("dtype", ["float64", "float32", "complex64", "complex128"])
@every_row
def test_forward(row, dtype):
    arrays = naive.operands(row, dtype)
    wide = [a.astype("complex128" if a.dtype.kind == "c" else "float64") for a in arrays]
    expected = naive.einsum(row.equation, *wide, sizes=row.sizes)
    allowed = naive.bound(row, wide, UNIT[dtype])
    from_arrays = ricci.einsum(row.equation, *arrays, sizes=dict(row.sizes))
    from_tensors = ricci.einsum(row.equation, *map(ricci.asarray, arrays), sizes=dict(row.sizes))
    assert isinstance(from_arrays, np.ndarray if expected.ndim else np.generic)
    assert isinstance(from_tensors, ricci.Tensor)
    for got in (np.asarray(from_arrays), from_tensors.numpy()):
        assert got.shape == expected.shape
        assert got.dtype == dtype
        assert np.all(np.abs(got - expected) <= allowed)


@pytest.mark.parametrize("dtype", ["int64", "int32", "uint8"])
@every_row
def test_integers_are_exact(row, dtype):
    arrays = naive.operands(row, dtype, seed=1)
    got = np.asarray(ricci.einsum(row.equation, *arrays, sizes=dict(row.sizes)))
    exact = naive.einsum(row.equation, *[a.astype("int64") for a in arrays], sizes=row.sizes)
    assert got.dtype == dtype
    np.testing.assert_array_equal(got, exact.astype(dtype))


@every_row
def test_half_precision_rounds_once(row):
    arrays = naive.operands(row, "float16", seed=2)
    wide = [a.astype("float64") for a in arrays]
    expected = naive.einsum(row.equation, *wide, sizes=row.sizes)
    got = np.asarray(ricci.einsum(row.equation, *arrays, sizes=dict(row.sizes)))
    assert got.dtype == np.float16
    rounding = 2.0**-11 * np.abs(expected) + 2.0**-25  # the last one, subnormals too
    assert np.all(np.abs(got - expected) <= naive.bound(row, wide, 2.0**-24) + 1.01 * rounding)


def real_inner(a, b):
    return float(np.sum(np.asarray(a).conj() * np.asarray(b)).real)


@pytest.mark.parametrize("dtype", ["float64", "complex128"])
@every_row
def test_adjoint_identity(row, dtype):
    """<x_k, grad x_k> = <seed, y> for every operand: y is linear in each."""
    arrays = naive.operands(row, dtype, seed=3)
    xs = [ricci.tensor(a, requires_grad=True) for a in arrays]
    y = ricci.einsum(row.equation, *xs, sizes=dict(row.sizes))
    rng = np.random.default_rng(4)
    seed = rng.uniform(-1, 1, y.shape).astype(dtype)
    if dtype == "complex128":
        seed = seed + 1j * rng.uniform(-1, 1, y.shape)
    gradients = ricci.grad(y, xs, gradient=ricci.tensor(seed))
    expected = real_inner(seed, y.detach().numpy())
    scale = naive.bound(row, arrays, 2.0**-52).sum() + 1e-300
    for x, gradient in zip(xs, gradients, strict=True):
        assert gradient.shape == x.shape
        assert gradient.dtype == x.dtype
        assert abs(real_inner(x.detach().numpy(), gradient.numpy()) - expected) <= 8 * scale


@every_row
def test_gradients_by_differences(row):
    """Each operand's gradient along a direction against a difference of contractions, exact as y is linear."""
    arrays = naive.operands(row, "float64", seed=5)
    directions = naive.operands(row, "float64", seed=6)
    xs = [ricci.tensor(a, requires_grad=True) for a in arrays]
    ricci.einsum(row.equation, *xs, sizes=dict(row.sizes)).backward()
    for k, x in enumerate(xs):
        ahead, behind = list(arrays), list(arrays)
        ahead[k], behind[k] = arrays[k] + directions[k], arrays[k] - directions[k]
        slope = (
            naive.einsum(row.equation, *ahead, sizes=row.sizes) - naive.einsum(row.equation, *behind, sizes=row.sizes)
        ) / 2
        scale = naive.bound(row, [np.abs(a) + np.abs(b) for a, b in zip(ahead, behind, strict=True)], 2.0**-52).sum()
        assert abs(np.sum(x.grad.numpy() * directions[k]) - slope.sum()) <= 8 * scale


@every_row
def test_forward_mode_agrees(row):
    arrays = naive.operands(row, "float64", seed=7)
    tangents = naive.operands(row, "float64", seed=8)
    _, got = ricci.jvp(
        lambda *xs: ricci.einsum(row.equation, *xs, sizes=dict(row.sizes)),
        [ricci.tensor(a) for a in arrays],
        [ricci.tensor(t) for t in tangents],
    )
    expected = sum(
        naive.einsum(row.equation, *arrays[:k], tangents[k], *arrays[k + 1 :], sizes=row.sizes)
        for k in range(len(arrays))
    )
    total = [np.abs(a) + np.abs(t) for a, t in zip(arrays, tangents, strict=True)]
    assert np.all(np.abs(got.numpy() - expected) <= 8 * naive.bound(row, total, 2.0**-52))


def as_sublists(row):
    """The same contraction as lists of ints; None where a sublist can't say it."""
    labels, conjugated, out = naive.parse(row.equation, row.shapes)
    if any(conjugated) or row.sizes or any(label.startswith("...") for term in [*labels, out] for label in term):
        return None
    numbers = {label: 3 * k for k, label in enumerate(dict.fromkeys(label for term in labels for label in term))}
    return [[numbers[label] for label in term] for term in labels], [numbers[label] for label in out]


@every_row
def test_sublists_say_the_same(row):
    spelled = as_sublists(row)
    if spelled is None:
        return
    arrays = naive.operands(row, "int64", seed=9)
    terms, out = spelled
    pairs = [part for pair in zip(arrays, terms, strict=True) for part in pair]
    np.testing.assert_array_equal(ricci.einsum(*pairs, out), naive.einsum(row.equation, *arrays, sizes=row.sizes))


def test_sublists_with_an_ellipsis_and_names():
    a, b = np.random.default_rng(0).integers(-9, 9, (2, 3, 4)), np.random.default_rng(1).integers(-9, 9, (2, 4, 5))
    expected = a @ b
    np.testing.assert_array_equal(ricci.einsum(a, [..., 0, 1], b, [..., 1, 2], [..., 0, 2]), expected)
    np.testing.assert_array_equal(ricci.einsum(a, ["b", "i", "j"], b, ["b", "j", "k"], ["b", "i", "k"]), expected)
    np.testing.assert_array_equal(ricci.einsum(a, (0, 1, 2), b, (0, 2, 3)), np.einsum(a, [0, 1, 2], b, [0, 2, 3]))


@pytest.mark.parametrize(
    "optimize", ["auto", "greedy", "optimal", False, True, [(0, 1), (0, 1)], ["einsum_path", (1, 2), (0, 1)]]
)
def test_every_order_gives_the_same(optimize):
    rng = np.random.default_rng(0)
    a, b, c = rng.integers(-9, 9, (2, 3)), rng.integers(-9, 9, (3, 4)), rng.integers(-9, 9, (4, 5))
    np.testing.assert_array_equal(ricci.einsum("ij,jk,kl->il", a, b, c, optimize=optimize), a @ b @ c)


def test_optimize_by_a_plan():
    rng = np.random.default_rng(0)
    a, b, c = rng.integers(-9, 9, (2, 3)), rng.integers(-9, 9, (3, 4)), rng.integers(-9, 9, (4, 5))
    plan = ricci.plan("ij,jk,kl->il", a, b, c)
    np.testing.assert_array_equal(ricci.einsum("ij,jk,kl->il", a, b, c, optimize=plan), a @ b @ c)


@pytest.mark.parametrize("make", [np.array, ricci.tensor], ids=["numpy", "tensor"])
def test_out_is_overwritten_and_returned(make):
    rng = np.random.default_rng(0)
    a, b, c = rng.uniform(size=(2, 3)), rng.uniform(size=(3, 4)), rng.uniform(size=(2, 4))
    out = make(c)
    got = ricci.einsum("ij,jk->ik", make(a), make(b), out=out, alpha=2.0, beta=-0.5)
    assert got is out
    np.testing.assert_allclose(np.asarray(out), 2 * a @ b - 0.5 * c, rtol=1e-14)


def test_out_may_be_a_strided_view_and_overlap_an_operand():
    a = np.random.default_rng(0).uniform(size=(4, 4))
    expected = a @ a
    ricci.einsum("ij,jk->ik", a, a, out=a)
    np.testing.assert_allclose(a, expected, rtol=1e-14)
    wide = np.zeros((4, 8))
    ricci.einsum("ij->ji", a, out=wide[::-1, ::2])
    np.testing.assert_array_equal(wide[::-1, ::2], a.T)
    assert not wide[:, 1::2].any()


SEMIRINGS = {
    "max_plus": (np.add, np.maximum),
    "min_plus": (np.add, np.minimum),
    "max_product": (np.multiply, np.maximum),
    "log_sum_exp": (np.add, np.logaddexp),
}


@pytest.mark.parametrize("name", SEMIRINGS)
def test_semirings(name):
    times, plus = SEMIRINGS[name]
    rng = np.random.default_rng(0)
    a, b = rng.uniform(size=(3, 5)), rng.uniform(size=(5, 4))
    expected = plus.reduce(times(a[:, :, None], b[None]), axis=1)
    np.testing.assert_allclose(ricci.einsum("ij,jk->ik", a, b, semiring=name), expected, rtol=1e-14)


def test_bool_is_or_and_and():
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 2, (3, 4)).astype(bool), rng.integers(0, 2, (4, 5)).astype(bool)
    np.testing.assert_array_equal(ricci.einsum("ij,jk->ik", a, b), a @ b)


def test_results_go_back_to_the_strongest_kind():
    a = np.ones((2, 3))
    assert isinstance(ricci.einsum("ij->i", a), np.ndarray)
    assert isinstance(ricci.einsum("ij,j->i", a, [1.0, 2.0, 3.0]), np.ndarray)
    assert isinstance(ricci.einsum("ij,j->i", a, ricci.ones(3)), ricci.Tensor)
    assert isinstance(ricci.einsum("i,i->i", [1.0], [2.0]), ricci.Tensor)
    assert isinstance(ricci.einsum("ij->", a), np.float64)
    assert ricci.einsum(",->", 2, 3).item() == 6
