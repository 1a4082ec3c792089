#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""OpenIKED, unmodified: its PF_KEY goes to ipsecd, which carries its ESP."""
import pathlib
import re
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent /
                       "netns"))
from lab import BUILD, check, main, protected, wait  # noqa: E402

if not shutil.which("iked") or not shutil.which("ikectl"):
    print("OpenIKED is not installed")
    sys.exit(77)
if b"__asan_init" in (BUILD / "src/cmd/solipsec/solipsec").read_bytes():
    print("a sanitizer's libraries cannot be loaded into other programs")
    sys.exit(77)

RULE = """ikev2 "lab" {mode} esp from {me} to {peer} local {me} peer {peer} \
ikesa auth hmac-sha2-256 enc aes-256 prf hmac-sha2-256 group curve25519 \
childsa auth hmac-sha2-512 enc aes-256 noesn lifetime 12 psk "a secret"
"""


def ctl(h, *words):
    return h.run("ikectl", "-s", h.conf / "iked.sock", *words, ok=False)


def spis(h):
    return set(re.findall(r"spi=(0x[0-9a-f]+)",
                          h.tool("ipseckey", "-n", "-p", "dump", "esp")))


def start(h, mode, me, peer):
    f = h.conf / "iked.conf"
    f.touch(mode=0o600)
    f.write_text(RULE.format(mode=mode, me=me, peer=peer))
    with open(h.conf / "iked.log", "w", encoding="utf-8") as log:
        h.start("env", f"SOLIPSEC_LIBDIR={BUILD / 'src/preload'}",
                h.tool_path("solipsec"), "run", "--pf-key", "--",
                "iked", "-dv", "-f", f, "-s", h.conf / "iked.sock", stdout=log)


def test(lab):
    try:
        both(lab, lab.enigma, lab.partym)
    except Exception:
        for h in (lab.enigma, lab.partym):
            print(f"--- iked on {h.name}:\n"
                  f"{(h.conf / 'iked.log').read_text()}")
        raise


def both(lab, e, p):
    # who waits for the other comes first
    for h in (p, e):
        h.up()
        me, peer = lab.addrs(h.name)[0]
        start(h, "active" if h is e else "passive", me, peer)
        wait((h.conf / "iked.sock").exists, 10, "started")
    wait(lambda: len(spis(e)) >= 2 and len(spis(p)) >= 2, 20,
         "negotiated")
    check(spis(e) == spis(p), "both have the SAs that they negotiated")
    dst = lab.V4["partym"]
    p.serve()
    c = lab.capture(flt="not udp port 500")
    check(e.ping(dst) == 2, "ping")
    check(e.udp(dst) == 3 and e.tcp(dst, 200000) > 1000, "UDP and TCP")
    pkts = [x for x in c.stop() if x[0] >> 4 == 4]
    check(len(pkts) > 50 and protected(pkts),
          f"{len(pkts)} packets on the wire, nothing but ESP")
    old = spis(e)
    wait(lambda: len(spis(e) - old) >= 2, 25, "negotiated anew")
    check(e.ping(dst) == 2, "soft lifetimes: new SAs, and ping by them")
    ctl(e, "decouple")
    ctl(p, "decouple")
    wait(lambda: not spis(e) and not spis(p), 5, "taken away")
    check(e.ping(dst) == 2, "ikectl decouple: no SA and no policy is left")
    ctl(p, "couple")
    wait(lambda: e.ping(dst, count=1) == 0, 10,
         "policy at one end alone: clear is dropped")
    ctl(e, "couple")
    wait(lambda: e.ping(dst, count=1) == 1, 10, "back")
    check(bool(spis(e)), "ikectl couple: protected again")
    check(all("no reply" not in (h.conf / "iked.log").read_text()
              for h in (e, p)), "and no answer of ipsecd came too late")


main(test)
