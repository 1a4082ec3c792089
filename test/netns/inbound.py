# SPDX-License-Identifier: BSD-2-Clause
"""What comes in: clear, forged, replayed, broken; and what each is called."""
import re
import socket
import sys

from lab import HERE, check, main, proto, wait

ESP = "{encr_algs aes encr_auth_algs sha256 sa shared}"
SEND = """
import socket, sys
fam, dst = int(sys.argv[1]), sys.argv[2]
s = socket.socket(socket.AF_INET if fam == 4 else socket.AF_INET6,
                  socket.SOCK_RAW, socket.IPPROTO_RAW)
if fam == 6:
    s.setsockopt(socket.IPPROTO_IPV6, 36, 1)  # IPV6_HDRINCL
for line in sys.stdin:
    s.sendto(bytes.fromhex(line), (dst, 0))
"""


def csum(b):
    b += b"\0" * (len(b) % 2)
    s = sum(int.from_bytes(b[i:i + 2], "big") for i in range(0, len(b), 2))
    while s >> 16:
        s = (s & 0xffff) + (s >> 16)
    return s ^ 0xffff


def ip(src, dst, nh, body):
    if ":" in src:
        return (b"\x60\0\0\0" + len(body).to_bytes(2, "big") +
                bytes([nh, 64]) + socket.inet_pton(socket.AF_INET6, src) +
                socket.inet_pton(socket.AF_INET6, dst) + body)
    return (b"\x45\0" + (20 + len(body)).to_bytes(2, "big") + b"\x12\x34\0\0" +
            bytes([64, nh]) + b"\0\0" + socket.inet_aton(src) +
            socket.inet_aton(dst) + body)


def upper(src, dst, nh, body, at):
    """body with its checksum at an offset."""
    if ":" in src:
        pseudo = (socket.inet_pton(socket.AF_INET6, src) +
                  socket.inet_pton(socket.AF_INET6, dst) +
                  len(body).to_bytes(4, "big") + bytes([0, 0, 0, nh]))
    elif nh == 1:
        pseudo = b""
    else:
        pseudo = (socket.inet_aton(src) + socket.inet_aton(dst) +
                  bytes([0, nh]) + len(body).to_bytes(2, "big"))
    c = csum(pseudo + body)
    return body[:at] + c.to_bytes(2, "big") + body[at + 2:]


def udp(src, dst, port=7):
    data = b"SOLIPSEC-PLAINTEXT-forged"
    return ip(src, dst, 17, upper(
        src, dst, 17, (9999).to_bytes(2, "big") + port.to_bytes(2, "big") +
        (8 + len(data)).to_bytes(2, "big") + b"\0\0" + data, 6))


def icmp(src, dst, kind, code=0):
    v6 = ":" in src
    return ip(src, dst, 58 if v6 else 1, upper(
        src, dst, 58 if v6 else 1, bytes([kind, code]) + b"\0\0" + b"\0" * 32,
        2))


def inject(lab, pkts):
    """From the router, as if they came from enigma."""
    for fam, dst in ((4, lab.V4["partym"]), (6, lab.V6["partym"])):
        mine = [x for x in pkts if x[0] >> 4 == fam]
        if mine:
            lab.router.run(sys.executable, "-c", SEND, fam, dst,
                           input="".join(x.hex() + "\n" for x in mine))


def counts(lab, where, name, pkts, n=None):
    """Each packet goes up in one counter, and not one is delivered."""
    h = lab.partym
    before = h.count(where, name)
    n = len(pkts) if n is None else n
    inject(lab, pkts)
    wait(lambda: h.count(where, name) >= before + n, 3,
         f"{n} counted as {name} ({h.count(where, name) - before})")
    check(h.count(where, name) == before + n, f"{n} counted as {name}")


def test(lab):
    e, p = lab.enigma, lab.partym
    lab.protect(ESP)
    server = p.serve()
    pairs = [(a["enigma"], a["partym"]) for a in (lab.V4, lab.V6)]

    counts(lab, "in", "spd_got_clear", [udp(*x) for x in pairs])
    counts(lab, "in", "spd_got_clear",
           [icmp(*pairs[0], k) for k in (8, 5, 12, 13, 15, 17, 18)] +
           [icmp(*pairs[0], 3, c) for c in (2, 3, 5)] +
           [icmp(*pairs[1], k) for k in (128, 4)])
    harmless = [icmp(*pairs[0], k) for k in (0, 4, 9, 11, 14, 16)] + \
        [icmp(*pairs[0], 3, c) for c in (0, 1, 4)] + \
        [icmp(*pairs[1], k) for k in (129, 1, 2, 3)]
    counts(lab, "in", "spd_got_clear", harmless, 0)
    # a fragment decides as its datagram: the first of it shows the ports
    whole = udp(*pairs[1])
    first = whole[:6] + bytes([44, 64]) + whole[8:40] + \
        bytes([17, 0, 0, 1, 1, 2, 3, 4]) + whole[40:64]
    counts(lab, "in", "spd_got_clear",
           [first[:4] + (32).to_bytes(2, "big") + first[6:]])

    # ESP that is nobody's, forged, cut
    junk = bytes(range(256))
    counts(lab, "in", "esp_no_sa", [ip(*x, 50, b"\0\0\x99\x99" + junk)
                                    for x in pairs])
    counts(lab, "in", "ah_no_sa", [
        ip(*x, 51, bytes([17, 4, 0, 0]) + b"\0\0\x99\x99" + junk)
        for x in pairs])
    spis = [int(s["spi"], 16) for s in p.stat()["sas"] if s["dir"] == "in"]
    counts(lab, "in", "esp_bad_auth", [
        ip(*pairs[0], 50, spis[0].to_bytes(4, "big") +
           (77).to_bytes(4, "big") + junk[:240])])
    counts(lab, "in", "esp_short", [ip(*pairs[0], 50, b"\0\0\x10")])

    # RFC 4303 3.4.4.1: what is auditable is in the log
    log = p.log.read_text()
    check(f"(esp_bad_auth), ESP integrity check failed (RFC 4303 3.4.4): "
          f"ESP SPI 0x{spis[0]:08x} number 77, {pairs[0][0]} to "
          f"{pairs[0][1]}" in log, "the forged packet is in the log")
    check("(esp_short)" in log, "the cut one, too")
    check("_no_sa)" not in log, "what is nobody's is not")

    # a replayed capture, byte for byte
    c = lab.capture(flt="ip proto 50 or ip6 proto 50")
    for src, dst in pairs:
        check(e.ping(dst, count=3) == 3, f"traffic to record, to {dst}")
    old = [x for x in c.stop() if proto(x) == 50 and
           (x[12:16] == socket.inet_aton(pairs[0][0]) or x[8:24] ==
            socket.inet_pton(socket.AF_INET6, pairs[1][0]))]
    check(len(old) == 6, "recorded")
    delivered = p.stat()["packets"]["tun_out"]
    counts(lab, "in", "esp_early_replay", old)
    check(p.stat()["packets"]["tun_out"] == delivered, "none was delivered")
    check(all(e.ping(dst) == 2 for _, dst in pairs),
          "the real flow goes on")
    changed = [x[:-1] + bytes([x[-1] ^ 1]) for x in old]
    counts(lab, "in", "esp_early_replay", changed)

    # a drop rule drops both ways, a pass rule keeps the kernel's way
    extra = "".join(f"{{laddr {b} raddr {a} lport 9 ulp udp dir both}} drop "
                    f"{{}}\n{{laddr {b} raddr {a} lport 7 ulp udp dir both}} "
                    "pass {}\n" for a, b in pairs)
    lab.protect(ESP, extra="")
    p.policy(extra + "".join(
        f"{{laddr {b} raddr {a}}} ipsec {ESP}\n" for a, b in pairs),
        "-q", "-F", "-a")
    before = p.count("in", "spd_explicit")
    counts(lab, "in", "spd_got_clear", [udp(*x, port=9) for x in pairs], 2)
    check(p.count("in", "spd_explicit") == before,
          "protection has priority over drop")
    p.policy("".join(f"{{laddr {b} raddr {a} lport 9 ulp udp dir both}} drop "
                     "{}\n" for a, b in pairs), "-q", "-F", "-a")
    counts(lab, "in", "spd_explicit", [udp(*x, port=9) for x in pairs])
    out = p.run(sys.executable, HERE / "talk.py", "udp", lab.V4["enigma"],
                "7", "20", "1", ok=False)
    check("ermission" not in out, "what no rule names is not dropped")
    check(server.poll() is None, "the server is unharmed")
    check(re.search("in +IPv4 +[1-9]", p.tool("solipsec", "stat")),
          "entries have their own counters")


main(test)
