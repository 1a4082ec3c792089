# SPDX-License-Identifier: BSD-2-Clause
"""What a test with a kernel under it says, line by line and when it fails.

check() and wait() are the questions, ended() prints what the last lines of a
failed test are: commands that ran before, the place, the values there, and the
one line that says why. tools/run-tests shows everything from that line on in
its summary.
"""
import collections
import linecache
import os
import pathlib
import signal
import sys
import threading
import time
import traceback

BEGAN = time.monotonic()
COMMANDS = collections.deque(maxlen=6)
WIDTH = 160  # of a value or of a command's output


class Failed(Exception):
    pass


def check(ok, what):
    """One line for each thing that is so; the test ends at the first not."""
    print(("ok    " if ok else "FAIL  ") + what, flush=True)
    if not ok:
        raise Failed(what)


PATIENCE = 30.0


def wait(f, seconds=0.0, what="in time"):
    """Until f() is true; its value. No limit is under PATIENCE: a machine may
    be busy with other things; what is waited for mostly is there at once."""
    seconds = max(seconds, PATIENCE)
    began, asked = time.monotonic(), 0
    while True:
        v = f()
        asked += 1
        if v:
            return v
        took = time.monotonic() - began
        if took > seconds:
            raise Failed(f"not {what} within {seconds} s (asked {asked} times "
                         f"in {took:.1f} s, last answer {short(v)})")
        time.sleep(0.02)


def busy():
    """Does any other process or thread of this sandbox run, or want to?"""
    me = str(threading.get_native_id())
    for f in pathlib.Path("/proc").glob("[0-9]*/task/[0-9]*/stat"):
        try:
            state = f.read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if f.parent.name != me and state in "RD":
            return True
    return False


def settle(limit=20.0):
    """Until all that was sent has been dealt with: everybody in this sandbox
    sleeps, several times one after the other. That is so soon on a machine at
    rest, and however long it takes on one that is not; limit: for a sandbox
    that never rests, in seconds."""
    end, quiet = time.monotonic() + limit, 0
    while quiet < 4 and time.monotonic() < end:
        time.sleep(0.02)
        quiet = 0 if busy() else quiet + 1


def ran(cmd, status, text):
    """Remember a command, for ended()."""
    COMMANDS.append((time.monotonic() - BEGAN, cmd, status, text))


def short(value):
    text = repr(value)
    return text if len(text) <= WIDTH else text[:WIDTH] + "..."


def values(frame):
    """Plain values of a frame, as text."""
    plain = (bool, int, float, str, bytes, tuple, list, dict, set)
    return ", ".join(f"{k}={short(v)}" for k, v in frame.f_locals.items()
                     if isinstance(v, plain) and not k.startswith("__"))


def places(trace):
    """(file, line, function, frame) of a test's own code, innermost first."""
    found = []
    for frame, line in traceback.walk_tb(trace):
        name = frame.f_code.co_filename
        if "/test/" in name and frame.f_code.co_name not in ("check", "wait"):
            found.append((name, line, frame.f_code.co_name, frame))
    return found[::-1]


def machine():
    """How busy it is: a test that fails only then has a limit too small."""
    load = pathlib.Path("/proc/loadavg").read_text().split()
    used = os.times()
    return (f"{time.monotonic() - BEGAN:.1f} s after the start, load "
            f"{' '.join(load[:3])}, {os.cpu_count()} cores, the test used "
            f"{sum(used[:4]):.1f} s of CPU")


def ended(e):
    """The last lines of a test that ended by this exception."""
    if not isinstance(e, Failed):
        traceback.print_exception(e, file=sys.stdout)
    if COMMANDS:
        print("--- the last commands")
    for at, cmd, status, text in COMMANDS:
        print(f"{at:6.1f} s  exit {status}  {' '.join(map(str, cmd))[-300:]}")
        lines = [x for x in text.splitlines() if x.strip()]
        for x in lines[-4:]:
            print(f"              {x[:WIDTH]}")
    print("---")
    text = str(e) if isinstance(e, Failed) else f"{type(e).__name__}: {e}"
    lines = text.splitlines() or [""]
    print(f"FAILED: {lines[0]}")
    for x in lines[1:][-8:]:
        print(f"    {x[:WIDTH]}")
    for i, (name, line, func, frame) in enumerate(places(e.__traceback__)[:3]):
        print(f"    {'at' if i == 0 else 'by'} {pathlib.Path(name).name}:"
              f"{line}, {func}: {linecache.getline(name, line).strip()}")
        if i == 0:
            print(f"    with {values(frame) or 'no values'}")
    print(f"    {machine()}", flush=True)


def limit():
    """End by Failed shortly before tools/run-tests would kill the test, which
    then could not say any more what it was doing."""
    seconds = int(os.environ.get("TEST_TIMEOUT", 0))

    def late(*_):
        raise Failed(f"no end after {seconds} s")
    if seconds > 20:
        signal.signal(signal.SIGALRM, late)
        signal.alarm(seconds - 10)


def guarded(main):
    """The exit status of main(), with ended() when it fails."""
    limit()
    try:
        return main()
    except Exception as e:  # pylint: disable=broad-except
        ended(e)
        return 1
