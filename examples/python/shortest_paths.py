"""Shortest ways across the USA: in min_plus a product of matrices joins ways, and squaring the states' distances
six times leaves the shortest of all lengths. The gradient of a distance by the borders is the way itself."""

import math
import pathlib

import ricci

STATES = pathlib.Path(__file__).resolve().parent.parent / "data" / "us_states.txt"


def read_map():
    """The states' codes, and the distance of neighbours' tiles in us_states.txt; infinite for no border."""
    rows = [line.split("=")[0].split() for line in STATES.read_text(encoding="utf-8").splitlines() if line[0] != "#"]
    codes = [row[0] for row in rows]
    places = {row[0]: (int(row[1]), int(row[2])) for row in rows}
    distances = [[math.inf] * len(rows) for _ in rows]
    for i, (code, _, _, *neighbours) in enumerate(rows):
        distances[i][i] = 0.0
        for other in neighbours:
            distances[i][codes.index(other)] = math.dist(places[code], places[other])
    return codes, ricci.tensor(distances, dtype="float64")


def shortest(distances):
    """All shortest distances of up to 64 borders."""
    for _ in range(6):
        distances = ricci.einsum("ij,jk->ik", distances, distances, semiring="min_plus")
    return distances


def way(distances, codes, start, end):
    """The distance from one state to another, and the states between, in order."""
    borders = distances.detach()
    borders.requires_grad = True
    length = shortest(borders)[codes.index(start), codes.index(end)]
    (used,) = ricci.grad(length, [borders])
    states = [start]
    while states[-1] != end:
        row = used[codes.index(states[-1])].tolist()
        row[codes.index(states[-1])] = 0.0  # staying is a step of no length
        states.append(codes[row.index(max(row))])
    return length.item(), states


def main():
    codes, distances = read_map()
    table = shortest(distances)
    furthest = table.numpy().max(axis=1)
    centre = codes[furthest.argmin()]
    print(f"{len(codes)} states; from {centre} none is further than {furthest.min():.3f}")
    for start, end in (("ME", "CA"), ("WA", "FL"), ("ND", "TX")):
        length, states = way(distances, codes, start, end)
        print(f"{length:7.3f}  {' '.join(states)}")


if __name__ == "__main__":
    main()
