"""Layers in Python: mixed with modules written in Python, containers, optimisers, resuming, wrong calls."""

import gc
import weakref

import numpy as np
import pytest

import ricci
from ricci import nn, optim
from ricci.nn import functional as F


class Residual(nn.Module):
    """Written in Python around layers of C++."""

    def __init__(self, width):
        super().__init__()
        self.inner = nn.Linear(width, width)
        self.scale = nn.Parameter([0.5])

    def forward(self, x):
        return x + self.scale * ricci.tanh(self.inner(x))


class Doubled(nn.Linear):
    """A layer of C++ whose forward() Python overrides."""

    def forward(self, x):
        return 2.0 * super().forward(x)


def make_model(seed=0):
    ricci.manual_seed(seed)
    return nn.Sequential(nn.Linear(2, 16), Residual(16), nn.Tanh(), Doubled(16, 1))


def test_modules_of_both_languages_mix():
    model = make_model()
    assert list(model.state_dict()) == [
        "0.weight",
        "0.bias",
        "1.scale",
        "1.inner.weight",
        "1.inner.bias",
        "3.weight",
        "3.bias",
    ]
    x = ricci.rand(5, 2, seed=1)
    by_hand = x
    for layer in model:
        by_hand = layer(by_hand)
    assert model(x).tolist() == by_hand.tolist()
    twice = ricci.einsum("bi,oi->bo", model[2](model[1](model[0](x))), model[3].weight) + model[3].bias
    np.testing.assert_allclose(model(x).detach().numpy(), 2 * twice.detach().numpy(), rtol=1e-6)
    assert isinstance(model[1], Residual)
    assert model[1] is model[1]
    assert isinstance(model[3], Doubled)
    assert isinstance(model[0].weight, nn.Parameter)
    assert model[0].weight is model.parameters()[0]
    model(x).sum().backward()
    assert all(p.grad is not None for p in model.parameters())


def test_a_forward_that_gives_no_tensor_is_named():
    class Wrong(nn.Module):
        def forward(self, x):
            return None

    with pytest.raises(ricci.DTypeError, match=r"Wrong.forward\(\) returned an object of type NoneType"):
        nn.Sequential(Wrong(), nn.Tanh())(ricci.ones(2))

    class Broken(nn.Module):
        def forward(self, x):
            raise KeyError("from Python")

    with pytest.raises(KeyError, match="from Python"):
        nn.Sequential(Broken())(ricci.ones(2))


def test_containers():
    layers = [nn.Linear(2, 2) for _ in range(4)]
    row, several = nn.Sequential(*layers), nn.ModuleList(layers[:2])
    assert len(row) == 4
    assert row[-1] is layers[3]
    assert list(row) == layers
    part = row[1:3]
    assert isinstance(part, nn.Sequential)
    assert list(part) == layers[1:3]
    assert several.append(layers[2]) is several
    assert several.extend(layers[3:]) is several
    assert [name for name, _ in several.named_children()] == ["0", "1", "2", "3"]
    assert len(nn.ModuleList()) == 0
    with pytest.raises(IndexError):
        row[4]
    with pytest.raises(ricci.DTypeError, match="item 1 is no Module"):
        nn.Sequential(layers[0], ricci.tanh)
    with pytest.raises(ricci.Error, match="hold itself"):
        several.append(several)


def test_attributes_and_missing_bias():
    layer = nn.Linear(3, 2, bias=False, dtype="float64")
    assert (layer.in_features, layer.out_features, layer.bias) == (3, 2, None)
    assert layer.weight.dtype == "float64"
    assert [name for name, _ in layer.named_parameters()] == ["weight"]
    assert nn.Embedding(5, 3, padding_idx=-1).padding_idx == 4
    assert nn.LayerNorm((3, 2)).normalized_shape == (3, 2)
    assert nn.Dropout(0.25).p == 0.25
    assert nn.Einsum("bi,io->bo", (3, 2)).equation == "bi,io->bo"
    m = nn.Module()
    m.register_parameter("bias", None)
    assert m.bias is None
    assert m.parameters() == []
    m.bias = nn.Parameter([1.0])
    assert m.parameters() == [m.bias]
    layer.note = "plain"
    assert layer.note == "plain"


def test_arrays_of_others_go_in():
    layer = nn.Linear(3, 2)
    x = np.ones((4, 3), "float32")
    assert isinstance(layer(x), ricci.Tensor)
    w = layer.weight.detach().numpy()
    assert isinstance(F.linear(x, w), np.ndarray)
    assert F.cross_entropy(x, np.zeros(4, int)).item() == pytest.approx(np.log(3))
    assert nn.Embedding(5, 2)([[0, 4]]).shape == (1, 2, 2)


def test_layers_are_collected():
    class Owner(nn.Module):
        pass

    owner = Owner()
    owner.layer = nn.Sequential(nn.Linear(2, 2))
    owner.layer[0].callback = lambda self=owner: self
    gone = weakref.ref(owner), weakref.ref(owner.layer), weakref.ref(owner.layer[0])
    del owner
    gc.collect()
    assert [ref() for ref in gone] == [None] * 3


def train(model, optimizer, steps, x, y):
    losses = []
    for _ in range(steps):
        loss = F.mse_loss(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optim.clip_grad_norm(model.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
    return losses


X = ricci.rand(64, 2, seed=3) * 2 - 1
Y = ricci.sin(3 * X.sum(axis=1, keepdims=True))
OPTIMISERS = {
    "SGD": lambda ps: optim.SGD(ps, lr=0.1, momentum=0.9, nesterov=True),
    "Adam": lambda ps: optim.Adam(ps, lr=0.02),
    "AdamW": lambda ps: optim.AdamW(ps, lr=0.02),
}


@pytest.mark.parametrize("kind", OPTIMISERS)
def test_training(kind):
    model = make_model()
    losses = train(model, OPTIMISERS[kind](model.parameters()), 200, X, Y)
    assert losses[0] > 0.3
    assert losses[-1] < 0.05


@pytest.mark.parametrize("kind", OPTIMISERS)
def test_saved_and_resumed_is_the_uninterrupted_run(kind, tmp_path):
    model = make_model()
    optimizer = OPTIMISERS[kind](model.parameters())
    train(model, optimizer, 5, X, Y)
    ricci.save(tmp_path / "model.safetensors", model.state_dict())
    ricci.save(tmp_path / "optimizer.safetensors", optimizer.state_dict())
    expected = train(model, optimizer, 5, X, Y)

    other = make_model(seed=9)
    resumed = OPTIMISERS[kind](other.parameters())
    other.load_state_dict(ricci.load(tmp_path / "model.safetensors"))
    resumed.load_state_dict(ricci.load(tmp_path / "optimizer.safetensors"))
    assert train(other, resumed, 5, X, Y) == expected
    for p, q in zip(model.parameters(), other.parameters(), strict=True):
        assert p.tolist() == q.tolist()


def test_the_bits_do_not_depend_on_threads():
    before = ricci.get_num_threads()
    runs = []
    try:
        for threads in (1, 2):
            ricci.set_num_threads(threads)
            ricci.manual_seed(0)
            model = nn.Sequential(
                nn.Embedding(50, 64), nn.LayerNorm(64), nn.Linear(64, 512), nn.GELU(), nn.Linear(512, 50)
            )
            optimizer = optim.AdamW(model.parameters(), lr=0.01)
            positions = np.arange(640) * 7 % 50
            for _ in range(5):
                loss = F.cross_entropy(model(positions), positions)
                optimizer.zero_grad()
                loss.backward()
                optim.clip_grad_norm(model.parameters(), 1.0)
                optimizer.step()
            runs.append([p.tolist() for p in model.parameters()])
    finally:
        ricci.set_num_threads(before)
    assert runs[0] == runs[1]


def test_groups_of_parameters():
    model = nn.Linear(2, 2)
    optimizer = optim.SGD([{"params": [model.weight]}, {"params": model.bias, "lr": 0.0}], lr=0.5, momentum=0.25)
    weight, bias = optimizer.param_groups
    assert (weight["lr"], bias["lr"], bias["momentum"], bias["nesterov"]) == (0.5, 0.0, 0.25, False)
    assert dict(weight).keys() == {"params", "lr", "momentum", "dampening", "weight_decay", "nesterov"}
    before = model.bias.tolist()
    model(ricci.ones(1, 2)).sum().backward()
    optimizer.step()
    assert model.bias.tolist() == before
    for group in optimizer.param_groups:
        group["lr"] = 0.1
    assert optimizer.state_dict()["groups.1.lr"].item() == 0.1
    extra = nn.Parameter([1.0])
    optimizer.add_param_group({"params": [extra], "lr": 1.0})
    assert optimizer.param_groups[2]["momentum"] == 0.25
    assert optimizer.param_groups[2]["params"][0].tolist() == [1.0]
    adam = optim.Adam([extra], betas=(0.5, 0.75))
    adam.param_groups[0]["betas"] = (0.25, 0.5)
    assert adam.param_groups[0]["betas"] == (0.25, 0.5)
    for name, value in [("speed", 1.0), ("lr", -1.0), ("betas", 3), ("betas", (1.0, 0.5))]:
        with pytest.raises(ricci.Error):
            adam.param_groups[0][name] = value
    with pytest.raises(ricci.Error, match="given twice"):
        optimizer.add_param_group({"params": [extra]})
    with pytest.raises(ricci.Error, match="no option 'speed'"):
        optim.SGD([{"params": [extra], "speed": 3}])


def test_parameters_that_cant_be_trained_are_refused():
    leaf = ricci.ones(2, requires_grad=True)
    for bad, error in [
        ([ricci.ones(2)], ricci.GradError),
        ([leaf * 2], ricci.GradError),
        ([leaf, leaf], ricci.Error),
        ([], ricci.Error),
        ([3.0], ricci.DTypeError),
        (nn.Linear(2, 2).parameters, ricci.DTypeError),
    ]:
        with pytest.raises(error):
            optim.Adam(bad)


def test_a_step_without_gradients_changes_nothing():
    model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    optimizer = optim.SGD(model.parameters(), lr=1.0)
    before = [p.tolist() for p in model.parameters()]
    model[0](ricci.ones(2)).sum().backward()
    with pytest.raises(ricci.GradError, match=r"parameter 2 of shape \(2, 2\)"):
        optimizer.step()
    assert [p.tolist() for p in model.parameters()] == before
    optimizer.step(allow_unused=True)
    after = [p.tolist() for p in model.parameters()]
    assert after[0] != before[0]
    assert after[2:] == before[2:]


def test_steps_work_on_what_no_grad_may_change():
    p = nn.Parameter([1.0, 2.0])
    loss = (p * p).sum()
    loss.backward(retain_graph=True)
    same = p
    optim.SGD([p], lr=0.5).step()
    assert same is p
    assert p.tolist() == [0.0, 0.0]
    assert p.requires_grad
    assert p.is_leaf
    with pytest.raises(ricci.GradError):
        loss.backward()


def test_states_of_other_models_are_refused_whole():
    model = make_model()
    optimizer = optim.Adam(model.parameters())
    train(model, optimizer, 2, X, Y)
    state = optimizer.state_dict()
    other = nn.Linear(2, 3)
    fresh = optim.Adam(other.parameters(), lr=0.5)
    with pytest.raises(ricci.DataError) as caught:
        fresh.load_state_dict(state)
    for part in (
        "groups.0.parameters: 7 of them in the state, 2 here",
        "misshapen: state.0.exp_avg",
        "unexpected: state.6",
    ):
        assert part in str(caught.value)
    assert fresh.param_groups[0]["lr"] == 0.5
    with pytest.raises(ricci.DataError):
        fresh.load_state_dict({})
    with pytest.raises(ricci.DataError):
        fresh.load_state_dict([1])


def test_gradients_that_are_no_numbers():
    p, q = nn.Parameter([1.0]), nn.Parameter([1.0])
    p.grad, q.grad = ricci.tensor([2.0]), ricci.tensor([float("nan")])
    with pytest.raises(ricci.GradError, match="the gradients are unchanged"):
        optim.clip_grad_norm([p, q], 1.0, error_if_nonfinite=True)
    assert p.grad.tolist() == [2.0]


def test_wrong_shapes_and_words():
    with pytest.raises(ricci.ShapeError, match="last axis needs the extent 3"):
        nn.Linear(3, 2)(ricci.ones(4))
    with pytest.raises(ricci.ShapeError, match="same shape"):
        F.mse_loss(ricci.ones(3, 1), ricci.ones(3))
    with pytest.raises(ricci.IndexError, match="class 7 is not one of 0 to 2"):
        F.cross_entropy(ricci.ones(1, 3), [7])
    with pytest.raises(ricci.Error, match="unknown reduction 'average'"):
        F.mse_loss(ricci.ones(3), ricci.ones(3), reduction="average")
    with pytest.raises(ricci.Error, match="approximate"):
        F.gelu(ricci.ones(3), approximate="erf")
    with pytest.raises(ricci.EinsumError):
        nn.Einsum("ij-", (3, 2))
    with pytest.raises(ricci.DTypeError):
        nn.init.zeros_(np.ones(2))


def test_gradients_of_every_order_through_layers():
    ricci.manual_seed(2)
    model = nn.Sequential(nn.Linear(3, 4, dtype="float64"), nn.GELU(), nn.LayerNorm(4, dtype="float64"))
    x = ricci.rand(2, 3, dtype="float64", seed=5, requires_grad=True)
    v = ricci.rand(2, 3, dtype="float64", seed=6)

    def slope(at):
        (g,) = ricci.grad((model(at) ** 2 * model(at)).sum(), at, create_graph=True)
        return g

    (second,) = ricci.grad((slope(x) * v).sum(), x)
    h = 1e-5
    up, down = (slope(ricci.Tensor(x.detach() + step * v, requires_grad=True)).detach() for step in (h, -h))
    numeric = (up - down) / (2 * h)
    np.testing.assert_allclose(second.numpy(), numeric.numpy(), rtol=1e-5, atol=1e-7)
