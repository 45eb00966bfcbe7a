"""A small character language model: attention written as contractions, against trigrams.

It reads four fifths of the Constitution of the United States of 1787 and predicts the next tenth, letter by letter; the
last tenth is the validation part, by which everything was set that can be. A block of the model is attention (Vaswani
et al., 2017): queries, keys and values are contractions with a weight, einsum 'bthk,bshk->bhts' holds every query
against every key before it, and another adds up the values.
"""

import itertools
from collections import Counter, defaultdict

import numpy as np
import tools

import ricci
from ricci import nn, optim
from ricci.nn import functional as F

CONTEXT, WIDTH, HEADS, BLOCKS, DROPOUT = 32, 64, 4, 2, 0.2
STEPS, BATCH, RATE = 800, 24, 0.01
SAMPLED = 200


class Attention(nn.Module):
    """(batch, time, width) -> the same: each place gathers from itself and those before it."""

    def __init__(self):
        super().__init__()
        size = WIDTH // HEADS
        self.query, self.key, self.value = (nn.Einsum("btd,dhk->bthk", (WIDTH, HEADS, size)) for _ in range(3))
        self.output = nn.Einsum("bthk,hkd->btd", (HEADS, size, WIDTH))

    def forward(self, x):
        scores = ricci.einsum("bthk,bshk->bhts", self.query(x), self.key(x)) * (WIDTH // HEADS) ** -0.5
        later = ricci.tensor(np.triu(np.full(scores.shape[-2:], -np.inf, "float32"), 1))
        weights = ricci.softmax(scores + later)  # over s, the places that are read
        return self.output(ricci.einsum("bhts,bshk->bthk", weights, self.value(x)))


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.before, self.attention = nn.LayerNorm(WIDTH), Attention()
        self.between = nn.LayerNorm(WIDTH)
        self.network = nn.Sequential(nn.Linear(WIDTH, 2 * WIDTH), nn.ReLU(), nn.Linear(2 * WIDTH, WIDTH))
        self.dropout = nn.Dropout(DROPOUT)

    def forward(self, x):
        x = x + self.dropout(self.attention(self.before(x)))
        return x + self.dropout(self.network(self.between(x)))


class Model(nn.Module):
    """Letters (batch, time) -> logits of the next one (batch, time, letter)."""

    def __init__(self, letters):
        super().__init__()
        self.letters, self.places = nn.Embedding(letters, WIDTH), nn.Embedding(CONTEXT, WIDTH)
        self.blocks = nn.Sequential(*(Block() for _ in range(BLOCKS)))
        self.output = nn.Sequential(nn.LayerNorm(WIDTH), nn.Linear(WIDTH, letters))

    def forward(self, x):
        return self.output(self.blocks(self.letters(x) + self.places.weight[: x.shape[1]]))


def load_letters():
    """The text as numbers, what they stand for, and its parts as (first, last) letters."""
    text = (tools.DATA / "constitution.txt").read_text(encoding="utf-8").lower()
    letters = sorted(set(text))
    cuts = [len(text) * tenths // 10 for tenths in (0, 8, 9, 10)]
    parts = dict(zip(("trained", "test", "validation"), itertools.pairwise(cuts), strict=True))
    return np.array([letters.index(c) for c in text]), letters, parts


def ngram_bits(text, trained, part, order, letters):
    """Bits a letter of a part under an n-gram model, interpolated with shorter ones (Witten and Bell)."""
    followers = [defaultdict(Counter) for _ in range(order)]
    for i in range(*trained):
        for n in range(min(order, i + 1)):
            followers[n][tuple(text[i - n : i])][text[i]] += 1
    bits = 0.0
    for i in range(*part):
        p = 1 / letters
        for n in range(order):
            seen = followers[n][tuple(text[i - n : i])]
            total, kinds = sum(seen.values()), len(seen)
            if total:
                p = (seen[text[i]] + kinds * p) / (total + kinds)
        bits -= np.log2(p)
    return float(bits / (part[1] - part[0]))


def model_bits(model, text, part):
    """Bits a letter of a part; each is read after half a context at least."""
    half = CONTEXT // 2
    windows = np.stack([text[i - half : i + half + 1] for i in range(part[0], part[1] - half, half)])
    model.eval()
    with ricci.no_grad():
        logits = model(windows[:, :-1])[:, half:]
    model.train()
    nats = F.cross_entropy(logits.reshape(-1, logits.shape[-1]), windows[:, 1 + half :].ravel())
    return nats.item() / np.log(2)


def train(model, text, parts):
    """Bits of the validation part as training goes on, [(step, bits), ...]."""
    optimizer = optim.AdamW(model.parameters(), lr=RATE, weight_decay=0.1)
    order, reached = np.random.default_rng(0), []
    for step in tools.progress(range(1, STEPS + 1), "attention"):
        optimizer.param_groups[0]["lr"] = RATE * min(1, step / 50) * 0.5 * (1 + np.cos(np.pi * step / STEPS))
        starts = order.integers(0, parts["trained"][1] - CONTEXT - 1, BATCH)
        windows = np.stack([text[i : i + CONTEXT + 1] for i in starts])
        logits = model(windows[:, :-1])
        loss = F.cross_entropy(logits.reshape(-1, logits.shape[-1]), windows[:, 1:].ravel())
        optimizer.zero_grad()
        loss.backward()
        optim.clip_grad_norm(model.parameters(), 1.0)
        optimizer.step()
        if step % 80 == 0:
            reached.append((step, model_bits(model, text, parts["validation"])))
    return reached


def write(model, letters, start, count):
    """The text that the model goes on with, the likeliest letter first but for a seeded draw."""
    draw, text = np.random.default_rng(1), [letters.index(c) for c in start]
    model.eval()
    with ricci.no_grad():
        for _ in range(count):
            p = ricci.softmax(model(np.array([text[-CONTEXT:]]))[0, -1] / 0.5).numpy().astype("float64")
            text.append(int(draw.choice(len(letters), p=p / p.sum())))
    return "".join(letters[i] for i in text)


def run(out):
    """Bits a letter of the test part by the model and by n-grams, and what the model writes; draws attention.svg."""
    text, letters, parts = load_letters()
    ricci.manual_seed(0)
    model = Model(len(letters))
    grams = {
        (order, name): ngram_bits(text.tolist(), parts["trained"], parts[name], order, len(letters))
        for order in range(3, 7)
        for name in ("validation", "test")
    }
    best = min(range(3, 7), key=lambda order: grams[order, "validation"])
    reached = train(model, text, parts)
    tools.line_chart(
        out / "attention.svg",
        "The Constitution, letter by letter",
        "step",
        "bits a letter, validation",
        {"attention": reached},
        {"trigrams": grams[3, "validation"], f"{best}-grams": grams[best, "validation"]},
    )
    return {
        "attention": model_bits(model, text, parts["test"]),
        "trigrams": grams[3, "test"],
        "best order": best,
        "best n-grams": grams[best, "test"],
        "text": write(model, letters, "the congress shall ", SAMPLED),
    }


if __name__ == "__main__":
    results = run(tools.folder_from_command(__doc__.splitlines()[0]))
    print(f"attention {results['attention']:.3f} bits a letter of the test part")
    print(f"trigrams  {results['trigrams']:.3f}")
    print(f"{results['best order']}-grams   {results['best n-grams']:.3f}")
    print(results["text"])
