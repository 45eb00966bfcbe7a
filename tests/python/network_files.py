"""How the tests of network files write one, read it, and see it refused."""

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


def dimacs(variables, clauses, *lines):
    rows = [" ".join(map(str, [*clause, 0])) for clause in clauses]
    return "\n".join(["c a formula", f"p cnf {variables} {len(clauses)}", *lines, *rows, ""])


def qasm(qubits, lines):
    return "\n".join(["OPENQASM 2.0;", 'include "qelib1.inc";', f"qreg q[{qubits}];", *lines, ""])
