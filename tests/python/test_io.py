"""Files both ways with NumPy's own readers and writers, networks, damage."""

import os
import pathlib

import numpy as np
import pytest
from naive import DTYPES

import ricci


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("order", ["C", "F"])
def test_npy(dtype, order):
    a = np.asarray(np.random.default_rng(0).integers(0, 2, (2, 3, 4)), dtype=dtype, order=order)
    np.save("a.npy", a)
    t = ricci.load("a.npy")
    assert t.dtype == dtype
    np.testing.assert_array_equal(t.numpy(), a)
    ricci.save("b.npy", t.T)
    np.testing.assert_array_equal(np.load("b.npy"), a.T)
    ricci.save("c.npy", a)
    assert np.load("c.npy").dtype == a.dtype


@pytest.mark.parametrize("write", [np.savez, np.savez_compressed])
def test_npz(write):
    arrays = {"x": np.arange(6.0).reshape(2, 3), "long name": np.ones((), "i4"), "empty": np.zeros((0, 2))}
    write("a.npz", **arrays)
    got = ricci.load("a.npz")
    assert list(got) == list(arrays)
    for name, a in arrays.items():
        np.testing.assert_array_equal(got[name].numpy(), a)
    ricci.save("b.npz", arrays)
    with np.load("b.npz") as back:
        assert set(back) == set(arrays)
        for name, a in arrays.items():
            np.testing.assert_array_equal(back[name], a)
    assert ricci.load("a.npz", "x").shape == (2, 3)


@pytest.mark.parametrize("dtype", [*DTYPES, "bfloat16"])
def test_safetensors(dtype):
    if dtype == "complex128":
        pytest.skip("the format has no complex128")
    t = ricci.tensor([[1, 0, 1], [0, 1, 1]], dtype=dtype)
    ricci.save("a.safetensors", {"t": t, "view": t.T}, metadata={"who": "ada"})
    got = ricci.load("a.safetensors")
    assert (got["t"].dtype, got["view"].tolist()) == (t.dtype, t.T.tolist())


def test_what_is_saved_needs_no_detach_and_paths_may_be_objects(tmp_path):
    x = ricci.ones(2, requires_grad=True)
    ricci.save(tmp_path / "x.npy", x * 2)
    assert ricci.load(tmp_path / "x.npy").tolist() == [2, 2]
    assert ricci.load(os.fsencode(tmp_path / "x.npy")).tolist() == [2, 2]
    with pytest.raises(TypeError):
        ricci.load(3)


def test_networks():
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 9, (2, 3)), rng.integers(0, 9, (3, 4))
    made = ricci.Network("ij,jk->ikm", [a, b], sizes={"m": 2}, name="two", comment="for the test")
    ricci.save_network("n.safetensors", made)
    n = ricci.load_network("n.safetensors")
    assert (n.equation, n.sizes, n.semiring, n.name, n.comment) == (
        "ij,jk->ikm",
        {"m": 2},
        "sum_product",
        "two",
        "for the test",
    )
    got = ricci.einsum(n.equation, *n.operands, sizes=n.sizes, semiring=n.semiring)
    np.testing.assert_array_equal(got.numpy()[..., 1], a @ b)
    with pytest.raises(ricci.EinsumError):
        ricci.save_network("bad.safetensors", ricci.Network("ij,jk->ik", [a, a]))
    assert not os.path.exists("bad.safetensors")


def test_damage_is_told_and_nothing_is_left():
    np.save("a.npy", np.arange(100.0))
    whole = pathlib.Path("a.npy").read_bytes()
    for cut in (0, 5, 50, 127, len(whole) - 1):
        pathlib.Path("cut.npy").write_bytes(whole[:cut])
        with pytest.raises(ricci.DataError):
            ricci.load("cut.npy")
    for wrong in (lambda: ricci.load("none.npz"), lambda: ricci.load("a.npy", "x"), lambda: ricci.save("a.txt", [1.0])):
        with pytest.raises(ricci.DataError):
            wrong()
    with pytest.raises(ricci.DataError):
        ricci.save("no/such/folder.npy", [1.0])
    with pytest.raises(ricci.DTypeError):
        ricci.save("a.npz", {1: [1.0]})
