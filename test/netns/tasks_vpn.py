# SPDX-License-Identifier: BSD-2-Clause
"""Spec tasks 11 and 12: a VPN between two offices, in tunnel mode."""
import sys

import office
from lab import HERE, check, main, proto, protected
from office import GW4, GW6, HOST4, HOST6, LAN4, LAN6

sys.path.insert(0, str(HERE.parent.parent / "demo"))
import wire  # noqa: E402

TASK11 = """# LAN traffic to and from this host can bypass IPsec.
{{laddr {gw} dir both}} bypass {{}}
# WAN traffic uses ESP with 3DES and MD5.
{{tunnel ip.tun0 negotiate tunnel}} 
 ipsec {{encr_algs 3des encr_auth_algs md5 sa shared}}
"""
TASK12 = """# IPv6 Neighbor Discovery messages bypass IPsec.
{{ulp ipv6-icmp type 133-137 dir both}} pass {{}}
# LAN traffic to and from this host can bypass IPsec.
{{laddr {gw} dir both}} bypass {{}}
# WAN traffic uses ESP with 3DES and MD5.
{{tunnel ip6.tun0 negotiate tunnel}} 
  ipsec {{encr_algs 3des encr_auth_algs md5 sa shared}}
"""


def plain(src, dst):
    return wire.udp_packet(src, dst, 7, b"FORGED" * 10)


def ipip(src, dst, packet):
    """Clear IP in IP, as if from the other gateway."""
    p = wire.udp_packet(src, dst, 7, b"")[:20 if "." in src else 40]
    out = bytearray(p + packet)
    if "." in src:
        out[2:4] = len(out).to_bytes(2, "big")
        out[9] = 4 if packet[0] >> 4 == 4 else 41
        out[10:12] = b"\0\0"
        out[10:12] = wire.checksum(bytes(out[:20])).to_bytes(2, "big")
    else:
        out[4:6] = len(packet).to_bytes(2, "big")
        out[6] = 4 if packet[0] >> 4 == 4 else 41
    return bytes(out)


def spoofs(lab, what, outer, host):
    """Nothing that comes in the clear gets to the office, or is answered."""
    e, p = "enigma", "partym"
    inside = plain(host[p], host[e])
    before = lab.enigma.count("in", "spd_got_clear")
    heard = lab.lan[e].start("tcpdump", "-i", "hme0", "-nn", "-l", "-A",
                             "udp port 7")
    lab.lan[e].sh("sleep 0.7")
    office.forge(lab, e, [inside, ipip(outer[p], outer[e], inside),
                          ipip(lab.GW4[e] if "." in outer[e] else lab.GW6[e],
                               outer[e], inside)])
    lab.lan[e].sh("sleep 0.5")
    heard.terminate()
    check("FORGED" not in heard.communicate()[0],
          f"{what}: no forged packet reaches the office")
    check(lab.enigma.count("in", "spd_got_clear") == before + 1,
          f"{what}: clear IP in IP of the other gateway is dropped by policy")


def tunnel(lab, name, conf, policy, gw, host, outer, sas, **way):
    e, p = lab.enigma, lab.partym
    for n, h in lab.hosts.items():
        h.policy(policy.format(gw=gw[n]), "-q", "-F", "-a")
    office.hostname(lab, conf)
    office.keys(lab, sas)
    office.lead(lab, **way)
    listed = e.tool("ipsecconf", "-L", "-n")
    check(listed.count(f"tunnel {name} negotiate tunnel dir out") in (1, 2) and
          listed.count(f"tunnel {name} negotiate tunnel dir in") in (1, 2),
          f"{name}: ipsecconf -L has rules out and in")
    c = lab.capture(flt="not ip6 multicast")
    office.between(lab, name, host["partym"])
    office.between(lab, name, host["enigma"], "partym")
    check(e.ping(host["partym"], "-I", gw["enigma"]) == 2,
          f"{name}: from the gateway itself")
    pkts = c.stop()
    check(protected(pkts) and {proto(x) for x in pkts} <= {50, 58, 44},
          f"{name}: {len(pkts)} packets outside, all ESP")
    n = 4 if "." in outer["enigma"] else 16
    at = 12 if n == 4 else 8
    check(len({bytes(sorted([x[at:at + n], x[at + n:at + 2 * n]])[0])
               for x in pkts if proto(x) == 50}) == 1,
          f"{name}: between the two gateways")
    check(max(map(len, pkts)) <= 1500, f"{name}: everything fits")
    spoofs(lab, name, outer, host)
    for h in (e, p):
        s = h.stat()["packets"]
        check(s["tun_error"] == 0 and s["wire_error"] == 0,
              f"{h.name}: the kernel refused nothing")


def variant(lab, what, lines, sas, good, bad):
    """
    Rules with enigma's view; good and bad: (port, from office) of TCP to the
    other office that has to pass, or not.
    """
    for n, h in lab.hosts.items():
        text = lines
        if n == "partym":
            for a, b in (("laddr", "RADDR"), ("raddr", "laddr"),
                         ("RADDR", "raddr"), ("lport", "RPORT"),
                         ("rport", "lport"), ("RPORT", "rport")):
                text = text.replace(a, b)
        h.policy(text, "-q", "-F", "-a")
    office.keys(lab, sas)
    for ports, passes in ((good, True), (bad, False)):
        for port, n in ports:
            x, dst = lab.lan[n], HOST4[office.OTHER[n]]
            word = x.run("nc", "-z", "-w", "1", dst, port, ok=False)
            del word
            ok = x.sh(f"nc -z -w 1 {dst} {port} && echo yes",
                      ok=False).strip().endswith("yes")
            check(ok == passes, f"{what}: port {port} from {x.name} "
                  + ("passes" if passes else "does not"))


def serve(x, port):
    x.start("nc", "-lk", "-p", port)


def variants(lab):
    for x in lab.lan.values():
        for port in (25, 21, 80, 23):
            serve(x, port)
    lab.enigma.sh("sleep 0.5")
    nets4 = (lab.V4, office.AESMD5, office.inner(4, LAN4))
    variant(lab, "subnets only",
            "{tunnel ip.tun0 negotiate tunnel laddr 10.16.16.0/24 raddr "
            "10.1.3.0/24} ipsec {encr_algs aes encr_auth_algs md5 sa shared}\n",
            [nets4], [(25, "enigma"), (80, "partym")], [])
    before = lab.enigma.count("out", "spd_no_policy")
    lab.enigma.ip("addr add 10.77.0.1/32 dev hme1")
    check(lab.enigma.ping(HOST4["partym"], "-I", "10.77.0.1", count=1) == 0 and
          lab.enigma.count("out", "spd_no_policy") == before + 1,
          "subnets only: traffic that fits no rule is dropped and counted")
    rule = ("{{tunnel ip.tun0 negotiate tunnel ulp tcp {} {}}} ipsec "
            "{{encr_algs blowfish encr_auth_algs md5 sa shared}}\n")
    bf = (lab.V4, office.BFMD5, office.inner(4, LAN4))
    variant(lab, "per port", rule.format("rport", 25) + rule.format(
        "lport", 25), [bf], [(25, "enigma"), (25, "partym")],
        [(80, "enigma"), (80, "partym")])
    ftp = "".join(rule.format(w, p) for w, p in
                  (("rport", 21), ("lport", 21), ("rport", 20), ("lport", 20))
                  ).replace("blowfish", "3des")
    variant(lab, "FTP", ftp, [(lab.V4, office.DES3, office.inner(4, LAN4))],
            [(21, "enigma"), (21, "partym")], [(25, "enigma"), (80, "partym")])
    # active mode: the server calls back, from port 20
    lab.lan["enigma"].start("nc", "-l", "-p", "5001")
    lab.enigma.sh("sleep 0.3")
    check(lab.lan["partym"].sh(
        f"nc -z -w 1 -p 20 {HOST4['enigma']} 5001 && echo yes",
        ok=False).strip().endswith("yes"), "FTP: data from port 20 pass")
    # other protection for another destination
    lab.partym.ip("addr add 10.2.3.1/24 dev hme1")
    lab.lan["partym"].ip("addr add 10.2.3.20/24 dev hme0")
    lab.enigma.ip("route add 10.2.3.0/24 dev ip.tun0")
    for n, h in lab.hosts.items():
        a, b = ("laddr", "raddr") if n == "enigma" else ("raddr", "laddr")
        h.policy("".join(
            f"{{tunnel ip.tun0 negotiate tunnel {a} 10.16.16.0/24 {b} {net}}} "
            f"ipsec {{{algs} sa shared}}\n" for net, algs in (
                ("10.1.3.0/24", "encr_algs aes encr_auth_algs sha1"),
                ("10.2.3.0/24", "encr_algs 3des encr_auth_algs md5"))),
            "-q", "-F", "-a")
    two = dict(LAN4, partym="10.2.3.0/24")
    office.keys(lab, [(lab.V4, office.AESSHA, office.inner(4, LAN4)),
                      (lab.V4, office.DES3, office.inner(4, two))])
    x = lab.lan["enigma"]
    check(x.ping(HOST4["partym"]) == 2 and x.ping("10.2.3.20") == 2,
          "protection by destination: both answer")
    used = [s for s in lab.enigma.stat()["sas"] if s["packets"]]
    check(len(used) == 4, "protection by destination: by SAs of their own")
    # telnet and SMTP of one host differ
    for n, h in lab.hosts.items():
        a, b = ("rport", "lport") if n == "enigma" else ("lport", "rport")
        side = "raddr" if n == "enigma" else "laddr"
        h.policy("".join(
            f"{{tunnel ip.tun0 negotiate tunnel {side} {HOST4['partym']} ulp "
            f"tcp {a} {port}}} ipsec {{{algs} sa shared}}\n"
            for port, algs in ((23, "encr_algs blowfish encr_auth_algs md5"),
                               (25, "encr_algs aes encr_auth_algs md5"))),
            "-q", "-F", "-a")
    office.keys(lab, [nets4, bf])
    c = lab.capture()
    for port in (23, 25):
        check(x.sh(f"nc -z -w 1 {HOST4['partym']} {port} && echo yes",
                   ok=False).strip().endswith("yes"),
              f"telnet and SMTP: port {port} passes")
    spis = {p[20:24] for p in c.stop() if proto(p) == 50}
    check(len(spis) == 4, "telnet and SMTP: with protection of their own")


def test(lab):
    office.build(lab)
    for h in lab.hosts.values():
        h.up()
    line = office.example("hostname.ip.tun.5", "192.168.116.16", "router",
                          "up")
    check(line == "10.16.16.6 10.1.3.3 tsrc 192.168.116.16 tdst "
          "192.168.13.213 router up", "the manual page has the task's line")
    tunnel(lab, "ip.tun0", {"hostname.ip.tun0": line}, TASK11, GW4, HOST4,
           lab.V4, [(lab.V4, office.DES3, office.inner(4, LAN4))],
           four="ip.tun0")
    variants(lab)
    line = office.example("hostname.ip.tun.5", "2001::aaaa:6666:6666", "up")
    tunnel(lab, "ip6.tun0", {"hostname6.ip6.tun0": line}, TASK12, GW6, HOST6,
           lab.V6, [(lab.V6, office.DES3, office.inner(41, LAN6))],
           six="ip6.tun0")
    # IPv6 within the IPv4 tunnel, and the other way round
    for n, h in lab.hosts.items():
        h.policy("".join(f"{{tunnel {t} negotiate tunnel}} ipsec {{encr_algs "
                         "aes encr_auth_algs md5 sa shared}\n"
                         for t in ("ip.tun0", "ip6.tun0")), "-q", "-F", "-a")
        h.tool("iptun", "modify", "-t", "ip.tun0", f"{GW6[n]}/128")
        h.tool("iptun", "modify", "-t", "ip6.tun0", f"{GW4[n]}/32")
    office.keys(lab, [(lab.V4, office.AESMD5, office.inner(41, LAN6)),
                      (lab.V6, office.AESMD5, office.inner(4, LAN4))])
    for n, h in lab.hosts.items():
        o = office.OTHER[n]
        h.ip(f"route replace {LAN4[o]} dev ip6.tun0 src {GW4[n]}")
        h.ip(f"-6 route replace {LAN6[o]} dev ip.tun0 src {GW6[n]}")
    c = lab.capture(flt="not ip6 multicast")
    office.between(lab, "4in6", HOST4["partym"])
    office.between(lab, "6in4", HOST6["partym"])
    check(protected(c.stop()), "each family in the other: all ESP")


main(test)
