"""Graphical models in UAI's format, with and without evidence, held against their joint distribution."""

import itertools
import math

import numpy as np
import pytest
from network_files import load, refused, value

import ricci


def random_model(rng, variables, factors):
    extents = [int(rng.integers(1, 4)) for _ in range(variables)]
    tables = []
    for _ in range(factors):
        scope = [int(v) for v in rng.permutation(variables)[: rng.integers(0, 4)]]
        tables.append((scope, rng.uniform(0.1, 2, [extents[v] for v in scope])))
    return extents, tables


def uai(extents, tables):
    lines = ["MARKOV", str(len(extents)), " ".join(map(str, extents)), str(len(tables))]
    lines += [" ".join(map(str, [len(scope), *scope])) for scope, _ in tables]
    lines += [f"\n{table.size}\n" + " ".join(map(repr, map(float, table.ravel()))) for _, table in tables]
    return "\n".join(lines)


def joint(extents, tables):
    out = np.ones(extents)
    for index in np.ndindex(*extents):
        for scope, table in tables:
            out[index] *= table[tuple(index[v] for v in scope)]
    return out


@pytest.mark.parametrize("seed", range(8))
def test_partition_functions_and_marginals(seed, tmp_path):
    rng = np.random.default_rng(seed)
    extents, tables = random_model(rng, 5, 6)
    p = joint(extents, tables)
    text = uai(extents, tables)
    assert value(load(tmp_path, "m.uai", text)).item() == pytest.approx(p.sum(), rel=1e-12)
    used = sorted({v for scope, _ in tables for v in scope})
    keep = used[:2][::-1]
    others = tuple(v for v in range(5) if v not in keep)
    marginal = np.transpose(p.sum(axis=others)) if len(keep) == 2 else p.sum(axis=others)
    np.testing.assert_allclose(value(load(tmp_path, "m.uai", text, keep=keep)).numpy(), marginal, rtol=1e-12)
    best = value(load(tmp_path, "m.uai", text, semiring="max_plus")).item()
    assert best == pytest.approx(math.log(p.max()), rel=1e-11, abs=1e-12)
    logarithm = value(load(tmp_path, "m.uai", text, semiring="log_sum_exp")).item()
    assert logarithm == pytest.approx(math.log(p.sum()), rel=1e-11, abs=1e-12)


@pytest.mark.parametrize("form", ["2 1 {a} 3 {b}", "1\n2 1 {a} 3 {b}\n"])
def test_evidence(form, tmp_path):
    extents, tables = [2, 3, 2, 3], [([1, 0, 3], np.random.default_rng(1).uniform(size=(3, 2, 3))), ([2, 1], np.eye(2, 3))]
    p = joint(extents, tables)
    for a, b in itertools.product(range(2), range(3)):
        (tmp_path / "m.evid").write_text(form.format(a=a, b=b))
        network = load(tmp_path, "m.uai", uai(extents, tables), evidence=tmp_path / "m.evid")
        assert value(network).item() == pytest.approx(p[:, a, :, b].sum(), rel=1e-12)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "the file's end"),
        ("GRAPH 1", "MARKOV or BAYES"),
        ("MARKOV 1 0 0", "from 1"),
        ("MARKOV 1000000000000", "must lie from"),
        ("MARKOV 1 2 1 1 1", "must lie from 0 to 0"),
        ("MARKOV 2 2 2 1 2 0 0", "twice"),
        ("MARKOV 2 2 2 1 2 0 1 3 1 1 1", "make 4"),
        ("MARKOV 2 2000000000 2000000000 1 2 0 1 4000000000000000000 1", "bytes follow"),
        ("MARKOV 1 2 1 1 0 2 1 inf", "finite"),
        ("MARKOV 1 2 1 1 0 2 1", "the file's end"),
        ("MARKOV 1 2 1 1 0 2 1 1 1", "comes after"),
    ],
)
def test_wrong_models(text, says, tmp_path):
    refused(tmp_path, "m.uai", text, says, "line 1")


@pytest.mark.parametrize("text", ["1", "2 0 0", "1 9 0", "1 0 9", "2 0 0 0 1", "1 0 x"])
def test_wrong_evidence(text, tmp_path):
    (tmp_path / "m.evid").write_text(text)
    with pytest.raises(ricci.DataError, match=r"m\.evid.*line 1"):
        load(tmp_path, "m.uai", "MARKOV 1 2 1 1 0 2 1 1", evidence=tmp_path / "m.evid")
