# SPDX-License-Identifier: BSD-2-Clause
"""Much traffic at once: every way to pass several packets together, on and off."""
import os
import signal

from lab import KEY, check, main, proto

MB = 1 << 20
ESP = "{encr_algs aes-gcm16 sa shared}"
ALL = 127
BITS = {1: "devices with headers", 2: "super-packets of TCP",
        4: "super-packets of UDP", 8: "several packets by one call",
        16: "cutting by the kernel", 32: "joining by the kernel",
        64: "the fast path"}


def algs():
    return f"encr_alg aes-gcm16 encrkey {KEY[36]} replay 1024"


def encapsulated(lab, name):
    """Of a host: UDP encapsulation as behind a NAT that changes nothing."""
    a, b = lab.V4["enigma"], lab.V4["partym"]
    nat = f"nat_loc {a}" if name == "enigma" else f"nat_rem {a}"
    return (f"add esp spi 0x301 src {a} dst {b} encap udp {nat} {algs()}\n"
            f"add esp spi 0x302 src {b} dst {a} encap udp {nat} {algs()}\n")


def use(lab, kind):
    """Both hosts' SAs."""
    for n, h in lab.hosts.items():
        h.tool("ipseckey", "flush")
        h.keys(encapsulated(lab, n) if kind == "udp" else lab.manual(ESP))


def wire(lab, dst, want, most):
    """What the router sees is protected, whole, and fits."""
    for h in lab.hosts.values():
        h.talk("plain", "net0")
    c = lab.capture()
    lab.enigma.bulk(dst, 2 * MB)
    pkts = [x for x in c.stop() if proto(x) != 58]
    check(len(pkts) > 100 and all(proto(x) == want for x in pkts),
          f"{len(pkts)} packets, all of protocol {want}")
    check(max(map(len, pkts)) <= most, f"none larger than {most}")
    check(not any(b"SOLIPSEC-PLAIN" in x for x in pkts),
          "and nothing can be read")


def offloads(lab, dst):
    """Each of them off, then all, while traffic goes on."""
    for bits in [*(ALL - b for b in BITS), 0, ALL]:
        for h in lab.hosts.values():
            h.tool("solipsec", "tune", "set", "ipsec_offload", bits)
        check(lab.enigma.bulk(dst, 2 * MB), f"ipsec_offload={bits}: 2 MB")


def in_use(lab):
    s = lab.enigma.stat()
    return s["offload"], s["packets"]


def test(lab):
    v4, v6 = lab.V4["partym"], lab.V6["partym"]
    lab.partym.serve(9, "sink")
    lab.protect(ESP)
    use(lab, "native")
    check(lab.enigma.bulk(v4, 30 * MB), "native, IPv4: 30 MB each way")
    check(lab.enigma.bulk(v6, 10 * MB), "native, IPv6: 10 MB each way")
    wire(lab, v4, 50, 1500)
    wire(lab, v6, 50, 1500)
    bits, n = in_use(lab)
    if bits & 2:
        check(n["tun_super"] > 0, f"{n['tun_super']} super-packets")
    if bits & 64:
        check(n["fast_out"] > n["slow_out"] and n["fast_in"] > n["slow_in"],
              "most of it went the fast path")
    if bits & 8:
        check(n["wire_calls"] < n["wire_out"],
              f"{n['wire_out']} packets in {n['wire_calls']} calls")
    offloads(lab, v4)
    offloads(lab, v6)

    use(lab, "udp")
    check(lab.enigma.bulk(v4, 60 * MB), "in UDP: 60 MB each way")
    wire(lab, v4, 17, 1500)
    offloads(lab, v4)

    # devices without headers, as a kernel that knows none
    os.environ["SOLIPSEC_OFFLOAD"] = "0"
    for h in lab.hosts.values():
        h.stop(signal.SIGUSR1)
        h.up()
        h.policy("".join(f"{{laddr {a} raddr {b}}} ipsec {ESP}\n"
                         for a, b in lab.addrs(h.name)))
    check(in_use(lab)[0] == 0, "started anew without any of it")
    use(lab, "udp")
    check(lab.enigma.bulk(v4, 3 * MB), "3 MB in UDP")
    use(lab, "native")
    check(lab.enigma.bulk(v6, 3 * MB), "3 MB over IPv6")
    check(in_use(lab)[1]["tun_super"] == 0, "no super-packet came")


main(test)
