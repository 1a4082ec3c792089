#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""OpenIKED, unmodified: its PF_KEY goes to ipsecd, which carries its ESP."""
import iked
from iked import ctl, spis
from lab import check, main, protected, wait

iked.need()


def test(lab):
    try:
        both(lab, lab.enigma, lab.partym)
    except Exception:
        iked.blame((lab.enigma, lab.partym))
        raise


def both(lab, e, p):
    # who waits for the other comes first
    for h in (p, e):
        h.up()
        me, peer = lab.addrs(h.name)[0]
        iked.start(h, "active" if h is e else "passive", me, peer,
                   [(me, peer)], lifetime=12)
    wait(lambda: len(spis(e)) >= 2 and len(spis(p)) >= 2, 20,
         "negotiated")
    # on a busy machine these may be renewed already, one end after the other
    wait(lambda: spis(e) == spis(p), what="the same at both ends")
    check(True, "both have the SAs that they negotiated")
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
    wait(lambda: e.ping(dst) == 2, what="ping by new SAs")
    check(True, "soft lifetimes: new SAs, and ping by them")
    ctl(e, "decouple")
    ctl(p, "decouple")
    wait(lambda: not spis(e) and not spis(p), 5, "taken away")
    check(e.ping(dst) == 2, "ikectl decouple: no SA and no policy is left")
    ctl(p, "couple")
    wait(lambda: e.ping(dst, count=1) == 0, 10,
         "policy at one end alone: clear is dropped")
    ctl(e, "couple")
    wait(lambda: e.ping(dst, count=1) == 1 and spis(e), 10, "back")
    check(True, "ikectl couple: protected again")
    check(all("no reply" not in (h.conf / "iked.log").read_text()
              for h in (e, p)), "and no answer of ipsecd came too late")


main(test)
