# SPDX-License-Identifier: BSD-2-Clause
"""Policy of PF_KEY programs of Linux on two gateways, where it says what
OpenIKED never says (it asks for level "require", without a number, for ESP or
AH alone, and knows neither "discard" nor priorities): levels "unique",
"discard" and "none" for what is forwarded, AH over ESP, entries for one
direction, and changes under way."""
import sys

import gateways
import kame
import office
from gateways import FORGED, GW, HOST, LAN, OTHER, wire
from kame import (AH, DISCARD, FWD, IN, NONE, OUT, PROTO_AH, PROTO_ESP,
                  SPDADD, SPDDELETE, SPDFLUSH, SPDUPDATE, UNIQUE, policy,
                  request)
from lab import BUILD, check, is_link, main, proto

UDP = 17


def spis(pkts, kind=50):
    """(IP version, SPI) of packets of ESP or AH."""
    out = set()
    for p in pkts:
        at = (20 if p[0] >> 4 == 4 else 40) + (4 if kind == 51 else 0)
        later = p[0] >> 4 == 4 and (p[6] & 0x1f or p[7])
        if proto(p) == kind and not later:
            out.add((p[0] >> 4, int.from_bytes(p[at:at + 4], "big")))
    return out


def spi(n, reqid, kind=0):
    """Of the SA by which a gateway sends."""
    return 0x1000 * (1 + kind) + reqid * 16 + (n == "partym")


class Sides:
    """Both gateways, each with its program."""

    def __init__(self, lab):
        self.lab = lab
        for h in lab.hosts.values():
            h.up()
        self.k = {n: kame.Program(h) for n, h in lab.hosts.items()}

    def sas(self, outer, reqid, ah=False):
        for k in self.k.values():
            for n, o in OTHER.items():
                k.add(spi(n, reqid), outer[n], outer[o], reqid=reqid)
                if ah:
                    k.add(spi(n, reqid, 1), outer[n], outer[o], reqid=reqid,
                          mode=kame.TRANSPORT, satype=AH)

    def entries(self, n, nets, reqs, **words):
        """out, in, fwd of gateway n for networks by name; reqs(src, dst)."""
        o = OTHER[n]
        return [policy(OUT, nets[n], nets[o], reqs(n, o), **words),
                policy(IN, nets[o], nets[n], reqs(o, n), **words),
                policy(FWD, nets[o], nets[n], reqs(o, n), **words)]

    def protect(self, nets, outer, reqid, ah=False):
        def reqs(src, dst):
            r = [request(PROTO_ESP, UNIQUE, reqid, (outer[src], outer[dst]))]
            return r + [request(PROTO_AH, UNIQUE, reqid)] if ah else r
        for n, k in self.k.items():
            for e in self.entries(n, nets, reqs):
                k.do(SPDADD, e)


def reqids(t):
    """Two tunnels between the same ends: each entry has SAs of its number."""
    print("--- level unique")
    lab = t.lab
    for fam, reqid in ((4, 11), (6, 12)):
        t.sas(lab.V4, reqid)
        t.protect(LAN[fam], lab.V4, reqid)
    for fam, reqid in ((4, 11), (6, 12)):
        pkts = gateways.carried(lab, fam)
        check(spis(pkts) == {(4, spi(n, reqid)) for n in OTHER},
              f"networks of IPv{fam} by SAs of reqid {reqid}, and no others")
        gateways.guests(lab, fam)
    gateways.forged(lab)


def wrong_reqid(t):
    """enigma changes its mind about one entry; partym has not."""
    e, o = "enigma", "partym"
    p = t.lab.partym

    def change(reqid):
        t.k[e].do(SPDUPDATE, policy(OUT, LAN[4][e], LAN[4][o], [request(
            PROTO_ESP, UNIQUE, reqid, (t.lab.V4[e], t.lab.V4[o]))]))
    change(12)
    before = p.count("in", "spd_no_policy")
    c = t.lab.capture(flt="ip proto 50")
    check(t.lab.lan[e].ping(HOST[4][o], count=1) == 0 and
          p.count("in", "spd_no_policy") > before,
          "by the SA of another reqid: dropped as spd_no_policy")
    check(spis(c.stop()) == {(4, spi(e, 12))}, "that SA was on the wire")
    change(11)
    check(t.lab.lan[e].ping(HOST[4][o], wait_s=10) == 2,
          "SPDUPDATE back: it works")


def carved(t):
    """What is more urgent goes first: none, discard."""
    print("--- none, discard")
    lab, e, o = t.lab, "enigma", "partym"
    for fam in (4, 6):
        bits = 32 if fam == 4 else 128
        one = {n: f"{HOST[fam][n]}/{bits}" for n in OTHER}
        got = {"kind": NONE, "proto": UDP, "priority": 1000}
        made = []
        for n in OTHER:
            made += [(n, x) for x in t.entries(n, one, lambda a, b: [], **got)]
        for n, x in made:
            t.k[n].do(SPDADD, x)
        c = lab.capture(flt="not ip6 multicast and not arp")
        check(lab.lan[e].udp(HOST[fam][o], wait_s=10) == 3 and
              lab.lan[e].ping(HOST[fam][o], wait_s=10) == 2,
              f"IPv{fam}: none for UDP")
        seen = {proto(p) for p in c.stop()} - {58}
        check(seen == {UDP, 50}, "UDP is in the clear, ping is not")
        for n, x in made:
            t.k[n].do(SPDDELETE, x)
        what = {"kind": DISCARD, "proto": UDP, "priority": 1000}
        out, _, fwd = t.entries(e, one, lambda a, b: [], **what)
        before = lab.enigma.count("out", "spd_explicit")
        t.k[e].do(SPDADD, out)
        c = lab.capture(flt="udp")
        check(lab.lan[e].udp(HOST[fam][o], count=1) == 0 and
              lab.enigma.count("out", "spd_explicit") > before,
              "discard of what leaves: dropped, counted as spd_explicit")
        check(not c.stop(), "and nothing of it on the wire")
        t.k[e].do(SPDDELETE, out)
        t.k[e].do(SPDADD, fwd)
        gateways.inward(lab, e, [wire.udp_packet(HOST[fam][o], HOST[fam][e], 7,
                                                 FORGED)], "spd_explicit")
        check(lab.lan[e].udp(HOST[fam][o], count=1) == 0,
              "discard of what enters, protected or not")
        t.k[e].do(SPDDELETE, fwd)
        check(lab.lan[e].udp(HOST[fam][o], wait_s=10) == 3,
              "deleted: protected again")


def both_protocols(t):
    """AH over the tunnel's ESP, over IPv6."""
    print("--- AH and ESP, over IPv6")
    lab = t.lab
    for k in t.k.values():
        k.do(SPDFLUSH)
        k.do(kame.FLUSH)
    for n, x in lab.lan.items():
        check(x.ping(HOST[4][OTHER[n]], wait_s=10) == 2,
              "flushed: in the clear")
    t.sas(lab.V6, 21, ah=True)
    for fam in (4, 6):
        t.protect(LAN[fam], lab.V6, 21, ah=True)
    c = lab.capture(flt="not ip6 multicast")
    for fam in (4, 6):
        for n in OTHER:
            office.between(lab, f"IPv{fam} from {n}", HOST[fam][OTHER[n]], n)
    pkts = [p for p in c.stop() if not is_link(p)]
    check(len(pkts) > 100 and all(p[0] >> 4 == 6 and proto(p) in (51, 44)
                                  for p in pkts),
          f"{len(pkts)} packets of AH over IPv6")
    check(spis(pkts, 51) == {(6, spi(n, 21, 1)) for n in OTHER}, "of two SAs")
    gateways.forged(lab)


def one_way(t):
    """Without its fwd, what a tunnel brings is not for the office."""
    print("--- no fwd")
    e, o = "enigma", "partym"
    h = t.lab.partym
    k = t.k[o]
    fwd = policy(FWD, LAN[4][e], LAN[4][o], [])
    k.do(SPDDELETE, fwd)
    # a gateway's own address is for "in"
    check(t.lab.enigma.ping(GW[4][o], "-I", GW[4][e], wait_s=10) == 2,
          "what is for the gateway itself is for its entry of \"in\"")
    before = h.stat()["verdicts"]["in"]
    check(t.lab.lan[e].ping(HOST[4][o], count=1) == 0,
          "what is for the network behind it has none: dropped")
    after = h.stat()["verdicts"]["in"]
    odd = [x for x in after if after[x] > before.get(x, 0)]
    check(any(x != "pass" for x in odd), f"and counted: {odd}")


def ports(t):
    """Entries for one port: fragments do not show it."""
    print("--- ports")
    lab, e, o = t.lab, "enigma", "partym"
    for k in t.k.values():
        k.do(SPDFLUSH)
        k.do(kame.FLUSH)
    t.sas(lab.V4, 31)

    def entry(n, direction, src, dst, fam, udp):
        t.k[n].do(SPDADD, policy(
            direction, LAN[fam][src], LAN[fam][dst], [request(
                PROTO_ESP, UNIQUE, 31, (lab.V4[src], lab.V4[dst]))],
            proto=UDP, ports=udp))
    for fam in (4, 6):
        for n in (e, o):
            for src, dst, udp in ((e, o, (0, 7)), (o, e, (7, 0))):
                for d in (OUT,) if n == src else (IN, FWD):
                    entry(n, d, src, dst, fam, udp)
        c = lab.capture(flt="udp or tcp or esp")
        check(lab.lan[e].udp(HOST[fam][o], wait_s=10) == 3 and
              lab.lan[e].tcp(HOST[fam][o], 20000) > 1000,
              f"IPv{fam}: UDP to port 7, and TCP")
        pkts = c.stop()
        check({proto(p) for p in pkts} == {6, 50} and
              spis(pkts) == {(4, spi(n, 31)) for n in OTHER},
              "TCP is in the clear, UDP is not")
        before = lab.enigma.count("out", "spd_malformed_frag")
        c = lab.capture(flt="not arp and not icmp6")
        check(lab.lan[e].udp(HOST[fam][o], 1480, count=2) == 0 and
              lab.enigma.count("out", "spd_malformed_frag") > before,
              "fragments of UDP, which do not show their port: dropped")
        check({proto(p) for p in c.stop()} <= {50}, "and not in the clear")


def test(lab):
    if b"__asan_init" in (BUILD / "src/cmd/solipsec/solipsec").read_bytes():
        print("a sanitizer's libraries cannot be loaded into other programs")
        sys.exit(77)
    gateways.build(lab)
    t = Sides(lab)
    reqids(t)
    wrong_reqid(t)
    carved(t)
    ports(t)
    both_protocols(t)
    one_way(t)
    gateways.killed(lab, 6)


main(test)
