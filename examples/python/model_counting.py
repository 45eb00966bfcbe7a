"""Formulas and probabilities by one contraction each. Queens that leave each other alone are the models of a formula;
the chest clinic of Lauritzen and Spiegelhalter (1988) is asked twice, as a graphical model with evidence, and as
a formula whose models are weighted: a row of a table is a variable, true where the row applies."""

import itertools
import pathlib
import tempfile

import ricci

ASIA = pathlib.Path(__file__).resolve().parent.parent / "data" / "asia.uai"
SMOKES, LUNG_CANCER, X_RAY, DYSPNOEA = 2, 3, 6, 7


def value(network, **options):
    return ricci.einsum(network.equation, *network.operands, semiring=network.semiring, **options)


def dimacs(variables, clauses, weights=()):
    lines = [f"p cnf {variables} {len(clauses)}"]
    lines += [f"c p weight {literal} {weight} 0" for literal, weight in weights]
    lines += [" ".join(map(str, [*clause, 0])) for clause in clauses]
    return "\n".join(lines) + "\n"


def queens(n):
    """A queen in each row, and no two that attack each other."""
    clauses = [[r * n + c + 1 for c in range(n)] for r in range(n)]
    for (r, c), (s, d) in itertools.combinations(itertools.product(range(n), repeat=2), 2):
        if r == s or c == d or abs(r - s) == abs(c - d):
            clauses.append([-(r * n + c + 1), -(s * n + d + 1)])
    return dimacs(n * n, clauses)


def read_tables():
    """(variables of a factor, its values), of a UAI file."""
    words = ASIA.read_text(encoding="utf-8").split()[1:]
    take = iter(words)
    count = int(next(take))
    extents = [int(next(take)) for _ in range(count)]
    scopes = [[int(next(take)) for _ in range(int(next(take)))] for _ in range(int(next(take)))]
    assert set(extents) == {2}
    return count, [(scope, [float(next(take)) for _ in range(int(next(take)))]) for scope in scopes]


def clinic(evidence):
    """The network as a formula: variables 1 to 8 are its own, each row of a table one more, weighted by the row."""
    variables, tables = read_tables()
    clauses, weights = [[v + 1 if x else -v - 1] for v, x in evidence.items()], []
    for scope, rows in tables:
        for bits, weight in zip(itertools.product((0, 1), repeat=len(scope)), rows, strict=True):
            variables += 1
            literals = [v + 1 if bit else -v - 1 for v, bit in zip(scope, bits, strict=True)]
            clauses += [[variables, *(-x for x in literals)], *[[-variables, x] for x in literals]]
            weights += [(variables, weight), (-variables, 1)]
    return dimacs(variables, clauses, weights)


def ask(folder, suffix, text, **options):
    (folder / f"asked{suffix}").write_text(text, encoding="utf-8")
    return value(ricci.load_network(folder / f"asked{suffix}", **options))


def main():
    folder = pathlib.Path(tempfile.mkdtemp())
    for n in (4, 5, 6):
        print(f"{n} queens: {ask(folder, '.cnf', queens(n)).item():.0f} ways")
    (folder / "seen.evid").write_text(f"2 {DYSPNOEA} 1 {X_RAY} 1", encoding="utf-8")
    model = value(ricci.load_network(ASIA, evidence=folder / "seen.evid", keep=[LUNG_CANCER]))
    formula = ask(folder, ".cnf", clinic({DYSPNOEA: 1, X_RAY: 1}), keep=[LUNG_CANCER + 1])
    for name, p in (("model", model), ("formula", formula)):
        print(f"{name:8} P(short of breath, dark X-ray) {p.sum().item():.6f}, then P(lung cancer) {(p / p.sum())[1].item():.6f}")


if __name__ == "__main__":
    main()
