"""A small character language model: attention written as contractions, against trigrams.

It reads the Constitution of the United States of 1787 and predicts the last tenth of it, letter by letter. A block of
the model is attention (Vaswani et al., 2017): queries, keys and values are contractions with a weight, einsum
'bthk,bshk->bhts' holds every query against every key before it, and another adds up the values.
"""

from collections import Counter, defaultdict

import numpy as np
import tools

import ricci
from ricci import nn, optim
from ricci.nn import functional as F

CONTEXT, WIDTH, HEADS, BLOCKS, DROPOUT = 32, 64, 4, 2, 0.1
STEPS, BATCH, RATE = 500, 24, 0.01
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
        later = np.triu(np.full(scores.shape[-2:], -np.inf, "float32"), 1)
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
    """The text as numbers, what they stand for, and where the part begins that is held out."""
    text = (tools.DATA / "constitution.txt").read_text(encoding="utf-8").lower()
    letters = sorted(set(text))
    return np.array([letters.index(c) for c in text]), letters, len(text) * 9 // 10


def ngram_bits(text, cut, order, letters):
    """Bits a letter of the held-out part under an n-gram model, interpolated with shorter ones (Witten and Bell)."""
    followers = [defaultdict(Counter) for _ in range(order)]
    for i in range(cut):
        for n in range(min(order, i + 1)):
            followers[n][tuple(text[i - n : i])][text[i]] += 1
    bits = 0.0
    for i in range(cut, len(text)):
        p = 1 / letters
        for n in range(order):
            seen = followers[n][tuple(text[i - n : i])]
            total, kinds = sum(seen.values()), len(seen)
            if total:
                p = (seen[text[i]] + kinds * p) / (total + kinds)
        bits -= np.log2(p)
    return float(bits / (len(text) - cut))


def model_bits(model, text, cut):
    """Bits a letter of the held-out part; each is read after half a context at least."""
    half = CONTEXT // 2
    windows = np.stack([text[i : i + CONTEXT + 1] for i in range(cut - half, len(text) - CONTEXT, half)])
    model.eval()
    with ricci.no_grad():
        logits = model(windows[:, :-1])[:, half:]
    model.train()
    nats = F.cross_entropy(logits.reshape(-1, logits.shape[-1]), windows[:, 1 + half :].ravel())
    return nats.item() / np.log(2)


def train(model, text, cut):
    """Bits of the held-out part as training goes on, [(step, bits), ...]."""
    optimizer = optim.AdamW(model.parameters(), lr=RATE, weight_decay=0.1)
    order, reached = np.random.default_rng(0), []
    for step in tools.progress(range(1, STEPS + 1), "attention"):
        optimizer.param_groups[0]["lr"] = RATE * min(1, step / 50) * 0.5 * (1 + np.cos(np.pi * step / STEPS))
        windows = np.stack([text[i : i + CONTEXT + 1] for i in order.integers(0, cut - CONTEXT - 1, BATCH)])
        logits = model(windows[:, :-1])
        loss = F.cross_entropy(logits.reshape(-1, logits.shape[-1]), windows[:, 1:].ravel())
        optimizer.zero_grad()
        loss.backward()
        optim.clip_grad_norm(model.parameters(), 1.0)
        optimizer.step()
        if step % 50 == 0:
            reached.append((step, model_bits(model, text, cut)))
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
    """Bits a letter of the model and of trigrams, and what the model writes; draws attention.svg."""
    text, letters, cut = load_letters()
    ricci.manual_seed(0)
    model = Model(len(letters))
    baseline = ngram_bits(text.tolist(), cut, 3, len(letters))
    reached = train(model, text, cut)
    tools.line_chart(
        out / "attention.svg",
        "The Constitution, letter by letter",
        "step",
        "bits a letter, held out",
        {"attention": reached},
        {"trigrams": baseline},
    )
    return {
        "attention": reached[-1][1],
        "trigrams": baseline,
        "text": write(model, letters, "the congress shall ", SAMPLED),
    }


if __name__ == "__main__":
    results = run(tools.folder_from_command(__doc__.splitlines()[0]))
    print(f"attention {results['attention']:.3f} bits a letter of the part held out")
    print(f"trigrams  {results['trigrams']:.3f}")
    print(results["text"])
