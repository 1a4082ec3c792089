# SPDX-License-Identifier: BSD-2-Clause
"""The examples of manual pages, run as they are printed."""
import os
import pathlib
import re
import subprocess

from lab import BUILD, HERE, Failed, check, main, run

MAN = HERE.parents[1] / "man"
PROGRAMS = ("ipsecconf", "ipseckey", "ipsecalgs", "solipsec")


def examples(page):
    """The commands of a page's examples; they may go on over lines."""
    text = (MAN / page).read_text()
    text = text[text.index("\n.Sh EXAMPLES"):]
    text = re.split(r"\n\.Sh ", text)[1]
    found = []
    for block in re.findall(r"\n\.Bd -literal.*?\n(.*?)\n\.Ed", text, re.S):
        block = block.replace("\\e", "\\").replace("\\&", "")
        found += re.split(r"(?:^|\n)# ", block)[1:]
    return found


def outside(host, page):
    """On a host, or where there is none yet."""
    before = ""
    for cmd in examples(page):
        argv = ["sh", "-c", before + cmd]
        # a file, since a daemon keeps its log open
        with open("/run/lab/said", "w+", encoding="utf-8") as f:
            r = subprocess.run(host.argv(*argv) if host else argv,
                               stdout=f, stderr=f, timeout=60)
            f.seek(0)
            said = f.read()
        check(r.returncode == 0, f"{page}: {cmd.splitlines()[0]}" if
              r.returncode == 0 else f"{page}: {cmd}\n{said}")
        # what a shell keeps
        if re.match("cd |umask ", cmd):
            before += cmd + "; "
        yield cmd, said


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


def test(lab):
    own_etc()
    e = lab.enigma
    e.up()
    said = dict(outside(e, "solipsec-tune.8"))
    check(said["solipsec tune -get /dev/ipsecah ipsecah_larval_timeout"] ==
          "90\n", "with what the page says that it prints")
    check(e.tool("solipsec", "tune", "get",
                 "ipsecesp_nat_keepalive_interval") == "30\n",
          "and does")
    said = dict(outside(e, "solipsec-stat.8"))
    check(said["solipsec stat -w"] == "No packet was dropped.\n", "stat -w")
    try:
        said = dict(outside(None, "solipsec-zones.7"))
        check("2 received" in said["ip netns exec red ping -c 2 10.7.0.2"] and
              said["ip netns exec blue solipsec stat "
                   "ipsecesp:0:esp_stat:good_auth"].endswith("\t2\n"),
              "red and blue talk, protected")
    finally:
        for f in pathlib.Path("/run/solipsec").glob("*/ipsecd.pid"):
            if int(f.read_text()) != e.pid():
                os.kill(int(f.read_text()), 15)
    if not said:
        raise Failed("no examples")


main(test)
