"""The programs of examples/uses beat their baselines by what they say, and draw their pictures."""

import importlib
import pathlib
import xml.etree.ElementTree as ElementTree

import pytest

USES = pathlib.Path(__file__).resolve().parents[2] / "examples" / "uses"
# What each program reaches at least, and how far it is above its baseline at least: measured, with a margin.
REACHED = {
    "vision": [("bilinear", 0.78, "average", 0.03)],
    "recommendation": [("outer product", 0.78, "popularity", 0.12)],
    "graph": [
        ("sides, network", 0.93, "sides, nearest of the two", 0.03),
        ("links, network", 0.73, "links, common friends", 0.03),
    ],
    "language": [("outer product", 0.30, "bag of words", 0.02)],
    "reinforcement": [("trained", 180, "random", 150)],
}


def check_picture(file):
    picture = ElementTree.parse(file).getroot()
    assert picture.tag.endswith("svg")
    assert len(picture) > 5


@pytest.fixture
def programs(monkeypatch):
    monkeypatch.syspath_prepend(USES)


@pytest.mark.parametrize("name", REACHED)
def test_use(name, tmp_path, programs):
    results = importlib.import_module(name).run(tmp_path / "pictures")
    for what, least, baseline, above in REACHED[name]:
        assert results[what] >= least
        assert results[what] >= results[baseline] + above
    check_picture(tmp_path / "pictures" / f"{name}.svg")
    assert results.get("gradients apart", 0) < 1e-5


def test_attention(tmp_path, programs):
    program = importlib.import_module("attention")
    results = program.run(tmp_path)
    assert results["trigrams"] == pytest.approx(2.371, abs=1e-3)
    assert (results["best order"], results["best n-grams"]) == (5, pytest.approx(1.887, abs=1e-3))
    assert results["attention"] < results["trigrams"] - 0.35
    words = set((program.tools.DATA / "constitution.txt").read_text(encoding="utf-8").lower().split())
    written = results["text"].split()[:-1]  # the last may be cut short
    assert sum(word in words for word in written) > 0.6 * len(written)
    check_picture(tmp_path / "attention.svg")


def test_every_program_is_tested():
    assert {path.stem for path in USES.glob("*.py")} - {"tools", "attention"} == set(REACHED)


def test_data_is_that_of_the_packages_it_was_taken_from(programs):
    networkx = pytest.importorskip("networkx")
    women, table = importlib.import_module("recommendation").load_attendance()
    attended = networkx.davis_southern_women_graph()
    for i, woman in enumerate(women):
        assert {f"E{e + 1}" for e in table[i].nonzero()[0]} == set(attended[woman.replace("_", " ")])
    adjacency, left = importlib.import_module("graph").load_club()
    club = networkx.karate_club_graph()
    assert {(int(a), int(b)) for a, b in zip(*adjacency.nonzero(), strict=True) if a < b} == set(club.edges)
    assert [club.nodes[n]["club"] == "Officer" for n in club] == (left == 1).tolist()


def test_digits_are_those_of_scikit_learn(programs):
    datasets = pytest.importorskip("sklearn.datasets")
    digits = datasets.load_digits()
    patches, labels = importlib.import_module("vision").load_digits()
    assert (labels == digits.target).all()
    assert (patches[:, 0, 4] * 16 == digits.images[:, 1, 1]).all()
