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
