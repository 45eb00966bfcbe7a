"""Contractions that others wrote as JSON; and of every format, damaged files and options of another."""

import json
import random

import numpy as np
import pytest
from network_files import dimacs, load, qasm, refused, value

import ricci


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
