# SPDX-License-Identifier: BSD-2-Clause
"""
The two offices of office.py under policy of PF_KEY programs of Linux: what
has to be so when the networks of one are protected towards those of the other,
whoever brought the policy. Each office has a second network, of guests, of
which no policy speaks.
"""
import signal
import sys

import office
from lab import HERE, MARK, check, proto, protected, wait
from office import HOST4, HOST6, LAN4, LAN6, OTHER

sys.path.insert(0, str(HERE.parent.parent / "demo"))
import wire  # noqa: E402

LAN = {4: LAN4, 6: LAN6}
HOST = {4: HOST4, 6: HOST6}
GW = {4: office.GW4, 6: office.GW6}
NET = {4: {"enigma": "10.16.17.0/24", "partym": "10.1.4.0/24"},
       6: {"enigma": "6000:6667::/64", "partym": "6000:3334::/64"}}
GUEST = {4: {"enigma": "10.16.17.20", "partym": "10.1.4.20"},
         6: {"enigma": "6000:6667::20", "partym": "6000:3334::20"}}
GUEST_GW = {4: {"enigma": "10.16.17.6", "partym": "10.1.4.3"},
            6: {"enigma": "6000:6667::1", "partym": "6000:3334::1"}}
FORGED = b"FORGED" * 10
END = b"NO-MORE-OF-THEM"


def build(lab):
    """Gateways that forward, and a router that knows every network."""
    office.build(lab)
    for n, h in lab.hosts.items():
        x = lab.lan[n]
        h.sh("sysctl -qw net.ipv4.ip_forward=1 "
             "net.ipv6.conf.all.forwarding=1")
        for fam, bits, outer in ((4, 24, lab.V4), (6, 64, lab.V6)):
            h.ip(f"addr add {GUEST_GW[fam][n]}/{bits} dev hme1" +
                 (" nodad" if fam == 6 else ""))
            x.ip(f"addr add {GUEST[fam][n]}/{bits} dev hme0" +
                 (" nodad" if fam == 6 else ""))
            for net in (LAN[fam][n], NET[fam][n]):
                lab.router.ip(f"-{fam} route add {net} via {outer[n]}")
        # a host speaks to hosts as a host, and to guests as a guest
        for fam in (4, 6):
            x.ip(f"-{fam} route add {LAN[fam][OTHER[n]]} via "
                 f"{GW[fam][n]} src {HOST[fam][n]}")
            x.ip(f"-{fam} route add {NET[fam][OTHER[n]]} via "
                 f"{GUEST_GW[fam][n]} src {GUEST[fam][n]}")
    for fam in (4, 6):
        for n, x in lab.lan.items():
            for dst in (HOST[fam][OTHER[n]], GUEST[fam][OTHER[n]]):
                wait(lambda x=x, dst=dst: x.ping(dst, count=1) == 1, 20,
                     "connected")


def ends(pkt):
    """The two addresses of a packet, whichever way it goes."""
    at, n = (12, 4) if pkt[0] >> 4 == 4 else (8, 16)
    return frozenset((pkt[at:at + n], pkt[at + n:at + 2 * n]))


def carried(lab, fam, flt="not udp port 500 and not ip6 multicast"):
    """
    Ping, UDP, TCP from the office of each side, and nothing but ESP between two
    addresses on the wire. What was there.
    """
    c = lab.capture(flt=flt)
    for n in ("enigma", "partym"):
        office.between(lab, f"IPv{fam} from {n}'s office",
                       HOST[fam][OTHER[n]], n)
    check(lab.enigma.ping(HOST[fam]["partym"], "-I", GW[fam]["enigma"],
                          wait_s=10) == 2,
          "a gateway has an address of its network, too")
    pkts = c.stop()
    check(len(pkts) > 200 and protected(pkts) and
          len({ends(p) for p in pkts if proto(p) == 50}) == 1,
          f"{len(pkts)} packets outside, nothing but ESP of two gateways")
    check(max(map(len, pkts)) <= 1500, "everything fits")
    return pkts


def guests(lab, fam):
    """What no entry names goes as ever."""
    c = lab.capture()
    for n in ("enigma", "partym"):
        x, dst = lab.lan[n], GUEST[fam][OTHER[n]]
        check(x.ping(dst, wait_s=10) == 2 and x.udp(dst, wait_s=10) == 3 and
              x.tcp(dst) > 1300, f"guests of IPv{fam}, from {n}'s side")
    pkts = c.stop()
    check(any(MARK in p for p in pkts) and
          not any(proto(p) in (50, 51) for p in pkts), "in the clear")


def inward(lab, n, forged, counter="spd_got_clear"):
    """
    Packets of a forger outside, which n's gateway has to drop, and count; none
    may get to the office. A guest's packet comes behind them, and does.
    """
    h, o = lab.hosts[n], OTHER[n]
    before = h.count("in", counter)
    c = lab.capture("hme0", "udp", lab.lan[n])
    for fam in (4, 6):
        office.forge(lab, n, [
            *(p for p in forged if p[0] >> 4 == fam),
            wire.udp_packet(GUEST[fam][o], GUEST[fam][n], 9, END)])
    wait(lambda: sum(END in p for p in c.seen()) == 2, 20, "through")
    check(not any(FORGED in p for p in c.stop()),
          f"{n}: no forged packet reaches the office")
    wait(lambda: h.count("in", counter) >= before + len(forged), 10, "counted")
    check(h.count("in", counter) == before + len(forged),
          f"{n}: each of {len(forged)} is counted, {counter}")


def forged(lab, fams=(4, 6)):
    """Clear packets to protected networks, for hosts and for the gateway."""
    for n in ("enigma", "partym"):
        o = OTHER[n]
        inward(lab, n, [
            wire.udp_packet(src, dst, 7, FORGED) for fam in fams
            for src in (HOST[fam][o], GW[fam][o])
            for dst in (HOST[fam][n], GW[fam][n])])


def killed(lab, fam, n="enigma"):
    """ipsecd is killed: its office says nothing outside, guests go on."""
    h, o = lab.hosts[n], OTHER[n]
    c = lab.capture(f"to-{n}", "not udp port 500 and not ip6 multicast")
    h.stop(signal.SIGKILL)
    check(lab.lan[n].udp(HOST[fam][o], count=1) == 0 and
          lab.lan[o].udp(HOST[fam][n], count=1) == 0,
          "ipsecd is killed: nothing gets through")
    h.ping(HOST[fam][o], "-I", GW[fam][n], count=1)
    # the kernel answers ESP with an error, since nobody takes it
    inside = {wire.ipaddress.ip_address(x[m]).packed
              for x in (HOST[fam], GW[fam]) for m in (n, o)}
    check(not any(MARK in p or ends(p) & inside for p in c.stop()),
          "nor is anything of it in the clear outside")
    c = lab.capture("hme0", "udp", lab.lan[n])
    office.forge(lab, n, [
        wire.udp_packet(HOST[fam][o], HOST[fam][n], 7, FORGED),
        wire.udp_packet(GUEST[fam][o], GUEST[fam][n], 9, END)])
    wait(lambda: any(END in p for p in c.seen()), 20, "through")
    check(not any(FORGED in p for p in c.stop()),
          "nor does a forged packet get in; guests go on")
