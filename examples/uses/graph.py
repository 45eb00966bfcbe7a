"""A graph neural network on a karate club that split in two: members from two labels, and friendships held out.

Each layer is one contraction, einsum('uv,vi,io->uo'): a member's features are the weighted mean of his friends' and
his own, times a weight (Kipf and Welling, 2017). With the instructor and the officer labelled, the network says who
went with whom; the inner products of its features say which friendships are missing. The settings are those of the
paper and of its sequel on links (2016), and how long the links are learned is decided by a tenth of them.
"""

import numpy as np
import tools

import ricci
from ricci import nn, optim
from ricci.nn import functional as F

MEMBERS, INSTRUCTOR, OFFICER = 34, 0, 33
FOLDS, SEEDS = 10, 3
RATE, STEPS, EVERY = 0.01, 200, 10


class GraphNetwork(nn.Module):
    """Features (member, out) of a graph given by its normalised adjacency; each member's input is his own name."""

    def __init__(self, hidden, out):
        super().__init__()
        self.first = nn.Einsum("uv,vi,io->uo", (MEMBERS, hidden))
        self.second = nn.Einsum("uv,vi,io->uo", (hidden, out))

    def forward(self, graph):
        return self.second(graph, ricci.tanh(self.first(graph, np.eye(MEMBERS, dtype="float32"))))


def load_club():
    """The adjacency matrix, and who left with the officer."""
    adjacency, left = np.zeros((MEMBERS, MEMBERS), "float32"), np.zeros(MEMBERS, int)
    for line in (tools.DATA / "karate_club.txt").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            member, side, *friends = map(int, line.split())
            left[member - 1] = side - 1
            for friend in friends:
                adjacency[member - 1, friend - 1] = adjacency[friend - 1, member - 1] = 1
    return adjacency, left


def normalised(adjacency):
    """D^(-1/2) (A + 1) D^(-1/2)."""
    loops = adjacency + np.eye(MEMBERS, dtype="float32")
    scale = loops.sum(axis=1) ** -0.5
    return (scale[:, None] * loops * scale).astype("float32")


def distances(adjacency, start):
    """Steps along friendships from one member to each."""
    steps, reached = np.full(MEMBERS, -1), np.arange(MEMBERS) == start
    for step in range(MEMBERS):
        steps[reached & (steps < 0)] = step
        reached = reached | (adjacency @ reached > 0)
    return steps


def classify(graph, seed):
    """Each member's side, from the labels of two."""
    ricci.manual_seed(seed)
    model = GraphNetwork(hidden=16, out=2)
    optimizer = optim.Adam(model.parameters(), lr=RATE, weight_decay=5e-4)
    for _ in range(STEPS):
        loss = F.cross_entropy(ricci.take(model(graph), [INSTRUCTOR, OFFICER]), [0, 1])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model(graph).argmax(1).numpy()


def link_scores(adjacency, known, seed):
    """Inner products of features that were trained on the pairs that are known, every few steps."""
    ricci.manual_seed(seed)
    model, bias = GraphNetwork(hidden=32, out=16), nn.Parameter(ricci.zeros(1))
    optimizer = optim.Adam([*model.parameters(), bias], lr=RATE)
    graph = normalised(adjacency)
    balance = float(((1 - adjacency) * known).sum() / (adjacency * known).sum())
    for step in range(1, STEPS + 1):
        z = model(graph)
        scores = ricci.einsum("ui,vi->uv", z, z) + bias
        loss = F.binary_cross_entropy_with_logits(scores, adjacency, weight=known, pos_weight=[balance])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % EVERY == 0:
            yield scores.detach().numpy()


def predict_links(adjacency, seed, title):
    """The mean area under the ROC curve over the tenths, for the network and for the number of common friends."""
    order = np.random.default_rng(seed)
    upper = np.triu(np.ones_like(adjacency), 1) > 0
    pairs = [order.permutation(np.argwhere(upper & (adjacency == kind))) for kind in (1, 0)]
    areas = {"network": [], "common friends": []}
    for k in tools.progress(range(FOLDS), title):
        test, validation = ([tuple(p[part % FOLDS :: FOLDS].T) for p in pairs] for part in (k, k + 1))
        known, seen = 1 - np.eye(MEMBERS, dtype="float32"), adjacency.copy()
        for rows, columns in (*test, *validation):
            known[rows, columns] = known[columns, rows] = 0
            seen[rows, columns] = seen[columns, rows] = 0
        best = max(
            link_scores(seen, known, FOLDS * seed + k),
            key=lambda scores: tools.area_under_roc(*(scores[part] for part in validation)),
        )
        for name, scores in (("network", best), ("common friends", seen @ seen)):
            areas[name].append(tools.area_under_roc(*(scores[part] for part in test)))
    return {name: float(np.mean(values)) for name, values in areas.items()}


def run(out):
    """Accuracies of the sides and areas of the links, with their baselines; draws graph.svg."""
    adjacency, left = load_club()
    graph = normalised(adjacency)
    steps = distances(adjacency, INSTRUCTOR), distances(adjacency, OFFICER)
    nearest = np.where(steps[0] == steps[1], 0.5, (steps[0] > steps[1]) == left)
    guessed = np.delete(np.arange(MEMBERS), [INSTRUCTOR, OFFICER])
    sides = [float((classify(graph, seed) == left)[guessed].mean()) for seed in range(SEEDS)]
    links = [predict_links(adjacency, seed, f"friendships, seed {seed}") for seed in range(SEEDS)]
    results = {
        "sides, network": float(np.mean(sides)),
        "sides, nearest of the two": float(nearest[guessed].mean()),
        **{f"links, {name}": float(np.mean([fold[name] for fold in links])) for name in links[0]},
    }
    tools.bar_chart(out / "graph.svg", "The karate club: accuracy of sides, area under the curve of links", results)
    return results


if __name__ == "__main__":
    for what, value in run(tools.folder_from_command(__doc__.splitlines()[0])).items():
        print(f"{what:<26} {value:.3f}")
