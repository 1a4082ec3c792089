# SPDX-License-Identifier: BSD-2-Clause
"""Thousands of entries: the kernel is told sets instead of lines, and judges
each packet as a few entries would have it."""
import re
import sys

from lab import HERE, MARK, check, is_link, main, proto

# the end of a rule; elements of sets stand on lines of their own
RULE = re.compile(r"(?:(?:goto|jump) \w+|accept|drop|return)$", re.M)
ESP = "{encr_algs aes encr_auth_algs sha256 sa shared}"


def kinds(lab, f):
    """What f() says, and the protocols on the wire but ICMP."""
    c = lab.capture()
    v = f()
    pkts = [p for p in c.stop() if proto(p) not in (1, 58) and not is_link(p)]
    return v, {proto(p) for p in pkts}, any(MARK in p for p in pkts)


FORMS = ("raddr 10.{a}.{b}.{c}", "raddr fd77::{a:x}{b:02x}:{c:x}",
         "laddr 10.9.{b}.0/24 raddr 10.{a}.{c}.0/24",
         "raddr 10.{a}.{b}.0/24 ulp tcp rport {p}",
         "raddr 10.{a}.0.0/16 ulp udp rport {p}-{q}")


def crowd(n, a, action):
    """Entries of several forms, for nobody here."""
    both = "" if action.startswith("ipsec") else " dir both"
    # of IPv6, lines for its neighbour discovery stand between those that protect
    forms = [f for f in FORMS if both != "" or "fd77" not in f]
    return ["{" + forms[i % len(forms)].format(a=a, b=i // 5 // 200,
                                      c=1 + i // 5 % 200, p=2000 + i,
                                      q=2007 + i) + both + "} " + action
            for i in range(n)]


def entries(lab, me):
    """In the midst of each crowd one that is meant."""
    other = "r" if me == "enigma" else "l"
    peer = "partym" if me == "enigma" else "enigma"
    mine = ((2000, f"ipsec {ESP}", "port 8-9", ""),
            (400, "drop {}", "port 10 ulp udp", " dir both"),
            (400, "pass {}", "port 9 ulp tcp", " dir both"))
    out = []
    for i, (n, action, what, both) in enumerate(mine):
        c = crowd(n, 77 + i, action)
        c[n // 2:n // 2] = [f"{{{other}{what} raddr {a[peer]}{both}}} {action}"
                            for a in (lab.V4, lab.V6)]
        # a pass goes before all that protects
        out = c + out if action.startswith("pass") else out + c
    return "\n".join(out) + "\n"


def test(lab):
    e, p = lab.enigma, lab.partym
    for port in (7, 8, 9, 10):
        p.serve(port)
    for h in (e, p):
        h.up()
        h.keys(lab.manual(ESP))
        h.policy(entries(lab, h.name), "-q", "-a")
    for chain in ("steer", "guard", "inbound", "quoted", "self"):
        out = e.run("nft", "list", "chain", "inet", "solipsec", chain)
        n = len(RULE.findall(out))
        check(5 < n < 1500, f"chain {chain} has few rules: {n}")
    for a in (lab.V4, lab.V6):
        dst = a["partym"]
        check(kinds(lab, lambda: e.udp(dst, port=8)) == (3, {50}, False),
              f"{dst} port 8: UDP is protected")
        check(kinds(lab, lambda: e.tcp(dst, port=8))[1:] == ({50}, False),
              "TCP, too")
        check(e.udp(dst, 3000, port=9) == 3, "and what is in fragments")
        check(kinds(lab, lambda: e.tcp(dst, port=9))[1:] == ({6}, True),
              "port 9: TCP is in the clear")
        check(kinds(lab, lambda: e.udp(dst, port=9)) == (3, {50}, False),
              "port 9: UDP is protected")
        check(kinds(lab, lambda: e.udp(dst, port=7)) == (3, {17}, True),
              "port 7: UDP is in the clear")
        before = e.count("out", "spd_explicit")
        out = e.run(sys.executable, HERE / "talk.py", "udp", dst, 10, 20, 1,
                    ok=False)
        check("not permitted" in out and
              e.count("out", "spd_explicit") == before + 1,
              "port 10: UDP is dropped")
    # one host has no policy: what it sends in the clear is not taken
    e.tool("ipsecconf", "-F")
    for a in (lab.V4, lab.V6):
        before = p.count("in", "spd_got_clear")
        check(e.udp(a["partym"], port=8) == 0 and
              p.count("in", "spd_got_clear") > before,
              "in the clear to port 8: dropped")
        check(e.udp(a["partym"], port=7) == 3, "to port 7: taken")
    # and back, as often as anybody likes
    for _ in range(2):
        e.policy(entries(lab, e.name), "-q", "-a")
        check(kinds(lab, lambda: e.udp(lab.V4["partym"], port=8)) ==
              (3, {50}, False), "policy is there again")
        e.tool("ipsecconf", "-F")


main(test)
