"""Viterbi's path without his recursion: in max_plus the hidden Markov model's contraction is the best path's score,
and its gradient is one where that path goes and zero elsewhere."""

from hidden_markov import SYMBOLS, chain_plan, read_text, train

import ricci


def best_path(model, text):
    """The score ln P of the likeliest states, and the states."""
    start, transition, emission = [x.detach() for x in model]
    letters = ricci.stack([emission[:, k] for k in text])
    letters.requires_grad = True
    plan = chain_plan(len(text), "max_plus")
    score = plan(start, *(letters[t] for t in range(len(text))), *[transition] * (len(text) - 1))
    (chosen,) = ricci.grad(score, [letters])
    return score.item(), [int(state) for state in chosen.argmax(1).tolist()]


def main():
    text = read_text(300)
    model, _ = train(text, 30)
    score, states = best_path(model, text)
    vowels = states[text.index(SYMBOLS.index("e"))]
    print(f"ln P of the best path: {score:.3f}")
    for begin in range(0, 240, 60):
        part = slice(begin, begin + 60)
        print("".join(SYMBOLS[k] for k in text[part]))
        print("".join("^" if s == vowels else " " for s in states[part]).rstrip())


if __name__ == "__main__":
    main()
