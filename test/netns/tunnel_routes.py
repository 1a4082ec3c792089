# SPDX-License-Identifier: BSD-2-Clause
"""
Routes by a routing daemon (BIRD, OSPF) over tunnels with policy: two ways to the
other office, the worse one when the better one fails.
"""
import shutil
import socket
import sys

import office
from lab import KEY, check, main, proto, protected, wait
from office import HOST4, HOST6

BIRD = """
log stderr all;
router id {id};
protocol device {{ scan time 1; }}
protocol kernel {{ ipv4 {{ import none; export all; }}; }}
protocol kernel {{ ipv6 {{ import none; export all; }}; }}
protocol direct {{ ipv4; ipv6; interface "hme1"; }}
protocol ospf v2 four {{
  ipv4 {{ import all; export where source = RTS_DEVICE; }};
  area 0 {{
    interface "ip.tun0" {{ type ptp; cost 10; hello 1; dead 3; }};
    interface "ip6.tun0" {{ type ptp; cost 20; hello 1; dead 3; }};
  }};
}}
protocol ospf v3 six {{
  ipv6 {{ import all; export where source = RTS_DEVICE; }};
  area 0 {{
    interface "ip.tun0" {{ type ptp; cost 10; hello 1; dead 3; }};
    interface "ip6.tun0" {{ type ptp; cost 20; hello 1; dead 3; }};
  }};
}}
"""
ESP = "ipsec {encr_algs aes encr_auth_algs sha256 sa shared}\n"


def routes(lab):
    """Over what the office of enigma reaches the other, by family."""
    e = lab.enigma
    return {6 if ":" in dst else 4: next(
        (d for d in ("ip.tun0", "ip6.tun0")
         if d in e.ip(f"route get {dst}", ok=False)), None)
        for dst in (HOST4["partym"], HOST6["partym"])}


def shut(lab):
    """
    The other office is never reached by the default route. A gateway that
    hears nothing of its neighbour for the dead time (a busy machine, or a tunnel
    that is set down) has no route by a tunnel, and policy of tunnels is not
    for what is then forwarded elsewhere.
    """
    for n, h in lab.hosts.items():
        o = office.OTHER[n]
        h.ip(f"route add unreachable {office.LAN4[o]} metric 100000")
        h.ip(f"-6 route add unreachable {office.LAN6[o]} metric 100000")


def tell(p):
    """An IP packet for a reader: protocol, addresses, some bytes."""
    six = p[0] >> 4 == 6
    src, dst = (p[8:24], p[24:40]) if six else (p[12:16], p[16:20])
    fam = socket.AF_INET6 if six else socket.AF_INET
    return (f"protocol {proto(p)} {socket.inet_ntop(fam, src)} > "
            f"{socket.inet_ntop(fam, dst)} {p[40 if six else 20:][:24].hex()}")


def start(lab, n):
    h = lab.hosts[n]
    conf = h.conf / "bird.conf"
    conf.write_text(BIRD.format(id="10.0.0.1" if n == "enigma" else "10.0.0.2"))
    h.start("bird", "-f", "-c", conf, "-s", h.conf / "bird.ctl")


def test(lab):
    office.build(lab)
    alg = f"encr_alg aes encrkey {KEY[16]} auth_alg sha256 authkey {KEY[32]}"
    for n, h in lab.hosts.items():
        o = office.OTHER[n]
        h.up()
        h.policy("".join(f"{{tunnel {t} negotiate tunnel}} {ESP}"
                         for t in ("ip.tun0", "ip6.tun0")))
        h.tool("iptun", "create", "-t", "-s", lab.V4[n], "-d", lab.V4[o],
               "ip.tun0", office.GW4[n], office.GW4[o], "router", "up")
        i = 1 if n == "enigma" else 2
        h.tool("iptun", "create", "-t", "-s", lab.V6[n], "-d", lab.V6[o],
               "ip6.tun0", f"10.255.0.{i}", f"10.255.0.{3 - i}", "router", "up")
    office.keys(lab, [
        (outer, alg, lambda a, b, p=p, z=z: f"proto {p} innersrc {z} innerdst "
         f"{z}") for outer in (lab.V4, lab.V6)
        for p, z in ((4, "0.0.0.0/0"), (41, "::/0"))])
    shut(lab)
    c = lab.capture(flt="not ip6 multicast")
    for n in lab.hosts:
        start(lab, n)
    wait(lambda: routes(lab) == {4: "ip.tun0", 6: "ip.tun0"}, 30,
         f"learned: {routes(lab)}")
    check(True, "OSPF goes through the tunnels: routes by the better one")
    for dst in (HOST4["partym"], HOST6["partym"]):
        wait(lambda dst=dst: lab.lan["enigma"].ping(dst, count=1) == 1, 10,
             "both ways")
        office.between(lab, "by ip.tun0", dst)
    lab.enigma.tool("iptun", "modify", "-t", "ip.tun0", "down")
    wait(lambda: routes(lab) == {4: "ip6.tun0", 6: "ip6.tun0"}, 20,
         "by the other tunnel")
    for dst in (HOST4["partym"], HOST6["partym"]):
        wait(lambda dst=dst: lab.lan["enigma"].ping(dst, count=1) == 1, 10,
             "both ways again")
        office.between(lab, "ip.tun0 is down, by ip6.tun0", dst)
    lab.enigma.tool("iptun", "modify", "-t", "ip.tun0", "up")
    wait(lambda: routes(lab) == {4: "ip.tun0", 6: "ip.tun0"}, 20, "back")
    check(True, "and back when it is up")
    pkts = c.stop()
    odd = [tell(p) for p in pkts if not protected([p])]
    check(protected(pkts), f"all of it ESP, the routing daemons' words too "
          f"{odd[:3] or ''}")


if shutil.which("bird") is None:
    print("SKIP: package bird2 is not installed")
    sys.exit(77)
main(test)
