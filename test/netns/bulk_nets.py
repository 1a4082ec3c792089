# SPDX-License-Identifier: BSD-2-Clause
"""
Much traffic by tunnels between networks: super-packets that gateways forward, and a
way that becomes narrower while much is under way.
"""
import office
from lab import KEY, check, main, proto, wait
from office import GW4, HOST4, HOST6, LAN4, LAN6, OTHER

MB = 1 << 20
ESP = "{encr_algs aes-gcm16 sa shared}"
MUCH = 104 * MB
LONG = 280  # s: nobody waits for it to pass


def tunnel_keys(lab, me, encap):
    """SAs between the gateways, for both families within."""
    out, spi = "", 0x400
    for src in ("enigma", "partym"):
        dst = OTHER[src]
        peer = lab.V4[OTHER[me]]
        udp = f"encap udp nat_rem {peer} " if encap else ""
        for nets, number in ((LAN4, 4), (LAN6, 41)):
            spi += 1
            out += (f"add esp spi {spi:#x} src {lab.V4[src]} "
                    f"dst {lab.V4[dst]} {udp}proto {number} "
                    f"innersrc {nets[src]} innerdst {nets[dst]} "
                    f"encr_alg aes-gcm16 encrkey {KEY[36]} replay 1024\n")
    return out


def gateways(lab):
    office.build(lab)
    for n, h in lab.hosts.items():
        h.sh("sysctl -qw net.ipv4.ip_forward=1 "
             "net.ipv6.conf.all.forwarding=1")
        h.up()
        h.policy("".join(
            f"{{tunnel ip.tun0 negotiate tunnel laddr {nets[n]} "
            f"raddr {nets[OTHER[n]]}}} ipsec {ESP}\n"
            for nets in (LAN4, LAN6)))
        h.ip("link set ip.tun0 up")
        h.ip(f"route add {LAN4[OTHER[n]]} dev ip.tun0")
        h.ip(f"-6 route add {LAN6[OTHER[n]]} dev ip.tun0")


def sizes_of_devices(lab):
    """Super-packets of others come whole where they are forwarded."""
    e = lab.enigma

    def most(dev):
        return int(e.ip(f"-d link show {dev}").split("gso_max_size ")[1]
                   .split()[0])

    devices = ("ipsec0", "ip.tun0")
    wait(lambda: all(most(d) == 65536 for d in devices), 30,
         "given whole super-packets")
    e.sh("sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0")
    e.sh("for f in /proc/sys/net/ipv4/conf/*/forwarding; do echo 0 >$f; done")
    wait(lambda: all(most(d) == 60000 for d in devices), 30,
         "given what one piece holds")
    e.sh("sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1")
    wait(lambda: all(most(d) == 65536 for d in devices), 30,
         "given whole super-packets again")
    check(True, "the limit of the devices follows forwarding")


def use_keys(lab, encap):
    for n, h in lab.hosts.items():
        h.tool("ipseckey", "flush")
        h.keys(tunnel_keys(lab, n, encap))


def between(lab, encap, size):
    """From one office to the other and back, both families."""
    euro, calif = lab.lan["enigma"], lab.lan["partym"]
    way = "in UDP" if encap else "native ESP"
    before = lab.enigma.stat()["packets"]
    for what, dst in (("IPv4", HOST4["partym"]), ("IPv6", HOST6["partym"])):
        wait(lambda dst=dst: euro.ping(dst, count=1) == 1, 20, "connected")
        check(euro.bulk(dst, size, timeout=LONG),
              f"{way}, {what} between offices: {size // MB} MB each way")
    s = lab.enigma.stat()
    now = s["packets"]
    if s["offload"] & 2:
        check(now["tun_super"] - before["tun_super"] > 100,
              f"{now['tun_super'] - before['tun_super']} super-packets "
              "were forwarded to the tunnel")
    if s["offload"] & 64:
        check(now["fast_out"] - before["fast_out"] >
              now["slow_out"] - before["slow_out"], "by the fast path")
    check(now["tun_error"] == 0, "and none was lost at a device")
    del calif


def narrow(lab, mtu):
    """The link behind the router, at both its ends."""
    lab.router.ip(f"link set to-partym mtu {mtu}")
    lab.partym.ip(f"link set net0 mtu {mtu}")


def shrinks(lab, host, dst, size, what):
    """The way becomes narrower in the middle of a transfer, which goes on."""
    narrow(lab, 1500)
    for h in (lab.router, *lab.hosts.values(), *lab.lan.values()):
        h.sh("ip route flush cache; ip -6 route flush cache", ok=False)
    before = lab.enigma.stat()["packets"]["wire_out"]
    p = host.bulk_begin(dst, size)
    # about a tenth of the first direction has left
    wait(lambda: lab.enigma.stat()["packets"]["wire_out"] - before >
         size // 15000 or p.poll() is not None, 100, "under way")
    check(p.poll() is None, f"{what}: under way")
    narrow(lab, 1400)
    check(host.bulk_end(p, timeout=LONG), f"{what}: {size // MB} MB each way, "
          "whole, over a link that became narrower")
    for h in lab.hosts.values():
        h.talk("plain", "net0")
    c = lab.capture()
    check(host.bulk(dst, 2 * MB, timeout=LONG), f"{what}: 2 MB after it")
    pkts = [x for x in c.stop() if proto(x) in (50, 17)]
    check(len(pkts) > 100 and max(map(len, pkts)) <= 1400,
          f"{what}: none of {len(pkts)} packets is larger than the link")


def test(lab):
    gateways(lab)
    for x in lab.lan.values():
        x.serve(9, "sink")
    sizes_of_devices(lab)
    euro = lab.lan["enigma"]
    use_keys(lab, True)
    between(lab, True, MUCH)
    shrinks(lab, euro, HOST4["partym"], 60 * MB, "tunnel in UDP, IPv4")
    narrow(lab, 1500)
    use_keys(lab, False)
    between(lab, False, 16 * MB)
    shrinks(lab, euro, HOST6["partym"], 30 * MB, "native tunnel, IPv6")


main(test)
