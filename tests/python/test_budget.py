"""max_bytes: the same numbers within it, forward and backward; errors before anything is computed."""

import jax
import jax.numpy as jnp
import naive
import numpy as np
import pytest

import ricci


def peak_of(f):
    """What f() allocates at once beyond what is there, its result included; and the result."""
    before = ricci.memory.live_bytes()
    ricci.memory.reset_peak()
    result = f()
    return ricci.memory.peak_bytes() - before, result


PROBLEMS = {
    "chain": ("ij,jk,kl->il", (40, 50), (50, 60), (60, 30)),
    "ring": ("ab,bc,cd,de,ea->", (31, 29), (29, 37), (37, 41), (41, 23), (23, 31)),
    "diagonal": ("iij,jk,kl->il", (20, 20, 30), (30, 25), (25, 10)),
    "factors": ("xa,ya,za,xyzb->b", (12, 9), (13, 9), (14, 9), (12, 13, 14, 5)),
}


@pytest.mark.parametrize("problem", PROBLEMS.values(), ids=PROBLEMS)
def test_the_same_within_the_cap(problem):
    equation, *shapes = problem
    rng = np.random.default_rng(1)
    arrays = [rng.integers(-2, 3, shape).astype("float64") for shape in shapes]
    tensors = [ricci.asarray(a) for a in arrays]
    expected = np.einsum(equation, *arrays, optimize=True)
    free = ricci.plan(equation, *arrays)
    assert free.slices == {}
    sliced = 0
    for share in (1, 0.5, 0.3):
        cap = int(share * free.peak_bytes)
        try:
            plan = ricci.plan(equation, *arrays, max_bytes=cap)
        except ricci.BudgetError:
            assert share < 1
            continue
        sliced += bool(plan.slices)
        for call in (lambda: plan(*tensors), lambda: ricci.einsum(equation, *tensors, max_bytes=cap)):  # noqa: B023
            peak, value = peak_of(call)
            assert peak <= plan.peak_bytes <= cap
            np.testing.assert_array_equal(value.numpy(), expected)
        again = ricci.Plan.from_json(plan.to_json())
        assert (again.slices, again.peak_bytes) == (plan.slices, plan.peak_bytes)
        np.testing.assert_array_equal(again(*arrays), expected)
    assert sliced or equation == "ab,bc,cd,de,ea->"


def test_backward_keeps_the_cap():
    rng = np.random.default_rng(2)
    shapes = [(30, 3), (30, 3), (30, 3), (30, 3)]
    leaves = [ricci.tensor(rng.integers(-2, 3, s), dtype="float64", requires_grad=True) for s in shapes]
    equation = "ia,ja,ka,la->"
    free = ricci.einsum(equation, *leaves, optimize=[(0, 1), (0, 1), (0, 1)])
    expected = ricci.grad(free, leaves)
    cap = 5000
    peak, y = peak_of(lambda: ricci.einsum(equation, *leaves, max_bytes=cap))
    assert peak <= cap
    seed = ricci.ones_like(y)
    peak, found = peak_of(lambda: ricci.grad(y, leaves, gradient=seed))
    assert peak <= cap
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())
    with pytest.raises(ricci.BudgetError, match="with its gradients takes at least 3136"):
        ricci.einsum(equation, *leaves, max_bytes=2000)


@pytest.mark.parametrize("semiring", ["max_plus", "min_plus", "max_product", "log_sum_exp"])
def test_backward_of_other_semirings_keeps_the_cap(semiring):
    rng = np.random.default_rng(3)
    leaves = [ricci.tensor(rng.random(s), requires_grad=True) for s in [(40, 50), (50, 60), (60, 30)]]
    y = ricci.einsum("ij,jk,kl->il", *leaves, semiring=semiring)
    seed = ricci.ones_like(y)
    expected = ricci.grad(y, leaves, gradient=seed)
    cap = 900_000
    z = ricci.einsum("ij,jk,kl->il", *leaves, semiring=semiring, max_bytes=cap)
    peak, found = peak_of(lambda: ricci.grad(z, leaves, gradient=seed))
    assert peak <= cap
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-9)
    with pytest.raises(ricci.BudgetError, match="with its gradients takes at least"):
        ricci.einsum("ij,jk,kl->il", *leaves, semiring=semiring, max_bytes=50_000)
    again = ricci.einsum("ij,jk,kl->il", *leaves, semiring=semiring, max_bytes=10**8)
    first = ricci.grad(again, leaves, gradient=seed, create_graph=True)
    for a, b in zip(first, expected, strict=True):
        np.testing.assert_allclose(a.detach().numpy(), b.numpy(), rtol=1e-9)
    if semiring == "log_sum_exp":
        assert ricci.grad((first[0] * first[0]).sum(), leaves)[2].shape == (60, 30)


def test_plans_for_gradients():
    arrays = [np.arange(3600).reshape(60, 60) % 7 for _ in range(4)]
    forward = ricci.plan("ab,bc,cd,da->", *arrays)
    free = ricci.plan("ab,bc,cd,da->", *arrays, gradients=True)
    assert free.flops == 3 * forward.flops
    plan = ricci.plan("ab,bc,cd,da->", *arrays, max_bytes=150_000, gradients=True)
    assert plan.slices
    seed = np.array(2)
    peak, (value, gradients) = peak_of(
        lambda: plan.gradients(*map(ricci.asarray, arrays), gradient=ricci.asarray(seed))
    )
    assert peak <= plan.peak_bytes <= 150_000
    for array, gradient in zip(arrays, gradients, strict=True):
        assert (array * gradient.numpy()).sum() == value.item() * 2
    # A plan whose cap was for the forward run alone finds slices of its own for the gradients.
    plain = ricci.plan("ab,bc,cd,da->", *arrays, max_bytes=150_000)
    peak, again = peak_of(lambda: plain.gradients(*map(ricci.asarray, arrays), gradient=ricci.asarray(seed)))
    assert peak <= 150_000
    for a, b in zip(again[1], gradients, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())


@pytest.mark.parametrize("semiring", ["max_plus", "min_plus", "max_product", "log_sum_exp"])
def test_a_plans_gradients_in_every_semiring(semiring):
    rng = np.random.default_rng(5)
    arrays = [rng.uniform(0.1, 1, shape) for shape in [(40, 50), (50, 60), (60, 30)]]
    seed = rng.uniform(-1, 1, (40, 30))
    leaves = [ricci.tensor(a, requires_grad=True) for a in arrays]
    y = ricci.einsum("ij,jk,kl->il", *leaves, semiring=semiring)
    expected = ricci.grad(y, leaves, gradient=ricci.tensor(seed))
    free = ricci.plan("ij,jk,kl->il", *arrays, dtype="float64", semiring=semiring)
    least = ricci.plan("ij,jk,kl->il", *arrays, dtype="float64", semiring=semiring, max_bytes=600_000)
    for plan in free, least:
        peak, (value, gradients) = peak_of(
            lambda plan=plan: plan.gradients(*map(ricci.asarray, arrays), gradient=ricci.asarray(seed))
        )
        assert plan is free or peak <= 600_000
        np.testing.assert_allclose(value.numpy(), y.detach().numpy(), rtol=1e-12)
        for got, want in zip(gradients, expected, strict=True):
            np.testing.assert_allclose(got.numpy(), want.numpy(), rtol=1e-9, atol=1e-12)
    _, (only,) = ricci.plan("ij->", (3, 4), dtype="float64", semiring=semiring).gradients(np.ones((3, 4)))
    assert only.sum() == pytest.approx(1)
    with pytest.raises(ricci.GradError, match="in max_plus they are those of floats"):
        ricci.plan("ij,jk->ik", (2, 3), (3, 2), dtype="int64", semiring="max_plus").gradients(
            np.ones((2, 3), int), np.ones((3, 2), int)
        )


@pytest.mark.parametrize("bad", [0, -1, True, 1e9, "1GB"])
def test_a_budget_is_a_whole_number_of_bytes(bad):
    with pytest.raises(ricci.EinsumError, match="max_bytes"):
        ricci.einsum("ij->i", np.ones((2, 3)), max_bytes=bad)
    with pytest.raises(ricci.EinsumError, match="max_bytes"):
        ricci.plan("ij->i", (2, 3), max_bytes=bad)


def test_what_a_refusal_says():
    with pytest.raises(ricci.BudgetError) as told:
        ricci.einsum("ij,jk->ik", np.ones((40, 50)), np.ones((50, 60)), max_bytes=1000)
    assert isinstance(told.value, MemoryError)
    assert str(told.value) == (
        "max_bytes is 1000, but ij,jk->ik takes at least 19200 bytes in the orders that were tried\n"
        "  give max_bytes=19200; no slicing makes it less"
    )


def test_what_no_cap_can_be_kept_over():
    f = lambda x: ricci.einsum("ij,jk->ik", x, x, semiring="max_plus", max_bytes=10**6)  # noqa: E731
    with pytest.raises(ricci.GradError, match="max_plus while they record or trace, so no cap can be promised"):
        jax.jit(f)(jnp.ones((3, 3)))


CLOSED_RING = "abc,cde,efg,gha,bdfh->"
RING_CAP, RING_GRADIENTS = 500_000, 395_136  # bytes; without a cap all takes 1.3 million


def test_a_cap_holds_while_jax_records():
    rng = np.random.default_rng(3)
    with jax.enable_x64(True):
        arrays = [jnp.asarray(rng.standard_normal(shape)) for shape in [(14, 14, 14)] * 4 + [(14,) * 4]]

        def gradients(max_bytes):
            return jax.grad(lambda *xs: ricci.einsum(CLOSED_RING, *xs, max_bytes=max_bytes), (0, 1, 2, 3, 4))

        peak, expected = peak_of(lambda: jax.block_until_ready(gradients(None)(*arrays)))
        assert peak > 2 * RING_CAP
        for f in (gradients(RING_CAP), jax.jit(gradients(RING_CAP))):
            peak, got = peak_of(lambda f=f: jax.block_until_ready(f(*arrays)))
            for g, e in zip(got, expected, strict=True):
                np.testing.assert_allclose(g, e, rtol=1e-9, atol=1e-9)
            assert peak <= RING_CAP + RING_GRADIENTS  # those that are done are JAX's by then
        with pytest.raises(ricci.BudgetError):
            gradients(1000)(*arrays)


@pytest.mark.parametrize("row", [row for row in naive.rows() if len(row.shapes) > 1][::3], ids=str)
def test_the_table_within_twice_its_output(row):
    arrays = naive.operands(row, "int64")
    expected = naive.einsum(row.equation, *arrays, sizes=row.sizes)
    found = ricci.einsum(row.equation, *arrays, sizes=dict(row.sizes), max_bytes=2 * expected.nbytes + 1024)
    np.testing.assert_array_equal(found, expected)
