# SPDX-License-Identifier: BSD-2-Clause
"""Tunnel interfaces: a policy that names one makes its device."""
from lab import KEY, check, main, protected, proto

ESP = "{encr_algs aes encr_auth_algs sha256 sa shared}"
NETS = {"enigma": "10.1.0.0/16", "partym": "10.2.0.0/16"}
ADDR = {"enigma": "10.1.0.1", "partym": "10.2.0.1"}
ADDR6 = {"enigma": "fd01::1", "partym": "fd02::1"}


def test(lab):
    other = {"enigma": "partym", "partym": "enigma"}
    for n, h in lab.hosts.items():
        o = other[n]
        h.serve()
        h.up()
        h.policy(f"{{tunnel ip.tun0 negotiate tunnel laddr {NETS[n]} "
                 f"raddr {NETS[o]}}} ipsec {ESP}\n"
                 f"{{tunnel ip.tun0 negotiate tunnel laddr fd00::/8 "
                 f"raddr fd00::/8}} ipsec {ESP}\n")
        check("ip.tun0" in h.ip("-o link"), f"{n}: the device is there")
        h.ip(f"addr add {ADDR[n]}/32 dev ip.tun0")
        h.ip(f"addr add {ADDR6[n]}/128 dev ip.tun0 nodad")
        h.ip(f"route add {NETS[o]} dev ip.tun0 src {ADDR[n]}")
        h.ip(f"-6 route add {ADDR6[o]} dev ip.tun0 src {ADDR6[n]}")
        spi = iter(range(0x201, 0x300))
        h.keys("".join(
            f"add esp spi {next(spi):#x} src {lab.V4[a]} dst {lab.V4[b]} "
            f"proto {pr} innersrc {na} innerdst {nb} encr_alg aes encrkey "
            f"{KEY[16]} auth_alg sha256 authkey {KEY[32]}\n"
            for a, b in (("enigma", "partym"), ("partym", "enigma"))
            for pr, na, nb in ((4, NETS[a], NETS[b]),
                               (41, "fd00::/8", "fd00::/8"))))
    e, p = lab.enigma, lab.partym
    c = lab.capture()
    for dst in (ADDR["partym"], ADDR6["partym"]):
        check(e.ping(dst) == 2, f"ping through the tunnel to {dst}")
        check(e.udp(dst) == 3, "UDP through it")
        check(e.udp(dst, 8000, 2) == 2, "large UDP through it")
        mss = e.tcp(dst)
        check(mss > 1200, f"TCP through it, MSS {mss}")
    pkts = c.stop()
    check(len(pkts) > 50 and protected(pkts) and
          {proto(x) for x in pkts} <= {50, 58, 0, 2},
          f"{len(pkts)} packets outside, all ESP")
    check(max(len(x) for x in pkts) <= 1500, "all fit the link")
    check(e.ping(lab.V4["partym"]) == 2,
          "what does not go through the tunnel keeps its way")

    # no rule of the tunnel for it
    e.ip("route add 10.9.0.0/16 dev ip.tun0")
    before = e.count("out", "spd_no_policy")
    check(e.ping("10.9.0.1", count=1) == 0 and
          e.count("out", "spd_no_policy") >= before + 1,
          "a tunnel's packet that no rule names is dropped")
    # an inner source that the SA is not for
    e.ip("addr add 10.77.0.1/32 dev ip.tun0")
    check(e.ping(ADDR["partym"], "-I", "10.77.0.1", count=1) == 0,
          "nor is one from elsewhere")
    # a name that is taken stays somebody else's
    e.ip("tuntap add mine mode tun")
    e.policy(f"{{tunnel mine negotiate tunnel laddr {NETS['enigma']}}} "
             f"ipsec {ESP}\n")
    check("is not ipsecd's" in e.log.read_text(), "another's device is not "
          "taken")
    for h in (e, p):
        h.stop()
        check("tun0" not in h.ip("-o link"), f"{h.name}: the device is gone")
    check("mine" in e.ip("-o link"), "and the other's is not")


main(test)
