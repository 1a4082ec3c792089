#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""OpenIKED over IPv6 between two hosts, and for the networks behind two
gateways, over IPv4 and IPv6: what it asks of PF_KEY, ipsecd does."""
import iked
import gateways
import office
from gateways import FORGED, HOST, LAN, OTHER, wire
from lab import check, is_link, main, proto, protected, wait

iked.need()


def begin(lab, outer, flows, mode):
    """ipsecd and iked on both; flows(n): the pairs of that side."""
    # who waits for the other comes first
    for n in ("partym", "enigma"):
        h = lab.hosts[n]
        h.up()
        h.iked = iked.start(h, f"{'active' if n == 'enigma' else 'passive'} "
                            f"{mode}", outer[n], outer[OTHER[n]], flows(n))
    iked.agreed(lab.enigma, lab.partym)


def end(lab):
    for h in lab.hosts.values():
        iked.stop(h.iked)
        h.stop()


def hosts(lab, mode):
    """Between two hosts, over IPv6."""
    e, p, v6 = lab.enigma, lab.partym, lab.V6
    print(f"--- two hosts, IPv6, {mode} mode")
    begin(lab, v6, lambda n: [(v6[n], v6[OTHER[n]])], mode)
    c = lab.capture(flt="ip6 and not udp port 500")
    for a, b in ((e, p), (p, e)):
        dst = v6[b.name]
        check(a.ping(dst, wait_s=10) == 2, f"ping from {a.name}")
        check(a.udp(dst, wait_s=10) == 3 and a.udp(dst, 3000, 6) >= 2,
              "UDP, large UDP")
        check(a.tcp(dst, 200000) > 1000, "TCP")
    pkts = [x for x in c.stop() if not is_link(x)]
    check(len(pkts) > 100 and protected(pkts),
          f"{len(pkts)} packets on the wire, nothing but ESP")
    dump = e.tool("ipseckey", "-n", "dump", "esp")
    check(dump.count("X_TUNNEL") == (2 if mode == "tunnel" else 0),
          f"SAs of {mode} mode")
    c = lab.capture(flt="ip")
    check(e.ping(lab.V4["partym"], wait_s=10) == 2, "IPv4 has no policy")
    check(not any(proto(x) in (50, 51) for x in c.stop()), "and is clear")
    for n, h in lab.hosts.items():
        before = h.count("in", "spd_got_clear")
        c = lab.capture(f"to-{n}", "ip6 and udp")
        office.forge(lab, n, [wire.udp_packet(v6[OTHER[n]], v6[n], 7, FORGED)])
        wait(lambda h=h, b=before: h.count("in", "spd_got_clear") == b + 1, 10,
             "counted")
        check([x[8:24] for x in c.stop() if FORGED in x] ==
              [office_bytes(v6[OTHER[n]])],
              f"{n}: a forged clear datagram is dropped, and not answered")
    for h in (p, e):
        iked.ctl(h, "decouple")
    wait(lambda: not iked.spis(e) and not iked.spis(p), 20, "taken away")
    check(e.ping(v6["partym"], wait_s=10) == 2,
          "ikectl decouple: in the clear")
    end(lab)


def office_bytes(text):
    """An address as a packet has it."""
    return wire.ipaddress.ip_address(text).packed


def nets(lab, outer, fam):
    """Networks of both families, by gateways that speak one."""
    print(f"--- networks behind gateways, over IPv{fam}")
    begin(lab, outer, lambda n: [(LAN[f][n], LAN[f][OTHER[n]])
                                 for f in (4, 6)], "tunnel")
    for f in (4, 6):
        pkts = gateways.carried(lab, f)
        check({x[0] >> 4 for x in pkts} == {fam}, f"IPv{f} in IPv{fam}")
        gateways.guests(lab, f)
    gateways.forged(lab)
    old = iked.spis(lab.enigma)
    check(old == iked.spis(lab.enigma), "the same SAs all the while")
    # what PF_KEY brought stays while ipsecd lives, and shut when it dies
    for h in lab.hosts.values():
        iked.kill(h, h.iked)
    c = lab.capture(flt="not ip6 multicast")
    for f in (4, 6):
        check(lab.lan["enigma"].ping(HOST[f]["partym"], wait_s=10) == 2,
              "iked is killed: what it set up goes on")
    check(protected(c.stop()), "protected")
    gateways.killed(lab, fam)
    lab.enigma.tool_daemon("--remove-steering")
    lab.partym.stop()


def test(lab):
    try:
        for h in lab.hosts.values():
            h.serve()
        for mode in ("tunnel", "transport"):
            hosts(lab, mode)
        gateways.build(lab)
        nets(lab, lab.V4, 4)
        nets(lab, lab.V6, 6)
    except Exception:
        iked.blame(lab.hosts.values())
        raise


main(test)
