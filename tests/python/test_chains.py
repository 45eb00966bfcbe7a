"""A hidden Markov chain as a module: its best path and posteriors are gradients, held against all paths."""

import itertools

import numpy as np
import pytest

import ricci
from ricci import nn, optim

TIMES, STATES = 5, 3


class Chain(nn.Module):
    """The best or the total score of all ways through the states, from the scores (time, state) of each."""

    def __init__(self, semiring, dtype="float64"):
        super().__init__()
        self.semiring = semiring
        self.step = nn.Einsum("i,ij->j", (STATES, STATES), semiring=semiring, dtype=dtype)

    def forward(self, scores):
        reached = scores[0]
        for t in range(1, len(scores)):
            reached = self.step(reached) + scores[t]
        return ricci.einsum("j->", reached, semiring=self.semiring)


@pytest.fixture
def scores():
    return np.random.default_rng(0).standard_normal((TIMES, STATES))


def every_path(model, scores):
    """Each way through the states as a 0/1 table (time, state), with its score."""
    step = model.step.weight.detach().numpy()
    for path in itertools.product(range(STATES), repeat=TIMES):
        total = sum(scores[t, s] for t, s in enumerate(path)) + sum(step[a, b] for a, b in itertools.pairwise(path))
        yield np.eye(STATES)[list(path)], total


@pytest.mark.parametrize(("semiring", "best"), [("max_plus", max), ("min_plus", min)])
def test_the_gradient_of_the_best_score_is_its_path(semiring, best, scores):
    ricci.manual_seed(1)
    model = Chain(semiring)
    path, score = best(every_path(model, scores), key=lambda item: item[1])
    value, gradient = ricci.value_and_grad(model)(ricci.tensor(scores))
    assert value.item() == pytest.approx(score, rel=1e-12)
    assert (gradient.numpy() == path).all()


def test_the_gradient_of_the_total_is_the_posterior_and_its_hessian_their_covariance(scores):
    ricci.manual_seed(2)
    model = Chain("log_sum_exp")
    paths, totals = zip(*every_path(model, scores), strict=True)
    chances = np.exp(np.array(totals) - np.logaddexp.reduce(totals))
    flat = np.array(paths).reshape(len(paths), -1)
    posterior = chances @ flat
    covariance = (flat - posterior).T @ (chances[:, None] * (flat - posterior))
    x = ricci.tensor(scores)
    value, gradient = ricci.value_and_grad(model)(x)
    assert value.item() == pytest.approx(np.logaddexp.reduce(totals), rel=1e-12)
    np.testing.assert_allclose(gradient.detach().numpy().ravel(), posterior, atol=1e-12)
    hessian = ricci.hessian(model, x).detach().numpy().reshape(TIMES * STATES, -1)
    np.testing.assert_allclose(hessian, covariance, atol=1e-12)
    many = ricci.vmap(lambda s: ricci.value_and_grad(model)(s)[1])(ricci.stack([x, x + 1.0]))
    np.testing.assert_allclose(many.detach().numpy()[1].ravel(), posterior, atol=1e-12)
    through = ricci.jacobian(lambda s: ricci.checkpoint(model, s), x)
    np.testing.assert_allclose(through.detach().numpy(), gradient.detach().numpy(), atol=1e-14)


def test_a_chain_learns_the_way_it_is_shown(scores):
    ricci.manual_seed(3)
    total, shown = Chain("log_sum_exp", "float32"), [0, 1, 2, 0, 1]
    x = ricci.tensor(scores.astype("float32"))
    optimizer = optim.Adam(total.parameters(), lr=0.1)
    losses = []
    for _ in range(60):
        path = sum(x[t, s] for t, s in enumerate(shown))
        path = path + sum(total.step.weight[a, b] for a, b in itertools.pairwise(shown))
        loss = total(x) - path  # minus the logarithm of the path's chance
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.4 * losses[0] and losses[-1] > 0
    best = Chain("max_plus", "float32")
    best.load_state_dict(total.state_dict())
    gradient = ricci.value_and_grad(best)(x)[1].numpy()
    assert gradient.argmax(1).tolist() == shown
