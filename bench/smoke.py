#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""
smoke.py BUILD NAME: does the benchmark run from end to end, and has its result
file what bench/README.md says? How fast anything was does not matter here.
"""
import json
import pathlib
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

HERE = pathlib.Path(__file__).resolve().parent
HEAD = {"format": int, "name": str, "machine": dict, "kernel": str,
        "date": str, "commit": str, "changed": bool, "load": float, "packages": dict,
        "options": dict, "points": list, "bars": list}
POINT = {"what": str, "unit": str, "reps": list}
BAR = {"what": str, "bar": str, "how": str}
# what tells points of a benchmark apart
MORE = {"path": {"suite": str, "mode": str, "encap": str, "sas": int,
                 "size": int, "batch": int, "canary": list, "quiet": int},
        "scale": {"n": int},
        "net": {"way": str, "test": str}}
bad = 0


def check(ok, what):
    global bad
    if not ok:
        bad += 1
        print("FAIL  " + what)


def fields(where, x, wanted):
    for name, kind in wanted.items():
        check(isinstance(x.get(name), kind), f"{where}: {name} is "
              f"{x.get(name)!r}")


def look(name, doc):
    fields("head", doc, HEAD)
    check(doc["name"] == name and doc["format"] == 1, "name and format")
    fields("machine", doc["machine"], {"cpu": str, "cpus": int,
                                       "flags": list, "memory_mib": int})
    check(doc["points"] != [], "there are points")
    for p in doc["points"]:
        fields(f"point {p}", p, {**POINT, **MORE.get(name, {})})
        check(p["reps"] != [] and p["low"] <= p["median"] <= p["high"],
              f"median of {p}")
    check(doc["bars"] != [], "there are bars")
    for b in doc["bars"]:
        fields(f"bar {b}", b, BAR)
        check(b["met"] in (True, False, None) and
              (b["met"] is None) == (b["measured"] is None), f"bar {b}")


def main():
    build, name = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2]
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder)
        r = subprocess.run([HERE / name, build, "--quick", "--out", out],
                           stdout=subprocess.PIPE, text=True, check=False)
        print(r.stdout, end="", flush=True)
        if r.returncode == 77:
            sys.exit(77)
        check(r.returncode == 0, f"{name} ends with {r.returncode}")
        if bad:
            sys.exit(1)
        check("met or not" in r.stdout, "the table ends with the bars")
        look(name, json.loads((out / f"{name}.json").read_text()))
        root = xml.etree.ElementTree.parse(out / f"{name}.svg").getroot()
        check(len(list(root)) > 2, "a picture")
    print("PASS" if bad == 0 else f"{bad} things are wrong")
    sys.exit(bad != 0)


if __name__ == "__main__":
    main()
