# SPDX-License-Identifier: BSD-2-Clause
"""ESP inside UDP (RFC 3948) through a NAT that changes address and port."""
from lab import KEY, check, main, proto, wait

ESP = "{encr_algs aes encr_auth_algs sha1 sa shared}"


def test(lab):
    e, p, r = lab.enigma, lab.partym, lab.router
    inside, outside = lab.V4["enigma"], "192.168.13.77"
    r.ip(f"addr add {outside}/24 dev to-partym")
    r.run("nft", "-f", "-", input="""
table ip nat {
	chain post {
		type nat hook postrouting priority 100;
		oifname "to-partym" ip saddr %s udp dport 4500 snat to %s:40000
		oifname "to-partym" ip saddr %s snat to %s
	}
}
""" % (inside, outside, inside, outside))
    p.serve()
    for h, a, b in ((e, inside, lab.V4["partym"]),
                    (p, lab.V4["partym"], outside)):
        h.up()
        h.policy(f"{{laddr {a} raddr {b}}} ipsec {ESP}\n")
    algs = (f"encr_alg aes encrkey {KEY[16]} auth_alg sha1 authkey {KEY[20]} "
            "replay 64")
    dst = lab.V4["partym"]
    e.keys(f"add esp spi 0x301 src {inside} dst {dst} encap udp "
           f"nat_loc {outside} {algs}\n"
           f"add esp spi 0x302 src {dst} dst {inside} encap udp "
           f"nat_loc {outside} {algs}\n")
    p.keys(f"add esp spi 0x301 src {outside} dst {dst} encap udp "
           f"nat_rem {inside} nat_rport 40000 {algs}\n"
           f"add esp spi 0x302 src {dst} dst {outside} encap udp "
           f"nat_rem {inside} nat_rport 40000 {algs}\n")
    c = lab.capture()
    check(e.ping(dst) == 2, "ping through the NAT")
    check(e.udp(dst) == 3 and e.udp(dst, 8000, 2) == 2, "UDP through it")
    check(e.tcp(dst, 300000) > 1200, "TCP through it")
    pkts = [x for x in c.stop() if x[0] >> 4 == 4]
    check(len(pkts) > 20 and all(proto(x) == 17 for x in pkts),
          f"{len(pkts)} packets, all UDP")
    whole = [x for x in pkts if not (x[6] & 0x3f or x[7])]
    check(all(x[20:24] in (b"\x9c\x40\x11\x94", b"\x11\x94\x9c\x40")
              for x in whole), "of ports 4500 and the NAT's 40000")
    before = p.count("in", "nat_t_ka"), p.count("in", "ike")
    for text in ("b'\\xff'", "bytes(4) + b'ike'"):
        e.sh(f"""python3 -c "import socket
s = socket.socket(type=socket.SOCK_DGRAM)
s.bind(('', 4501))
s.sendto({text}, ('{dst}', 4500))" """)
    wait(lambda: (p.count("in", "nat_t_ka"), p.count("in", "ike")) ==
         (before[0] + 1, before[1] + 1), what="counted")
    check(True, "a keepalive and an IKE message are known as such")
    was = p.count("in", "nat_t_ka")
    wait(lambda: p.count("in", "nat_t_ka") > was, 25, "a keepalive")
    check(e.count("in", "nat_t_ka") == 0,
          "the end behind the NAT keeps it open, the other has no need to")


main(test)
