# SPDX-License-Identifier: BSD-2-Clause
"""Ranges of ports, which Solaris' file does not have: the kernel's steering,
ipsecd and the other end agree about both ends of a range."""
import sys

from lab import HERE, MARK, check, is_link, main, proto

ESP = "{encr_algs aes encr_auth_algs sha256 sa shared}"


def kinds(lab, f):
    """What f() says, and the protocols on the wire but ICMP."""
    c = lab.capture()
    v = f()
    pkts = [p for p in c.stop() if proto(p) not in (1, 58) and not is_link(p)]
    return v, {proto(p) for p in pkts}, any(MARK in p for p in pkts)


def test(lab):
    e, p = lab.enigma, lab.partym
    for port in (7, 8, 9, 10):
        p.serve(port)
    for h in (e, p):
        h.up()
        me = "l" if h is p else "r"
        h.policy(f"{{{me}port 8-9}} ipsec {ESP}\n"
                 f"{{{me}port 10-10000 ulp udp dir both}} drop {{}}\n")
        h.keys(lab.manual(ESP))
    for a in (lab.V4, lab.V6):
        dst = a["partym"]
        for port in (8, 9):
            check(kinds(lab, lambda port=port: e.udp(dst, port=port)) ==
                  (3, {50}, False), f"{dst} port {port}: UDP is protected")
            check(kinds(lab, lambda port=port: e.tcp(dst, port=port))[1:] ==
                  ({50}, False), "TCP, too")
            check(e.udp(dst, 3000, port=port) == 3, "and what is in fragments")
        for port in (7, 10):
            check(kinds(lab, lambda port=port: e.tcp(dst, port=port))[1:] ==
                  ({6}, True), f"port {port}: TCP is in the clear")
        check(kinds(lab, lambda: e.udp(dst, port=7)) == (3, {17}, True),
              "port 7: UDP is in the clear")
        before = e.count("out", "spd_explicit")
        out = e.run(sys.executable, HERE / "talk.py", "udp", dst, 10, 20, 1,
                    ok=False)
        check("not permitted" in out and
              e.count("out", "spd_explicit") == before + 1,
              "port 10: UDP is dropped")
    # the ends of the range that there is: the kernel has limits of its own
    for r in ("65535", "65534-65535", "1-65535", "1024-65535", "1-1"):
        for ulp in ("ulp tcp ", "ulp udp ", ""):
            e.policy(f"{{{ulp}lport {r}}} ipsec {ESP}\n"
                     f"{{{ulp}rport {r} dir both}} drop {{}}\n",
                     "-q", "-F", "-a")
        check(e.tool("ipsecconf", "-ln").count("port") == 8,
              f"policy for {r} loads")
    p.serve(65535)
    for h in (e, p):
        me = "l" if h is p else "r"
        h.policy(f"{{{me}port 65535 ulp tcp}} ipsec {ESP}\n", "-q", "-F", "-a")
    for a in (lab.V4, lab.V6):
        check(kinds(lab, lambda dst=a["partym"]: e.tcp(dst, port=65535))[1:] ==
              ({50}, False), "the last port: TCP is protected")


main(test)
