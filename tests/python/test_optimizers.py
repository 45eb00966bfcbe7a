"""Orders by the optimizers of others, and ours in their hands."""

import importlib.util
import random

import jax.numpy as jnp
import numpy as np
import opt_einsum
import pytest

import ricci

EQUATION, SHAPES = "ab,bc,cd,de,ea,bf->cf", [(3, 4), (4, 5), (5, 6), (6, 2), (2, 3), (4, 7)]
NO_COTENGRA = "cotengra is not installed (tools/requirements.txt names it)"
cotengra_only = pytest.mark.skipif(not importlib.util.find_spec("cotengra"), reason=NO_COTENGRA)


def arrays():
    rng = np.random.default_rng(3)
    return [rng.integers(-3, 4, shape).astype(float) for shape in SHAPES]


def expected():
    return np.einsum(EQUATION, *arrays())


OPTIMIZERS = {
    "greedy": opt_einsum.paths.greedy,
    "optimal": opt_einsum.paths.optimal,
    "dynamic programming": opt_einsum.DynamicProgramming(),
    "branches": opt_einsum.BranchBound(nbranch=2),
    "random greedy": opt_einsum.RandomGreedy(max_repeats=4),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_those_of_opt_einsum_order_ours(name):
    optimizer = OPTIMIZERS[name]
    np.testing.assert_array_equal(ricci.einsum(EQUATION, *arrays(), optimize=optimizer), expected())
    p = ricci.plan(EQUATION, *SHAPES, optimize=optimizer, dtype="float64")
    np.testing.assert_array_equal(p(*arrays()), expected())


def test_ours_is_as_good_as_their_optimum_in_their_hands():
    _, theirs = opt_einsum.contract_path(EQUATION, *SHAPES, shapes=True, optimize="optimal")
    _, ours = opt_einsum.contract_path(EQUATION, *SHAPES, shapes=True, optimize=ricci.PathOptimizer("optimal"))
    assert ours.opt_cost <= theirs.opt_cost
    assert sum(len(step) - 1 for step in ours.path) == len(SHAPES) - 1


def test_ours_in_the_hands_of_others():
    optimizer = ricci.PathOptimizer()
    assert isinstance(optimizer, opt_einsum.paths.PathOptimizer)
    np.testing.assert_array_equal(opt_einsum.contract(EQUATION, *arrays(), optimize=optimizer), expected())
    np.testing.assert_allclose(jnp.einsum(EQUATION, *arrays(), optimize=optimizer), expected(), rtol=1e-5)
    path = ["einsum_path", *ricci.plan(EQUATION, *SHAPES).path]
    np.testing.assert_array_equal(np.einsum(EQUATION, *arrays(), optimize=path), expected())
    assert np.einsum_path(EQUATION, *arrays(), optimize=path)[0] == path


def test_sets_in_any_order_give_one_path():
    rng = random.Random(1)
    terms = [rng.sample("abcdefghij", 3) for _ in range(12)]
    sizes = {label: 2 + i for i, label in enumerate("abcdefghij")}
    paths = {str(ricci.PathOptimizer("greedy")([rng.sample(t, 3) for t in terms], "", sizes)) for _ in range(5)}
    assert len(paths) == 1


def test_what_an_optimizer_is_asked():
    asked = []

    def optimizer(inputs, output, size_dict, memory_limit):
        asked.append((inputs, output, size_dict, memory_limit))
        return [[0, 1], [0, 1]]

    ricci.einsum("{row}i,...ij,jj->{row}...", np.ones((2, 3)), np.ones((1, 3, 4)), np.ones((4, 4)), optimize=optimizer)
    ((inputs, output, sizes, limit),) = asked
    assert inputs[0] == {"{row}", "i"} and inputs[2] == {"j"} and "{row}" in output and limit is None
    assert sizes["{row}"] == 2 and sizes["i"] == 3 and sizes["j"] == 4
    assert all(isinstance(term, frozenset) for term in [*inputs, output])


def test_gradients_and_batches_ask_too():
    x = ricci.tensor(arrays()[0], requires_grad=True)
    y = ricci.einsum(EQUATION, x, *arrays()[1:], optimize=opt_einsum.paths.greedy)
    y.sum().backward()
    z = ricci.tensor(arrays()[0], requires_grad=True)
    ricci.einsum(EQUATION, z, *arrays()[1:]).sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), z.grad.numpy())


@pytest.mark.parametrize(
    ("optimize", "says"),
    [
        (3.5, "neither a method's name"),
        (lambda *_: 7, "not a path"),
        (lambda *_: [(0, 9)], "9"),
        (lambda *_: [(0, 1)], "left"),
        (lambda *_: [], "left"),
    ],
)
def test_wrong_optimizers(optimize, says):
    with pytest.raises(ricci.EinsumError, match=says):
        ricci.einsum(EQUATION, *arrays(), optimize=optimize)


def test_an_error_of_an_optimizer_comes_through():
    def broken(*_):
        raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine"):
        ricci.plan(EQUATION, *SHAPES, optimize=broken)


def test_a_memory_limit_is_refused():
    with pytest.raises(ricci.EinsumError, match="memory_limit"):
        opt_einsum.contract_path(EQUATION, *SHAPES, shapes=True, optimize=ricci.PathOptimizer(), memory_limit=10)


@cotengra_only
def test_cotengra_orders_ours_and_ours_orders_cotengra():
    import cotengra

    tree = cotengra.einsum_tree(EQUATION, *SHAPES, optimize="greedy")
    np.testing.assert_array_equal(ricci.einsum(EQUATION, *arrays(), optimize=tree), expected())
    assert ricci.plan(EQUATION, *SHAPES, optimize=tree).path == [tuple(step) for step in tree.get_path()]
    search = cotengra.RandomGreedyOptimizer(max_repeats=4, seed=0, accel=False, parallel=False)
    np.testing.assert_array_equal(ricci.einsum(EQUATION, *arrays(), optimize=search), expected())
    np.testing.assert_array_equal(cotengra.einsum(EQUATION, *arrays(), optimize=ricci.PathOptimizer()), expected())
    ours = cotengra.einsum_tree(EQUATION, *SHAPES, optimize=ricci.PathOptimizer("optimal"))
    fewest = ricci.plan(EQUATION, *SHAPES, optimize="optimal", goal="flops")
    assert ours.contraction_cost() == fewest.flops
