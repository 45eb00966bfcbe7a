"""Bilinear pooling against average pooling, on pictures of handwritten digits.

Every 3 by 3 patch of a picture (8 by 8 pixels) becomes a vector of 16 features. Average pooling keeps their mean over
the patches; bilinear pooling (Lin, RoyChowdhury and Maji, 2015) keeps the mean of their outer products, so it knows
which features occur together. Both forget where a patch was. The rest of the two networks is the same. What can be
set was set by the pictures of the validation part; those of the test part are looked at once, at the end.
"""

import numpy as np
import tools

import ricci
from ricci import nn, optim
from ricci.nn import functional as F

PATCH, FEATURES, CLASSES = 3, 16, 10
RATE, FIRST_DRAWN = 0.01, 5
BATCH, EPOCHS, SEEDS = 100, 35, 2
TEST, TRAINED, VALIDATION = slice(0, 400), slice(400, 1200), slice(1200, None)


class Pooled(nn.Module):
    """Features of every patch, pooled, normalised and classified."""

    def __init__(self, bilinear):
        super().__init__()
        self.bilinear = bilinear
        pooled = FEATURES**2 if bilinear else FEATURES
        self.features = nn.Sequential(nn.Linear(PATCH**2, 32), nn.ReLU(), nn.Linear(32, FEATURES), nn.Tanh())
        self.classify = nn.Sequential(nn.LayerNorm(pooled), nn.Linear(pooled, CLASSES))

    def forward(self, patches):
        f = self.features(patches)  # [picture, patch, feature]
        if not self.bilinear:
            return self.classify(f.mean(axis=1))
        products = ricci.einsum("npi,npj->nij", f, f) / f.shape[1]
        return self.classify(products.reshape(len(patches), FEATURES**2))


def load_digits():
    """Patches (picture, patch, pixel) from 0 to 1, and labels: 1797 digits by 43 writers."""
    data = ricci.load(tools.DATA / "digits.safetensors")
    images = data["images"].numpy().astype("float32") / 16
    windows = np.lib.stride_tricks.sliding_window_view(images, (PATCH, PATCH), axis=(1, 2))
    return windows.reshape(len(images), -1, PATCH**2).copy(), data["labels"].numpy().astype("int64")


def accuracy(model, patches, labels):
    with ricci.no_grad():
        return float((model(patches).argmax(1).numpy() == labels).mean())


def train(bilinear, seed, patches, labels, title):
    """A model, and the accuracy on the validation part after each epoch."""
    ricci.manual_seed(seed)
    order = np.random.default_rng(seed)
    model = Pooled(bilinear)
    optimizer = optim.AdamW(model.parameters(), lr=RATE)
    reached = []
    for epoch in tools.progress(range(EPOCHS), title):
        optimizer.param_groups[0]["lr"] = RATE * 0.5 * (1 + np.cos(np.pi * epoch / EPOCHS))
        for batch in (TRAINED.start + order.permutation(TRAINED.stop - TRAINED.start)).reshape(-1, BATCH):
            loss = F.cross_entropy(model(patches[batch]), labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        reached.append(accuracy(model, patches[VALIDATION], labels[VALIDATION]))
    return model, reached


def run(out):
    """Accuracies on the test part by kind of pooling, means of the seeds; draws vision.svg."""
    patches, labels = load_digits()
    curves, tested = {}, {}
    for name in ("average", "bilinear"):
        runs = [train(name == "bilinear", s, patches, labels, f"{name} pooling, seed {s}") for s in range(SEEDS)]
        curves[name] = list(enumerate(np.mean([curve for _, curve in runs], axis=0), start=1))[FIRST_DRAWN - 1 :]
        tested[name] = float(np.mean([accuracy(model, patches[TEST], labels[TEST]) for model, _ in runs]))
    tools.line_chart(out / "vision.svg", "Digits told apart after pooling", "epoch", "accuracy, validation", curves)
    return tested


if __name__ == "__main__":
    for pooling, reached in run(tools.folder_from_command(__doc__.splitlines()[0])).items():
        print(f"{pooling:<9} {reached:.1%} of 400 pictures, mean of {SEEDS} seeds")
