"""What is written: a table in Markdown and a plot in SVG of the ratios to the best rival."""

import math
from xml.sax.saxutils import escape


def number(value):
    return f"{value:.3g}" if value < 100 else f"{value:.0f}"


def geomean(values):
    return math.exp(sum(map(math.log, values)) / len(values))


def rate(case, seconds):
    return (
        f"{number(case.flops / seconds / 1e9)} GFLOP/s" if case.flops else f"{number(case.bytes / seconds / 1e9)} GB/s"
    )


def summary(results):
    lines = [
        "| group | dtype | cases | geometric mean of best rival / Ricci | least | cases below 0.9 |",
        "|---|---|---|---|---|---|",
    ]
    keys = dict.fromkeys((r.case.group, r.case.dtype) for r in results)
    for group, dtype in keys:
        ratios = [r.ratio for r in results if (r.case.group, r.case.dtype) == (group, dtype) and r.ratio]
        if ratios:
            below = sum(ratio < 0.9 for ratio in ratios)
            lines.append(f"| {group} | {dtype} | {len(ratios)} | {geomean(ratios):.2f} | {min(ratios):.2f} | {below} |")
    factors = [r.predicted / r.seconds["Ricci"] for r in results if r.predicted]
    if factors:
        close = sum(2 / 3 <= f <= 1.5 for f in factors)
        lines += ["", f"Predicted over taken: geometric mean {geomean(factors):.2f}, from {min(factors):.2f} to "]
        lines[-1] += f"{max(factors):.2f}; within a factor of 1.5 on {close} of {len(factors)}."
    return lines


def table(results, engines, roofline):
    names = [engine.name for engine in engines]
    lines = [
        "| case | dtype | Ricci | predicted / taken | share of the roofline | best rival / Ricci | best rival | "
        + " | ".join(f"{name}, us" for name in names)
        + " |",
        "|---" * (7 + len(names)) + "|",
    ]
    for r in results:
        own = r.seconds["Ricci"]
        times = " | ".join(f"{r.seconds[n] * 1e6:.1f}" if n in r.seconds else "" for n in names)
        ratio = f"{r.ratio:.2f} | {r.best_rival}" if r.ratio else " | "
        factor = f"{r.predicted / own:.2f}" if r.predicted else ""
        share = f"{100 * roofline.share(r.case, own):.0f} %"
        lines.append(
            f"| `{r.case.name}` | {r.case.dtype} | {rate(r.case, own)} | {factor} | {share} | {ratio} | {times} |"
        )
    return lines


def markdown(results, engines, missing, roofline, command, machine, threads):
    rivals = ", ".join(f"{e.name} {e.version}".strip() for e in engines[1:])
    peaks = ", ".join(f"{dtype} {number(peak / 1e9)} GFLOP/s" for dtype, peak in roofline.peak.items())
    lines = [
        "# Ricci against its rivals",
        "",
        f"`{command}` on {machine}, {threads} thread{'s' if threads > 1 else ''}. Rivals: {rivals}.",
        f"Measured first: multiply-adds {peaks}; copying {number(roofline.bandwidth / 1e9)} GB/s.",
        "The engines run turn by turn in one process; times are medians. Above 1, Ricci is quicker.",
        "",
        *(f"{line}" for line in missing),
        "",
        *summary(results),
    ]
    for group in dict.fromkeys(r.case.group for r in results):
        lines += ["", f"## {group}", "", *table([r for r in results if r.case.group == group], engines, roofline)]
    faults = [f"- `{r.case.name}` {r.case.dtype}: {', '.join(r.faults)}" for r in results if r.faults]
    return "\n".join(lines + (["", "## Left out", "", *faults] if faults else [])) + "\n"


def head(title, columns):
    """A section with the first two lines of its table."""
    return ["", f"## {title}", "", f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"]


def dtypes(results):
    """Speed against error by dtype: root mean squares relative to that of the truth."""
    kinds = list(results[0].errors)
    columns = ["contraction", "dtype", "ms", "GFLOP/s", "GB/s", *(f"error, {kind}" for kind in kinds)]
    lines = head("Dtypes", columns)
    for r in results:
        rates = [f"{1e3 * r.seconds:.3g}", number(r.flops / r.seconds / 1e9), number(r.bytes / r.seconds / 1e9)]
        lines.append(f"| {' | '.join([r.name, r.dtype, *rates, *(f'{r.errors[kind]:.1e}' for kind in kinds)])} |")
    return lines


def gradients(results):
    """Derivatives: times in ms as forward / forward and all gradients, and MiB beyond what is returned."""
    names = list(dict.fromkeys(name for r in results for name in r.both))
    columns = ["contraction", "best rival / Ricci, forward", "with all gradients", "all gradients / forward"]
    lines = head("Gradients", [*columns, *(f"{n}, ms" for n in names), *(f"{n}, MiB" for n in names)])
    for r in results:
        ratios = [f"{r.ratio[word]:.2f}" if word in r.ratio else "" for word in ("forward", "both")]
        times = [f"{1e3 * r.forward[n]:.2f} / {1e3 * r.both[n]:.2f}" if n in r.both else "" for n in names]
        extra = [f"{max(0.0, r.extra[n]):.1f}" if n in r.extra else "" for n in names]
        lines.append("| " + " | ".join([r.case.name, *ratios, f"{r.growth:.2f}", *times, *extra]) + " |")
    return lines


def networks(results):
    """Networks on one path for all: medians in ms, and what Ricci's plan predicted."""
    names = list(dict.fromkeys(name for r in results for name in r.seconds))
    columns = ["network", "tensors", "log10 of multiplications", "predicted, ms", "best rival / Ricci", "best rival"]
    lines = head("Networks", [*columns, *(f"{n}, ms" for n in names)])
    for r in results:
        times = [f"{1e3 * r.seconds[n]:.2f}" if n in r.seconds else "" for n in names]
        ratio = [f"{r.ratio:.2f}", r.best_rival] if r.ratio else ["", ""]
        figures = [str(len(r.network.inputs)), f"{math.log10(r.flops):.2f}", f"{1e3 * r.predicted:.2f}"]
        lines.append("| " + " | ".join([r.network.name, *figures, *ratio, *times]) + " |")
    ratios = [r.ratio for r in results if r.ratio]
    if ratios:
        lines += ["", f"Geometric mean of best rival / Ricci: {geomean(ratios):.2f}."]
    return lines


def growths(results):
    """What gradients within a cap take, as multiples of the value within it."""
    columns = ["contraction", "cap, MiB", "slices", "forward, ms", "p.gradients / forward", "backward() / forward"]
    lines = head("Gradients within a cap", columns)
    for r in results:
        cells = [r.name, mib(r.cap), str(r.slices), f"{1e3 * r.forward:.2f}"]
        cells += [f"{r.gradients / r.forward:.2f}", f"{r.backward / r.forward:.2f}"]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def seconds_given(given):
    return given if isinstance(given, str) else f"{given:g} s"


def paths(results):
    """Orders: log10 of multiplications and the seconds taken, by finder and the seconds given."""
    columns = list(dict.fromkeys(key for r in results for key in r.found))
    lines = head("Paths", ["network", "tensors", *(f"{name}, {seconds_given(given)}" for name, given in columns)])
    for r in results:
        cells = ["{:.2f} ({:.1f} s)".format(*r.found[key]) if key in r.found else "" for key in columns]
        lines.append("| " + " | ".join([r.network.name, str(len(r.network.inputs)), *cells]) + " |")
    for given in dict.fromkeys(given for _, given in columns):
        leads = [lead for r in results if (lead := r.leads(given)) is not None]
        if leads:
            within = sum(lead > -0.01 for lead in leads)
            lines += ["", f"In {seconds_given(given)} Ricci is as good as the best rival (within 0.01) on {within} of "]
            lines[-1] += f"{len(leads)}, and better by 0.1 or more on {sum(lead >= 0.1 for lead in leads)}."
    return lines


def mib(count):
    return f"{count / 2**20:.1f}"


def memory(rows):
    """Peaks against max_bytes, in MiB; times against the run without a cap."""
    columns = ["contraction", "", "cap, MiB", "predicted", "account", "process", "slices", "time", "planning"]
    lines = head("Memory", columns)
    for row in rows:
        cap = "none" if row.cap is None else f"{row.share * 100:.0f} %: {mib(row.cap)}"
        cells = [row.name, "gradients" if row.gradients else "forward", cap]
        if row.least:
            cells += [f"refused: {mib(row.least)} is the least", *[""] * 5]
        else:
            cells += [*map(mib, (row.predicted, row.account, row.process)), str(row.slices)]
            cells += [f"{row.times:.2f}", f"{row.planned:.2f} s"]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def large(results):
    """Networks run to the end within max_bytes, beside NumPy's run along another order."""
    columns = ["network", "log10 of multiplications", "max_bytes, MiB", "predicted", "account", "process", "slices"]
    columns += ["planning, s", "predicted, s", "run, s", "NumPy, s", "value", "off NumPy's by"]
    lines = head("Large networks", columns)
    for r in results:
        cells = [r.name, f"{r.log10_flops:.2f}", *map(mib, (r.max_bytes, r.predicted, r.account, r.process))]
        cells += [str(r.slices), f"{r.planned:.1f}", f"{r.expected_seconds:.3g}", f"{r.seconds:.3g}"]
        cells += [f"{r.reference_seconds:.3g}", f"{r.value:.7g}", f"{r.difference:.1g}"]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def uses(results):
    """The programs of examples/uses: seconds, and what they reached under both libraries."""
    lines = head("Uses", ["program", "Ricci, s", "torch, s", "torch / Ricci", "reached"])
    for r in results:
        reached = ", ".join(f"{key} {v:.3g} ({r.reached['torch'][key]:.3g})" for key, v in r.reached["Ricci"].items())
        lines.append(f"| {r.name} | {r.seconds['Ricci']:.1f} | {r.seconds['torch']:.1f} | {r.ratio:.1f} | {reached} |")
    return lines


def svg(results):
    """One row a case, a dot at the ratio on a logarithmic axis from 1/4 to 16."""
    rows = [r for r in results if r.ratio]
    left, width, step, top = 330, 560, 14, 30
    height = top + step * len(rows) + 20

    def x(ratio):
        return f"{left + width * (math.log2(min(16.0, max(0.25, ratio))) + 2) / 6:.1f}"

    def text(x, y, anchor, words):
        return f'<text x="{x}" y="{y}" text-anchor="{anchor}">{escape(words)}</text>'

    colours = ("#4269d0", "#efb118", "#ff725c", "#6cc5b0", "#9c6b4e", "#a463f2")
    groups = list(dict.fromkeys(r.case.group for r in rows))
    size = f'width="{left + width + 40}" height="{height}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="10">',
        '<rect width="100%" height="100%" fill="white"/>',
    ]
    for tick in (0.25, 0.5, 1, 2, 4, 8, 16):
        line = f'x1="{x(tick)}" x2="{x(tick)}" y1="{top - 6}" y2="{height - 16}"'
        parts.append(f'<line {line} stroke="{"#333" if tick == 1 else "#ddd"}"/>')
        parts.append(text(x(tick), top - 12, "middle", f"{tick:g}"))
    for i, r in enumerate(rows):
        y, colour = top + step * i + 8, colours[groups.index(r.case.group) % len(colours)]
        parts.append(text(left - 8, y + 3, "end", f"{r.case.name} {r.case.dtype}"))
        title = f"<title>{r.ratio:.2f} ({r.best_rival})</title>"
        parts.append(f'<circle cx="{x(r.ratio)}" cy="{y}" r="4" fill="{colour}">{title}</circle>')
    parts.append(text(x(1), height - 4, "middle", "best rival / Ricci: right of 1, Ricci is quicker"))
    return "\n".join([*parts, "</svg>", ""])
