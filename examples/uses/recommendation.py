"""Who comes to which event: attendance as an outer product, against popularity.

Each of 18 women and each of 14 events has one number; the outer product of the two lists, with a bias for every woman
and event, is the log-odds of an attendance. A tenth of the table at a time is held out and predicted from the rest; how
many outer products are added up, and how small their factors are held, is decided by another tenth.
"""

import numpy as np
import tools

import ricci
from ricci import nn, optim
from ricci.nn import functional as F

FOLDS, STEPS, SEEDS = 10, 150, 3
SETTINGS = [(rank, weight) for rank in (1, 2) for weight in (0.3, 1.0)]  # outer products, penalty of the factors


class Attendance(nn.Module):
    """Log-odds (woman, event): outer products of factors, and biases."""

    def __init__(self, women, events, rank, weight):
        super().__init__()
        self.weight = weight
        self.women = nn.Parameter(0.1 * ricci.randn(women, rank))
        self.events = nn.Parameter(0.1 * ricci.randn(events, rank))
        self.sociable = nn.Parameter(ricci.zeros(women, 1))
        self.popular = nn.Parameter(ricci.zeros(1, events))

    def forward(self):
        return ricci.einsum("wr,er->we", self.women, self.events) + self.sociable + self.popular

    def penalty(self):
        """The log-density of normal factors and biases, but for its sign."""
        factors, biases = (self.women, self.events), (self.sociable, self.popular)
        return sum(0.5 * self.weight * (p * p).sum() for p in factors) + sum(0.05 * (p * p).sum() for p in biases)


def load_attendance():
    """The names, and the table (woman, event) of ones and zeros."""
    lines = (tools.DATA / "southern_women.txt").read_text(encoding="utf-8").splitlines()
    names, *_ = zip(*(line.split() for line in lines if not line.startswith("#")), strict=False)
    table = np.zeros((len(names), 14), "float32")
    for woman, line in enumerate(line for line in lines if not line.startswith("#")):
        table[woman, [int(event) - 1 for event in line.split()[1:]]] = 1
    return names, table


def fit(table, known, setting, seed):
    """Log-odds by the model of the entries that are known, by gradient descent."""
    ricci.manual_seed(seed)
    model = Attendance(*table.shape, *setting)
    optimizer = optim.Adam(model.parameters(), lr=0.05)
    for _ in range(STEPS):
        loss = F.binary_cross_entropy_with_logits(model(), table, weight=known, reduction="sum") + model.penalty()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model().detach().numpy()


def cost(scores, table, entries):
    """The mean cross-entropy of these entries in nats."""
    return float(np.logaddexp(0, np.where(table > 0, -scores, scores))[entries].mean())


def held_out_scores(table, seed, title):
    """Scores of every entry, each from a model that has not seen it; popularity the same way."""
    fold = np.random.default_rng(seed).permutation(table.size).reshape(table.shape) % FOLDS
    scores = {"outer product": np.zeros_like(table), "popularity": np.zeros_like(table)}
    for k in tools.progress(range(FOLDS), title):
        test, validation = fold == k, fold == (k + 1) % FOLDS
        known = (~test).astype("float32")
        rest, number = (~test & ~validation).astype("float32"), FOLDS * seed + k
        best = min(SETTINGS, key=lambda s: cost(fit(table, rest, s, number), table, validation))
        popularity = (table * known).sum(axis=0) / known.sum(axis=0)
        scores["outer product"][test] = fit(table, known, best, number)[test]
        scores["popularity"][test] = np.broadcast_to(popularity, table.shape)[test]
    return scores


def run(out):
    """The area under the ROC curve for both scores, mean of the seeds; draws recommendation.svg."""
    _, table = load_attendance()
    areas, curves = {}, {}
    for seed in range(SEEDS):
        for name, scores in held_out_scores(table, seed, f"attendance, seed {seed}").items():
            areas.setdefault(name, []).append(tools.area_under_roc(scores[table > 0], scores[table == 0]))
            curves.setdefault(name, tools.roc(scores[table > 0], scores[table == 0]))
    tools.line_chart(
        out / "recommendation.svg", "Attendances found", "share of false ones", "share of true ones", curves
    )
    return {name: float(np.mean(values)) for name, values in areas.items()}


if __name__ == "__main__":
    for score, area in run(tools.folder_from_command(__doc__.splitlines()[0])).items():
        print(f"{score:<13} area under the curve {area:.3f} on entries held out, mean of {SEEDS} seeds")
