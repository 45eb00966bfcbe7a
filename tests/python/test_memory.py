"""Memory that is shared: NumPy, buffers, DLPack, strides of every sign, who keeps whom alive, what is counted."""

import array
import gc
import sys
import threading
import weakref

import numpy as np
import pytest
from naive import DTYPES

import ricci


@pytest.mark.parametrize("dtype", DTYPES)
def test_asarray_and_numpy_share(dtype):
    a = np.arange(12).reshape(3, 4).astype(dtype)
    t = ricci.asarray(a)
    assert t.dtype == dtype
    assert t.shape == (3, 4)
    t[1, 2] = 1
    a[0, 0] = 1
    assert a[1, 2] == 1
    assert t[0, 0].item() == 1
    back = t.numpy()
    assert np.shares_memory(back, a)
    np.testing.assert_array_equal(back, a)


VIEWS = {
    "transposed": lambda a: a.T,
    "reversed": lambda a: a[::-1, :, ::-1],
    "stepped": lambda a: a[:, ::2, 1:],
    "broadcast": lambda a: np.broadcast_to(a[:1], (5, 4, 6)),
    "one element": lambda a: a[1, 2, 3:4],
    "no axes": lambda a: a[1, 2, 3, ...],
    "empty": lambda a: a[:, 2:2],
    "new axis": lambda a: a[:, None],
    "diagonal": lambda a: np.diagonal(a),
}


@pytest.mark.parametrize("name", VIEWS)
def test_strides(name):
    a = np.random.default_rng(0).uniform(size=(3, 4, 6))
    view = VIEWS[name](a)
    t = ricci.asarray(view.copy() if not view.flags.writeable else view)
    assert t.shape == view.shape
    np.testing.assert_array_equal(t.numpy(), view)
    np.testing.assert_array_equal(ricci.einsum("...->...", view), view)
    labels = "abcd"[: view.ndim]
    np.testing.assert_allclose(ricci.einsum(f"{labels},{labels}->", view, view), (view * view).sum(), rtol=1e-14)
    if view.flags.writeable:
        assert np.shares_memory(t.numpy(), a) or view.size == 0
        assert t.strides == tuple(s // 8 for s in view.strides)


def test_what_can_not_be_shared_is_copied():
    swapped = np.arange(4, dtype=">f8")
    assert ricci.asarray(swapped).tolist() == [0, 1, 2, 3]
    packed = np.zeros(3, dtype=[("pad", "u1"), ("x", "<f8")])
    packed["x"] = [1, 2, 3]
    assert ricci.asarray(packed["x"]).tolist() == [1, 2, 3]
    odd = np.zeros(4, dtype=[("x", "<f4"), ("y", "<f8")])
    odd["x"] = [1, 2, 3, 4]
    assert ricci.asarray(odd["x"]).tolist() == [1, 2, 3, 4]
    fixed = np.arange(3.0)
    fixed.flags.writeable = False
    t = ricci.asarray(fixed)
    t[0] = 7.0
    assert fixed[0] == 0


def test_read_only_operands_are_read_and_their_views_stay_read_only():
    fixed = np.arange(6.0).reshape(2, 3)
    fixed.flags.writeable = False
    view = ricci.einsum("ij->ji", fixed)
    assert np.shares_memory(view, fixed)
    assert not view.flags.writeable
    with pytest.raises(ricci.DTypeError, match="read-only"):
        ricci.einsum("ij->ij", np.ones((2, 3)), out=fixed)


def test_tensor_copies():
    a = np.zeros(3)
    t = ricci.tensor(a)
    t[0] = 1.0
    assert a[0] == 0
    u = ricci.tensor(t)
    u[1] = 5.0
    assert t.tolist() == [1, 0, 0]


def test_owners_live_as_long_as_they_are_needed():
    class Array(np.ndarray):
        pass

    a = np.arange(1000.0).view(Array)
    gone = weakref.ref(a)
    t = ricci.asarray(a)[10:20]
    del a
    gc.collect()
    assert gone() is not None
    assert t.sum().item() == sum(range(10, 20))
    del t
    gc.collect()
    assert gone() is None
    array_of = ricci.arange(1000.0)[10:20].numpy()
    gc.collect()
    assert array_of.sum() == sum(range(10, 20))


def test_an_operand_kept_by_the_tape_is_let_go_with_it():
    class Array(np.ndarray):
        pass

    a = np.ones(3).view(Array)
    gone = weakref.ref(a)
    x = ricci.tensor(np.ones(3), requires_grad=True)
    y = ricci.einsum("i,i->", x, a)
    del a
    gc.collect()
    assert gone() is not None
    y.backward()
    del y
    gc.collect()
    assert gone() is None
    assert x.grad.tolist() == [1, 1, 1]


def test_reference_counts_return():
    a, t = np.ones((3, 3)), ricci.ones(3, 3)
    before = sys.getrefcount(a), sys.getrefcount(t)
    for _ in range(100):
        ricci.einsum("ij,jk->ik", a, a)
        ricci.einsum("ij,jk->ik", t, t)
        _ = t + a, t.numpy(), np.asarray(t), np.from_dlpack(t), ricci.asarray(a), memoryview(t), t.T, t[0], t.tolist()
    del _
    assert (sys.getrefcount(a), sys.getrefcount(t)) == before


def test_exporting_needs_detach():
    x = ricci.ones(3, requires_grad=True)
    for export in (x.numpy, lambda: np.asarray(x), lambda: np.from_dlpack(x), x.__dlpack__):
        with pytest.raises(ricci.GradError, match="detach"):
            export()
    with pytest.raises(BufferError, match="detach"):
        memoryview(x)
    assert x.detach().numpy().tolist() == [1, 1, 1]
    assert np.shares_memory(x.detach().numpy(), x.detach().numpy())


@pytest.mark.parametrize("dtype", DTYPES)
def test_dlpack_both_ways(dtype):
    a = np.arange(6).reshape(2, 3).astype(dtype)
    t = ricci.asarray(a).T
    back = np.from_dlpack(t)
    assert back.dtype == dtype
    assert np.shares_memory(back, a)
    np.testing.assert_array_equal(back, a.T)
    assert t.__dlpack_device__() == (1, 0)

    class Foreign:
        """An array known by DLPack alone, with and without versions."""

        def __init__(self, versioned):
            self.versioned = versioned

        def __dlpack__(self, **options):
            if options and not self.versioned:
                raise TypeError("no such argument")
            return a[:, ::-1].__dlpack__(**options)

        def __dlpack_device__(self):
            return a.__dlpack_device__()

    for versioned in (False, True):
        shared = ricci.asarray(Foreign(versioned))
        assert np.shares_memory(shared.numpy(), a)
        np.testing.assert_array_equal(shared.numpy(), a[:, ::-1])


def test_a_capsule_nobody_takes_is_freed():
    before = ricci.memory.live_bytes()
    t = ricci.ones(1000)
    for _ in range(10):
        t.__dlpack__()
        t.__dlpack__(max_version=(1, 0), copy=True)
    del t
    assert ricci.memory.live_bytes() == before


def test_dlpack_of_another_device_or_dtype():
    class Elsewhere:
        def __dlpack__(self, **options):
            raise BufferError("on a GPU")

    with pytest.raises(BufferError, match="on a GPU"):
        ricci.asarray(Elsewhere())
    with pytest.raises(ricci.DeviceError, match="lives on the host"):
        ricci.ones(2).__dlpack__(dl_device=(2, 0))


def test_a_library_that_records_is_refused():
    class Recording:
        requires_grad = True

        def __dlpack__(self, **options):
            raise AssertionError("not to be asked")

    with pytest.raises(ricci.GradError, match=r"operand 1: .*requires grad(.|\n)*detach"):
        ricci.einsum("i->", Recording())


def test_buffers():
    for typecode in "bBhilfd":
        raw = array.array(typecode, [1, 2, 3])
        t = ricci.asarray(raw)
        t[0] = 9
        assert raw[0] == 9
    t = ricci.arange(6.0).reshape(2, 3)
    view = memoryview(t)
    assert (view.shape, view.strides, view.format, view.readonly) == ((2, 3), (12, 4), "f", False)
    assert view.tolist() == t.tolist()
    assert memoryview(t.T).tolist() == t.T.tolist()
    assert bytes(t) == t.numpy().tobytes()
    with pytest.raises(BufferError):
        memoryview(ricci.ones(2, dtype="bfloat16"))


def test_array_protocol():
    t = ricci.arange(3.0)
    assert np.asarray(t).dtype == np.float32
    assert np.shares_memory(np.asarray(t), t.numpy())
    assert np.asarray(t, dtype="f8").dtype == np.float64
    assert not np.shares_memory(np.array(t), t.numpy())
    np.testing.assert_array_equal(np.exp(t), np.exp(t.numpy()))


def test_the_result_survives_a_rebound_handle():
    """x[i] = v on a tensor with history gives the handle other memory; what was exported before stays alive."""
    x = ricci.ones(1000, requires_grad=True)
    y = x * 2.0
    with ricci.no_grad():
        exported = y.detach().numpy()
    y[0] = 5.0
    gc.collect()
    assert exported[1] == 2.0
    assert y.tolist()[:2] == [5.0, 2.0]


def test_the_bytes_are_counted():
    before = ricci.memory.live_bytes()
    ricci.memory.reset_peak()
    a = ricci.ones(256, 256)
    assert ricci.memory.live_bytes() - before == a.nbytes == 256 * 256 * 4
    assert ricci.memory.peak_bytes() - before >= a.nbytes
    del a
    assert ricci.memory.live_bytes() == before
    assert ricci.memory.cached_bytes() > 0
    ricci.memory.empty_cache()
    assert ricci.memory.cached_bytes() == 0


def test_threads_compute_side_by_side():
    a = np.random.default_rng(0).uniform(size=(64, 64))
    expected = ricci.einsum("ij,jk->ik", a, a)
    wrong = []

    def work():
        for _ in range(50):
            x = ricci.tensor(a, requires_grad=True)
            y = ricci.einsum("ij,jk->ik", x, a)
            y.backward()
            if not (y.detach().numpy() == expected).all():
                wrong.append(y)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_numpy_is_not_imported_before_it_is_needed():
    import subprocess

    code = (
        "import sys, ricci; ricci.einsum('i,i', [1.0], [2.0]); assert 'numpy' not in sys.modules; ricci.ones(2).numpy()"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
