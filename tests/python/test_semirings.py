"""The examples in other semirings, each against an algorithm that knows nothing of contractions."""

import importlib
import itertools
import pathlib

import numpy as np
import pytest
import scipy.sparse.csgraph

import ricci

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "examples" / "python"


@pytest.fixture
def example(monkeypatch):
    monkeypatch.syspath_prepend(EXAMPLES)
    return importlib.import_module


def random_model(seed, states=2, symbols=26):
    rng = np.random.default_rng(seed)

    def rows(*shape):
        x = rng.uniform(0.1, 1, shape)
        return x / x.sum(-1, keepdims=True)

    return rows(states), rows(states, states), rows(states, symbols)


def forward_backward(start, transition, emission, text):
    """ln P, marginals and expected counts of transitions, by the scaled recursions."""
    length = len(text)
    alpha, beta, scale = np.zeros((length, len(start))), np.ones((length, len(start))), np.zeros(length)
    for t, symbol in enumerate(text):
        alpha[t] = (start if t == 0 else alpha[t - 1] @ transition) * emission[:, symbol]
        scale[t] = alpha[t].sum()
        alpha[t] /= scale[t]
    for t in range(length - 2, -1, -1):
        beta[t] = transition @ (emission[:, text[t + 1]] * beta[t + 1]) / scale[t + 1]
    counts = sum(
        np.outer(alpha[t], emission[:, text[t + 1]] * beta[t + 1]) * transition / scale[t + 1] for t in range(length - 1)
    )
    return np.log(scale).sum(), alpha * beta, counts


@pytest.mark.parametrize("seed", [1, 2])
def test_marginals_are_those_of_forward_and_backward(seed, example):
    program = example("hidden_markov")
    model = random_model(seed)
    text = program.read_text(90)
    log_p, marginals, counts = program.evaluate(
        program.chain_plan(len(text), "log_sum_exp"), [ricci.log(ricci.asarray(x)) for x in model], text
    )
    expected = forward_backward(*model, text)
    assert log_p == pytest.approx(expected[0], rel=1e-12)
    np.testing.assert_allclose(marginals.numpy(), expected[1], atol=1e-12)
    np.testing.assert_allclose(counts[0].numpy(), expected[1][0], atol=1e-12)
    np.testing.assert_allclose(counts[1].numpy(), expected[2], rtol=1e-11)
    emitted = np.zeros((2, 26))
    for t, symbol in enumerate(text):
        emitted[:, symbol] += expected[1][t]
    np.testing.assert_allclose(counts[2].numpy(), emitted, atol=1e-12)


def test_learning_never_forgets(example):
    _, heard = example("hidden_markov").train(example("hidden_markov").read_text(80), 6)
    assert all(after >= before - 1e-4 for before, after in itertools.pairwise(heard))


def viterbi(start, transition, emission, text):
    score, back = np.log(start) + np.log(emission[:, text[0]]), []
    for symbol in text[1:]:
        ways = score[:, None] + np.log(transition)
        back.append(ways.argmax(0))
        score = ways.max(0) + np.log(emission[:, symbol])
    path = [int(score.argmax())]
    for step in reversed(back):
        path.append(int(step[path[-1]]))
    return score.max(), path[::-1]


@pytest.mark.parametrize("seed", [3, 4, 5])
def test_the_best_path_is_viterbis(seed, example):
    model = random_model(seed)
    text = example("hidden_markov").read_text(120)
    score, path = example("viterbi").best_path([ricci.log(ricci.asarray(x)) for x in model], text)
    expected = viterbi(*model, text)
    assert score == pytest.approx(expected[0], rel=1e-13)
    assert path == expected[1]


def test_distances_are_dijkstras(example):
    program = example("shortest_paths")
    codes, distances = program.read_map()
    graph = np.where(np.isinf(distances.numpy()), 0, distances.numpy())
    expected = scipy.sparse.csgraph.dijkstra(graph, directed=True)
    np.testing.assert_allclose(program.shortest(distances).numpy(), expected, rtol=1e-14)
    for start, end in (("ME", "CA"), ("FL", "MT"), ("RI", "DE"), ("TX", "OK")):
        length, states = program.way(distances, codes, start, end)
        steps = [(codes.index(a), codes.index(b)) for a, b in itertools.pairwise(states)]
        assert states[0] == start and states[-1] == end
        assert sum(distances[a, b].item() for a, b in steps) == pytest.approx(length)
        assert length == pytest.approx(expected[codes.index(start), codes.index(end)])


def count_models(clauses, variables):
    """DPLL: a unit clause decides, else the first variable goes both ways."""
    if any(not clause for clause in clauses):
        return 0
    if not clauses:
        return 2 ** len(variables)
    literal = min(clauses, key=len)[0]
    total = 0
    for choice in [literal] if len(min(clauses, key=len)) == 1 else [literal, -literal]:
        rest = [[x for x in clause if x != -choice] for clause in clauses if choice not in clause]
        total += count_models(rest, variables - {abs(literal)})
    return total


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5])
def test_queens_are_counted_as_by_dpll(n, example, tmp_path):
    program = example("model_counting")
    text = program.queens(n)
    clauses = [[int(x) for x in line.split()[:-1]] for line in text.splitlines() if line[0] not in "pc"]
    assert program.ask(tmp_path, ".cnf", text).item() == count_models(clauses, frozenset(range(1, n * n + 1)))


def test_the_clinic_is_what_its_tables_say(example, tmp_path):
    program = example("model_counting")
    variables, tables = program.read_tables()
    joint = np.ones([2] * variables)
    for bits in itertools.product((0, 1), repeat=variables):
        for scope, rows in tables:
            joint[bits] *= rows[int("".join(str(bits[v]) for v in scope), 2)]
    assert joint.sum() == pytest.approx(1)
    assert joint.sum(axis=(0, 1, 2, 4, 5, 6, 7))[1] == pytest.approx(0.055)  # the published figure for lung cancer
    for evidence in ({}, {7: 1}, {7: 1, 6: 0, 0: 1}):
        index = [evidence.get(v, slice(None)) for v in range(variables)]
        index[3] = slice(None)
        part = joint[tuple(index)]
        at = [v for v in range(variables) if v == 3 or v not in evidence].index(3)
        expected = part.sum(axis=tuple(a for a in range(part.ndim) if a != at))
        (tmp_path / "seen.evid").write_text(" ".join(map(str, [len(evidence), *itertools.chain(*evidence.items())])))
        model = ricci.load_network(program.ASIA, evidence=tmp_path / "seen.evid", keep=[3])
        np.testing.assert_allclose(program.value(model).numpy(), expected, rtol=1e-13)
        formula = program.ask(tmp_path, ".cnf", program.clinic(evidence), keep=[4])
        np.testing.assert_allclose(formula.numpy(), expected, rtol=1e-12)
