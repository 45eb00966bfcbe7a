"""Callers who mean harm, or who mean well with odd objects: an answer or a typed error, never a crash."""

import time

import numpy as np
import pytest

import ricci


class Growing:
    """A sequence that is longer every time it is read."""

    def __init__(self):
        self.length = 3

    def __len__(self):
        return self.length

    def __getitem__(self, i):
        if i == 0:
            self.length *= 1000
        if i >= self.length // 1000:
            raise IndexError
        return 1.0


class Changing:
    """A number when it is first read, then something else."""

    def __init__(self, later):
        self.items = [1.0]
        self.later = later

    def __len__(self):
        return 1

    def __getitem__(self, i):
        if i > 0:
            raise IndexError
        item, self.items[0] = self.items[0], self.later
        return item


@pytest.mark.parametrize(
    "hostile", [Growing(), [Growing(), [1.0, 2.0, 3.0]], Changing([1.0] * 1000), Changing("a"), Changing(None)]
)
def test_sequences_that_change_while_they_are_read(hostile):
    with pytest.raises(ricci.ShapeError, match="second time"):
        ricci.tensor(hostile)


def test_a_list_emptied_by_its_own_item():
    numbers = []

    class Emptying(int):
        def __index__(self):
            numbers.clear()
            return 3

    numbers.extend([Emptying(3), 4, 5])
    assert ricci.tensor(numbers).tolist() == [3, 4, 5]

    class Axis:
        def __index__(self):
            axes.clear()
            return 1

    axes = [Axis(), 0]
    assert ricci.ones(2, 3).permute(axes).shape == (3, 2)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf"), 1e30, 2**63, 300, -129])
def test_numbers_that_do_not_fit(number):
    with pytest.raises(ricci.DTypeError, match="does not fit in int"):
        ricci.tensor([1, number], dtype="int8")


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex128", "bfloat16"])
def test_integers_past_every_float(dtype):
    with pytest.raises(ricci.DTypeError, match=f"does not fit in {dtype}"):
        ricci.tensor([10**400], dtype=dtype)


HUGE = 2**62


@pytest.mark.parametrize("count", [3, 4, 5])
def test_joining_past_int64(count):
    x = ricci.zeros(1, 0).expand(HUGE, 0)
    with pytest.raises(ricci.ShapeError, match="add up"):
        ricci.cat([x] * count)


def test_joining_many_takes_time_in_proportion():
    x = ricci.ones(1, requires_grad=True)
    start = time.perf_counter()
    ricci.stack([x] * 30_000).sum().backward()
    assert x.grad.item() == 30_000
    assert time.perf_counter() - start < 8


def test_numbers_past_int_are_not_cut_short():
    a, b = ricci.ones(2, 3), ricci.ones(3, 4)
    with pytest.raises(ricci.ShapeError, match="4294967297 axes"):
        ricci.tensordot(a, b, 2**32 + 1)
    with pytest.raises(ricci.EinsumError, match="4294967296"):
        ricci.einsum("ij,jk", a, b, optimize=[(2**32, 1)])
    with pytest.raises(ricci.EinsumError, match="4294967296"):
        ricci.plan("ij,jk->ik", (2, 3), (3, 4)).gradients(a, b, wrt=2**32)


def test_ranges_of_large_integers_are_exact():
    for start, stop, step in [
        (2**63 - 3, 2**63 - 1, 1),
        (2**60, 2**60 + 7, 3),
        (-(2**63), 2**63 - 1, 2**61 + 1),
        (2**63 - 1, -(2**63), -(2**62)),
        (5, -7, -3),
        (5, 5, 1),
        (7, 5, 1),
        (5, 7, -1),
        (2**63 - 1, -(2**63), -(2**63)),
    ]:
        assert ricci.arange(start, stop, step).tolist() == list(range(start, stop, step))
    with pytest.raises(ricci.ShapeError, match="more than a tensor can have"):
        ricci.arange(-(2**63), 2**63 - 1)


@pytest.mark.parametrize("name", ["sum", "mean", "max", "min", "logsumexp"])
@pytest.mark.parametrize("axes", [(0, 0), (1, -1), (0, 1, -2)])
def test_an_axis_named_twice(name, axes):
    with pytest.raises(ricci.ShapeError, match="named twice"):
        getattr(ricci, name)(ricci.ones(2, 3), axis=axes)


@pytest.mark.parametrize("position", [3, -4, -(2**63), 2**63 - 1])
def test_a_position_out_of_range_is_told_as_written(position):
    with pytest.raises(ricci.IndexError, match=f"index {position} is out of range"):
        ricci.take(ricci.arange(3), np.array([0, position]))


@pytest.mark.parametrize("n", [1025, 10**6, 2**31 - 1])
def test_more_threads_than_a_pool_can_have(n):
    before = ricci.get_num_threads()
    with pytest.raises(ricci.Error, match="at most 1024"):
        ricci.set_num_threads(n)
    assert ricci.get_num_threads() == before


def swapped():
    return np.zeros((2, 3), ">f8")


def unaligned():
    return np.zeros(49, np.uint8)[1:].view(np.float64).reshape(2, 3)


def odd_strides():
    return np.ndarray((2, 3), np.float64, np.zeros(100, np.uint8), 0, (44, 9))


@pytest.mark.parametrize("make", [swapped, unaligned, odd_strides])
def test_an_out_that_only_a_copy_could_take_is_refused(make):
    x, out = np.arange(6.0).reshape(2, 3), make()
    with pytest.raises(ricci.DTypeError, match="can't be written in place"):
        ricci.einsum("ij->ij", x, out=out)
    with pytest.raises(ricci.DTypeError, match="can't be written in place"):
        ricci.plan("ij->ij", (2, 3), dtype="float64")(x, out=out)
    assert not out.any()
    assert ricci.einsum("ij->i", make() + x).tolist() == [3.0, 12.0]


OVERLAPPING = {
    "itself": lambda a: (a, a),
    "reversed": lambda a: (a[::-1], a),
    "shifted up": lambda a: (a[:-1], a[1:]),
    "shifted down": lambda a: (a[1:], a[:-1]),
    "another array": lambda a: (np.frombuffer(memoryview(a), dtype=a.dtype)[::-1], a),
    "a tensor": lambda a: (ricci.asarray(a[::-1]), a),
    "into a tensor": lambda a: (a[::-1], ricci.asarray(a)),
}


@pytest.mark.parametrize("kind", OVERLAPPING)
def test_an_out_that_overlaps_an_operand_in_memory(kind):
    for beta in (0.0, 2.0):
        a = np.random.default_rng(5).standard_normal(4099)
        x, out = OVERLAPPING[kind](a)
        expected = 3.0 * np.array(x) + beta * np.array(out)
        ricci.einsum("i->i", x, out=out, alpha=3.0, beta=beta)
        np.testing.assert_allclose(np.asarray(out), expected, rtol=1e-14)


def test_a_matrix_product_into_its_own_operand_s_memory():
    a = np.random.default_rng(6).standard_normal((96, 96))
    expected = a @ a.T
    ricci.einsum("ij,jk->ik", a, a.T, out=a)
    np.testing.assert_allclose(a, expected, rtol=1e-9, atol=1e-12)


def test_assigning_an_array_that_views_the_tensor():
    a = np.random.default_rng(7).standard_normal(4099)
    x, expected = ricci.asarray(a), a[::-1].copy()
    x[:] = a[::-1]
    np.testing.assert_array_equal(a, expected)
