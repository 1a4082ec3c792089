# SPDX-License-Identifier: BSD-2-Clause
"""A NAT between two hosts: in.iked finds it, and everything goes by UDP 4500."""
from ikelab import Both, Iked, blamed, preshared, rule, spis
from lab import check, main, proto, wait

ESP = "{encr_algs aes encr_auth_algs sha256 sa shared}"
OUTSIDE = "192.168.13.77"


def masquerade(lab):
    """The router gives enigma another address and other ports."""
    r, inside = lab.router, lab.V4["enigma"]
    r.ip(f"addr add {OUTSIDE}/24 dev to-partym")
    r.run("nft", "-f", "-", input=f"""
table ip nat {{
	chain post {{
		type nat hook postrouting priority 100;
		oifname "to-partym" ip saddr {inside} udp dport {{ 500, 4500 }} \
snat to {OUTSIDE}:40000-40100 random
		oifname "to-partym" ip saddr {inside} snat to {OUTSIDE}
	}}
}}
""")


class Nat(Both):
    """As Both, but partym knows enigma by another address."""

    def __init__(self, lab):
        # pylint: disable=super-init-not-called
        self.lab, self.iked = lab, {}
        e, p = lab.V4["enigma"], lab.V4["partym"]
        for h, a, b in ((lab.enigma, e, p), (lab.partym, p, OUTSIDE)):
            h.up()
            h.policy(f"{{laddr {a} raddr {b}}} ipsec {ESP}\n")
        # its own address is what enigma says that it is
        self.iked["enigma"] = Iked(lab.enigma, rule(e, p), preshared(e, p))
        self.iked["partym"] = Iked(lab.partym, rule(p, OUTSIDE),
                                   preshared(p, e) + preshared(p, OUTSIDE))
        self.e, self.p = self.iked["enigma"], self.iked["partym"]


@blamed
def test(lab):
    masquerade(lab)
    both = Nat(lab)
    lab.iked.append(both)
    lab.partym.serve()
    both.start()
    e, dst = lab.enigma, lab.V4["partym"]
    c = lab.capture()
    check(e.ping(dst, count=1, wait_s=20) == 1, "ping through the NAT")
    both.agreed()
    check(e.udp(dst) == 3 and e.tcp(dst, 200000) > 1000, "UDP and TCP")
    pkts = [x for x in c.stop() if x[0] >> 4 == 4]
    check(len(pkts) > 50 and {proto(x) for x in pkts} == {17},
          f"{len(pkts)} packets, all UDP")
    esp = [x for x in pkts if x[20:24][2:4] == b"\x11\x94" and
           x[28:32] != bytes(4)]
    check(len(esp) > 20 and all(40000 <= int.from_bytes(x[20:22], "big")
                                <= 40100 for x in esp),
          "ESP goes to port 4500 from the NAT's")
    a, b = both.e.sas(), both.p.sas()
    check(a[0]["nat"]["local"] and not a[0]["nat"]["remote"] and
          b[0]["nat"]["remote"] and not b[0]["nat"]["local"],
          "each knows who is behind it")
    check(len(spis(e)) == 2, "one pair of SAs")
    before = lab.partym.count("in", "nat_t_ka")
    wait(lambda: lab.partym.count("in", "nat_t_ka") > before, 60,
         "a keepalive")
    check(True, "the NAT is kept open")


main(test)
