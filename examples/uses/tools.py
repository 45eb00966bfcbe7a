"""What the programs share: the folder of data, a progress bar, areas under curves, and charts as SVG."""

import argparse
import math
import pathlib
import sys
import time
from html import escape

import numpy as np

DATA = pathlib.Path(__file__).resolve().parent.parent / "data"
COLOURS = ["#2a6fbb", "#c8553d", "#3d8361", "#8e6c8a"]


def folder_from_command(text):
    """The folder that --out names: where the picture goes."""
    parser = argparse.ArgumentParser(description=text)
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("out"), help="where the picture goes")
    return parser.parse_args().out


def progress(items, title, every=0.1):
    """The items one after the other, with a bar on standard error when that is a terminal."""
    items = list(items)
    start = last = time.monotonic()
    shown = sys.stderr.isatty()
    for number, item in enumerate(items):
        yield item
        now = time.monotonic()
        if shown and now - start > 0.5 and (now - last > every or number + 1 == len(items)):
            last, done = now, (number + 1) / len(items)
            bar = "#" * round(30 * done)
            end = "\n" if number + 1 == len(items) else ""
            print(f"\r{title} [{bar:<30}] {done:4.0%} {now - start:5.1f} s", end=end, file=sys.stderr, flush=True)


def area_under_roc(positive, negative):
    """How often a positive scores higher than a negative; ties count half."""
    above = positive[:, None] > negative
    return float((above + 0.5 * (positive[:, None] == negative)).mean())


def roc(positive, negative):
    """Points (share of negatives, share of positives) that score at least as much, for every threshold."""
    levels = np.unique(np.concatenate([positive, negative]))[::-1]
    return [(0.0, 0.0), *((float((negative >= level).mean()), float((positive >= level).mean())) for level in levels)]


def ticks(low, high):
    """About five round numbers from low to high."""
    step = 10 ** math.floor(math.log10((high - low) / 4))
    step *= next(m for m in (1, 2, 5, 10) if (high - low) / (step * m) <= 6)
    return [round(k * step, 10) for k in range(math.ceil(low / step), math.floor(high / step) + 1)]


def text(x, y, words, size=14, anchor="start", colour="#262a30"):
    place = f'x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" fill="{colour}"'
    return f"<text {place}>{escape(words)}</text>"


def write_svg(file, width, height, parts):
    file.parent.mkdir(parents=True, exist_ok=True)
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif">'
    back = f'<rect width="{width}" height="{height}" fill="#ffffff"/>'
    file.write_text("\n".join([head, back, *parts, "</svg>\n"]), encoding="utf-8")


def bar_chart(file, title, values):
    """Writes {name: share between 0 and 1} as bars."""
    left, width, pitch = 230, 380, 44
    parts = [text(20, 32, title, 18)]
    for number, (name, value) in enumerate(values.items()):
        y, colour = 60 + pitch * number, COLOURS[number % 2]
        parts.append(text(left - 10, y + 18, name, anchor="end"))
        parts.append(f'<rect x="{left}" y="{y}" width="{width * value:.1f}" height="26" rx="4" fill="{colour}"/>')
        parts.append(text(left + width * value + 8, y + 18, f"{value:.3f}"))
    write_svg(file, 720, 80 + pitch * len(values), parts)


def line_chart(file, title, x_label, y_label, series, levels=None):
    """Writes curves {name: [(x, y), ...]} and horizontal levels {name: y} as an SVG of 720 by 420."""
    levels = levels or {}
    left, right, top, bottom = 70, 540, 60, 360
    xs = [x for curve in series.values() for x, _ in curve]
    ys = [y for curve in series.values() for _, y in curve] + list(levels.values())
    low, high = min(ys), max(ys)
    low, high = low - 0.05 * (high - low), high + 0.05 * (high - low)

    def place(x, y):
        across = (x - min(xs)) / (max(xs) - min(xs) or 1)
        return left + (right - left) * across, bottom - (bottom - top) * (y - low) / (high - low or 1)

    parts = [text(left, 32, title, 18), text((left + right) / 2, 402, x_label, anchor="middle"), text(12, 52, y_label)]
    for y in ticks(low, high):
        at = place(min(xs), y)[1]
        parts.append(f'<path d="M{left} {at:.1f}H{right}" stroke="#e3e5e8"/>')
        parts.append(text(left - 8, at + 5, f"{y:g}", anchor="end"))
    parts += [text(place(x, low)[0], bottom + 20, f"{x:g}", anchor="middle") for x in ticks(min(xs), max(xs))]
    names = []
    for (name, curve), colour in zip(series.items(), COLOURS, strict=False):
        path = "L".join("{:.1f} {:.1f}".format(*place(x, y)) for x, y in curve)
        parts.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2.5"/>')
        names.append((place(*curve[-1])[1] + 5, name, colour))
    for name, y in levels.items():
        at = place(min(xs), y)[1]
        parts.append(f'<path d="M{left} {at:.1f}H{right}" stroke="#6d7178" stroke-dasharray="6 4"/>')
        names.append((at + 5, name, "#6d7178"))
    free = 0.0
    for at, name, colour in sorted(names):  # pushed down where two would overlap
        parts.append(text(right + 10, max(at, free), name, colour=colour))
        free = max(at, free) + 17
    write_svg(file, 720, 420, parts)
