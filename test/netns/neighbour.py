# SPDX-License-Identifier: BSD-2-Clause
"""Neighbour discovery, group reports and router advertisements under policies
that want everything protected, with and without the recommended entry for them;
and what the kernel answers by itself (spec: policy 20)."""

from forge import Ear, Forger
from lab import KEY, Host, check, is_link, main, proto, run, settle, wait

ESP = "{encr_algs aes encr_auth_algs sha256 sa shared}"
SPARE = "{ulp ipv6-icmp type 133-137 dir both} pass {}\n"
V4 = {"red": "10.7.0.1", "blue": "10.7.0.2"}
V6 = {"red": "fd07::1", "blue": "fd07::2"}
OTHER = {"red": "blue", "blue": "red"}


def link(lab):
    hosts = {}
    lab.router.ip("link add br0 type bridge mcast_snooping 0")
    lab.router.ip("link set br0 up")
    for n in V4:
        h = hosts[n] = Host(lab, n)
        run("ip", "link", "add", f"br-{n}", "netns", "router", "type", "veth",
            "peer", "name", "lan0", "netns", n)
        lab.router.ip(f"link set br-{n} master br0 up")
        h.ip(f"addr add {V4[n]}/24 brd + dev lan0")
        h.ip(f"addr add {V6[n]}/64 dev lan0 nodad")
        h.ip("link set lan0 up")
    for h in hosts.values():
        wait(lambda h=h: "tentative" not in h.ip("addr"), 10, "settled")
        h.up()
    return hosts


def keys(hosts, way=("red", "blue")):
    for h in hosts.values():
        h.tool("ipseckey", "flush")
        h.keys("".join(
            f"add esp spi {spi + i} src {v[a]} dst {v[b]} encr_alg aes "
            f"encrkey {KEY[16]} auth_alg sha256 authkey {KEY[32]}\n"
            for i, v in enumerate((V4, V6))
            for spi, a, b in ((0x100, "red", "blue"), (0x200, "blue", "red"))
            if a in way))


def forget(hosts):
    for h in hosts.values():
        h.ip("neigh flush dev lan0")
        h.ip("-6 neigh flush dev lan0")


def kinds(pkts):
    """Types of ICMPv6 that were in the clear."""
    out = set()
    for x in pkts:
        at, nh = 40, x[6]
        if x[0] >> 4 == 6 and nh == 0:
            nh, at = x[40], 40 + 8 * (x[41] + 1)
        if x[0] >> 4 == 6 and nh == 58:
            out.add(x[at])
    return out


def discovery(lab, hosts):
    for spare in ("", SPARE):
        for h in hosts.values():
            h.policy(spare + f"{{}} ipsec {ESP}\n", "-q", "-F", "-a")
        keys(hosts)
        what = "with the entry" if spare else "without an entry"
        for _ in range(2):
            forget(hosts)
            c = lab.capture("br0")
            for v in (V4, V6):
                got = hosts["red"].ping(v["blue"])
                check(got == 2, f"{what} for it: {v['blue']} is found, and "
                      f"{got} of 2 pings answered")
            # a group that is joined is told to the link
            hosts["blue"].run("python3", "-c", """
import socket, struct, time
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
s.setsockopt(41, 20, socket.inet_pton(socket.AF_INET6, "ff15::99") +
             struct.pack("i", socket.if_nametoindex("lan0")))
time.sleep(.3)
""")
            pkts = c.stop()
            seen = kinds(pkts)
            check({135, 136, 143} <= seen and not seen & {128, 129},
                  f"  in the clear: {sorted(seen)}, no echo")
            odd = [x for x in pkts if proto(x) not in (50, 2) and
                   not is_link(x)]
            check(not odd, f"  nothing else {[x[:48].hex() for x in odd[:2]]}")
    # an advertisement of a router is heard
    r = hosts["blue"]
    r.sh("sysctl -qw net.ipv6.conf.lan0.accept_ra=2")
    forger = Forger(lab.router)
    lab.router.ip("addr add fe80::99/64 dev br0 nodad")
    lab.router.ip("addr add fd07::99/64 dev br0 nodad")
    said = forger.do("", """
s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, 58)
s.setsockopt(41, 18, 255)
s.bind(("fe80::99", 0, 0, index("br0")))
s.sendto(icmp6(134, 0, struct.pack("!II", 0, 0), "fe80::99", "ff02::1",
         0x40000708), ("ff02::1", 0, 0, index("br0")))
""")
    wait(lambda: "fe80::99" in r.ip("-6 route show default"), 3,
         f"a route of the router {said}")
    check(True, "an advertisement of a router is taken")


def replies(lab, hosts):
    """What the kernel answers itself goes as policy has it for answers."""
    red, blue = hosts["red"], hosts["blue"]
    both = f"{{laddr %s raddr %s}} ipsec {ESP}%s\n"

    def load(extra=""):
        for n, h in hosts.items():
            h.policy("".join(both % (v[n], v[OTHER[n]], extra)
                             for v in (V4, V6)), "-q", "-F", "-a")
    load()
    keys(hosts)
    f = Forger(red)
    for v, fam in ((V4, 4), (V6, 6)):
        c = lab.capture("br0")
        check(red.ping(v["blue"]) == 2, f"echo to {v['blue']}")
        for code, what in ((f"stream({fam}, 20).connect(({v['blue']!r}, 5))",
                            "a reset"),
                           (f"s = dgram({fam}); s.connect(({v['blue']!r}, 5))"
                            "; until_told(s)", "port unreachable")):
            said = f.do("<tok>", code)
            check(said == "Connection refused", f"  {what}: {said}")
        pkts = c.stop()
        odd = [x for x in pkts if proto(x) != 50 and not is_link(x) and
               x[12:14] != b"\x08\x06"]
        check(len(pkts) >= 8 and not odd, "  protected requests, protected "
              f"answers {[x[:48].hex() for x in odd[:2]]}")
    # a clear request, which `or pass` takes, is answered in the clear
    load(" or pass {}")
    red.tool("ipsecconf", "-q", "-F")
    for h in hosts.values():
        h.tool("ipseckey", "flush")
    for v in (V4, V6):
        c = lab.capture("br0")
        check(red.ping(v["blue"]) == 2, f"clear echo to {v['blue']}, which "
              "may be protected and has no SA: answered")
        check(all(proto(x) != 50 for x in c.stop()), "  in the clear")
    ear = Ear(blue, 9)
    check(f.do("<clr>", f"dgram().sendto(data(), ({V4['blue']!r}, 9))") == ""
          and wait(lambda: ear.heard("<clr>"), 2), "and datagrams arrive")


def tunables(lab, hosts):
    """icmp_, igmp_ and pim_accept_clear_messages, in the kernel's lists, too."""
    red, blue = hosts["red"], hosts["blue"]
    red.tool("ipsecconf", "-q", "-F")
    blue.policy(f"{{laddr {V4['blue']} raddr {V4['red']}}} ipsec {ESP}\n",
                "-q", "-F", "-a")
    f = Forger(red)
    tries = [("icmp", "ICMP, icmp(0, 0, b'x' * 20)", "an echo reply"),
             ("icmp", "ICMP, icmp(11, 0, ip4(UDP, udp(7, 9, b''), src=B, "
              "dst=A))", "time exceeded"),
             ("igmp", "2, b'\\x16\\0\\xe9\\xfd\\0\\0\\0\\0'", "IGMP"),
             ("pim", "103, b'\\x20\\0\\xdf\\xff'", "PIM")]
    for name, packet, what in tries:
        for on in (1, 0, 1):
            blue.tool("solipsec", "tune", f"{name}_accept_clear_messages={on}")
            before = blue.count("in", "spd_got_clear")
            said = f.do("", f"A, B = {V4['red']!r}, {V4['blue']!r}; "
                        f"raw(ip4({packet}, src=A, dst=B))")
            settle()
            n = blue.count("in", "spd_got_clear") - before
            check(said == "" and n == 1 - on, f"{what} in the clear, "
                  f"{name}_accept_clear_messages {on}: {n} dropped")


def stray(hosts):
    """Who names ipsec0 for what policy does not select."""
    blue = hosts["blue"]
    f = Forger(blue)
    before = blue.stat()["packets"]["steer_stray"]
    said = f.do("<dev>", "s = dgram(); s.setsockopt(1, 25, b'ipsec0'); "
                "s.sendto(data(), ('10.7.0.99', 9))")
    n = blue.stat()["packets"]["steer_stray"] - before
    check(n == 1, f"by ipsec0, and not selected: steer_stray {n} {said}")


def test(lab):
    hosts = link(lab)
    discovery(lab, hosts)
    replies(lab, hosts)
    tunables(lab, hosts)
    stray(hosts)
    for h in hosts.values():
        h.sane()


main(test)
