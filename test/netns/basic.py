# SPDX-License-Identifier: BSD-2-Clause
"""ESP, AH, both: TCP, UDP and ping between unmodified programs, both ways."""
from lab import check, main, protected, proto

ACTIONS = {
    "ESP": "{encr_algs aes encr_auth_algs sha256 sa shared}",
    "AH": "{auth_algs sha1 sa shared}",
    "ESP inside AH": "{auth_algs sha256 encr_algs aes encr_auth_algs sha1 "
                     "sa shared}",
}
WANT = {"ESP": 50, "AH": 51, "ESP inside AH": 51}


def traffic(lab, what):
    for fam, addr in (("IPv4", lab.V4), ("IPv6", lab.V6)):
        for name, h in lab.hosts.items():
            dst = addr["partym" if name == "enigma" else "enigma"]
            check(h.ping(dst) == 2, f"{what}: {fam} ping from {name}")
            check(h.udp(dst) == 3, f"{what}: {fam} UDP from {name}")
            check(h.tcp(dst) > 500, f"{what}: {fam} TCP from {name}")


def test(lab):
    for h in lab.hosts.values():
        h.serve()
    for what, action in ACTIONS.items():
        lab.protect(action)
        c = lab.capture()
        traffic(lab, what)
        pkts = c.stop()
        check(len(pkts) > 40, f"{what}: the router saw {len(pkts)} packets")
        if what != "AH":  # which hides nothing
            check(protected(pkts), f"{what}: only protected packets")
        seen = {proto(p) for p in pkts if proto(p) in (50, 51)}
        check(seen == {WANT[what]}, f"{what}: on the wire {seen}")
    for h in lab.hosts.values():
        s = h.stat()
        bad = {k: n for d in ("in", "out") for k, n in s["verdicts"][d].items()
               if n and k not in ("pass",)}
        check(not bad, f"{h.name} dropped nothing {bad or ''}")
        check(all(s["packets"][k] == 0 for k in (
            "tun_error", "wire_error", "tun_full", "wire_full", "unreadable",
            "steer_guard")), f"{h.name} lost nothing")


main(test)
