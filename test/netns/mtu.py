# SPDX-License-Identifier: BSD-2-Clause
"""Sizes: TCP fits, large datagrams pass, DF is told, a narrow link is learned."""
import re
import time

from lab import check, main, proto, wait

ESP = "{encr_algs aes encr_auth_algs sha256 sa shared}"


def sizes(pkts):
    """Lengths of the packets, and whether any is a fragment."""
    return max(len(p) for p in pkts), any(
        (p[0] >> 4 == 4 and (p[6] & 0x3f or p[7])) or proto(p) == 44
        for p in pkts)


def tcp(lab, dst, limit, what):
    c = lab.capture()
    mss = lab.enigma.tcp(dst, 300000)
    largest, split = sizes(c.stop())
    check(not split and largest <= limit,
          f"{what}: TCP with MSS {mss} needs no fragments "
          f"(largest packet {largest})")
    return largest


def path_mtu(host, dst, size):
    """What ping -M do is told; None when it gets through."""
    out = host.run("ping", "-n", "-M", "do", "-s", size, "-c", "3", "-i",
                   "0.1", "-W", "1", dst, ok=False)
    m = re.search(r"mtu[ =]+(\d+)", out)
    return int(m.group(1)) if m else None


def largest_fit(lab, dst, head, what):
    """ICMP names a size; that one passes, one byte more does not."""
    mtu = path_mtu(lab.enigma, dst, 1472)
    check(mtu is not None and 1380 < mtu < 1500, f"{what}: told {mtu}")
    for name in lab.hosts:
        lab.hosts[name].sh("ip route flush cache; ip -6 route flush cache")
    check(lab.enigma.ping(dst, "-M", "do", "-s", mtu - head) == 2,
          f"{what}: {mtu} bytes pass")
    check(path_mtu(lab.enigma, dst, mtu - head + 1) == mtu,
          f"{what}: {mtu + 1} bytes are told {mtu}")
    lab.enigma.sh("ip route flush cache; ip -6 route flush cache")


def test(lab):
    e, p = lab.enigma, lab.partym
    lab.protect(ESP)
    for h in (e, p):
        h.serve()
    for fam, addr in ((4, lab.V4), (6, lab.V6)):
        dst = addr["partym"]
        big = tcp(lab, dst, 1500, f"IPv{fam}")
        check(big > 1440, f"IPv{fam}: and wastes little ({big})")
        for n in (1300, 8000, 60000):
            check(e.udp(dst, n, 2) == 2,
                  f"IPv{fam}: UDP of {n} bytes, there and back")
        # DF is set while it fits the link: each end is told once
        check(e.udp(dst, 1440, 4) >= 2, f"IPv{fam}: UDP of 1440 bytes")
    # "df" of IPv6 is the sender's choice, not in the packet
    largest_fit(lab, lab.V4["partym"], 28, "IPv4 DF")
    check(e.count("out", "too_big") > 0, "too_big was counted")

    # a link that neither host sees
    lab.router.ip("link set to-partym mtu 1400")
    lab.partym.ip("link set net0 mtu 1400")
    time.sleep(2.2)  # ipsecd believes the routes' answer for 2 s
    for fam, addr in ((4, lab.V4), (6, lab.V6)):
        dst = addr["partym"]
        # larger than the link with ESP around it: both ends hear of it, and a
        # packet under way in that moment may still be split
        wait(lambda dst=dst: e.udp(dst, 1440, 1) == 1 or None, 5,
             "the narrow link learned")
        tcp(lab, dst, 1400, f"IPv{fam}, narrow link")
        check(e.udp(dst, 8000, 2) == 2, f"IPv{fam}, narrow link: UDP of 8000")
    check(e.stat()["packets"]["toobig_heard"] > 0,
          "the router's report was believed")
    # the network changes under a policy that stays, as it does at boot
    def route():
        return p.ip("route show table 5051")
    check("mtu 1435" in route(), "TCP's route is that of the first link")
    p.ip("addr add 10.123.0.1/32 dev lo")
    wait(lambda: "mtu 1335" in route(), 8, "steered anew")
    check(True, "after a change of addresses it is that of the link now")
    for h in (e, p):
        s = h.stat()["packets"]
        check(s["wire_error"] == 0 and s["tun_error"] == 0,
              f"{h.name}: the kernel refused nothing")


main(test)
