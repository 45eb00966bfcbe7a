"""Modules: plain attributes, buffers, parameters; children, state dicts, conversions, identity, collection."""

import gc
import weakref

import numpy as np
import pytest

import ricci
from ricci import nn


class Affine(nn.Module):
    def __init__(self, rows, columns):
        super().__init__()
        self.weight = nn.Parameter(ricci.rand(rows, columns, seed=rows))
        self.bias = nn.Parameter(ricci.zeros(rows))
        self.register_buffer("count", ricci.tensor(0))
        self.register_buffer("scratch", ricci.zeros(2), persistent=False)
        self.plain = ricci.ones(2)

    def forward(self, x, scale=1.0):
        return self.weight @ x * scale + self.bias


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = Affine(3, 2)
        self.second = Affine(4, 3)
        self.names = ["a", "b"]

    def forward(self, x):
        return self.second(ricci.tanh(self.first(x)))


def test_attribute_buffer_parameter():
    m = Affine(3, 2)
    assert [name for name, _ in m.named_parameters()] == ["weight", "bias"]
    assert [name for name, _ in m.named_buffers()] == ["count", "scratch"]
    assert list(m.state_dict()) == ["weight", "bias", "count"]
    assert not m.plain.requires_grad
    assert not m.count.requires_grad
    m(ricci.ones(2), scale=2.0).backward()
    assert m.weight.grad.tolist() == [[2, 2]] * 3
    m.zero_grad()
    assert m.weight.grad is None


def test_the_same_object_everywhere():
    m = Net()
    w = m.first.weight
    assert w is m.first.weight
    assert isinstance(w, nn.Parameter)
    assert m.parameters()[0] is w
    assert dict(m.named_parameters())["first.weight"] is w
    assert m.buffers()[0] is m.first.count
    assert m.first is m.children()[0] is m.modules()[1]
    t = ricci.ones(2)
    assert m.register_parameter("extra", t) is t
    assert m.extra is t
    assert t.requires_grad


def test_children_and_modules():
    m = Net()
    assert [name for name, _ in m.named_children()] == ["first", "second"]
    assert m.modules() == [m, m.first, m.second]
    seen = []
    assert m.apply(seen.append) is m
    assert seen == [m.first, m.second, m]
    assert m.names == ["a", "b"]
    assert [name for name, _ in m.named_parameters()] == ["first.weight", "first.bias", "second.weight", "second.bias"]
    assert m(ricci.ones(2)).shape == (4,)


def test_train_and_eval():
    m = Net()
    assert m.training
    assert m.eval() is m
    assert not m.second.training
    assert m.train().first.training


def test_to_converts_in_place_for_the_caller():
    m = Net()
    w = m.first.weight
    m.first.bias.grad = ricci.ones(3)
    assert m.to("float64") is m
    assert w is m.first.weight
    assert w.dtype == "float64"
    assert w.requires_grad
    assert m.first.scratch.dtype == "float64"
    assert m.first.count.dtype == "int64"
    assert m.first.plain.dtype == "float32"
    m.to("reference")
    assert w.device == "reference"
    assert m.first.count.device == "reference"


def test_state_dict_round_trip(tmp_path):
    m, other = Net(), Net()
    for p in m.parameters():
        p.detach()[...] = ricci.rand(*p.shape)
    file = tmp_path / "net.safetensors"
    ricci.save(file, m.state_dict())
    report = other.load_state_dict(ricci.load(file))
    assert (report.missing, report.unexpected) == ([], [])
    x = ricci.ones(2)
    assert m(x).tolist() == other(x).tolist()
    assert other.first.weight.requires_grad


def test_a_strict_load_lists_everything_and_changes_nothing():
    m = Affine(3, 2)
    before = m.weight.tolist()
    state = {"weight": np.zeros((3, 2)), "bias": np.zeros(7), "stranger": np.zeros(1)}
    with pytest.raises(ricci.DataError) as caught:
        m.load_state_dict(state)
    for word in ("missing: count", "unexpected: stranger", "misshapen: bias"):
        assert word in str(caught.value)
    assert m.weight.tolist() == before
    report = m.load_state_dict({"weight": np.zeros((3, 2)), "stranger": np.zeros(1)}, strict=False)
    assert (report.missing, report.unexpected) == (["bias", "count"], ["stranger"])
    assert m.weight.tolist() == np.zeros((3, 2)).tolist()


def test_assignment_keeps_the_roles():
    m = Affine(3, 2)
    new = nn.Parameter(ricci.ones(3))
    m.bias = new
    assert m.bias is new
    assert dict(m.named_parameters())["bias"] is new
    m.count = ricci.tensor(5)
    assert m.state_dict()["count"].item() == 5
    m.plain = nn.Parameter([1.0])
    assert "plain" in dict(m.named_parameters())
    assert "plain" not in vars(m)
    for name, value in [("bias", ricci.ones(3)), ("bias", None), ("count", 3), ("missing.dot", nn.Parameter([1.0]))]:
        with pytest.raises(ricci.Error):
            setattr(m, name, value)
    with pytest.raises(ricci.Error):
        del m.bias
    with pytest.raises(ricci.Error):
        m.register_buffer("bias", ricci.ones(3))
    with pytest.raises(AttributeError, match="'Affine' has no attribute 'nothing'"):
        m.nothing  # noqa: B018


def test_parameters_must_be_trainable_leaves():
    m = nn.Module()
    with pytest.raises(ricci.GradError):
        m.register_parameter("i", ricci.ones(2, dtype="int64"))
    with pytest.raises(ricci.GradError):
        m.register_parameter("c", ricci.ones(2, requires_grad=True) * 2)


def test_shared_parameters_are_listed_once_and_stay_shared():
    m = Net()
    m.first.weight = m.second.extra = nn.Parameter(ricci.ones(3, 2))
    assert len(m.parameters()) == 4
    m.to("float64")
    assert m.first.weight is m.second.extra
    assert len(m.parameters()) == 4


def test_forgotten_base_initialisation_is_told():
    class Forgetful(nn.Module):
        def __init__(self):
            self.weight = nn.Parameter([1.0])

    with pytest.raises(ricci.Error, match="super"):
        Forgetful()


def test_training_a_module():
    m = Affine(1, 2)
    x, target = ricci.rand(2, 50, seed=1), ricci.tensor([[2.0, -1.0]])
    for _ in range(300):
        error = m.weight @ x - target @ x
        (error * error).mean().backward()
        with ricci.no_grad():
            for p in m.parameters():
                if p.grad is not None:
                    p.detach()[...] = p.detach() - 0.5 * p.grad
        m.zero_grad()
    np.testing.assert_allclose(m.weight.detach().numpy(), [[2, -1]], atol=1e-3)


def test_cycles_are_collected():
    class Node(nn.Module):
        pass

    parent, child = Node(), Node()
    parent.child = child
    child.callback = lambda owner=parent: owner
    parent.weight = nn.Parameter([1.0])
    gone = weakref.ref(parent), weakref.ref(child)
    del parent, child
    gc.collect()
    assert [ref() for ref in gone] == [None, None]


def test_children_live_with_their_parent():
    m = nn.Module()
    m.child = Affine(2, 2)
    gc.collect()
    assert isinstance(m.child, Affine)
    assert m.child.weight.shape == (2, 2)


class Tree(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(ricci.ones(2, 3))
        self.first = Leaf()
        self.second = Leaf()
        self.plain = 3


class Leaf(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("mean", ricci.zeros(2, dtype="float64"))


def test_a_module_prints_as_a_tree():
    assert repr(Leaf()) == "Leaf(mean: float64 (2,))"
    assert repr(nn.Module()) == "Module()"
    tree = "Tree(\n  weight: (2, 3)\n  (first): Leaf(mean: float64 (2,))\n  (second): Leaf(mean: float64 (2,))\n)"
    assert repr(Tree()) == tree
    outer = nn.Module()
    outer.tree = Tree()
    assert repr(outer) == "Module(\n  (tree): " + tree.replace("\n", "\n  ") + "\n)"


def test_what_did_not_load_is_printed():
    report = Leaf().load_state_dict({"other": ricci.ones(1)}, strict=False)
    assert repr(report) == "LoadReport(missing=['mean'], unexpected=['other'])"


def test_a_class_without_forward_is_named():
    with pytest.raises(ricci.Error, match=r"class Leaf has no forward\(\)"):
        Leaf()(1)


def test_an_attribute_in_forward_that_is_missing_is_told_as_such():
    class Wrong(nn.Module):
        def forward(self):
            return self.nothing

    with pytest.raises(AttributeError, match="'nothing'"):
        Wrong()()


def test_registering_hides_no_attribute():
    tree = Tree()
    for register in (tree.register_parameter, tree.register_buffer):
        for name in ("plain", "state_dict"):
            with pytest.raises(ricci.Error, match=f"attribute '{name}' already"):
                register(name, ricci.ones(2))
    with pytest.raises(ricci.Error, match="attribute 'plain' already"):
        tree.register_module("plain", Leaf())
    assert tree.plain == 3
    tree.plain = nn.Parameter([1.0])  # assigning replaces, as anywhere in Python
    assert [name for name, _ in tree.named_parameters()] == ["weight", "plain"]
