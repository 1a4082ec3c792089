# SPDX-License-Identifier: BSD-2-Clause
"""
Spec tasks 13 and 14: the VPN in transport mode, also in the oldest syntax, and
strict multihoming; and sizes when the way between the gateways is narrow.
"""

import office
from lab import check, main, proto, protected, wait
from office import GW4, GW6, HOST4, HOST6

TASK13 = ("{{tunnel {} negotiate transport}} ipsec {{encr_algs 3des "
          "encr_auth_algs md5{}}}\n")


def outer(pr):
    return lambda a, b: f"proto {pr}"


def sas(lab, six):
    return [(lab.V6 if six else lab.V4, office.DES3, outer(pr))
            for pr in (4, 41)]


def listed(lab):
    """Spec: a transport-mode SA of protocol 4 or 41, without inner addresses."""
    out = lab.enigma.tool("ipseckey", "dump")
    check("X_TUNNEL" not in out.upper() and "INNER" not in out.upper(),
          "the SAs have no inner addresses")


def inner_proto(p):
    """Behind the destination options of an encapsulation limit."""
    return p[40] if proto(p) == 60 else proto(p)


def traffic(lab, what, dst):
    c = lab.capture(flt="not ip6 multicast")
    office.between(lab, what, dst)
    pkts = c.stop()
    got = {inner_proto(x) for x in pkts if proto(x) != 58}
    check(not any(b"SOLIPSEC-PLAIN" in x for x in pkts) and got == {50} and
          max(map(len, pkts)) <= 1500, f"{what}: outside only ESP ({got})")
    return pkts


def narrow(lab, dst, far, limit):
    """
    The way between the gateways is smaller than their links: hosts behind hear
    of it, and the device's MTU follows.
    """
    lab.router.ip(f"link set to-partym mtu {limit}")
    lab.partym.ip(f"link set net0 mtu {limit}")
    x = lab.lan["enigma"]
    check(x.tcp(dst, 200000) > 1000, f"{far}: narrow way: TCP learns it")
    mtu = [t["mtu"] for t in lab.enigma.admin("tunnel-list")["tunnels"]
           if t["link"] == far]
    wait(lambda: next(t["mtu"] for t in
                      lab.enigma.admin("tunnel-list")["tunnels"]
                      if t["link"] == far) < limit - 40, 5,
         f"a smaller MTU than {mtu}")
    mss = x.tcp(dst, 200000)
    check(mss < limit - 60, f"{far}: narrow way: TCP with MSS {mss}")
    check(x.udp(dst, 4000, 6) >= 2, f"{far}: narrow way: large UDP")
    check(lab.enigma.stat()["packets"]["toobig_heard"] > 0,
          "a router's report was believed")
    lab.router.ip("link set to-partym mtu 1500")
    lab.partym.ip("link set net0 mtu 1500")


def least(lab):
    """
    What has to fit, 1280 bytes of IPv6, does so where it does not fit: the outer
    packet is split (RFC 2473 7.1).
    """
    for r, dev in ((lab.router, "to-partym"), (lab.partym, "net0")):
        r.ip(f"link set {dev} mtu 1300")
    for name, dst in (("ip.tun0", HOST6["partym"]), ("ip6.tun0",
                                                     HOST6["partym"])):
        office.lead(lab, six=name)
        x = lab.lan["enigma"]
        wait(lambda: x.tcp(dst, 50000) > 1100, 10, "TCP")
        # once both ends know the size
        wait(lambda: x.ping(dst, "-M", "do", "-s", "1232") == 2, 30,
             "1280 bytes through a way of 1300")
        check(True, f"{name}: 1280 bytes of IPv6 over a way of 1300")
    for r, dev in ((lab.router, "to-partym"), (lab.partym, "net0")):
        r.ip(f"link set {dev} mtu 1500")


def strict(lab):
    """Task 14: what comes in by net0 for the address of hme1 is dropped."""
    e, r = lab.enigma, lab.router
    r.ip(f"route add {GW4['enigma']} via {lab.V4['enigma']}")
    r.ip(f"-6 route add {GW6['enigma']} via {lab.V6['enigma']}")
    for name, src, dst in (
            ("ip_strict_dst_multihoming", lab.GW4["enigma"], GW4["enigma"]),
            ("ip6_strict_dst_multihoming", lab.GW6["enigma"], GW6["enigma"])):
        check(r.ping(dst, "-I", src) == 2, f"{name} 0: answered")
        e.tool("solipsec", "tune", f"{name}=1")
        before = e.run("nft", "list", "counters").count("steer_strict")
        check(before == 1, "there is a counter")
        check(r.ping(dst, "-I", src) == 0, f"{name} 1: dropped")
        check(r.ping(lab.V4["enigma"] if "." in dst else lab.V6["enigma"]) == 2
              and lab.lan["enigma"].ping(dst) == 2,
              f"{name} 1: each address by its own device")
    check("packets 0" not in e.run("nft", "list", "counter", "inet", "solipsec",
                                   "steer_strict"), "and counted")
    check(lab.lan["enigma"].ping(HOST4["partym"]) == 2 and
          e.ping(HOST4["partym"], "-I", GW4["enigma"]) == 2,
          "the tunnel works with it")


def test(lab):
    office.build(lab)
    for n, h in lab.hosts.items():
        h.up()
        h.policy(TASK13.format("ip.tun0", " sa shared") +
                 TASK13.format("ip6.tun0", ""))
    office.hostname(lab, {
        "hostname.ip.tun0": office.example("hostname.ip.tun.5",
                                           "192.168.116.16", "up"),
        "hostname6.ip6.tun0": office.example("hostname.ip.tun.5",
                                             "2001::aaaa:6666:6666", "up")})
    office.keys(lab, sas(lab, False) + sas(lab, True))
    office.lead(lab, four="ip.tun0", six="ip6.tun0")
    check("sa unique" in lab.enigma.tool("ipsecconf", "-L", "-n"),
          "\"sa shared\" becomes unique")
    traffic(lab, "ip.tun0", HOST4["partym"])
    # ESP stands behind the encapsulation limit
    pkts = traffic(lab, "ip6.tun0", HOST6["partym"])
    check(any(proto(p) == 60 for p in pkts),
          "ip6.tun0: ESP behind the encapsulation limit")
    listed(lab)
    strict(lab)
    narrow(lab, HOST4["partym"], "ip.tun0", 1440)
    narrow(lab, HOST6["partym"], "ip6.tun0", 1440)
    least(lab)
    # as of Solaris 10 before 7/07: host policy and ifconfig's keywords
    for h in lab.hosts.values():
        h.policy("{} ipsec {encr_algs 3des encr_auth_algs md5}\n"
                 "{laddr 10.0.0.0/8 dir both} pass {}\n", "-q", "-F", "-a")
        h.tool("iptun", "delete", "-t", "ip6.tun0")
    office.hostname(lab, {"hostname.ip.tun0": (
        "10.16.16.6 10.1.3.3 tsrc 192.168.116.16 tdst 192.168.13.213 "
        "encr_algs 3des encr_auth_algs md5 router up")})
    office.lead(lab, four="ip.tun0")
    check(protected(traffic(lab, "the oldest syntax", HOST4["partym"])),
          "the oldest syntax: all ESP")


main(test)
