# SPDX-License-Identifier: BSD-2-Clause
"""Plots of the benchmarks as SVG, by hand: bars in groups, and lines."""
import html
import math

COLOURS = ("#1f5a94", "#d9822b", "#3d8b57", "#9a4fa3", "#b8423c", "#5a6a72",
           "#2a9aa8", "#8a7a2e")
WIDTH = 900
LEFT, RIGHT, TOP, BOTTOM = 80, 30, 64, 46


def fmt(v):
    """A number in as many digits as help."""
    if v is None:
        return "-"
    a = abs(v)
    if a >= 10000:
        return f"{v:,.0f}"
    if a >= 100:
        return f"{v:.0f}"
    if a >= 10:
        return f"{v:.1f}"
    return f"{v:.2f}"


def text(x, y, words, size=12, anchor="start", colour="#222", extra=""):
    return (f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" '
            f'text-anchor="{anchor}" fill="{colour}"{extra}>'
            f"{html.escape(str(words))}</text>")


def rect(x, y, w, h, colour):
    return (f'<rect x="{x:.1f}" y="{y:.1f}" width="{w:.1f}" '
            f'height="{max(h, 0):.1f}" fill="{colour}"/>')


def stroke(x1, y1, x2, y2, colour="#222", width=1.0, dash=""):
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return (f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
            f'stroke="{colour}" stroke-width="{width}"{dashes}/>')


class Axis:
    """Values to places; logarithmic or from 0."""

    def __init__(self, low, high, at, to, log):
        self.log = log
        if log:
            low = 10 ** math.floor(math.log10(low))
            high = 10 ** math.ceil(math.log10(high) - 1e-9)
            if high <= low:
                high = low * 10
            self.marks = []
            e = math.log10(low)
            while e <= math.log10(high) + 1e-9:
                self.marks.append(10 ** e)
                e += 1
        else:
            step = 10 ** math.floor(math.log10(high or 1))
            step = next(s for s in (step / 10, step / 5, step / 4, step / 2,
                                    step, step * 2) if high / s <= 8)
            low, high = 0, math.ceil(high / step - 1e-9) * step
            self.marks = [i * step for i in range(round(high / step) + 1)]
        self.low, self.high, self.at, self.to = low, high, at, to

    def place(self, v):
        if self.log:
            v = max(v, self.low)
            part = (math.log(v) - math.log(self.low)) / (
                math.log(self.high) - math.log(self.low))
        else:
            part = v / self.high
        return self.at + part * (self.to - self.at)


def frame(title, note, names, height):
    """What all charts have: title, legend."""
    out = [text(LEFT, 20, title, 15, extra=' font-weight="bold"'),
           text(LEFT, 37, note, 11, colour="#555")]
    x = LEFT
    for i, n in enumerate(names):
        out.append(rect(x, 46, 10, 10, COLOURS[i % len(COLOURS)]))
        out.append(text(x + 14, 55, n, 11))
        x += 24 + 6.2 * len(n)
    return out


def grid(axis, x1, x2):
    out = []
    for m in axis.marks:
        y = axis.place(m)
        out.append(stroke(x1, y, x2, y, "#e4e4e4"))
        out.append(text(x1 - 6, y + 4, fmt(m), 11, "end", "#555"))
    return out


def limits(lines, axis, place):
    """Lines that were to be reached: (value, words, from, to)."""
    out = []
    for i, (value, words, a, b) in enumerate(lines):
        x1, x2 = place(a, b)
        y = axis.place(value)
        out.append(stroke(x1, y, x2, y, "#c00000", 1.6, "6 3"))
        # beside each other where lines are close
        left = i % 2 == 1
        out.append(text(x1 + 4 if left else x2 - 2, y - 4, words, 11,
                        "start" if left else "end", "#c00000",
                        ' paint-order="stroke" stroke="#fff" '
                        'stroke-width="3"'))
    return out


def bars(title, note, groups, lines=(), log=False, height=300):
    """
    groups: (name, [(series, value, low, high)]); value None: not there. lines:
    (value, words, first group, last group).
    """
    names = []
    for _, members in groups:
        for m in members:
            if m[0] not in names:
                names.append(m[0])
    values = [x for _, ms in groups for m in ms for x in m[1:] if x]
    values += [x[0] for x in lines]
    axis = Axis(min(values), max(values) * (1 if log else 1.06),
                height - BOTTOM, TOP + 10, log)
    out = frame(title, note, names, height) + grid(axis, LEFT, WIDTH - RIGHT)
    wide = (WIDTH - LEFT - RIGHT) / len(groups)
    for g, (name, members) in enumerate(groups):
        x = LEFT + g * wide
        out.append(text(x + wide / 2, height - BOTTOM + 18, name, 12,
                        "middle"))
        each = wide * 0.86 / max(1, len(members))
        x += wide * 0.07
        for series, value, low, high in members:
            if value is not None:
                y = axis.place(value)
                w = min(each * 0.9, 70)
                mid = x + each / 2
                out.append(rect(mid - w / 2, y, w, height - BOTTOM - y,
                                COLOURS[names.index(series) % len(COLOURS)]))
                if low and high:
                    out.append(stroke(mid, axis.place(low), mid,
                                      axis.place(high), "#333", 1.2))
                    y = min(y, axis.place(high))
                out.append(text(mid, y - 4, fmt(value), 10, "middle"))
            x += each
    out += limits(lines, axis, lambda a, b: (LEFT + a * wide,
                                             LEFT + (b + 1) * wide))
    base = height - BOTTOM
    out.append(stroke(LEFT, base, WIDTH - RIGHT, base))
    return height, out


def curves(title, note, series, lines=(), xname="", height=320):
    """series: (name, [(x, y)]); both axes logarithmic. lines: (y, words)."""
    xs = [x for _, ps in series for x, _ in ps]
    ys = [y for _, ps in series for _, y in ps] + [v for v, _ in lines]
    across = Axis(min(xs), max(xs), LEFT, WIDTH - RIGHT, True)
    axis = Axis(min(ys), max(ys), height - BOTTOM, TOP + 10, True)
    out = frame(title, note, [n for n, _ in series], height)
    out += grid(axis, LEFT, WIDTH - RIGHT)
    for m in across.marks:
        x = across.place(m)
        out.append(stroke(x, TOP + 10, x, height - BOTTOM, "#f0f0f0"))
        out.append(text(x, height - BOTTOM + 17, f"{m:,.0f}", 11, "middle",
                        "#555"))
    out.append(text(WIDTH - RIGHT, height - 8, xname, 11, "end", "#555"))
    for i, (_, points) in enumerate(series):
        c = COLOURS[i % len(COLOURS)]
        at = [(across.place(x), axis.place(y)) for x, y in points]
        way = " ".join(f"{x:.1f},{y:.1f}" for x, y in at)
        out.append(f'<polyline points="{way}" fill="none" stroke="{c}" '
                   'stroke-width="2"/>')
        out += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{c}"/>'
                for x, y in at]
    out += limits([(v, w, 0, 0) for v, w in lines], axis,
                  lambda a, b: (LEFT, WIDTH - RIGHT))
    base = height - BOTTOM
    out.append(stroke(LEFT, base, WIDTH - RIGHT, base))
    return height, out


def write(path, heading, note, charts):
    """One picture of several charts below each other."""
    at, body = 64, []
    for height, parts in charts:
        body.append(f'<g transform="translate(0,{at})">' + "\n".join(parts) +
                    "</g>")
        at += height + 16
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" '
        f'height="{at}" viewBox="0 0 {WIDTH} {at}" '
        'font-family="Helvetica, Arial, sans-serif">\n'
        f'<rect width="{WIDTH}" height="{at}" fill="#fff"/>\n'
        + text(LEFT, 28, heading, 19, extra=' font-weight="bold"') + "\n"
        + text(LEFT, 47, note, 11, colour="#555") + "\n"
        + "\n".join(body) + "\n</svg>\n", encoding="utf-8")
