"""What is measured: six groups of contractions, each Case an equation with the extents of its labels."""

import dataclasses
import math
import pathlib

DTYPES = ("float32", "float64")
ALL_DTYPES = (*DTYPES, "complex64", "complex128")


@dataclasses.dataclass(frozen=True)
class Case:
    group: str
    name: str
    equation: str
    extents: dict[str, int]
    dtype: str
    reused: bool = False  # into an output that is there already

    @property
    def terms(self):
        inputs, output = self.equation.split("->")
        return inputs.split(","), output

    @property
    def shapes(self):
        return [tuple(self.extents[label] for label in term) for term in self.terms[0]]

    @property
    def item(self):
        return {"float32": 4, "float64": 8, "complex64": 8, "complex128": 16}[self.dtype]

    @property
    def bytes(self):
        inputs, output = self.terms
        return self.item * sum(math.prod(self.extents[label] for label in term) for term in [*inputs, output])

    @property
    def flops(self):
        """Of two operands: a multiplication and an addition, 8 in complex numbers; moving data counts none."""
        inputs, output = self.terms
        if len(inputs) < 2 or set("".join(inputs)) == set(output):
            return 0
        return math.prod(self.extents.values()) * (8 if "complex" in self.dtype else 2)


def square(equation, n):
    return {label: n for label in equation if label.isalpha()}


def cut(extents, equation, flops, elements):
    """The extents made smaller together until a product has no more multiplications than half of `flops` and no
    tensor more elements than that; multiples of 4, so that every case keeps its shape."""
    terms = equation.replace("->", ",").split(",")
    factor = 1.0
    while True:
        small = {k: max(4, round(v * factor / 4) * 4) if v > 8 else v for k, v in extents.items()}
        largest = max(math.prod(small[label] for label in term) for term in terms)
        if 2 * math.prod(small.values()) <= flops and largest <= elements:
            return small
        factor *= 0.95


def tccg(quick):
    path = pathlib.Path(__file__).with_name("tccg.txt")
    for line in path.read_text().splitlines():
        if line.startswith("#"):
            continue
        number, family, equation, *sizes = line.split()
        for which, dtype in enumerate(DTYPES):
            full = {size[0]: int(size[2:].split("/")[which]) for size in sizes}
            extents = cut(full, equation, *((2e8, 1 << 20) if quick else (4e9, 1 << 24)))
            yield Case("tccg", f"{number} {family} {equation}", equation, extents, dtype)


def matmul(quick):
    for dtype in ALL_DTYPES:
        for n in (64, 128, 256, 512) if quick else (64, 128, 256, 512, 768, 1024, 2048):
            yield Case("matmul", f"ij,jk->ik {n}", "ij,jk->ik", square("ijk", n), dtype)


def odd(quick):
    n = 24 if quick else 64
    for equation in (
        "abxy,xycd->abcd",
        "axyz,xyzb->ab",
        "axyz,bxyz->ab",
        "axyz,ybzx->ab",
        "axby,yacx->abc",
        "xpay,aybx->ab",
    ):
        side = min(n, 48) if equation.startswith("abxy") else n
        yield Case("odd", f"{equation} {side}", equation, square(equation, side), "float64")
    for m, k, n in ((4096, 1024, 8), (2048, 8, 2048), (16, 262144, 16), (1000000, 4, 4)):
        yield Case("odd", f"ij,jk->ik {m}x{k}x{n}", "ij,jk->ik", {"i": m, "j": k, "k": n}, "float32")


def tiny(quick):
    for equation in ("bij,bjk->bik", "ijb,jkb->ikb"):
        for n in (4, 8, 16, 32):
            batch = {4: 100000, 8: 100000, 16: 20000, 32: 5000}[n] // (5 if quick else 1)
            yield Case("tiny", f"{equation} n={n}, b={batch}", equation, square("ijk", n) | {"b": batch}, "float32")


def moves(quick):
    n = 2048 if quick else 4096
    side = 12 if quick else 16
    for equation, extents in (
        ("i,j->ij", {"i": n, "j": n}),
        ("bij,k->bijk", {"b": 16, "i": 64, "j": 64, "k": n // 16}),
        ("ijk,il->ijkl", {"i": 64, "j": 32, "k": 64, "l": n // 32}),
        ("bi,bj->bij", {"b": n // 64, "i": 512, "j": 512}),
        ("ij,ij->ij", {"i": n, "j": n // 4}),
        ("abcdef->fcaebd", square("abcdef", side)),
        ("ij->ji", {"i": n, "j": n}),
        ("ijj->i", {"i": n // 8, "j": 256}),
        ("ijk->j", {"i": n // 16, "j": 256, "k": 256}),
    ):
        for reused in (False, True):
            yield Case("moves", f"{equation} {'reused' if reused else 'fresh'}", equation, extents, "float32", reused)


def call(quick):
    for n in (4, 16):
        yield Case("call", f"ij,jk->ik {n}", "ij,jk->ik", square("ijk", n), "float32")


GROUPS = {"tccg": tccg, "matmul": matmul, "odd": odd, "tiny": tiny, "moves": moves, "call": call}
