# SPDX-License-Identifier: BSD-2-Clause
"""OpenIKED, unmodified, on hosts of the lab: its PF_KEY goes to ipsecd. It is
started as libsolipsec-pfkey(7) says."""
import os
import pathlib
import re
import shutil
import signal
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent /
                       "netns"))
from lab import BUILD, Failed, run, wait  # noqa: E402
from pages import commands, examples  # noqa: E402

RULE = """ikev2 "lab" {mode} esp {flows} local {me} peer {peer} \
ikesa auth hmac-sha2-256 enc aes-256 prf hmac-sha2-256 group curve25519 \
childsa auth hmac-sha2-512 enc aes-256 noesn lifetime {lifetime} psk "a secret"
"""


def need():
    """Exit as skipped where it cannot be."""
    if not shutil.which("iked") or not shutil.which("ikectl"):
        print("OpenIKED is not installed")
        sys.exit(77)
    if b"__asan_init" in (BUILD / "src/cmd/solipsec/solipsec").read_bytes():
        print("a sanitizer's libraries cannot be loaded into other programs")
        sys.exit(77)


def page_command():
    """What the page has: the words behind "solipsec"."""
    [(_, text)] = examples("libsolipsec-pfkey.7")
    return commands(text)[0].split()[1:]


def start(h, mode, me, peer, flows, lifetime="3h"):
    """iked on a host; flows: pairs of networks, mine and the other one's."""
    f = h.conf / "iked.conf"
    f.touch(mode=0o600)
    f.write_text(RULE.format(
        mode=mode, me=me, peer=peer, lifetime=lifetime,
        flows=" ".join(f"from {a} to {b}" for a, b in flows)))
    sock = h.conf / "iked.sock"
    sock.unlink(missing_ok=True)
    with open(h.conf / "iked.log", "w", encoding="utf-8") as log:
        p = h.start("env", f"SOLIPSEC_LIBDIR={BUILD / 'src/preload'}",
                    h.tool_path("solipsec"), *page_command(), "-v", "-f", f,
                    "-s", sock, stdout=log)
    wait(sock.exists, 20, "started")
    return p


def stop(p):
    os.kill(p.pid, signal.SIGTERM)
    p.wait(20)


def kill(h, p):
    """All processes of iked on a host, first the one that speaks PF_KEY: the
    others have nothing to say there when they see it gone."""
    pids = {}
    for x in run("ip", "netns", "pids", h.name).split():
        words = pathlib.Path(f"/proc/{x}/cmdline").read_bytes()
        if b"iked" in words.split(b"\0")[0]:
            pids[int(x)] = b"ikev2" in words
    if True not in pids.values():
        raise Failed(f"no process of iked's is called ikev2: {pids}")
    for x in sorted(pids, key=lambda x: not pids[x]):
        try:
            os.kill(x, signal.SIGKILL)
        except ProcessLookupError:
            pass
    p.wait(20)


def ctl(h, *words):
    return h.run("ikectl", "-s", h.conf / "iked.sock", *words, ok=False)


def spis(h):
    """Those of SAs. An SPI that iked has reserved and then does not need, when
    both ends renew an SA at the same moment, it leaves to time."""
    return set(re.findall(r"spi=(0x[0-9a-f]+),[^\n]*state=(?!LARVAL)",
                          h.tool("ipseckey", "-n", "-p", "dump", "esp")))


def agreed(e, p):
    """Until both have SAs, the same ones."""
    wait(lambda: len(spis(e)) >= 2 and spis(e) == spis(p), 30, "negotiated")


def blame(hosts):
    """What iked said on each of them, for a test that failed."""
    for h in hosts:
        log = h.conf / "iked.log"
        if log.exists():
            print(f"--- iked on {h.name}:\n{log.read_text()}")
