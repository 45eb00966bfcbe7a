"""A hidden Markov model finds the vowels by itself: two states, the first letters of the Constitution (after Cave
and Neuwirth, 1980). ln P(text) is one contraction in log_sum_exp; its gradients are the expected counts of Baum
and Welch, so learning needs no forward-backward recursion."""

import pathlib
import string

import ricci

SYMBOLS = string.ascii_lowercase
TEXT = pathlib.Path(__file__).resolve().parent.parent / "data" / "constitution.txt"


def read_text(length):
    letters = [c for c in TEXT.read_text(encoding="utf-8").lower() if c in SYMBOLS]
    return [SYMBOLS.index(c) for c in letters[:length]]


def chain_plan(length, semiring, states=2):
    """start, a vector for each letter, a matrix between neighbours: summed over all paths of hidden states."""
    steps = [f"{{s{t}}}" for t in range(length)]
    equation = ",".join([steps[0], *steps, *(a + b for a, b in zip(steps, steps[1:], strict=False))]) + "->"
    shapes = [(states,)] * (length + 1) + [(states, states)] * (length - 1)
    return ricci.plan(equation, *shapes, dtype="float64", semiring=semiring, optimize="greedy")


def first_guess():
    """(start, transition[from, to], emission[state, symbol]), as logarithms; slightly uneven, to have a way to go."""
    emission = ricci.tensor([[1 + 0.1 * (k % 2 == s) for k in range(26)] for s in range(2)], dtype="float64")
    transition = ricci.tensor([[0.3, 0.7], [0.7, 0.3]], dtype="float64")
    return [ricci.log(x / x.sum(-1, keepdims=True)) for x in (ricci.ones(2, dtype="float64"), transition, emission)]


def evaluate(plan, model, text):
    """ln P(text), the states' probabilities at each letter, and the expected counts of each parameter."""
    start, transition, emission = [x.detach() for x in model]
    start.requires_grad = transition.requires_grad = True
    letters = ricci.stack([emission[:, k] for k in text])
    letters.requires_grad = True
    log_p = plan(start, *(letters[t] for t in range(len(text))), *[transition] * (len(text) - 1))
    of_start, of_transition, marginals = ricci.grad(log_p, [start, transition, letters])
    of_emission = ricci.einsum("ts,tk->sk", marginals, ricci.eye(len(SYMBOLS), dtype="float64")[text])
    return log_p.item(), marginals, (of_start, of_transition, of_emission)


def train(text, rounds):
    """The model after some rounds of Baum and Welch, and ln P(text) before each."""
    plan, model, heard = chain_plan(len(text), "log_sum_exp"), first_guess(), []
    for _ in range(rounds):
        log_p, _, counts = evaluate(plan, model, text)
        heard.append(log_p)
        model = [ricci.log((c + 1e-6) / (c + 1e-6).sum(-1, keepdims=True)) for c in counts]
    return model, heard


def main():
    text = read_text(300)
    model, heard = train(text, 30)
    for n in (0, 10, 20, 29):
        print(f"round {n:2}: {-heard[n] / len(text) / ricci.log(ricci.tensor(2.0)).item():.3f} bits a letter")
    _, marginals, counts = evaluate(chain_plan(len(text), "log_sum_exp"), model, text)
    print("probabilities add up to one:", bool((ricci.abs(marginals.sum(1) - 1) < 1e-9).numpy().all()))
    share = counts[2] / counts[2].sum(0)
    for state in range(2):
        names = [c for k, c in enumerate(SYMBOLS) if k in text and share[state, k].item() > 0.5]
        print(f"state {state}:", " ".join(names))


if __name__ == "__main__":
    main()
