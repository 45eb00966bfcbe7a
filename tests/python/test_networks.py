"""Formulas, graphical models, circuits and contractions of others, each held against brute force."""

import itertools
import json
import math
import random

import numpy as np
import pytest

import ricci


def value(network, **options):
    return ricci.einsum(network.equation, *network.operands, semiring=network.semiring, **options)


def load(tmp_path, name, text, **options):
    (tmp_path / name).write_text(text)
    return ricci.load_network(tmp_path / name, **options)


def refused(tmp_path, name, text, *says, **options):
    with pytest.raises(ricci.DataError) as caught:
        load(tmp_path, name, text, **options)
    for part in (name, *says):
        assert part in str(caught.value), str(caught.value)


# ---- formulas


def holds(clauses, bits):
    return all(any(bits[abs(x) - 1] == (x > 0) for x in clause) for clause in clauses)


def models(variables, clauses):
    return [bits for bits in itertools.product((False, True), repeat=variables) if holds(clauses, bits)]


def random_clauses(rng, variables, count, widest):
    return [[rng.choice((-1, 1)) * rng.randint(1, variables) for _ in range(rng.randint(1, widest))] for _ in range(count)]


def dimacs(variables, clauses, *lines):
    rows = [" ".join(map(str, [*clause, 0])) for clause in clauses]
    return "\n".join(["c a formula", f"p cnf {variables} {len(clauses)}", *lines, *rows, ""])


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


# ---- graphical models


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


# ---- circuits: state vectors by matrices of the standard, written out here again

S = 2**-0.5
ONE = {
    "x": [[0, 1], [1, 0]],
    "y": [[0, -1j], [1j, 0]],
    "z": [[1, 0], [0, -1]],
    "h": [[S, S], [S, -S]],
    "s": [[1, 0], [0, 1j]],
    "sdg": [[1, 0], [0, -1j]],
    "t": [[1, 0], [0, (1 + 1j) * S]],
    "tdg": [[1, 0], [0, (1 - 1j) * S]],
    "sx": [[0.5 + 0.5j, 0.5 - 0.5j], [0.5 - 0.5j, 0.5 + 0.5j]],
    "id": [[1, 0], [0, 1]],
}


def exponential(hermitian, t):
    """exp(-i t/2 H) by H's eigenvectors."""
    values, vectors = np.linalg.eigh(np.asarray(hermitian, complex))
    return vectors @ np.diag(np.exp(-0.5j * t * values)) @ vectors.conj().T


def u3(theta, phi, lam):
    phases = np.diag([1, np.exp(1j * phi)]), np.diag([1, np.exp(1j * lam)])
    return phases[0] @ exponential(ONE["y"], theta).real @ phases[1]


def control(gate):
    return np.block([[np.eye(len(gate)), np.zeros_like(gate)], [np.zeros_like(gate), gate]])


def standard(name, *p):
    """The matrix of a gate; the first qubit is the most significant bit."""
    swap = np.eye(4)[[0, 2, 1, 3]]
    if name in ONE:
        return np.asarray(ONE[name], complex)
    if name in ("rx", "ry", "rz"):
        return exponential(ONE[name[1]], *p)
    if name in ("rxx", "ryy", "rzz"):
        return exponential(np.kron(ONE[name[1]], ONE[name[1]]), *p)
    if name in ("u1", "p"):
        return np.diag([1, np.exp(1j * p[0])])
    if name == "u2":
        return u3(math.pi / 2, *p)
    if name in ("u3", "u", "U"):
        return u3(*p)
    if name == "cu":
        return control(np.exp(1j * p[3]) * u3(*p[:3]))
    if name == "swap":
        return swap
    return control(standard({"CX": "x", "ccx": "cx", "cp": "u1"}.get(name, name[1:]), *p))


def simulate(qubits, gates):
    state = np.zeros([2] * qubits, complex)
    state[(0,) * qubits] = 1
    for name, p, on in gates:
        k = len(on)
        matrix = standard(name, *p).reshape([2] * 2 * k)
        state = np.moveaxis(np.tensordot(matrix, state, (range(k, 2 * k), on)), range(k), on)
    return state


GATES = [(name, 0, 1) for name in ONE] + [
    *[(name, 1, 1) for name in ("rx", "ry", "rz", "u1", "p")],
    *[("u2", 2, 1), ("u3", 3, 1), ("U", 3, 1), ("u", 3, 1)],
    *[(name, 0, 2) for name in ("cx", "CX", "cy", "cz", "ch", "csx", "swap")],
    *[(name, 1, 2) for name in ("crx", "cry", "crz", "cu1", "cp", "rxx", "ryy", "rzz")],
    *[("cu3", 3, 2), ("cu", 4, 2), ("ccx", 0, 3), ("cswap", 0, 3)],
]


def qasm(qubits, lines):
    return "\n".join(["OPENQASM 2.0;", 'include "qelib1.inc";', f"qreg q[{qubits}];", *lines, ""])


def written(name, p, on):
    return f"{name}{'(' + ','.join(map(repr, p)) + ')' if p else ''} {','.join(f'q[{i}]' for i in on)};"


def random_circuit(seed, qubits, count):
    rng = random.Random(seed)
    gates = [("u3", (rng.uniform(0, 6), rng.uniform(0, 6), rng.uniform(0, 6)), (i,)) for i in range(qubits)]
    for name, parameters, arity in rng.choices(GATES, k=count):
        gates.append((name, tuple(rng.uniform(-3, 3) for _ in range(parameters)), tuple(rng.sample(range(qubits), arity))))
    return gates


def test_every_gate(tmp_path):
    for name, parameters, arity in GATES:
        start = [("u3", (0.3 + i, 1.1 * i, 0.7 - i), (i,)) for i in range(3)]
        gates = [*start, (name, (0.9, -0.4, 1.7, 0.2)[:parameters], (2, 0, 1)[:arity])]
        network = load(tmp_path, "c.qasm", qasm(3, [written(*gate) for gate in gates]))
        np.testing.assert_allclose(value(network).numpy(), simulate(3, gates), atol=1e-14, err_msg=name)


@pytest.mark.parametrize("seed", range(6))
def test_states_and_amplitudes(seed, tmp_path):
    gates = random_circuit(seed, 5, 40)
    text = qasm(5, [written(*gate) for gate in gates] + ["creg c[5];", "barrier q;", "measure q -> c;"])
    state = simulate(5, gates)
    np.testing.assert_allclose(value(load(tmp_path, "c.qasm", text)).numpy(), state, atol=1e-13)
    for bits in ("00000", "10110", "0?1?1"):
        index = tuple(slice(None) if b == "?" else int(b) for b in bits)
        network = load(tmp_path, "c.qasm", text, bits=bits)
        np.testing.assert_allclose(value(network).numpy(), state[index], atol=1e-13)


def test_definitions_expressions_and_registers(tmp_path):
    lines = [
        "gate inner(a, b) x, y { rx(-a^2/2 + sin(b)*pi) x; barrier x, y; cx x, y; // a comment",
        "}  gate outer(t) x, y, z { inner(t, 2e-1) z, x; inner(sqrt(t)/(1+t), -(-t)) x, y; }",
        "qreg r[2]; outer(0.7) q[1], r[0], q[0]; h r; cx q, r;",
    ]
    network = load(tmp_path, "c.qasm", qasm(2, lines))

    def inner(a, b, x, y):
        return [("rx", (-(a**2) / 2 + math.sin(b) * math.pi,), (x,)), ("cx", (), (x, y))]

    gates = [*inner(0.7, 0.2, 0, 1), *inner(math.sqrt(0.7) / 1.7, 0.7, 1, 2)]
    gates += [("h", (), (2,)), ("h", (), (3,)), ("cx", (), (0, 2)), ("cx", (), (1, 3))]
    np.testing.assert_allclose(value(network).numpy(), simulate(4, gates), atol=1e-14)


def test_diagonal_gates_and_controls_keep_labels(tmp_path):
    network = load(tmp_path, "c.qasm", qasm(2, ["h q;", "cz q[0],q[1];", "rz(0.3) q[0];", "cx q[0],q[1];", "id q[0];"]))
    assert [operand.ndim for operand in network.operands] == [2, 2, 2, 1, 3, 1, 1]


def test_a_wide_circuit_gives_amplitudes(tmp_path):
    ghz = ["h q[0];", *[f"cx q[{i}],q[{i + 1}];" for i in range(99)]]
    network = load(tmp_path, "c.qasm", qasm(100, ghz), bits="1" * 100)
    assert value(network).item() == pytest.approx(S)
    refused(tmp_path, "c.qasm", qasm(100, ghz), "--bits")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "line 1, column 1"),
        ("OPENQASM 3.0;", "OpenQASM 2"),
        (qasm(2, ["h q[2];"]), "line 4, column 5"),
        (qasm(2, ["h p;"]), "unknown register"),
        (qasm(2, ["frob q;"]), "unknown gate"),
        (qasm(2, ["rx q[0];"]), "takes 1 parameters"),
        (qasm(2, ["rx(1/0) q[0];"]), "not a finite number"),
        (qasm(2, ["rx(zeta) q[0];"]), "no parameter"),
        (qasm(2, ["cx q[0];"]), "takes 2 qubits"),
        (qasm(2, ["cx q[0],q[0];"]), "twice"),
        (qasm(2, ["qreg r[3]; cx q,r;"]), "registers of"),
        (qasm(2, ["creg c[2]; h c;"]), "no register of qubits"),
        (qasm(2, ["creg c[1]; measure q[0] -> c[0]; h q[0];"]), "was measured"),
        (qasm(2, ["reset q[0];"]), "'reset'"),
        (qasm(2, ["creg c[1]; if(c==1) x q[0];"]), "'if'"),
        (qasm(2, ["opaque g a; g q[0];"]), "opaque"),
        (qasm(2, ["gate g a { h b; }"]), "no qubit of gate"),
        (qasm(2, ["gate g a { g a; }"]), "unknown gate"),
        (qasm(2, ["h q[0]"]), "';'"),
        (qasm(2, ["rx(" + "(" * 500 + "1" + ")" * 500 + ") q[0];"]), "deeper"),
        (qasm(100000, []), "must lie"),
        ('OPENQASM 2.0; include "other.inc";', "qelib1.inc"),
        ('OPENQASM 2.0; include "qelib1', "closing quote"),
    ],
)
def test_wrong_circuits(text, says, tmp_path):
    refused(tmp_path, "c.qasm", text, says)


def test_definitions_that_double_end_soon(tmp_path):
    doubling = [f"gate g{i} a {{ g{i - 1} a; g{i - 1} a; }}" for i in range(1, 60)]
    refused(tmp_path, "c.qasm", qasm(1, ["gate g0 a { }", *doubling, "g59 q[0];"]), "gates")
    nested = [f"gate g{i} a {{ g{i - 1} a; }}" for i in range(1, 5000)]
    refused(tmp_path, "c.qasm", qasm(1, ["gate g0 a { }", *nested]), "deep")


# ---- contractions as JSON


def test_contractions_as_others_write_them(tmp_path):
    path = [[1, 2], [0, 1]]
    forms = [
        {"equation": "ab,bc,cd->ad", "shapes": [[2, 3], [3, 4], [4, 5]], "path": path},
        {"eq": "ab,bc,cd->ad", "shapes": [[2, 3], [3, 4], [4, 5]], "path": ["einsum_path", *path]},
        {"inputs": ["ab", "bc", "cd"], "output": "ad", "size_dict": {"a": 2, "b": 3, "c": 4, "d": 5}, "path": path},
        {"inputs": [["a", "bond"], ["bond", "c"], ["c", "d"]], "output": ["a", "d"], "path": path,
         "size_dict": {"a": 2, "bond": 3, "c": 4, "d": 5}},
        {"inputs": [[0, 1], [1, 2], [2, 3]], "output": [0, 3], "sizes": [2, 3, 4, 5], "path": path},
    ]  # fmt: skip
    for form in forms:
        network = load(tmp_path, "n.json", json.dumps({**form, "dtype": "float64", "name": "three"}))
        assert network.shapes == [(2, 3), (3, 4), (4, 5)] and network.operands == []
        assert network.path == [(1, 2), (0, 1)] and network.name == "three"
        p = ricci.plan(network.equation, *network.shapes, optimize=network.path, dtype="float64")
        assert p.flops == 3 * 4 * 5 + 2 * 3 * 5
        arrays = [np.random.default_rng(1).normal(size=shape) for shape in network.shapes]
        np.testing.assert_allclose(p(*arrays), arrays[0] @ arrays[1] @ arrays[2])


def test_shapes_alone_are_no_operands(tmp_path):
    network = load(tmp_path, "n.json", '{"eq": "ij,jk->ik", "shapes": [[2, 3], [3, 4]]}')
    with pytest.raises(ricci.EinsumError, match="operand"):
        value(network)
    with pytest.raises(ricci.Error):
        ricci.save_network(tmp_path / "n.safetensors", network)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "not JSON"),
        ("[]", "JSON object"),
        ("{}", "neither an equation"),
        ('{"equation": "ij"}', "'shapes'"),
        ('{"equation": "ij", "shapes": [[2]]}', "does not fit"),
        ('{"equation": "i", "shapes": [[-2]]}', "whole number"),
        ('{"equation": "i", "shapes": [[1e30]]}', "whole number"),
        ('{"equation": "ij", "shapes": [[4000000000, 4000000000]]}', "n.json"),
        ('{"inputs": [["a"]], "output": []}', "size_dict"),
        ('{"inputs": [["a"]], "output": [], "size_dict": {}}', "no size"),
        ('{"inputs": [["a},{b"]], "output": [], "size_dict": {"a},{b": 2}}', "braces"),
        ('{"inputs": [[0.5]], "output": [], "size_dict": {}}', "label"),
        ('{"equation": "i", "shapes": [[2]], "path": [[9]]}', "position"),
        ('{"equation": "i", "shapes": [[2]], "dtype": "float99"}', "float99"),
        ("[" * 100000, "deeper"),
        ('{"equation": "i", "shapes": [[2]], "ssa_path": [[0]]}', "get_path"),
        ('{"format": "ricci-plan"}', "saved plan"),
    ],
)
def test_wrong_contractions(text, says, tmp_path):
    refused(tmp_path, "n.json", text, says)


# ---- all formats

FILES = {
    "f.cnf": dimacs(12, [[1, -2, 3], list(range(1, 13)), [-4]], "c p weight 1 0.5 0", "c p weight -1 0.5 0", "w 2 0.3"),
    "m.uai": "BAYES\n2\n2 3\n2\n1 0\n2 0 1\n\n2 0.4 0.6\n6\n0.1 0.2 0.7 0.5 0.25 0.25\n",
    "c.qasm": qasm(2, ["gate g(a) x,y { cu1(a/2+1) x,y; }", "g(-pi) q[0],q[1];", "creg c[2]; measure q -> c;"]),
    "n.json": '{"inputs": ["ab", "bc"], "output": "ac", "size_dict": {"a": 2, "b": 3, "c": 4}, "path": [[0, 1]]}',
}


@pytest.mark.parametrize("name", FILES)
def test_damaged_files_are_networks_or_refused(name, tmp_path):
    text, rng = FILES[name].encode(), random.Random(name)
    damaged = [text[:i] for i in range(len(text))]
    for _ in range(200):
        piece = bytearray(text)
        for _ in range(rng.randint(1, 4)):
            at = rng.randrange(len(piece))
            piece[at : at + rng.randint(0, 3)] = rng.choice([b"", b"9", b"-", b"(", b"{", b"\xff", b"\0", b"999999999", b" "])
        damaged.append(bytes(piece))
    read = 0
    for data in damaged:
        (tmp_path / name).write_bytes(data)
        try:
            ricci.load_network(tmp_path / name)
            read += 1
        except ricci.DataError as error:
            assert name in str(error)
    assert 0 < read < len(damaged)


def test_options_belong_to_formats(tmp_path):
    refused(tmp_path, "f.cnf", FILES["f.cnf"], "bits", bits="0")
    refused(tmp_path, "c.qasm", FILES["c.qasm"], "keep", keep=[1])
    refused(tmp_path, "c.qasm", FILES["c.qasm"], "semiring", semiring="max_plus")
    refused(tmp_path, "c.qasm", FILES["c.qasm"], "2 of 0, 1 and ?", bits="012")
    refused(tmp_path, "m.uai", FILES["m.uai"], "0 to 1", keep=[2])
    refused(tmp_path, "f.cnf", FILES["f.cnf"], "1 to 12", keep=[0])
    refused(tmp_path, "n.pkl", "", "known: .safetensors")
