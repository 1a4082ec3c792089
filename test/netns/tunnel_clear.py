# SPDX-License-Identifier: BSD-2-Clause
"""
Tunnels without policy (plain IP in IP), under host policy, and in transport
mode: each family in each.
"""
from lab import KEY, check, main, protected, proto, wait

ESP = "{encr_algs aes encr_auth_algs sha256 sa shared}"
IN4 = {"enigma": "10.1.0.1", "partym": "10.2.0.1"}
IN6 = {"enigma": "fd01::1", "partym": "fd02::1"}
OTHER = {"enigma": "partym", "partym": "enigma"}
# name, type, protocol of IPv4 in it, of IPv6 in it
KINDS = (("ip.tun0", "ipv4"), ("ip6.tun0", "ipv6"))


def ends(lab, kind, n):
    a = lab.V4 if kind == "ipv4" else lab.V6
    return {"tsrc": a[n], "tdst": a[OTHER[n]]}


def create(lab, h, name, kind):
    e = ends(lab, kind, h.name)
    h.tool("iptun", "create", "-t", "-T", kind, "-s", e["tsrc"], "-d",
           e["tdst"], name, "up")
    check(name in h.ip("-o link"), f"{h.name}: {name} is there")


def lead(h, dev):
    """All inner traffic goes this way now."""
    o = OTHER[h.name]
    h.ip(f"addr replace {IN4[h.name]}/32 dev {dev}")
    h.ip(f"addr replace {IN6[h.name]}/128 dev {dev} nodad")
    h.ip(f"route replace {IN4[o]} dev {dev} src {IN4[h.name]}")
    h.ip(f"-6 route replace {IN6[o]} dev {dev} src {IN6[h.name]}")


def settle(lab, dev):
    """The devices' MTU follows what policy adds."""
    for h in lab.hosts.values():
        wait(lambda h=h: all(t["mtu"] < 1440 for t in
                             h.admin("tunnel-list")["tunnels"]
                             if t["link"] == dev), 3, "a smaller MTU")


def traffic(lab, what, seen):
    """seen: what all packets between have to be, outside."""
    c = lab.capture(flt="not ip6 multicast")
    for dst in (IN4["partym"], IN6["partym"]):
        e = lab.enigma
        check(e.ping(dst) == 2, f"{what}: ping to {dst}")
        check(e.udp(dst, 100) == 3 and e.udp(dst, 4000, 2) == 2,
              f"{what}: UDP, small and in fragments")
        mss = e.tcp(dst, 200000)
        check(mss > 1200, f"{what}: TCP, MSS {mss}")
    # the kernel looks for IPv6 routers on each device, also on the other tunnel
    pkts = [p for p in c.stop() if b"\xff\2" + bytes(13) not in p]
    outer = {proto(p) for p in pkts if proto(p) != 58}
    check(outer and outer <= seen, f"{what}: outside only {sorted(seen)}")
    check(max(map(len, pkts)) <= 1500, f"{what}: everything fits the link")
    return pkts


def came(lab):
    """How many packets an unanswered ping is for the ipsecd of partym."""
    before = lab.partym.stat()["packets"]["wire_in"]
    check(lab.enigma.ping(IN4["partym"], count=1) == 0, "no answer")
    return lab.partym.stat()["packets"]["wire_in"] - before


def keys(lab):
    """Transport-mode SAs of the protocols that a tunnel has."""
    spi, out = 0x300, ""
    for a, b in (("enigma", "partym"), ("partym", "enigma")):
        for addr in (lab.V4, lab.V6):
            for pr in (4, 41):
                spi += 1
                out += (f"add esp spi {spi:#x} src {addr[a]} dst {addr[b]} "
                        f"proto {pr} encr_alg aes encrkey {KEY[16]} "
                        f"auth_alg sha256 authkey {KEY[32]} replay 64\n")
    return out


def split(lab):
    """Outer packets in fragments: the way is narrower than IPv6 allows inside."""
    for h in lab.hosts.values():
        h.tool("ipsecconf", "-F", "-q")
    for h, dev in ((lab.router, "to-partym"), (lab.partym, "net0"),
                   (lab.router, "to-enigma"), (lab.enigma, "net0")):
        h.ip(f"link set {dev} mtu 1290")
    for name, _ in KINDS:
        for h in lab.hosts.values():
            lead(h, name)
            wait(lambda h=h, name=name: any(
                t["mtu"] == 1280 for t in h.admin("tunnel-list")["tunnels"]
                if t["link"] == name), 5, "the least MTU")
        c = lab.capture(flt="not ip6 multicast")
        check(lab.enigma.ping(IN6["partym"], "-M", "do", "-s", "1232") == 2,
              f"{name}: 1280 bytes of IPv6 over a way of 1290")
        pkts = c.stop()
        check(any(proto(p) == 44 or (p[0] >> 4 == 4 and p[6] & 0x20)
                  for p in pkts), f"{name}: in fragments outside")


def test(lab):
    hosts = lab.hosts.values()
    for h in hosts:
        h.serve()
        h.up()
    for name, kind in KINDS:
        for h in hosts:
            create(lab, h, name, kind)
            lead(h, name)
        plain = {4, 41} if kind == "ipv4" else {4, 41, 60, 44}
        pkts = traffic(lab, f"{name}, no policy", plain)
        check(not protected(pkts), f"{name}: and in the clear")
        if kind == "ipv6":
            check(any(p[6] == 60 and p[42:45] == b"\4\1\4" for p in pkts),
                  f"{name}: with an encapsulation limit of 4")
        # one is not there any more: what comes is nobody's
        lab.partym.tool("iptun", "delete", "-t", name)
        check(name not in lab.partym.ip("-o link"),
              f"{name} is deleted")
        c = lab.capture(flt="icmp or (icmp6 and ip6[40] < 128)")
        # (the kernel itself talks to routers on the other tunnel)
        check(any(came(lab) == 0 for _ in range(4)),
              f"{name}: what still comes does not get to ipsecd")
        check(not c.stop(), "and nobody is told anything by ICMP")
        create(lab, lab.partym, name, kind)
        lead(lab.partym, name)
        traffic(lab, f"{name}, made again", plain)

    # host policy about the outer packets
    for h in hosts:
        o = OTHER[h.name]
        h.policy(f"{{laddr {lab.V4[h.name]} raddr {lab.V4[o]} ulp ipencap}} "
                 f"ipsec {ESP}\n"
                 f"{{laddr {lab.V4[h.name]} raddr {lab.V4[o]} ulp ipv6}} "
                 f"ipsec {ESP}\n")
        h.keys("".join(x.replace("proto 4 ", "").replace("proto 41 ", "") +
                       "\n" for i, x in enumerate(keys(lab).splitlines())
                       if i % 2 == 0))
        lead(h, "ip.tun0")
    settle(lab, "ip.tun0")
    check(protected(traffic(lab, "host policy", {50})), "host policy: no "
          "plaintext")
    # transport mode, of the tunnels themselves
    for name, kind in KINDS:
        for h in hosts:
            h.policy(f"{{tunnel {name} negotiate transport}} ipsec {ESP}\n",
                     "-q", "-F", "-a")
            h.tool("ipseckey", "flush")
            h.keys(keys(lab))
            lead(h, name)
        settle(lab, name)
        seen = {50} if kind == "ipv4" else {60, 44}
        pkts = traffic(lab, f"{name}, transport mode", seen)
        check(not any(b"SOLIPSEC-PLAIN" in p for p in pkts),
              f"{name}: no plaintext")
        # what comes in the clear now is dropped
        lab.enigma.tool("ipsecconf", "-F", "-q")
        before = lab.partym.count("in", "spd_got_clear")
        check(lab.enigma.ping(IN4["partym"]) == 0 and
              lab.partym.count("in", "spd_got_clear") >= before + 2,
              f"{name}: clear IP in IP is dropped and counted")
    split(lab)
    r = lab.enigma.tool("ipsecconf", "-L", "-n")
    check("tun" not in r, "no policy is left")
    for h in hosts:
        s = h.stat()["packets"]
        check(s["tun_error"] == 0 and s["wire_error"] == 0,
              f"{h.name}: the kernel refused nothing")


main(test)
