"""The benchmark command: its cases, one measurement by two engines, and what it writes."""

import dataclasses
import itertools
import math
import pathlib
import sys
import xml.dom.minidom

import numpy as np
import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "benchmarks"))
import cases
import dtypes
import engines
import gradients
import large
import measure
import memory
import networks
import paths
import report
import uses


def test_every_group_has_cases_that_fit():
    for group, quick in itertools.product(cases.GROUPS.values(), (True, False)):
        for case in group(quick):
            assert set(case.equation) - set(",->") == set(case.extents)
            assert case.bytes < 2**30


def test_all_of_tccg_cut_evenly():
    quick = list(cases.tccg(True))
    assert len(quick) == 96
    for case in quick:
        assert 2 * math.prod(case.extents.values()) <= 2e8
        assert all(extent % 4 == 0 for extent in case.extents.values())


def test_one_case_from_the_measurement_to_the_page():
    case = cases.Case("matmul", "ij,jk->ik 8", "ij,jk->ik", {"i": 8, "j": 8, "k": 8}, "float32")
    both = [engines.Ricci(1), engines.NumPy(1)]
    result = measure.measure(case, both, 3, 1e-4)
    assert result.best_rival == "NumPy" and result.ratio > 0 and result.predicted > 0 and not result.faults
    roofline = measure.Roofline({"float32": 1e11}, 1e10)
    page = report.markdown([result], both, ["TBLIS is skipped"], roofline, "make bench", "this machine", 1)
    assert "within a factor of 1.5 on" in page
    assert "| `ij,jk->ik 8` | float32 |" in page and "TBLIS is skipped" in page
    xml.dom.minidom.parseString(report.svg([result]))


def test_a_wrong_rival_is_named_and_left_out():
    class Wrong(engines.NumPy):
        name = "Wrong"

        def call(self, case, operands, out):
            return lambda: operands[0] * 0

    case = cases.Case("matmul", "ij,jk->ik 8", "ij,jk->ik", {"i": 8, "j": 8, "k": 8}, "float32")
    result = measure.measure(case, [engines.Ricci(1), Wrong(1)], 3, 1e-4)
    assert result.faults == ["Wrong: another result"] and result.ratio is None


def test_missing_rivals_are_named(monkeypatch):
    monkeypatch.setattr(engines.Tblis, "module", "no_such_module")
    monkeypatch.setattr(engines, "RIVALS", (engines.NumPy, engines.Tblis))
    made, missing = engines.make_engines(1)
    assert [engine.name for engine in made] == ["Ricci", "NumPy"]
    assert len(missing) == 1 and missing[0].startswith("TBLIS is skipped")


def test_dtypes_from_the_measurement_to_the_page():
    equations = [("ij,jk->ik", [(24, 31), (31, 17)]), ("bi,bj->bij", [(20, 5), (20, 7)])]
    results = [r for equation, shapes in equations for r in dtypes.measure("small", equation, shapes, 1, 1e-4)]
    assert len(results) == 8 and results[0].flops == 2 * 24 * 31 * 17 and results[-1].bytes == 8 * 20 * (5 + 7 + 35)
    roundings = {"float16": 2**-11, "bfloat16": 2**-8, "float32": 2**-24, "float64": 2**-53}
    for r in results:
        for found in r.errors.values():
            assert 0.2 * roundings[r.dtype] < found < 6 * roundings[r.dtype], r
    assert "| small | bfloat16 |" in "\n".join(report.dtypes(results))


def test_gradients_from_the_measurement_to_the_page(monkeypatch):
    pytest.importorskip("jax")
    monkeypatch.setattr(gradients, "extra_memory", lambda case, name: 1.5)
    small = {"bilinear": [(4, 3), (5, 3, 2), (4, 2)], "attention": [(2, 5, 2, 3)] * 3, "norm": [(1, 2, 4), (4, 2, 1)]}
    results = []
    for case in gradients.cases():
        shapes = next((s for name, s in small.items() if name in case.name), None)
        if shapes:
            case = dataclasses.replace(case, shapes=shapes)
            results.append(gradients.measure(case, [gradients.Ricci(), gradients.Jax()], 1, 1e-4))
    assert len(results) == 3 and all(result.ratio["both"] > 0 and result.growth > 0 for result in results)
    page = "\n".join(report.gradients(results))
    assert "| attention 4, 256, 8, 64 |" in page and "| 1.5 | 1.5 |" in page


def test_networks_from_the_measurement_to_the_page():
    small = [networks.three_regular(12), networks.lattice(3, 3), networks.tree(9), networks.circuit(2, 2, 4)]
    for network in small:
        holders = [label for labels in network.inputs for label in labels]
        assert all(holders.count(label) == 2 for label in network.sizes)
    results = [networks.measure(network, 1) for network in small]
    assert all("NumPy" in result.seconds and not result.faults for result in results)
    assert "| lattice 3x3 | 9 |" in "\n".join(report.networks(results))


def test_multiplications_of_a_path_are_counted_by_the_definition():
    chain = networks.Network("chain", [(0, 1), (1, 2), (2, 3)], (0, 3), {0: 2, 1: 3, 2: 40, 3: 5})
    assert 10 ** paths.log10_flops(chain, [(0, 1), (0, 1)]) == pytest.approx(2 * 3 * 40 + 2 * 40 * 5)
    assert 10 ** paths.log10_flops(chain, [(1, 2), (0, 1)]) == pytest.approx(3 * 40 * 5 + 2 * 3 * 5)
    hyperedge = networks.Network("hyperedge", [(0, 1), (0, 2), (0,)], (), {0: 7, 1: 2, 2: 3})
    assert 10 ** paths.log10_flops(hyperedge, [(0, 2), (0, 1)]) == pytest.approx(7 * 2 + 7 * 3)


def test_paths_from_the_search_to_the_page(tmp_path):
    file = tmp_path / "ring.json"
    file.write_text('{"inputs": [[0, 1], [1, 2], [2, 0]], "output": [], "sizes": {"0": 2, "1": 3, "2": 4}}')
    finders = {"Ricci": paths.by_ricci, "left to right": lambda network, seconds: [(0, 1), (0, 1)]}
    cases = [paths.read(file), networks.mixed_extents(networks.three_regular(12), (2, 3))]
    results = [paths.measure(network, finders, (0.01,)) for network in cases[:1]]
    assert 10 ** results[0].found["left to right", 0.01][0] == pytest.approx(2 * 3 * 4 + 2 * 4)
    assert results[0].leads(0.01) >= 0 and results[0].leads(paths.TRIALS) is None
    page = "\n".join(report.paths(results))
    assert "| ring | 3 | 1." in page and "within 0.01) on 1 of 1" in page
    assert set(cases[1].sizes.values()) == {2, 3}


def test_memory_from_the_run_to_the_page(monkeypatch):
    monkeypatch.setattr(memory, "SHARES", (None, 0.3, 0.0001))
    rows = memory.measure("matrices", ("ab,bc,cd,da->", [(100, 100)] * 4), 1)
    assert [row.slices > 1 for row in rows[:3]] == [False, True, False]
    assert rows[1].account <= rows[1].cap < rows[0].account and rows[1].predicted == rows[1].account
    assert rows[2].least > rows[2].cap and rows[3].gradients
    page = "\n".join(report.memory(rows))
    assert "| matrices | forward | none |" in page and "is the least" in page
    problem = ("ab,bc,cd,de->", [(60, 60)] * 4)
    kept, refused = memory.growth("chain", problem, 1, 1, 1), memory.growth("chain", problem, 1e-4, 1, 1)
    assert refused is None and kept.slices == 1 and min(kept.forward, kept.gradients, kept.backward) > 0
    assert "| chain | 0." in "\n".join(report.growths([kept]))


def test_large_networks_are_held_against_numpy():
    results = [large.measure(name, True, 1) for name in large.problems(True)]
    assert all(result.slices > 1 and result.account <= result.max_bytes for result in results)
    assert results[1].value == results[1].reference == 54440
    assert "| amplitude, circuit 4x5, depth 8 | " in "\n".join(report.large(results))


def test_gates_and_vertices_are_what_they_are_called():
    gate = large.fsim()
    assert abs(gate @ gate.conj().T - np.eye(4)).max() < 1e-15
    assert gate[1, 2] == pytest.approx(-1j) and gate[3, 3] == pytest.approx(np.exp(-1j * math.pi / 6))
    for turn in large.half_turns():
        assert abs(turn @ turn.conj().T - np.eye(2)).max() < 1e-15
    k4 = networks.of_edges("K4", 4, [(a, b) for b in range(4) for a in range(b)], 2)
    equation = k4.equation
    assert np.einsum("abd,ace,bcf,def->", *large.matchings(k4)) == 3 and equation.endswith("->")


def test_uses_run_under_torch_too():
    pytest.importorskip("torch")
    result = uses.measure("recommendation", 1, 1)
    assert abs(result.reached["torch"]["outer product"] - result.reached["Ricci"]["outer product"]) < 0.05
    assert "| recommendation |" in "\n".join(report.uses([result]))


@pytest.fixture(autouse=True)
def threads():
    import ricci

    before = ricci.get_num_threads()
    yield
    ricci.set_num_threads(before)
