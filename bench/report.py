# SPDX-License-Identifier: BSD-2-Clause
"""What the benchmarks have in common: where they ran, medians, tables, files."""
import argparse
import datetime
import json
import os
import pathlib
import platform
import re
import statistics
import subprocess
import sys

import svg

TOP = pathlib.Path(__file__).resolve().parent.parent
COLOUR = sys.stdout.isatty() and "NO_COLOR" not in os.environ
# a repetition whose canary is below this part of the best was not alone
QUIET = 0.93
PACKAGES = ("libipsec-mb1", "libssl3", "strongswan-charon",
            "libcharon-extra-plugins", "wireguard-go", "openvpn", "iperf3",
            "gcc")


def paint(code, words):
    return f"\033[{code}m{words}\033[0m" if COLOUR else words


class Progress:
    """One line that moves, or a line for each step when nobody watches."""

    def __init__(self, quiet=False):
        self.tty = sys.stdout.isatty() and not quiet
        self.quiet = quiet

    def show(self, words, step=False):
        if self.tty:
            sys.stdout.write("\r\033[K  " + words[:110])
            sys.stdout.flush()
        elif step and not self.quiet:
            print("  " + words, flush=True)

    def clear(self):
        if self.tty:
            sys.stdout.write("\r\033[K")
            sys.stdout.flush()


def command(*words):
    try:
        r = subprocess.run(words, capture_output=True, text=True, cwd=TOP,
                           check=False)
    except OSError:
        return ""
    return r.stdout.strip() if r.returncode == 0 else ""


def machine():
    info = pathlib.Path("/proc/cpuinfo").read_text()
    model = re.search(r"model name\s*:\s*(.*)", info)
    flags = re.search(r"flags\s*:\s*(.*)", info)
    have = (flags.group(1) if flags else "").split()
    memory = re.search(r"MemTotal:\s*(\d+)",
                       pathlib.Path("/proc/meminfo").read_text())
    return {"cpu": model.group(1) if model else platform.machine(),
            "cpus": len(os.sched_getaffinity(0)),
            "flags": [f for f in ("aes", "avx2", "avx512f", "vaes",
                                  "vpclmulqdq", "sha_ni", "gfni",
                                  "hypervisor") if f in have],
            "memory_mib": int(memory.group(1)) // 1024 if memory else 0}


def packages():
    """Versions of what took part, as Debian knows them."""
    out = {}
    lines = command("dpkg-query", "-W", "-f",
                    "${db:Status-Status} ${Package} ${Version}\n", "*")
    for line in lines.splitlines():
        words = line.split()
        if len(words) == 3 and words[0] == "installed" and \
                words[1] in PACKAGES:
            out[words[1]] = words[2]
    return out


def about(name, options):
    """The head of each result file; bench/README.md describes it."""
    return {"format": 1, "name": name, "machine": machine(),
            "kernel": platform.release(),
            "date": datetime.datetime.now(datetime.timezone.utc).strftime(
                "%Y-%m-%dT%H:%M:%SZ"),
            "commit": command("git", "rev-parse", "--short=12", "HEAD"),
            "changed": command("git", "status", "--porcelain",
                               "--untracked-files=no") != "",
            "load": os.getloadavg()[0], "packages": packages(),
            "options": options}


def options(words, quick="a fraction of it, briefly: for a test"):
    """What all benchmarks may be told."""
    p = argparse.ArgumentParser(description=words)
    p.add_argument("build", type=pathlib.Path, help="build folder of meson")
    p.add_argument("--quick", action="store_true", help=quick)
    p.add_argument("--json", action="store_true",
                   help="print the result file instead of the table")
    p.add_argument("--out", type=pathlib.Path,
                   help="folder for the result files (BUILD/bench)")
    return p


def spread(values):
    """Median, smallest, greatest."""
    return {"median": statistics.median(values), "low": min(values),
            "high": max(values)}


def point(what, unit, values, **more):
    """One thing that was measured, with each repetition."""
    p = {**more, "what": what, "unit": unit, "reps": values}
    if values:
        p.update(spread(values))
    return p


def bar(what, limit, measured, how=""):
    """limit: "<= 1.2" or ">= 3"; measured None: could not be measured."""
    sign, value = limit.split()[:2]
    met = None
    if measured is not None:
        met = measured <= float(value) if sign == "<=" else \
            measured >= float(value)
    return {"what": what, "bar": limit, "measured": measured, "met": met,
            "how": how}


def table(head, rows):
    """Columns as wide as they need; the first to the left."""
    rows = [[str(c) for c in r] for r in [head] + rows]
    wide = [max(len(r[i]) for r in rows if i < len(r))
            for i in range(len(head))]
    for n, r in enumerate(rows):
        line = "  ".join(c.ljust(w) if i == 0 else c.rjust(w)
                         for i, (c, w) in enumerate(zip(r, wide)))
        print("  " + (paint("1", line.rstrip()) if n == 0 else line.rstrip()))


def print_bars(bars):
    """The end of each table: what was asked for, and how it is."""
    print("\n" + paint("1;36", "Bars"))
    wide = max([len(b["what"]) for b in bars] + [3])
    print("  " + paint("1", f"{'what':<{wide}}  {'bar':>8}  {'measured':>9}  "
                            "met or not"))
    for b in bars:
        word = {True: paint("32", "met"), False: paint("31", "not met"),
                None: paint("33", "not measured")}[b["met"]]
        how = f"  ({b['how']})" if b["how"] else ""
        print(f"  {b['what']:<{wide}}  {b['bar']:>8}  "
              f"{svg.fmt(b['measured']):>9}  {word}{how}")


def note(doc):
    """Where and when, in one line."""
    m = doc["machine"]
    return (f"{m['cpu']}, {m['cpus']} CPUs, Linux {doc['kernel']}, "
            f"{doc['date']}, commit {doc['commit'] or '?'}"
            + (" with changes" if doc["changed"] else "") +
            (f", {doc['load']:.1f} others wanted a CPU before it began"
             if doc["load"] >= 0.5 else ""))


def finish(folder, doc, charts, heading):
    """Files, and where they are."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    name = doc["name"]
    out = folder / f"{name}.json"
    out.write_text(json.dumps(doc, indent=1) + "\n", encoding="utf-8")
    svg.write(folder / f"{name}.svg", heading, note(doc), charts)
    print(f"\n  {note(doc)}")
    if doc["packages"]:
        print("  " + ", ".join(f"{k} {v}" for k, v in
                               sorted(doc["packages"].items())))
    print(f"  {out}, {name}.svg")
