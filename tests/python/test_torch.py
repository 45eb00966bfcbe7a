"""torch's tensors: the same kind out, and Ricci's calls under torch's own autograd, torch.func and torch.compile.

Runs where torch is installed: RICCI_TORCH=1 make test."""

import naive
import numpy as np
import pytest

import ricci

torch = pytest.importorskip("torch")

ROWS = naive.rows()
pytestmark = pytest.mark.filterwarnings("ignore")  # torch's own deprecations


def leaves(*shapes, dtype=torch.float64):
    torch.manual_seed(0)
    return [torch.randn(*shape, dtype=dtype, requires_grad=True) for shape in shapes]


def chain(a, b, c):
    return ricci.einsum("ij,jk,kl->il", a, b, c)


def same_chain(a, b, c):
    return torch.einsum("ij,jk,kl->il", a, b, c)


def scalar(f):
    return lambda *xs: f(*xs).sin().sum()


def assert_all_close(got, expected):
    got, expected = (list(x) if isinstance(x, tuple) else [x] for x in (got, expected))
    for g, e in zip(got, expected, strict=True):
        torch.testing.assert_close(g, e)


def test_tensors_come_back_as_torch():
    a = torch.arange(6.0).reshape(2, 3)
    got = ricci.einsum("ij->i", a)
    assert isinstance(got, torch.Tensor)
    assert got.tolist() == [3, 12]
    assert isinstance(ricci.einsum("ij,ij->i", a, np.ones((2, 3), "float32")), torch.Tensor)
    assert isinstance(ricci.exp(a), torch.Tensor)
    assert isinstance(ricci.einsum("ij,ij->i", a, ricci.ones(2, 3)), ricci.Tensor)
    ricci.asarray(a)[0, 0] = 7.0
    assert a[0, 0] == 7
    z = torch.tensor([1 + 2j])
    assert ricci.einsum("i->i", z.conj()).tolist() == [1 - 2j]


@pytest.mark.parametrize("dtype", [torch.float64, torch.complex128], ids=str)
@pytest.mark.parametrize("row", ROWS, ids=str)
def test_gradients_are_riccis(row, dtype):
    name = str(dtype).removeprefix("torch.")
    arrays = naive.operands(row, name, seed=11)
    sizes = dict(row.sizes)
    xs = [torch.tensor(a, requires_grad=True) for a in arrays]
    y = ricci.einsum(row.equation, *xs, sizes=sizes)
    seed = np.random.default_rng(12).uniform(-1, 1, tuple(y.shape)).astype(name)
    got = torch.autograd.grad(y, xs, torch.tensor(seed))
    own = [ricci.tensor(a, requires_grad=True) for a in arrays]
    expected = ricci.grad(ricci.einsum(row.equation, *own, sizes=sizes), own, gradient=ricci.tensor(seed))
    for g, e in zip(got, expected, strict=True):
        assert (tuple(g.shape), g.dtype) == (e.shape, dtype)
        np.testing.assert_allclose(g.numpy(), e.numpy(), 1e-10, 1e-10)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: chain(x, x, x),
        lambda x: ricci.outer(x, x),
        lambda x: ricci.matmul(x, x),
        lambda x: ricci.trace(x),
        lambda x: ricci.diagonal(x, 1),
        lambda x: ricci.permute(x, (1, 0)),
        lambda x: ricci.expand(x, (3, 4, 4)),
        lambda x: ricci.bilinear(x, x, torch.ones(2, 4, 4, dtype=torch.float64)),
        lambda x: ricci.softmax(x, 0),
        lambda x: ricci.einsum("ij,jk->ik", x, x, alpha=2.5),
        lambda x: ricci.einsum("ij,jk->ik", x, x, semiring="max_plus"),
        lambda x: ricci.einsum("ij,jk->ik", x, x, semiring="log_sum_exp"),
        lambda x: ricci.plan("ij,jk->ik", (4, 4), (4, 4), dtype="float64")(x, x),
    ],
)
def test_gradcheck_of_torch(f):
    (x,) = leaves((4, 4))
    assert torch.autograd.gradcheck(f, (x,), check_forward_ad=True)
    assert torch.autograd.gradgradcheck(f, (x,))


def test_complex_and_conjugated():
    z, w = leaves((3, 4), (4, 4), dtype=torch.complex128)
    f = lambda a, b: ricci.einsum("ij*,jk->ki", a, b)  # noqa: E731
    assert torch.autograd.gradcheck(f, (z, w))
    assert torch.autograd.gradgradcheck(f, (z, w))
    (x,) = leaves((4, 4))
    assert torch.autograd.gradcheck(lambda a, b: ricci.matmul(a, b), (z, x))


@pytest.mark.parametrize(
    "transform",
    [
        lambda f: torch.func.grad(scalar(f), (0, 1, 2)),
        lambda f: lambda *xs: torch.func.jvp(f, xs, xs),
        lambda f: lambda *xs: torch.func.jvp(torch.func.grad(scalar(f)), xs, xs),
        lambda f: lambda *xs: torch.func.vjp(f, *xs)[1](torch.ones(3, 2, dtype=torch.float64)),
        lambda f: torch.func.hessian(scalar(f)),
        lambda f: torch.func.jacfwd(f, argnums=1),
        lambda f: torch.func.jacrev(f, argnums=2),
        lambda f: lambda a, b, c: torch.func.vmap(f, (None, 1, None), 1)(a, torch.stack([b, b + 1], 1), c),
        lambda f: torch.func.jacrev(torch.func.grad(scalar(f))),
        lambda f: torch.compile(f, backend="aot_eager"),
        lambda f: lambda *xs: torch.utils.checkpoint.checkpoint(f, *xs, use_reentrant=False),
    ],
    ids=[
        "grad",
        "jvp",
        "jvp-grad",
        "vjp",
        "hessian",
        "jacfwd",
        "jacrev",
        "vmap",
        "jacrev-grad",
        "compile",
        "checkpoint",
    ],
)
def test_transforms_agree_with_torch_einsum(transform):
    xs = [x.detach() for x in leaves((3, 4), (4, 5), (5, 2))]
    assert_all_close(transform(chain)(*xs), transform(same_chain)(*xs))


def test_no_grad_and_backward():
    a, b = leaves((2, 3), (3, 2))
    with torch.no_grad():
        assert not ricci.matmul(a, b).requires_grad
    assert not ricci.matmul(a.detach(), b.detach()).requires_grad
    ricci.matmul(a, b).sum().backward()
    torch.testing.assert_close(a.grad, b.detach().sum(1).expand(2, 3))


def test_a_change_of_a_saved_tensor_is_seen():
    a, b = leaves((2, 3), (3, 2))
    y = ricci.matmul(a, b)
    with torch.no_grad():
        b.mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


def test_a_negated_view_keeps_its_sign():
    z = torch.tensor([1 + 2j, 3 - 4j])
    minus = z.conj().imag
    assert minus.is_neg()
    assert ricci.sum(minus).item() == 2
    assert ricci.einsum("i,i->i", minus, minus).tolist() == [4, 16]
    assert ricci.asarray(minus).tolist() == [-2, 4]
    assert ricci.exp(z.conj()).imag.is_neg() == torch.exp(z.conj()).imag.is_neg()
    x = torch.tensor([1 + 2j], requires_grad=True)
    ricci.einsum("i,i->", x.conj().imag, torch.tensor([3.0])).backward()
    y = torch.tensor([1 + 2j], requires_grad=True)
    torch.einsum("i,i->", y.conj().imag, torch.tensor([3.0])).backward()
    torch.testing.assert_close(x.grad, y.grad)


def test_a_change_of_an_operand_without_gradient_is_seen():
    a, b = torch.ones(3, requires_grad=True), torch.full((3,), 2.0)
    y = ricci.einsum("i,i->i", a, b)
    b.add_(100)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()
    y = ricci.einsum("i,i->i", a, b[:])
    b.add_(100)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


def test_a_view_of_an_operand_counts_its_changes():
    a, w = torch.arange(6.0).reshape(2, 3), torch.ones(3, 2, requires_grad=True)
    b = ricci.einsum("ij->ji", a)
    assert b.data_ptr() == a.data_ptr()
    z = (b * w).sum()
    a.add_(100)
    assert b[0, 0] == 100
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        z.backward()
    part = ricci.einsum("ii->i", a[:, 1:])
    assert part.tolist() == [101, 105]
    part.zero_()
    assert a[0, 1] == 0


def test_changes_of_shared_memory_are_seen_by_both():
    shared = torch.ones(3)
    x = ricci.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = (x * ricci.asarray(shared)).sum()
    shared.add_(100)
    with pytest.raises(ricci.GradError, match="changed in place after it was used"):
        y.backward()
    leaf = torch.ones(3, requires_grad=True)
    z = (leaf * shared).sum()
    ricci.einsum("i->i", ricci.ones(3), out=ricci.asarray(shared))
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        z.backward()
    assert shared.tolist() == [1, 1, 1]


def test_tensors_of_inference_mode():
    with torch.inference_mode():
        a = torch.ones(2, 2)
        assert ricci.einsum("ij->ji", a).tolist() == [[1, 1], [1, 1]]
    assert ricci.einsum("ij->", a).item() == 4
    assert ricci.asarray(a).shape == (2, 2)


def test_errors():
    a, b = leaves((2, 3), (3, 2))
    with pytest.raises(ricci.EinsumError, match="label 'j'"):
        ricci.einsum("ij,jk->ik", a, a)
    with pytest.raises(ricci.GradError, match="operand 1: torch or JAX differentiates(.|\n)*x.detach"):
        ricci.plan("ij->i", (2, 3)).gradients(a)
    with pytest.raises(ricci.GradError, match="another is a ricci.Tensor"):
        ricci.matmul(a, ricci.ones(3, 2))
    with pytest.raises(ricci.GradError, match="out="):
        ricci.einsum("ij->i", a, out=ricci.zeros(2, dtype="float64"))
    with pytest.raises(ricci.GradError, match="x.detach"):
        ricci.asarray(a)


def test_dtypes_are_named_by_torch_too():
    for name in ("float64", "bfloat16", "int8", "bool", "complex64"):
        assert ricci.zeros(2, dtype=getattr(torch, name)).dtype == name
        assert ricci.float32 != getattr(torch, name)
    assert ricci.ones(2).to(torch.float16).dtype == ricci.float16 == torch.float16
    with pytest.raises(ricci.DTypeError, match="torch.uint16 has no counterpart here\n(.|\n)*int32 holds all"):
        ricci.zeros(2, dtype=torch.uint16)


def test_tensors_are_positions():
    x = ricci.arange(5)
    assert x[torch.tensor([1, 2])].tolist() == [1, 2]
    assert x[torch.tensor(3)].item() == 3
    assert x[torch.tensor([True, False, False, False, True])].tolist() == [0, 4]
    assert ricci.take(x, torch.tensor([[4], [0]])).tolist() == [[4], [0]]


def test_out_may_be_torch():
    out = torch.zeros(2, 2)
    assert ricci.einsum("ij->ji", np.float32([[1, 2], [3, 4]]), out=out) is out
    assert out.tolist() == [[1, 3], [2, 4]]
    leaf = torch.ones(2, 2, requires_grad=True)
    z = (leaf * out).sum()
    ricci.einsum("ij->ji", np.ones((2, 2), "float32"), out=out)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        z.backward()
    with pytest.raises(ricci.GradError, match="x.detach"):
        ricci.einsum("ij->ji", np.ones((2, 2), "float32"), out=leaf)


NOT_DENSE = {
    "coo": lambda: torch.eye(3).to_sparse(),
    "csr": lambda: torch.eye(3).to_sparse_csr(),
    "nested": lambda: torch.nested.nested_tensor([torch.ones(2), torch.ones(3)]),
    "jagged": lambda: torch.nested.nested_tensor([torch.ones(2), torch.ones(3)], layout=torch.jagged),
}


@pytest.mark.parametrize("name", NOT_DENSE)
def test_what_is_no_dense_array_is_refused(name):
    with pytest.raises(ricci.DTypeError, match=r"no dense array\n  pass x.to_dense\(\)"):
        ricci.sum(NOT_DENSE[name]())


def test_what_has_no_elements_here_is_refused():
    with pytest.raises(ricci.DeviceError, match="on device meta, not on the host"):
        ricci.sum(torch.ones(3, device="meta"))
    with pytest.raises(ricci.DTypeError, match="torch.quint8 has no counterpart"):
        ricci.sum(torch.quantize_per_tensor(torch.ones(3), 0.1, 0, torch.quint8))
    with pytest.raises(ricci.DTypeError, match="torch.uint64 has no counterpart here\n(.|\n)*int64 holds"):
        ricci.sum(torch.ones(3, dtype=torch.uint64))
