"""Circuits in OpenQASM 2, held against state vectors by matrices of the standard, written out here again."""

import math
import random

import numpy as np
import pytest
from network_files import load, qasm, refused, value

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
