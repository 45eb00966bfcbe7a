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
    got, expected = (torch.utils._pytree.tree_leaves(x) for x in (got, expected))
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


def compiled(f, backend="aot_eager", **options):
    torch._dynamo.reset()
    return torch.compile(f, backend=backend, fullgraph=True, **options)


@pytest.mark.parametrize("backend", ["eager", "aot_eager"])
def test_compiled_whole(backend):
    a, b, c = leaves((3, 4), (4, 5), (5, 2))

    def loss(einsum, a, b, c):
        return (einsum("ij,jk,kl->il", a, b, c) * einsum("ij,ji->ij", a, a.T)[:, :2]).sin().sum()

    f = compiled(lambda *xs: loss(ricci.einsum, *xs), backend)
    expected = loss(torch.einsum, a, b, c)
    assert_all_close(f(a, b, c), expected)
    assert_all_close(torch.autograd.grad(f(a, b, c), [a, b, c]), torch.autograd.grad(expected, [a, b, c]))


def test_compiled_elementwise_semirings_and_transforms():
    a, b = leaves((3, 4), (4, 5))
    pairs = [
        (lambda x, y: ricci.tanh(ricci.matmul(x, y)), lambda x, y: torch.tanh(x @ y)),
        (lambda x, y: ricci.softmax(x @ y, axis=1), lambda x, y: torch.softmax(x @ y, 1)),
        (lambda x, y: ricci.nn.functional.linear(y.T, x), lambda x, y: torch.nn.functional.linear(y.T, x)),
        (
            lambda x, y: ricci.einsum("ij,jk->ik", x, y, semiring="log_sum_exp"),
            lambda x, y: torch.logsumexp(x[:, :, None] + y[None], 1),
        ),
    ]
    for f, g in pairs:
        h = compiled(f)
        assert_all_close(h(a, b), g(a, b))
        got, expected = (torch.autograd.grad(k(a, b).sin().sum(), [a, b]) for k in (h, g))
        assert_all_close(got, expected)
    grad = compiled(lambda x, y: torch.func.grad(lambda t: ricci.matmul(t, y).sin().sum())(x))
    expected = torch.func.grad(lambda t: (t @ b.detach()).sin().sum())(a.detach())
    assert_all_close(grad(a.detach(), b.detach()), expected)


def test_exported():
    class Product(torch.nn.Module):
        def forward(self, x, y):
            return ricci.einsum("ij,jk->ik", x, y)

    a, b = (x.detach() for x in leaves((3, 4), (4, 5)))
    program = torch.export.export(Product(), (a, b))
    assert "ricci.call" in str(program.graph)
    torch.testing.assert_close(program.module()(a, b), a @ b)


def test_the_registered_operator_passes_opcheck():
    from ricci import _torch

    taken = []
    original = _torch.call
    _torch.call = lambda operation, inputs: taken.append(operation) or original(operation, inputs)
    try:
        a, b = leaves((3, 4), (4, 5))
        ricci.matmul(a, b)
        ricci.exp(a)
    finally:
        _torch.call = original
    for operation, inputs in ((taken[0], (a, b)), (taken[1], (a,))):
        number = next(_torch._numbers)
        _torch._operations[number] = operation
        torch.library.opcheck(torch.ops.ricci.call, (number, list(inputs)))


def test_batched_gradients():
    a, b = leaves((3, 4), (4, 5))
    seeds = torch.eye(15, dtype=torch.float64).reshape(15, 3, 5)
    got = torch.autograd.grad(ricci.einsum("ij,jk->ik", a, b).sin(), [a, b], seeds, is_grads_batched=True)
    assert_all_close(got, torch.autograd.grad((a @ b).sin(), [a, b], seeds, is_grads_batched=True))


@pytest.mark.parametrize("strategy", ["reverse-mode", "forward-mode"])
def test_vectorized_jacobians(strategy):
    from torch.autograd.functional import jacobian

    a, b = (x.detach() for x in leaves((3, 4), (4, 5)))
    got = jacobian(lambda x, y: ricci.einsum("ij,jk->ik", x, y).sin(), (a, b), vectorize=True, strategy=strategy)
    assert_all_close(got, jacobian(lambda x, y: (x @ y).sin(), (a, b)))


def test_vectorized_hessians():
    from torch.autograd.functional import hessian

    a = leaves((3, 4))[0].detach()
    for strategy in ("reverse-mode", "forward-mode"):
        got = hessian(
            lambda x: ricci.einsum("ij,kj,ik->", x, x, x @ x.T), a, vectorize=True, outer_jacobian_strategy=strategy
        )
        assert_all_close(got, hessian(lambda x: torch.einsum("ij,kj,ik->", x, x, x @ x.T), a))


def test_fake_tensors():
    from torch._subclasses.fake_tensor import FakeTensorMode

    with FakeTensorMode():
        y = ricci.einsum("ij,jk->ik", torch.empty(3, 4), torch.empty(4, 5))
        assert y.shape == (3, 5)


def test_autocast_changes_nothing():
    a, b = torch.ones(3, 4), torch.ones(4, 5)
    with torch.autocast("cpu", torch.bfloat16):
        assert ricci.einsum("ij,jk->ik", a, b).dtype == torch.float32
        assert ricci.einsum("ij,jk->ik", a.bfloat16(), b).dtype == torch.float32


def test_compile_is_told_whichever_is_imported_first():
    import subprocess
    import sys

    program = """
import {}
import torch, ricci
f = torch.compile(lambda x, y: ricci.matmul(x, y), backend="eager", fullgraph=True)
assert f(torch.ones(2, 3), torch.ones(3, 2)).tolist() == [[3, 3], [3, 3]]
"""
    for first in ("ricci", "torch", "torch._dynamo"):
        done = subprocess.run([sys.executable, "-W", "ignore", "-c", program.format(first)], capture_output=True)
        assert done.returncode == 0, done.stderr


def test_a_cap_holds_while_torch_records():
    equation, cap = "abc,cde,efg,gha,bdfh->", 500_000
    xs = leaves(*[(14, 14, 14)] * 4, (14,) * 4)

    def peak_of(f):
        ricci.memory.empty_cache()
        ricci.memory.reset_peak()
        before = ricci.memory.live_bytes()
        result = f()
        return result, ricci.memory.peak_bytes() - before

    def gradients(max_bytes, **options):
        return torch.autograd.grad(ricci.einsum(equation, *xs, max_bytes=max_bytes), xs, **options)

    expected, peak = peak_of(lambda: gradients(None))
    assert peak > 3 * cap
    got, peak = peak_of(lambda: gradients(cap))
    assert_all_close(got, expected)
    assert peak <= cap
    assert_all_close(gradients(cap, create_graph=True), expected)
    assert_all_close(torch.func.grad(lambda *ts: ricci.einsum(equation, *ts, max_bytes=cap), 1)(*xs), expected[1])
    assert_all_close(torch.func.jvp(lambda *ts: ricci.einsum(equation, *ts, max_bytes=cap), tuple(xs), tuple(xs))[1],
                     5 * ricci.einsum(equation, *[x.detach() for x in xs]))
    plan = ricci.plan(equation, *[tuple(x.shape) for x in xs], dtype="float64", max_bytes=cap)
    assert_all_close(torch.autograd.grad(plan(*xs), xs), expected)
    with pytest.raises(ricci.BudgetError):
        gradients(1000)
    f = compiled(lambda *ts: ricci.einsum(equation, *ts, max_bytes=cap))
    assert_all_close(torch.autograd.grad(f(*xs), xs), expected)
