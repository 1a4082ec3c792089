# SPDX-License-Identifier: BSD-2-Clause
"""The examples of manual pages that are commands of a running system, for the
tests that run them; test/golden/examples says what marks them."""
import importlib.machinery
import importlib.util
import os
import pathlib
import re
import secrets
import subprocess
import sys

from lab import BUILD, HERE, check, run

MAN = HERE.parents[1] / "man"
PROGRAMS = ("ipsecconf", "ipseckey", "ipsecalgs", "solipsec")


def _displays():
    path = str(HERE.parent / "golden/examples")
    sys.dont_write_bytecode = True
    loader = importlib.machinery.SourceFileLoader("examples", path)
    module = importlib.util.module_from_spec(
        importlib.util.spec_from_loader("examples", loader))
    loader.exec_module(module)
    return module.displays


def examples(page):
    """(kind, text) of each example of a page."""
    found = [(kind, text) for _, kind, text in _displays()(MAN / page)]
    check(found, f"{page} has {len(found)} examples")
    return found


def commands(text):
    """They may go on over lines."""
    return re.split(r"(?:^|\n)[#$] ", text)[1:]


def own_etc():
    """What is written in /etc stays in the sandbox; programs are found."""
    for d in ("upper", "work"):
        pathlib.Path(f"/run/lab/{d}").mkdir()
    run("mount", "-t", "overlay", "overlay", "-o",
        "lowerdir=/etc,upperdir=/run/lab/upper,workdir=/run/lab/work", "/etc")
    os.makedirs("/etc/inet", exist_ok=True)
    where = pathlib.Path("/run/lab/bin")
    where.mkdir()
    for p in PROGRAMS:
        (where / p).symlink_to(BUILD / "src/cmd" / p / p)
    (where / "ipsecd").symlink_to(BUILD / "src/daemon/ipsecd/ipsecd")
    os.environ["PATH"] = f"{where}:{os.environ['PATH']}"
    os.environ["SOLIPSEC_LIBDIR"] = str(BUILD / "src/preload")


class Page:
    """A page, on a host, or where there is none yet."""

    def __init__(self, name, host=None):
        self.name, self.host = name, host
        self.before = ""
        self.said = {}

    def argv(self, command):
        argv = ["sh", "-c", self.before + command]
        return self.host.argv(*argv) if self.host else argv

    def command(self, command):
        # a file, since a daemon keeps its log open
        with open("/run/lab/said", "w+", encoding="utf-8") as f:
            r = subprocess.run(self.argv(command), stdout=f, stderr=f,
                               timeout=60, check=False)
            f.seek(0)
            said = f.read()
        first = command.strip().splitlines()[0]
        check(r.returncode == 0, f"{self.name}: {first}" if r.returncode == 0
              else f"{self.name}: {command}\n{said}")
        # what a shell keeps
        if re.match("cd |umask ", command):
            self.before += command + "; "
        self.said[command.strip()] = said

    def server(self, command):
        """Started; what it is for is the test's to see."""
        print(f"start {self.name}: {command.strip()}")
        return subprocess.Popen(self.argv("exec " + command),
                                stdin=subprocess.PIPE, text=True,
                                stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT)

    def example(self, kind, text):
        """One example; of a server, the process."""
        if kind.startswith("file "):
            f = pathlib.Path(kind[5:])
            f.parent.mkdir(parents=True, exist_ok=True)
            f.touch(mode=0o600)
            f.write_text(re.sub("HEX64", lambda _: secrets.token_hex(32),
                                text))
            return None
        check(kind in ("commands", "server"), f"{self.name}: {kind}")
        each = commands(text)
        check(each and (kind != "server" or len(each) == 1),
              f"{self.name}: {len(each)} commands")
        if kind == "server":
            return self.server(each[0])
        for c in each:
            self.command(c)
        return None

    def all(self):
        """What each command printed; of a page without a server."""
        for kind, text in examples(self.name):
            self.example(kind, text)
        return self.said
