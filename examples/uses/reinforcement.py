"""Balancing a pole by policy gradient, against random pushes.

The cart and the pole are those of Barto, Sutton and Anderson, 1983, in their equations of motion. The policy is a
softmax over two pushes, linear in the state. Its score is an outer product, (push - probabilities) with the state, so
the whole gradient (Williams, 1992) is one contraction: einsum('tea,tes,te->as') over times and episodes, weighted by
what came after. The program checks it against the gradient that backward() finds. The policy is tested on episodes that
neither its training nor the choice of the settings has seen.
"""

import numpy as np
import tools

import ricci
from ricci import nn, optim

EPISODES, LONGEST, ROUNDS, TESTED = 64, 200, 40, 200
GRAVITY, CART, POLE, HALF_LENGTH, PUSH, SECONDS = 9.8, 1.0, 0.1, 0.5, 10.0, 0.02


def moved(state, push):
    """The states (episode, [position, speed, angle, turning]) a moment after a push to the left, 0, or right, 1."""
    x, speed, angle, turning = state.T
    force = np.where(push == 1, PUSH, -PUSH)
    sine, cosine = np.sin(angle), np.cos(angle)
    pull = (force + POLE * HALF_LENGTH * turning**2 * sine) / (CART + POLE)
    swing = (GRAVITY * sine - cosine * pull) / (HALF_LENGTH * (4 / 3 - POLE * cosine**2 / (CART + POLE)))
    thrust = pull - POLE * HALF_LENGTH * swing * cosine / (CART + POLE)
    return np.stack(
        [x + SECONDS * speed, speed + SECONDS * thrust, angle + SECONDS * turning, turning + SECONDS * swing], 1
    )


def fallen(state):
    return (abs(state[:, 0]) > 2.4) | (abs(state[:, 2]) > np.radians(12))


def play(weight, episodes, draw):
    """States (time, episode, 4), pushes and whether each episode still went on (time, episode)."""
    state, going = draw.uniform(-0.05, 0.05, (episodes, 4)), np.ones(episodes, bool)
    states, pushes, alive = [], [], []
    for _ in range(LONGEST):
        logits = state @ weight.T
        push = (draw.uniform(size=episodes) < 1 / (1 + np.exp(logits[:, 0] - logits[:, 1]))).astype(int)
        states.append(state)
        pushes.append(push)
        alive.append(going)
        state = moved(state, push)
        going = going & ~fallen(state)
    return np.array(states, "float32"), np.array(pushes), np.array(alive, "float32")


def advantages(alive):
    """How much longer each episode went on than the others did from that time, in deviations."""
    after = np.cumsum(alive[::-1], axis=0)[::-1]
    mean = (after * alive).sum(axis=1, keepdims=True) / np.maximum(alive.sum(axis=1, keepdims=True), 1)
    better = (after - mean) * alive
    return (better / (better.std() + 1e-8)).astype("float32")


def ascent(weight, states, pushes, advantage):
    """The gradient of the expected return by (push, state): outer products of score and state, added up."""
    chance = ricci.softmax(ricci.einsum("tes,as->tea", states, weight))
    score = nn.functional.one_hot(pushes, 2) - chance
    return ricci.einsum("tea,tes,te->as", score, states, advantage) / EPISODES


def by_backward(weight, states, pushes, advantage):
    """The same gradient, from the logarithms of the chances of what was done."""
    leaf = nn.Parameter(weight.detach().clone())
    logs = ricci.log_softmax(ricci.einsum("tes,as->tea", states, leaf))
    done = ricci.gather(logs, pushes[:, :, None], 2).reshape(pushes.shape)
    ((done * ricci.tensor(advantage)).sum() / EPISODES).backward()
    return leaf.grad


def run(out):
    """Mean returns of the trained policy and of random pushes, and how far the two gradients are apart."""
    draw = np.random.default_rng(0)
    weight = nn.Parameter(ricci.zeros(2, 4))
    optimizer = optim.Adam([weight], lr=0.1)
    reached, apart = [], 0.0
    for number in tools.progress(range(1, ROUNDS + 1), "cart-pole"):
        states, pushes, alive = play(weight.detach().numpy(), EPISODES, draw)
        advantage = advantages(alive)
        gradient = ascent(weight.detach(), states, pushes, advantage)
        difference = (gradient - by_backward(weight, states, pushes, advantage)).abs().max()
        apart = max(apart, (difference / gradient.abs().max()).item())
        weight.grad = -gradient
        optimizer.step()
        reached.append((number, float(alive.sum(axis=0).mean())))
    returns = {
        name: float(play(w, TESTED, np.random.default_rng(1000))[2].sum(axis=0).mean())
        for name, w in (("trained", weight.detach().numpy()), ("random", np.zeros((2, 4))))
    }
    tools.line_chart(
        out / "reinforcement.svg",
        "A pole kept upright",
        "round of 64 episodes",
        "steps before it falls, 200 at most",
        {"policy": reached},
        {"random pushes": returns["random"]},
    )
    return {**returns, "gradients apart": apart}


if __name__ == "__main__":
    results = run(tools.folder_from_command(__doc__.splitlines()[0]))
    for name in ("trained", "random"):
        print(f"{name:<8} {results[name]:6.1f} steps of {LONGEST}, mean of {TESTED} episodes")
    print(f"the two gradients differ by {results['gradients apart']:.1e} of the largest at most")
