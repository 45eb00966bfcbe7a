"""The class Tensor: construction, printing, operators, indexing, conversions, pickling, identity."""

import copy
import math
import operator
import pickle

import numpy as np
import pytest

import ricci

RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: ricci.tensor([[3.0, 4.0], [6.0, 8.0]]), "Tensor([[3.0, 4.0], [6.0, 8.0]])"),
        (
            lambda: ricci.Tensor([[3.0, 4.0], [6.0, 8.0]], requires_grad=True),
            "Tensor([[3.0, 4.0], [6.0, 8.0]], grad=None)",
        ),
        (lambda: ricci.tensor([1, 2]), "Tensor([1, 2], dtype=int64)"),
        (lambda: ricci.tensor(1.5, dtype="float64"), "Tensor(1.5, dtype=float64)"),
        (lambda: ricci.tensor([True]), "Tensor([True], dtype=bool)"),
        (lambda: ricci.tensor(1 - 2j), "Tensor((1.0-2.0j), dtype=complex64)"),
        (lambda: ricci.zeros(0, 3), "Tensor([], shape=(0, 3))"),
        (lambda: ricci.nn.Parameter([1.0]), "Parameter([1.0], grad=None)"),
    ],
)
def test_printed_forms(make, text):
    assert repr(make()) == text
    assert str(make()) == text


def test_printed_gradient():
    x = ricci.tensor([1.0, 2.0], requires_grad=True)
    (x * x).backward()
    assert repr(x) == "Tensor([1.0, 2.0], grad=[2.0, 4.0])"
    assert f"{ricci.tensor(2.0):.3f}" == "2.000"
    assert "..." in repr(ricci.arange(5000.0))


def test_construction():
    assert ricci.tensor([[1, 2], [3, 4]]).tolist() == [[1, 2], [3, 4]]
    assert ricci.tensor(((1, 2), [3, 4])).shape == (2, 2)
    assert ricci.tensor([[], []]).shape == (2, 0)
    assert ricci.tensor([np.ones(2), [2.0, 3.0]]).tolist() == [[1, 1], [2, 3]]
    assert ricci.tensor([ricci.tensor(1.0), 2]).tolist() == [1, 2]
    assert ricci.tensor(np.float32(2)).shape == ()
    assert ricci.tensor([1.5, 2.5], dtype="int32").tolist() == [1, 2]
    assert ricci.Tensor([1], device="reference").device == "reference"
    assert ricci.zeros((2, 3)).shape == ricci.zeros(2, 3).shape == ricci.zeros([2, 3]).shape == (2, 3)
    assert ricci.zeros().shape == ricci.zeros(()).shape == ()
    assert ricci.eye(2, 3).tolist() == np.eye(2, 3).tolist()
    assert ricci.arange(1, 7, 2).tolist() == [1, 3, 5]
    assert ricci.arange(0.0, 1.0, 0.25).tolist() == [0, 0.25, 0.5, 0.75]
    assert ricci.full((2,), 1 + 1j).dtype == "complex64"
    assert ricci.full_like(ricci.ones(2, dtype="int8"), 7).dtype == "int8"


def test_a_list_of_tensors_as_an_operand_keeps_gradients():
    a, b = ricci.tensor([1.0, 2.0], requires_grad=True), ricci.tensor([3.0, 4.0], requires_grad=True)
    ricci.einsum("ij,j->i", [a, b], [1.0, 10.0]).backward()
    assert a.grad.tolist() == [1, 10]


BINARY = [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow]
COMPARISONS = [operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge]


@pytest.mark.parametrize("op", BINARY + COMPARISONS, ids=lambda op: op.__name__)
def test_operators(op):
    a, b = RNG.uniform(1, 2, (3, 1)), RNG.uniform(1, 2, (4,))
    b[0] = a[0, 0]
    expected = op(a, b)
    t, u = ricci.tensor(a), ricci.tensor(b)
    for got in (op(t, u), op(t, b), op(a, u)):
        assert isinstance(got, ricci.Tensor)
        np.testing.assert_allclose(got.numpy(), expected, rtol=1e-14)
    np.testing.assert_allclose(op(t, 1.5).numpy(), op(a, 1.5), rtol=1e-14)
    np.testing.assert_allclose(op(1.5, u).numpy(), op(1.5, b), rtol=1e-14)
    np.testing.assert_allclose(op(2, u).numpy(), op(2, b), rtol=1e-14)
    np.testing.assert_allclose(op(np.float64(2), u).numpy(), op(2, b), rtol=1e-14)


def test_matrix_products_and_signs():
    a, b = RNG.uniform(size=(2, 3)), RNG.uniform(size=(3, 4))
    for got in (ricci.tensor(a) @ ricci.tensor(b), ricci.tensor(a) @ b, a @ ricci.tensor(b)):
        np.testing.assert_allclose(got.numpy(), a @ b, rtol=1e-14)
    t = ricci.tensor([-1.5, 2.0])
    assert (-t).tolist() == [1.5, -2.0]
    assert (+t).tolist() == [-1.5, 2.0]
    assert abs(t).tolist() == [1.5, 2.0]
    assert (~ricci.tensor([True, False])).tolist() == [False, True]
    with pytest.raises(ricci.ShapeError):
        t @ 2.0


def test_equality_with_strangers_is_identity():
    t = ricci.ones(2)
    assert t != None  # noqa: E711
    assert t != "text"
    assert {t: 1}[t] == 1
    assert hash(t) != hash(ricci.ones(2))
    assert len({t, t, ricci.ones(2)}) == 2


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


def test_iteration_length_and_membership():
    t = ricci.arange(6).reshape(3, 2)
    assert len(t) == 3
    assert [row.tolist() for row in t] == [[0, 1], [2, 3], [4, 5]]
    first, *_ = t
    assert first.tolist() == [0, 1]
    assert 2 in ricci.arange(3)
    assert 7 not in ricci.arange(3)


def test_numbers():
    t = ricci.tensor([[2.5]])
    assert (float(t), int(t), bool(t), complex(t), t.item()) == (2.5, 2, True, 2.5, 2.5)
    assert [10, 20, 30][ricci.tensor(1)] == 20
    assert range(5)[ricci.tensor(2, dtype="uint8")] == 2
    assert isinstance(ricci.tensor(3).item(), int)
    assert isinstance(ricci.tensor(True).item(), bool)
    assert ricci.tensor(1 + 2j).item() == 1 + 2j
    assert complex(ricci.tensor(1 + 2j)) == 1 + 2j
    assert ricci.tensor(2**62 + 1).item() == int(ricci.tensor(2**62 + 1)) == 2**62 + 1
    assert not ricci.tensor(0)
    assert bool(ricci.tensor(float("nan")))


def test_attributes():
    t = ricci.arange(24.0).reshape(2, 3, 4)
    assert (t.shape, t.ndim, t.strides, t.nbytes, t.device) == ((2, 3, 4), 3, (12, 4, 1), 96, "cpu")
    assert t.T.shape == (4, 3, 2)
    assert t.mT.shape == (2, 4, 3)
    assert t.permute(2, 0, 1).shape == t.permute((2, 0, 1)).shape == (4, 2, 3)
    assert not t.T.is_contiguous()
    assert t.T.contiguous().is_contiguous()
    assert t.reshape(-1).shape == t.reshape((24,)).shape == (24,)
    assert t.unsqueeze(0).squeeze().shape == (2, 3, 4)
    assert ricci.tensor([1 + 2j]).imag.tolist() == [2.0]
    assert t.numel() == 24


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


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("dtype", ["bool", "int16", "bfloat16", "float32", "complex128"])
def test_pickle(protocol, dtype):
    t = ricci.tensor(RNG.integers(0, 2, (3, 4)), dtype=dtype).T
    back = pickle.loads(pickle.dumps(t, protocol))
    assert (back.shape, back.dtype, back.requires_grad) == (t.shape, t.dtype, False)
    assert back.tolist() == t.tolist()


def test_pickle_keeps_the_class_and_what_is_asked():
    p = ricci.nn.Parameter([1.0, 2.0])
    back = pickle.loads(pickle.dumps(p))
    assert type(back) is ricci.nn.Parameter
    assert back.requires_grad
    assert pickle.loads(pickle.dumps(ricci.ones(2, requires_grad=True))).requires_grad
    assert pickle.loads(pickle.dumps(ricci.float16)) is ricci.float16
    with pytest.raises(ricci.GradError, match="detach"):
        pickle.dumps(p * 2)


def test_copies():
    t = ricci.ones(2, requires_grad=True)
    (t * 3).backward()
    deep, shallow = copy.deepcopy(t), copy.copy(t)
    with ricci.no_grad():
        deep.detach()[0] = 9.0
        shallow.detach()[1] = 7.0
    assert t.tolist() == [1, 7]
    assert deep.requires_grad
    assert deep.grad.tolist() == [3, 3]
    assert type(copy.deepcopy(ricci.nn.Parameter([1.0]))) is ricci.nn.Parameter
    with pytest.raises(ricci.GradError, match="detach"):
        copy.deepcopy(t * 2)


def test_random_numbers():
    a = ricci.rand(1000, seed=3)
    assert (a == ricci.rand(1000, seed=3)).min()
    assert not (a == ricci.rand(1000, seed=4)).min()
    assert a.min().item() >= 0 and a.max().item() < 1
    ricci.manual_seed(5)
    b, c = ricci.randn(1000), ricci.randn(1000)
    ricci.manual_seed(5)
    assert (b == ricci.randn(1000)).min() and (c == ricci.randn(1000)).min()
    assert abs(b.mean().item()) < 0.2
    threads = ricci.get_num_threads()
    try:
        ricci.set_num_threads(1)
        assert (a == ricci.rand(1000, seed=3)).min()
    finally:
        ricci.set_num_threads(threads)


@pytest.mark.parametrize("share", [np.asarray, memoryview, lambda a: _DLPack(a)])
def test_bytes_that_are_no_bool_count_as_true(share):
    foreign = np.array([2, 0, 255, 1], np.uint8).view(bool)
    for array in (foreign, foreign[::-1], foreign[::2]):
        assert ricci.sum(ricci.asarray(share(array))).item() == sum(array.tolist())
        assert ricci.asarray(share(array)).tolist() == array.tolist()
        assert ricci.tensor(share(array)).tolist() == array.tolist()
    good = np.array([True, False])
    ricci.asarray(good)[1] = True
    assert good.all()


class _DLPack:
    def __init__(self, array):
        self.array = array

    def __dlpack__(self, **how):
        return self.array.__dlpack__(**how)

    def __dlpack_device__(self):
        return self.array.__dlpack_device__()


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


@pytest.mark.parametrize("dtype", ["int64", "int8", "float32", "float64"])
def test_floor_division_follows_numpys(dtype):
    a, b = np.array([7, -7, 7, -7, 0], dtype), np.array([2, 2, -2, -2, 3], dtype)
    x, y = ricci.asarray(a), ricci.asarray(b)
    for got, expected in ((x // y, a // b), (x % y, a % b), (x // 3, a // 3), (-5 % y, -5 % b), (-5 // y, -5 // b)):
        assert got.tolist() == expected.tolist()
        assert got.dtype == dtype
    z = ricci.tensor(a)
    z //= 2
    z %= 3
    assert z.tolist() == (a // 2 % 3).tolist()
    with pytest.raises(ricci.Error, match="by zero" if dtype.startswith("int") else "meaning|order"):
        x % 0 if dtype.startswith("int") else ricci.ones(2, dtype="complex64") % 2


def test_the_rest_of_a_division_has_a_gradient():
    a, b = ricci.tensor([7.5, -7.5], requires_grad=True), ricci.tensor([2.0, 3.0], requires_grad=True)
    (a % b).backward()
    assert a.grad.tolist() == [1.0, 1.0]
    assert b.grad.tolist() == [-3.0, 3.0]  # minus the floor of 3.75 and of -2.5
    assert ricci.grad((a // b), a)[0].tolist() == [0.0, 0.0]


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
