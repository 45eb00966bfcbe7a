"""Plans and paths: called, differentiated, explained, kept."""

import collections
import html.parser
import json
import os
import pathlib
import pickle
import re
import subprocess
import sys
import xml.etree.ElementTree

import naive
import numpy as np
import pytest

import ricci

ROWS = [row for row in naive.rows() if len(row.shapes) > 1]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_plans_give_what_einsum_gives(row):
    arrays = naive.operands(row, "int64")
    plan = ricci.plan(row.equation, *arrays, sizes=dict(row.sizes))
    expected = naive.einsum(row.equation, *arrays, sizes=row.sizes)
    np.testing.assert_array_equal(plan(*arrays), expected)
    np.testing.assert_array_equal(plan(*map(ricci.asarray, arrays)).numpy(), expected)
    again = ricci.Plan.from_json(plan.to_json())
    np.testing.assert_array_equal(again(*arrays), expected)


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_gradients_in_integers_are_exact(row):
    arrays = naive.operands(row, "int64")
    plan = ricci.plan(row.equation, *arrays, sizes=dict(row.sizes))
    seed = np.random.default_rng(3).integers(-5, 6, plan(*arrays).shape)
    value, gradients = plan.gradients(*arrays, gradient=seed)
    np.testing.assert_array_equal(value, naive.einsum(row.equation, *arrays, sizes=row.sizes))
    for array, gradient in zip(arrays, gradients, strict=True):
        assert gradient.shape == array.shape
        assert (array * gradient).sum() == (value * seed).sum()


def test_what_a_plan_tells(tmp_path):
    plan = ricci.plan("ij,jk,kl->il", (20, 3), (3, 40), (40, 5))
    assert plan.path == [(1, 2), (0, 1)]
    assert plan.flops == 3 * 40 * 5 + 20 * 3 * 5
    assert plan.peak_bytes >= 20 * 5 * 4
    assert plan.predicted_seconds > 0
    assert [step.equation for step in plan.steps] == ["jk,kl->jl", "ij,jl->il"]
    assert [step.values for step in plan.steps] == [(1, 2), (0, 3)]
    assert [step.frees for step in plan.steps] == [(), (3,)]
    assert sum(step.flops for step in plan.steps) == plan.flops
    assert plan.explain() == str(plan)
    assert all(line.split("  ")[-1].startswith("unpacked") for line in plan.explain().splitlines()[4:6])
    assert "ij,jk,kl->il" in repr(plan)
    plan.save(tmp_path / "plan.json")
    for again in (ricci.load_plan(tmp_path / "plan.json"), pickle.loads(pickle.dumps(plan))):
        assert again.path == plan.path
        assert again.flops == plan.flops


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"max_bytes": 5000},
        {"gradients": True},
        {"dtype": "complex64"},
        {"dtype": "int64"},
        {"semiring": "max_plus"},
    ],
)
def test_a_profile_measures_every_step(options):
    plan = ricci.plan("ij,jk,kl->il", (90, 80), (80, 70), (70, 9), **options)
    before = ricci.memory.live_bytes()
    lines = plan.explain(profile=True).splitlines()
    assert ricci.memory.live_bytes() == before
    plain = plan.explain().splitlines()
    assert len(lines) == len(plain) and lines[3].split() == [*plain[3].split()[:-1], "measured", "kernel"]
    for line, step in zip(lines[4:], plan.steps, strict=False):
        taken, unit = re.split("  +", line)[-2].split()
        assert unit in ("ns", "us", "ms", "s") and float(taken) > 0, step
    total = next(line for line in lines if line.startswith("total")).split()
    assert float(total[-2]) > 0


def test_a_goal_is_made_small():
    edges = [(i, (7 * i + 3) % 40) for i in range(40)] + [(i, (i + 1) % 40) for i in range(40)]
    terms = ["".join(f"{{{e}}}" for e, ends in enumerate(edges) if v in ends) for v in range(40)]
    shapes = [(2,) * term.count("{") for term in terms]
    plans = {
        goal: ricci.plan(",".join(terms) + "->", *shapes, optimize="anneal", goal=goal)
        for goal in ("seconds", "flops", "write", "size")
    }
    largest = {goal: max(step.bytes for step in plan.steps) for goal, plan in plans.items()}
    written = {goal: sum(step.bytes for step in plan.steps) for goal, plan in plans.items()}
    assert plans["flops"].flops == min(plan.flops for plan in plans.values())
    least = min(plan.predicted_seconds for plan in plans.values())
    assert plans["seconds"].predicted_seconds == pytest.approx(least, rel=1e-12)  # sums of steps in other orders
    assert largest["size"] == min(largest.values())
    assert written["write"] == min(written.values())
    with pytest.raises(ricci.EinsumError, match="unknown goal 'speed'"):
        ricci.plan("ij,jk->ik", (2, 3), (3, 4), goal="speed")


RING = [(i, (i + 1) % 30) for i in range(30)] + [(i, (7 * i + 3) % 30) for i in range(0, 30, 3)]


def ring():
    """A network of 30 tensors, its labels the edges of a graph."""
    inputs = [[] for _ in range(30)]
    for label, (a, b) in enumerate(RING):
        inputs[a].append(label)
        inputs[b].append(label)
    return inputs, {label: 2 + label % 2 for label in range(len(RING))}


def multiplications(inputs, output, sizes, path):
    """Of a linear path, by the definition."""
    left, total = [set(labels) for labels in inputs], 0
    for pair in path:
        taken = [left.pop(i) for i in sorted(pair, reverse=True)]
        together = set().union(*taken)
        total += np.prod([float(sizes[label]) for label in together])
        left.append({label for label in together if label in output or any(label in other for other in left)})
    assert len(left) == 1
    return total


@pytest.mark.parametrize("method", ["auto", "greedy", "dissection", "anneal"])
def test_every_method_finds_a_path(method):
    inputs, sizes = ring()
    path = ricci.path(inputs, [0], sizes, method=method, seed=1)
    assert path == ricci.path(inputs, [0], sizes, method=method, seed=1)
    written = multiplications(inputs, [0], sizes, ricci.path(inputs, [0], sizes, method="False"))
    assert multiplications(inputs, [0], sizes, path) < written / 30
    timed = ricci.path(inputs, [0], sizes, method=method, seconds=0.05)
    assert multiplications(inputs, [0], sizes, timed) < written / 30


def test_a_search_tells_how_it_goes_and_can_be_ended():
    inputs, sizes = ring()
    heard = []
    path = ricci.path(inputs, [], sizes, method="anneal", progress=heard.append)
    assert {p.stage for p in heard} == {"greedy", "dissection", "annealing"}
    assert heard[0].flops >= heard[-1].flops == multiplications(inputs, [], sizes, path)
    assert heard[-1].limit is None and heard[-1].largest > 1 and heard[-1].predicted_seconds > 0
    assert "flops" in repr(heard[0])
    calls = []
    ricci.path(inputs, [], sizes, seconds=100, progress=lambda p: calls.append(p.limit) or len(calls) < 3)
    assert calls == [100, 100, 100]
    with pytest.raises(ZeroDivisionError):
        ricci.path(inputs, [], sizes, method="anneal", progress=lambda p: 1 / 0)
    plan = ricci.plan("ij,jk,kl->il", (20, 3), (3, 40), (40, 5), seconds=0.01, progress=heard.append)
    assert plan.path == [(1, 2), (0, 1)]


def test_wrong_calls_of_a_search():
    inputs, sizes = ring()
    for wrong in ({"seconds": -1}, {"seconds": float("nan")}, {"seconds": "x"}, {"progress": 3}, {"goal": "speed"}):
        with pytest.raises(ricci.EinsumError):
            ricci.path(inputs, [], sizes, **wrong)


def test_wrong_calls_of_a_plan():
    plan = ricci.plan("ij,jk->ik", (2, 3), (3, 4))
    with pytest.raises(ricci.ShapeError):
        plan(np.ones((2, 3), "f4"), np.ones((3, 5), "f4"))
    with pytest.raises(ricci.Error):
        plan(np.ones((2, 3), "f4"))
    with pytest.raises(ricci.DataError):
        ricci.Plan.from_json("{}")
    with pytest.raises(ricci.EinsumError):
        ricci.plan("ij,jk->ik", (2, 3), (4, 5))
    with pytest.raises(ricci.ShapeError):
        ricci.plan("ij", 3.5)


def test_out_and_wanted_gradients():
    a, b = np.random.default_rng(0).uniform(size=(2, 3)), np.random.default_rng(1).uniform(size=(3, 4))
    plan = ricci.plan("ij,jk->ik", a, b)
    out = np.zeros((2, 4))
    assert plan(a, b, out=out) is out
    np.testing.assert_allclose(out, a @ b, rtol=1e-14)
    _, (nothing, of_b) = plan.gradients(a, b, wrt=[1])
    assert nothing is None
    np.testing.assert_allclose(of_b, a.T @ np.ones((2, 4)), rtol=1e-14)


def test_a_plan_is_recorded():
    x, y = ricci.rand(2, 3, seed=1, requires_grad=True), ricci.rand(3, 4, seed=2)
    plan = ricci.plan("ij,jk->ik", x, y)
    plan(x, y).backward()
    np.testing.assert_allclose(x.grad.numpy(), np.ones((2, 4)) @ y.numpy().T, rtol=1e-6)


def cost(inputs, output, sizes, path):
    terms = [set(term) for term in inputs]
    total = 0
    for step in path:
        parts = [terms.pop(k) for k in sorted(step, reverse=True)]
        union = set().union(*parts)
        if len(parts) > 1:
            total += np.prod([sizes[label] for label in union], dtype=float)
        kept = set(output).union(*terms)
        terms.append(union & kept)
    assert len(terms) == 1
    return total


@pytest.mark.parametrize("method", ["auto", "greedy", "optimal"])
def test_paths(method):
    inputs, output = ["ab", "bc", "cd", "de", "ea"], ""
    sizes = dict(zip("abcde", (2, 30, 4, 50, 6), strict=True))
    path = ricci.path(inputs, output, sizes, method=method)
    assert all(isinstance(step, tuple) for step in path)
    assert cost(inputs, output, sizes, path) <= cost(inputs, output, sizes, [(0, 1)] * 4)
    best = ricci.path(inputs, output, sizes, method="optimal")
    assert cost(inputs, output, sizes, best) <= cost(inputs, output, sizes, path)


def test_paths_take_any_hashable_labels():
    inputs = [("a", 1), (1, (2, 3)), ((2, 3), "b")]
    path = ricci.path(inputs, ["a", "b"], {"a": 20, 1: 3, (2, 3): 40, "b": 5})
    assert path == [(1, 2), (0, 1)]
    assert ricci.path([{"x", "y"}, {"y", "z"}], {"x", "z"}, {"x": 2, "y": 3, "z": 4}) == [(0, 1)]


class Page(html.parser.HTMLParser):
    """The tags that are open, what they hold, and every address outside the page."""

    def __init__(self, text):
        super().__init__()
        self.open, self.text, self.addresses, self.tags = [], {}, [], collections.Counter()
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags[tag] += 1
        self.addresses += [value for name, value in attrs if name in ("src", "href", "action")]
        if tag not in ("meta", "input"):
            self.open.append((tag, dict(attrs).get("id")))

    def handle_endtag(self, tag):
        assert self.open.pop()[0] == tag

    def handle_data(self, data):
        if self.open:
            self.text[self.open[-1]] = self.text.get(self.open[-1], "") + data


def test_the_page_tells_of_every_step():
    p = ricci.plan("ij,jk,kl,lm->im", (2, 30), (30, 4), (4, 50), (50, 6))
    page = Page(p.html())
    assert page.open == [] and page.addresses == []
    steps = json.loads(page.text["script", "steps"])
    assert [(row[0], row[2], row[3], row[5], row[7]) for row in steps] == [
        (4 + k, s.equation, s.flops, s.bytes, s.predicted_seconds) for k, s in enumerate(p.steps)
    ]
    assert max(row[9] for row in steps) <= p.peak_bytes


def test_labels_stay_text_in_pictures():
    label = "{</script><script>alert(1)</script>&\"'\N{HEBREW LETTER ALEF}}"
    p = ricci.plan(f"{label}j,jk->{label}k", (2, 3), (3, 4))
    page = Page(p.html())
    assert page.tags["script"] == 2
    assert json.loads(page.text["script", "steps"])[0][2] == p.steps[0].equation
    root = xml.etree.ElementTree.fromstring(p.svg())
    name = "{http://www.w3.org/2000/svg}"
    assert p.steps[0].equation in [title.text for title in root.iter(f"{name}title")]
    assert not list(root.iter(f"{name}script"))


@pytest.mark.parametrize("operands", [1, 2, 200])
def test_pictures_parse(operands):
    inputs = [[i, i + 1] for i in range(operands)]
    equation = ",".join(f"{{a{i}}}{{a{j}}}" for i, j in inputs) + "->"
    p = ricci.plan(equation, *[(2, 2)] * operands)
    root = xml.etree.ElementTree.fromstring(p.svg())
    assert float(root.get("width")) == 1000 and float(root.get("height")) < 2000
    assert p._repr_svg_() == p.svg()


# Rates in the format that `ricci bench --calibrate` writes, a hundred times as slow as the built-in ones.
def slow_rates(folder):
    shared = ["float32", "float64", "float16", "bfloat16", "int32", "int64"]
    kinds = [(dtype, "sum_product") for dtype in [*shared, "complex64", "complex128"]]
    kinds += [(dtype, "max_plus") for dtype in [*shared, "int16"]]
    kinds += [("uint8", "max_product"), ("float32", "log_sum_exp"), ("float64", "log_sum_exp")]
    rates = {"multiplications_per_second": 1e8, "bytes_per_second": 1e8, "seconds_per_step": 1e-4}
    rates |= {"seconds_per_result": 0, "seconds_per_product": 0}
    document = {"format": "ricci-rates", "version": 1, "processor": "slow", "instruction_set": "none"}
    document |= {"date": "2026-11-27", "rates": [{"dtype": d, "semiring": s, **rates} for d, s in kinds]}
    file = folder / "slow.json"
    file.write_text(json.dumps(document))
    return file


def test_rates_are_chosen_by_the_call(tmp_path):
    file, call = slow_rates(tmp_path), ("ij,jk,kl->il", (64, 8), (8, 512), (512, 16))
    usual = ricci.plan(*call, rates="builtin")
    operands = [np.ones(shape, "float32") for shape in call[1:]]
    for rates in (file, str(file)):
        slow = ricci.plan(*call, rates=rates)
        assert slow.predicted_seconds > 10 * usual.predicted_seconds
        assert json.loads(slow.to_json())["model"]["bytes_per_second"] == 1e8
        assert "predicted by other rates than the built-in: 1e+08 multiplications/s" in str(slow)
        np.testing.assert_array_equal(slow(*operands), usual(*operands))
    assert ricci.plan(*call, rates="builtin").to_json() == usual.to_json()
    assert "predicted by" not in str(usual)
    with pytest.raises(ricci.DataError, match="no such file\n  rates are 'builtin', 'measured', or the path"):
        ricci.plan(*call, rates="nowhere")
    file.write_text(file.read_text().replace('"int64"', '"int63"'))
    with pytest.raises(ricci.DataError, match="the row of int64 in sum_product is missing\n  measure them again"):
        ricci.plan(*call, rates=file)


TELLS = """
import ricci
ricci.show_config()
try:
    print(ricci.plan("ij,jk->ik", (2, 3), (3, 4)).predicted_seconds > 1e-4)
    print(ricci.path(["ab", "bc"], "ac", dict(a=2, b=3, c=4), goal="seconds"))
    print(ricci.einsum("ij,jk->ik", ricci.ones(2, 3), ricci.ones(3, 4)).shape)
except ricci.DataError as error:
    print(error)
"""


@pytest.mark.parametrize("rates", ["", "builtin", "file", "gone"])
def test_rates_are_chosen_by_the_environment(tmp_path, rates):
    file = slow_rates(tmp_path)
    value = {"file": str(file), "gone": str(tmp_path / "gone")}.get(rates, rates)
    package = str(pathlib.Path(ricci.__file__).parents[1])
    environment = {**os.environ, "PYTHONPATH": package, "RICCI_RATES": value, "XDG_CACHE_HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", TELLS], env=environment, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    told = done.stdout.split("rates     ")[1].splitlines()
    if rates == "gone":
        assert told[0].startswith("RICCI_RATES=")  # a long value is shortened
        assert told[0].endswith(f": '{value}': no such file")
        assert told[2] == told[0], "a call is refused with what show_config() says"
        return
    assert told[0] == (f"measured 2026-11-27 on slow (none), '{file}'" if rates == "file" else "built in")
    assert told[1:] == [str(rates == "file"), "[(0, 1)]", "(2, 4)"]
