"""The missing word: embeddings of both neighbours combined by an outer product, against a bag of words.

A word of the Constitution of 1787 is hidden, and guessed from the word on its left and the word on its right. A bag of
words adds their embeddings, and so forgets which stood where and what they mean together; here the outer product of a
left and a right embedding goes to the guess beside the two themselves. Of five parts of the text one is the test, three
are learned from, and how long is decided by what the fifth costs; each part has its turn.
"""

import re
from collections import Counter

import numpy as np
import tools

import ricci
from ricci import nn, optim
from ricci.nn import functional as F

WIDTH, BATCH, EPOCHS, FOLDS, STRETCH = 16, 128, 20, 5, 20


class Bag(nn.Module):
    """Logits of the word from the sum of its neighbours' embeddings."""

    def __init__(self, words):
        super().__init__()
        self.embedding = nn.Embedding(words, 4 * WIDTH)
        nn.init.normal_(self.embedding.weight, 0, 0.3)
        self.guess = nn.Sequential(nn.Dropout(0.5), nn.Linear(4 * WIDTH, words))

    def forward(self, left, right):
        return self.guess(self.embedding(left) + self.embedding(right))


class Outer(nn.Module):
    """Logits of the word from the outer product of a left and a right embedding, and from both."""

    def __init__(self, words):
        super().__init__()
        self.left, self.right = nn.Embedding(words, WIDTH), nn.Embedding(words, WIDTH)
        for embedding in (self.left, self.right):
            nn.init.normal_(embedding.weight, 0, 0.3)
        self.guess = nn.Sequential(nn.Dropout(0.5), nn.Linear(WIDTH * WIDTH + 2 * WIDTH, words))

    def forward(self, left, right):
        a, b = self.left(left), self.right(right)
        product = ricci.einsum("ni,nj->nij", a, b).reshape(len(left), WIDTH * WIDTH)
        return self.guess(ricci.cat([product, a, b], axis=1))


def load_words():
    """The text as numbers of words and signs; 0 is every word that occurs once. And how many numbers there are."""
    text = (tools.DATA / "constitution.txt").read_text(encoding="utf-8").lower()
    words = re.findall(r"[a-z]+|[.,;:]", text)
    known = [word for word, count in Counter(words).most_common() if count > 1]
    numbers = {word: number for number, word in enumerate(known, start=1)}
    return np.array([numbers.get(word, 0) for word in words]), len(known) + 1


def score(model, text, places):
    """The mean loss at these places, and the rank of each hidden word among the guesses, 0 the first."""
    model.eval()
    with ricci.no_grad():
        logits = model(text[places - 1], text[places + 1])
    model.train()
    values = logits.numpy()
    ranks = (values > np.take_along_axis(values, text[places][:, None], 1)).sum(axis=1)
    return F.cross_entropy(logits, text[places]).item(), ranks


def guessed(kind, words, text, fold):
    """How often each of the first guesses, 1 to 10 of them, holds the word, over the places of a part."""
    ricci.manual_seed(fold)
    order, model = np.random.default_rng(fold), kind(words)
    optimizer = optim.AdamW(model.parameters(), lr=0.01, weight_decay=0.3)
    places = np.arange(1, len(text) - 1)
    part = places // STRETCH % FOLDS
    known = text[places] > 0
    test, validation = places[(part == fold) & known], places[(part == (fold + 1) % FOLDS) & known]
    trained = places[(part != fold) & (part != (fold + 1) % FOLDS)]
    least, ranks = np.inf, None
    for _ in tools.progress(range(EPOCHS), f"{kind.__name__.lower()}, part {fold + 1}"):
        shuffled = order.permutation(trained)
        for at in np.array_split(shuffled, len(shuffled) // BATCH):
            loss = F.cross_entropy(model(text[at - 1], text[at + 1]), text[at])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        cost = score(model, text, validation)[0]
        if cost < least:
            least, ranks = cost, score(model, text, test)[1]
    return [(n, float((ranks < n).mean())) for n in range(1, 11)]


def run(out):
    """The share of words guessed at once, by both models, mean of the parts; draws language.svg."""
    text, words = load_words()
    curves = {}
    for name, kind in (("bag of words", Bag), ("outer product", Outer)):
        curves[name] = np.mean([guessed(kind, words, text, fold) for fold in range(FOLDS)], axis=0).tolist()
    tools.line_chart(out / "language.svg", "The missing word", "guesses", "share of words found", curves)
    return {name: curve[0][1] for name, curve in curves.items()}


if __name__ == "__main__":
    for name, share in run(tools.folder_from_command(__doc__.splitlines()[0])).items():
        print(f"{name:<13} {share:.1%} of the words guessed at once")
