# SPDX-License-Identifier: BSD-2-Clause
"""What policy passes keeps the kernel's own way; what it drops goes nowhere."""
import sys

from lab import HERE, MARK, check, main, proto

ESP = "{encr_algs aes encr_auth_algs sha256 sa shared}"


def test(lab):
    e, p = lab.enigma, lab.partym
    for port in (7, 8, 9):
        p.serve(port)
    for h in (e, p):
        h.up()
        text = ""
        me = "l" if h is p else "r"
        for (a, b) in lab.addrs(h.name):
            ends = f"laddr {a} raddr {b}"
            text += (f"{{{ends} ulp tcp {me}port 8 dir both}} pass {{}}\n"
                     f"{{{ends} ulp udp {me}port 8 dir both}} pass {{}}\n"
                     f"{{{ends} {me}port 7}} ipsec {ESP}\n"
                     f"{{{ends} ulp udp {me}port 9 dir both}} drop {{}}\n")
        h.policy(text)
        h.keys(lab.manual(ESP))
    for a in (lab.V4, lab.V6):
        dst = a["partym"]
        before = e.stat()
        c = lab.capture()
        check(e.udp(dst, 1000, port=8) == 3, f"UDP by pass, to {dst}")
        mss = e.tcp(dst, 200000, port=8)
        check(mss > 1400, f"TCP by pass, with the link's segments ({mss})")
        check(e.ping(dst) == 2, "ping, which no rule names")
        pkts = c.stop()
        check(any(MARK in x for x in pkts) and
              not any(proto(x) in (50, 51) for x in pkts), "all in the clear")
        after = e.stat()
        check(after["packets"]["tun_in"] == before["packets"]["tun_in"],
              "ipsecd saw none of it")
        entry = [x for x in after["entries"] if x["packets"] > 0]
        check(len(entry) >= 2, "but the entries' counters went up")
        c = lab.capture()
        check(e.udp(dst, 1000) == 3 and e.tcp(dst) < 1440,
              "protected on the next port")
        check(not any(MARK in x for x in c.stop()), "and not in the clear")
        drops = e.count("out", "spd_explicit")
        out = e.run(sys.executable, HERE / "talk.py", "udp", dst, 9, 20, 2,
                    ok=False)
        check("not permitted" in out and
              e.count("out", "spd_explicit") == drops + 2,
              "dropped on the one after, and counted")
    c = lab.capture("to-enigma")
    check(e.ping(lab.GW4["enigma"]) == 2 and
          e.run("ping", "-c1", "-W1", "127.0.0.1"), "others, and oneself")
    check(not any(proto(x) == 50 for x in c.stop()), "unprotected")


main(test)
