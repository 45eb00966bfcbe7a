"""The class Tensor: construction, printing, attributes, conversions, pickling, identity."""

import copy
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
