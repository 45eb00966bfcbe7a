"""Formulas in DIMACS, weighted and not, held against all their assignments."""

import itertools
import math
import random

import numpy as np
import pytest
from network_files import dimacs, load, refused, value


def holds(clauses, bits):
    return all(any(bits[abs(x) - 1] == (x > 0) for x in clause) for clause in clauses)


def models(variables, clauses):
    return [bits for bits in itertools.product((False, True), repeat=variables) if holds(clauses, bits)]


def random_clauses(rng, variables, count, widest):
    return [[rng.choice((-1, 1)) * rng.randint(1, variables) for _ in range(rng.randint(1, widest))] for _ in range(count)]


@pytest.mark.parametrize("seed", range(12))
def test_models_are_counted(seed, tmp_path):
    rng = random.Random(seed)
    variables = rng.randint(1, 10)
    clauses = random_clauses(rng, variables, rng.randint(0, 15), 4)
    network = load(tmp_path, "f.cnf", dimacs(variables, clauses))
    assert value(network).item() == len(models(variables, clauses))


@pytest.mark.parametrize("width", [8, 9, 12, 13, 14])
def test_wide_clauses_are_cut_into_small_tensors(width, tmp_path):
    rng = random.Random(width)
    clauses = [[rng.choice((-1, 1)) * v for v in range(1, width + 1)] for _ in range(3)]
    network = load(tmp_path, "f.cnf", dimacs(width, clauses))
    assert value(network).item() == len(models(width, clauses))
    assert max(math.prod(operand.shape) for operand in network.operands) <= 256


def test_a_clause_of_a_thousand_literals(tmp_path):
    clause = list(range(1, 1001))
    network = load(tmp_path, "f.cnf", dimacs(1000, [clause]), semiring="log_sum_exp")
    assert value(network).item() == pytest.approx(1000 * math.log(2), rel=1e-14)
    assert value(load(tmp_path, "f.cnf", dimacs(1000, [clause, *[[-v] for v in clause[1:]]]))).item() == 1


@pytest.mark.parametrize("semiring", ["sum_product", "max_product", "log_sum_exp", "max_plus", "min_plus"])
def test_weights_in_every_semiring(semiring, tmp_path):
    rng = random.Random(5)
    variables, clauses = 7, random_clauses(random.Random(6), 6, 8, 3)
    weights = {lit: rng.uniform(0.1, 2) for v in (1, 3, 4, 7) for lit in (v, -v)}
    lines = [f"c p weight {lit} {w!r} 0" for lit, w in weights.items()]
    network = load(tmp_path, "f.cnf", dimacs(variables, clauses, "c t wmc", *lines), semiring=semiring)
    products = [
        math.prod(weights.get(v + 1 if bit else -v - 1, 1) for v, bit in enumerate(bits))
        for bits in models(variables, clauses)
    ]
    expected = {
        "sum_product": sum(products),
        "max_product": max(products),
        "log_sum_exp": math.log(sum(products)),
        "max_plus": math.log(max(products)),
        "min_plus": -math.log(max(products)),
    }
    assert value(network).item() == pytest.approx(expected[semiring], rel=1e-12)


def test_both_older_forms_of_weights(tmp_path):
    text = dimacs(3, [[1, 2]], "w 1 0.25", "w 2 0.5 0", "w -2 3 0", "w 3 -1")
    assert value(load(tmp_path, "f.cnf", text)).item() == pytest.approx(2 * (0.25 * 3.5 + 0.75 * 0.5))


def test_kept_variables_are_axes(tmp_path):
    clauses = random_clauses(random.Random(3), 5, 6, 3)
    counts = np.zeros((2, 2))
    for bits in models(6, clauses):
        counts[int(bits[5]), int(bits[1])] += 1
    network = load(tmp_path, "f.cnf", dimacs(6, clauses), keep=[6, 2])
    np.testing.assert_array_equal(value(network).numpy(), counts)


def test_a_formula_that_fails_and_one_of_nothing(tmp_path):
    assert value(load(tmp_path, "f.cnf", "p cnf 2 2\n1 0\n0\n")).item() == 0
    assert value(load(tmp_path, "f.cnf", "p cnf 0 0\n")).item() == 1
    assert value(load(tmp_path, "f.cnf", "p cnf 3 1\n1 -1 0\n%\n0\n")).item() == 8
    assert value(load(tmp_path, "f.cnf", "p cnf 2000000000 0\n"), optimize="greedy").item() == math.inf


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no 'p cnf"),
        ("1 0\n", "line 1, column 1"),
        ("p cnf 2 1\n1 x 0\n", "line 2, column 3"),
        ("p cnf 2 1\n3 0\n", "variable past the 2"),
        ("p cnf 2 1\n1 2\n", "does not end in 0"),
        ("p cnf 2 3\n1 0\n", "cut short"),
        ("p sat 2 1\n", "'sat'"),
        ("p cnf 99999999999999999999 1\n", "whole number"),
        ("p cnf 2 0\np cnf 2 0\n", "second 'p'"),
        ("p cnf 2 0\nc p weight 1 0.5 0\n", "write both"),
        ("p cnf 2 0\nw 0 1 0\n", "no literal"),
        ("p cnf 2 0\nw -1 1\n", "does not end in 0"),
        ("p cnf 2 0\nw 1 nan\n", "finite"),
        ("p cnf 2 0\nc p show 1 0\n", "projected"),
    ],
)
def test_wrong_formulas(text, says, tmp_path):
    refused(tmp_path, "f.cnf", text, says)
