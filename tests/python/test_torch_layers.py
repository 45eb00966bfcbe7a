"""Layers, losses, activations and optimisers against torch's: values, gradients, and state dicts both ways."""

import numpy as np
import pytest

import ricci
from ricci import nn, optim
from ricci.nn import functional as F

torch = pytest.importorskip("torch")

RNG = np.random.default_rng(5)


def pair(shape, low=-2.0, high=2.0, dtype="float32"):
    """The same numbers as a leaf of Ricci and one of torch."""
    a = RNG.uniform(low, high, shape).astype(dtype)
    return ricci.tensor(a, requires_grad=True), torch.tensor(a, requires_grad=True)


def close(ours, theirs, scale=1.0):
    np.testing.assert_allclose(ours.detach().numpy(), theirs.detach().numpy(), rtol=1e-5, atol=1e-5 * scale)


def run_both(f, g, *pairs):
    """f and g give the same, and the same gradients for a random seed."""
    ours, theirs = f(*(a for a, _ in pairs)), g(*(b for _, b in pairs))
    close(ours, theirs)
    seed = RNG.uniform(-1, 1, ours.shape).astype("float32")
    ours.backward(ricci.tensor(seed))
    theirs.backward(torch.tensor(seed))
    for a, b in pairs:
        close(a.grad, b.grad)


LAYERS = {
    "linear": (lambda m: m.Linear(5, 7), [(3, 4, 5)]),
    "linear without bias": (lambda m: m.Linear(5, 7, bias=False), [(5,)]),
    "bilinear": (lambda m: m.Bilinear(3, 4, 6), [(2, 5, 3), (2, 5, 4)]),
    "layer norm": (lambda m: m.LayerNorm((4, 5)), [(3, 4, 5)]),
    "layer norm without bias": (lambda m: m.LayerNorm(5, bias=False), [(3, 4, 5)]),
    "sequential": (
        lambda m: m.Sequential(m.Linear(5, 6), m.Tanh(), m.LayerNorm(6), m.GELU(), m.Linear(6, 2)),
        [(9, 5)],
    ),
}


@pytest.mark.parametrize("name", LAYERS)
def test_layers_and_their_state_dicts_both_ways(name, tmp_path):
    make, shapes = LAYERS[name]
    ours, theirs = make(nn), make(torch.nn)
    assert {k: v.shape for k, v in ours.state_dict().items()} == {
        k: tuple(v.shape) for k, v in theirs.state_dict().items()
    }
    with torch.no_grad():
        for p in theirs.parameters():
            p.uniform_(-1, 1)
    ricci.save(tmp_path / "theirs.safetensors", {k: v.numpy() for k, v in theirs.state_dict().items()})
    ours.load_state_dict(ricci.load(tmp_path / "theirs.safetensors"))
    inputs = [pair(shape) for shape in shapes]
    run_both(ours, theirs, *inputs)
    for (_, p), (_, q) in zip(ours.named_parameters(), theirs.named_parameters(), strict=True):
        close(p.grad, q.grad, scale=10)
    with ricci.no_grad():
        for p in ours.parameters():
            nn.init.uniform_(p, -1, 1)
    ricci.save(tmp_path / "ours.safetensors", ours.state_dict())
    theirs.load_state_dict(
        {k: torch.from_numpy(v.numpy()) for k, v in ricci.load(tmp_path / "ours.safetensors").items()}
    )
    close(ours(*(a for a, _ in inputs)), theirs(*(b for _, b in inputs)))


def test_safetensors_files_go_both_ways(tmp_path):
    files = pytest.importorskip("safetensors.torch")
    ours, theirs = nn.Linear(4, 3), torch.nn.Linear(4, 3)
    files.save_file(theirs.state_dict(), tmp_path / "theirs.safetensors")
    ours.load_state_dict(ricci.load(tmp_path / "theirs.safetensors"))
    ricci.save(tmp_path / "ours.safetensors", ours.state_dict())
    for name, value in files.load_file(tmp_path / "ours.safetensors").items():
        assert torch.equal(value, theirs.state_dict()[name])


def test_embedding():
    ours, theirs = nn.Embedding(6, 3, padding_idx=2), torch.nn.Embedding(6, 3, padding_idx=2)
    theirs.load_state_dict({k: torch.from_numpy(v.numpy()) for k, v in ours.state_dict().items()})
    positions = RNG.integers(0, 6, (4, 5))
    y, z = ours(positions), theirs(torch.from_numpy(positions))
    close(y, z)
    (y * y).sum().backward()
    (z * z).sum().backward()
    close(ours.weight.grad, theirs.weight.grad)


FUNCTIONS = {
    "gelu": (F.gelu, torch.nn.functional.gelu),
    "gelu by tanh": (
        lambda x: F.gelu(x, approximate="tanh"),
        lambda x: torch.nn.functional.gelu(x, approximate="tanh"),
    ),
    "silu": (F.silu, torch.nn.functional.silu),
    "softplus": (F.softplus, torch.nn.functional.softplus),
    "leaky_relu": (lambda x: F.leaky_relu(x, 0.2), lambda x: torch.nn.functional.leaky_relu(x, 0.2)),
    "log_softmax": (F.log_softmax, lambda x: torch.nn.functional.log_softmax(x, -1)),
    "erf": (ricci.erf, torch.erf),
    "log1p": (lambda x: ricci.log1p(x * x), lambda x: torch.log1p(x * x)),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions(name):
    run_both(*FUNCTIONS[name], pair((6, 7), -8, 8))


@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"weight": 1},
        {"ignore_index": 2},
        {"label_smoothing": 0.1},
        {"weight": 1, "ignore_index": 2, "label_smoothing": 0.2},
    ],
)
@pytest.mark.parametrize("shape", [(5,), (8, 5), (4, 5, 3, 2)])
def test_class_losses(shape, options, reduction):
    classes = 5
    target = RNG.integers(0, classes, shape[:1] + shape[2:] if len(shape) > 1 else ())
    if reduction == "mean" and "ignore_index" in options and target.ndim == 0:
        target = np.array(1)  # the mean of nothing is NaN
    weight = RNG.uniform(0.5, 2, classes).astype("float32")
    ours = {**options, "reduction": reduction} | ({"weight": weight} if "weight" in options else {})
    theirs = ours | ({"weight": torch.tensor(weight)} if "weight" in options else {})
    run_both(
        lambda x: F.cross_entropy(x, target, **ours),
        lambda x: torch.nn.functional.cross_entropy(x, torch.tensor(target), **theirs),
        pair(shape),
    )
    if "label_smoothing" not in options:
        run_both(
            lambda x: F.nll_loss(x, target, **ours),
            lambda x: torch.nn.functional.nll_loss(x, torch.tensor(target), **theirs),
            pair(shape),
        )


@pytest.mark.parametrize("smoothing", [0.0, 0.3])
def test_distributions_as_targets(smoothing):
    target = RNG.dirichlet(np.ones(5), 8).astype("float32")
    weight = RNG.uniform(0.5, 2, 5).astype("float32")
    run_both(
        lambda x: F.cross_entropy(x, ricci.tensor(target), weight=weight, label_smoothing=smoothing),
        lambda x: torch.nn.functional.cross_entropy(
            x, torch.tensor(target), weight=torch.tensor(weight), label_smoothing=smoothing
        ),
        pair((8, 5)),
    )


@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
def test_distances_and_binary_losses(reduction):
    theirs = torch.nn.functional
    for name in ("mse_loss", "l1_loss", "smooth_l1_loss"):
        run_both(
            lambda x, y, name=name: getattr(F, name)(x, y, reduction=reduction),
            lambda x, y, name=name: getattr(theirs, name)(x, y, reduction=reduction),
            pair((4, 3)),
            pair((4, 3)),
        )
    weight, positive = RNG.uniform(0.5, 2, (4, 3)).astype("float32"), RNG.uniform(0.5, 2, 3).astype("float32")
    run_both(
        lambda x, y: F.binary_cross_entropy(x, y, weight=weight, reduction=reduction),
        lambda x, y: theirs.binary_cross_entropy(x, y, weight=torch.tensor(weight), reduction=reduction),
        pair((4, 3), 0.1, 0.9),
        pair((4, 3), 0, 1),
    )
    run_both(
        lambda x, y: F.binary_cross_entropy_with_logits(x, y, weight=weight, pos_weight=positive, reduction=reduction),
        lambda x, y: theirs.binary_cross_entropy_with_logits(
            x, y, weight=torch.tensor(weight), pos_weight=torch.tensor(positive), reduction=reduction
        ),
        pair((4, 3), -5, 5),
        pair((4, 3), 0, 1),
    )


OPTIMISERS = {
    "SGD": {"lr": 0.1},
    "SGD momentum": {"lr": 0.1, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.1},
    "SGD nesterov": {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1},
    "Adam": {"lr": 0.1, "betas": (0.8, 0.95), "eps": 1e-6},
    "Adam decay": {"lr": 0.1, "weight_decay": 0.1},
    "AdamW": {"lr": 0.1},
}


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64"])
@pytest.mark.parametrize("name", OPTIMISERS)
def test_optimisers(name, dtype):
    kind, options = name.split()[0], OPTIMISERS[name]
    start = RNG.uniform(-1, 1, (4, 3)).astype(dtype)
    p, q = nn.Parameter(start), torch.nn.Parameter(torch.tensor(start))
    ours, theirs = getattr(optim, kind)([p], **options), getattr(torch.optim, kind)([q], **options)
    for _ in range(12):
        g = RNG.uniform(-1, 1, (4, 3)).astype(dtype)
        p.grad, q.grad = ricci.tensor(g), torch.tensor(g)
        ours.step()
        theirs.step()
    close(p, q)


@pytest.mark.parametrize("norm_type", [1.0, 2.0, 3.0, float("inf")])
def test_clipping(norm_type):
    pairs = [pair((3, 4)), pair((5,))]
    for p, q in pairs:
        p.grad, q.grad = p.detach().clone(), q.detach().clone()
    ours = optim.clip_grad_norm([p for p, _ in pairs], 0.5, norm_type=norm_type)
    theirs = torch.nn.utils.clip_grad_norm_([q for _, q in pairs], 0.5, norm_type=norm_type)
    close(ours, theirs)
    for p, q in pairs:
        close(p.grad, q.grad)


def test_first_values_have_torchs_distributions():
    ricci.manual_seed(1)
    torch.manual_seed(1)
    makes = [
        lambda m: m.Linear(30, 2000),
        lambda m: m.Bilinear(5, 4, 2000),
        lambda m: m.Embedding(300, 200),
        lambda m: m.LayerNorm(7),
    ]
    for make in makes:
        for (_, p), (_, q) in zip(make(nn).named_parameters(), make(torch.nn).named_parameters(), strict=True):
            a, b = p.detach().numpy().ravel(), q.detach().numpy().ravel()
            quantiles = np.linspace(0.05, 0.95, 7)
            np.testing.assert_allclose(np.quantile(a, quantiles), np.quantile(b, quantiles), atol=0.2 * b.std() + 1e-12)
    for name in ("xavier_uniform_", "xavier_normal_", "kaiming_uniform_", "kaiming_normal_"):
        a = getattr(nn.init, name)(ricci.empty(300, 200)).numpy()
        b = getattr(torch.nn.init, name)(torch.empty(300, 200)).numpy()
        quantiles = np.linspace(0.05, 0.95, 7)
        np.testing.assert_allclose(np.quantile(a, quantiles), np.quantile(b, quantiles), atol=0.1 * b.std())
