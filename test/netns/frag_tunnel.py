# SPDX-License-Identifier: BSD-2-Clause
"""Datagrams that a tunnel carries in pieces, where its policy is about ports:
all of a datagram goes the same way, in whatever order its pieces come; and what
is wrong with pieces is found, and counted."""

from forge import Ear, Forger
from lab import KEY, check, main, protected, settle, wait

ESP = "{encr_algs aes encr_auth_algs sha256 sa shared}"
NETS = {"enigma": ("10.1.0.0/16", "fd01::/16"),
        "partym": ("10.2.0.0/16", "fd02::/16")}
ADDR = {"enigma": ("10.1.0.1", "fd01::1"), "partym": ("10.2.0.1", "fd02::1")}
# the 3 pieces of u, in an order
PIECES = """
A, B = {ends}
u = udp(9, {port}, data(2000), A, B)
cut = [(0, u[:800]), (800, u[800:1600]), (1600, u[1600:])]
ident = int.from_bytes(os.urandom(2), "big")
for i in {order}:
    off, part = cut[i]
    if ":" in A:
        raw(ip6(FRAG, fragment(UDP, off, i != 2, ident) + part, src=A, dst=B))
    else:
        raw(ip4(UDP, part, src=A, dst=B, ident=ident,
                off=off // 8 | (0x2000 if i != 2 else 0)))
"""
# name, pieces after which the datagram is not heard, counter, how much
ONE = "raw(ip4(UDP, {body}, src=A, dst=B, ident=77, off={off}))"
SIX = "raw(ip6(FRAG, fragment(UDP, {off}, {more}, 77) + {body}, src=A, dst=B))"
BAD = [
    ("an overlap", [(0, 1, "u[:800]"), (400, 1, "u[400:1200]"),
                    (1200, 0, "u[1200:]")], "spd_overlap_frag", 3),
    ("a first fragment of 8 bytes", [(0, 1, "u[:8]"), (8, 1, "u[8:808]")],
     "spd_evil_frag", 2),
    ("a second end", [(800, 0, "u[800:1000]"), (1600, 0, "u[1600:]"),
                      (0, 1, "u[:800]")], "spd_evil_frag", 3),
    ("something behind the end", [(800, 0, "u[800:1000]"),
                                  (1600, 1, "u[1600:1800]"), (0, 1, "u[:800]")],
     "spd_evil_frag", 3),
    ("more than 64 KiB", [(65528, 0, "u[:800]")], "spd_evil_frag", 1),
    ("a length that is no multiple of 8", [(800, 1, "u[800:1001]")],
     "spd_malformed_frag", 1),
    ("a first fragment alone", [(0, 1, "u[:800]")], "spd_expired_frags", 1),
]


def setup(lab):
    for n, o in (("enigma", "partym"), ("partym", "enigma")):
        h, mine, far = lab.hosts[n], ADDR[n], NETS[o]
        me = "r" if n == "enigma" else "l"
        h.up()
        # port 7: ESP; port 17: dropped; port 19: no rule
        h.policy("".join(
            f"{{tunnel ip.tun0 negotiate tunnel laddr {NETS[n][i]} raddr "
            f"{far[i]} ulp udp {me}port {port}}} {act}\n" for i in (0, 1)
            for port, act in ((7, f"ipsec {ESP}"),
                              (17, "drop {}"))).replace("17}", "17 dir both}"))
        h.ip(f"addr add {mine[0]}/32 dev ip.tun0")
        h.ip(f"addr add {mine[1]}/128 dev ip.tun0 nodad")
        h.ip(f"route add {far[0]} dev ip.tun0 src {mine[0]}")
        h.ip(f"-6 route add {far[1]} dev ip.tun0 src {mine[1]}")
        spi = iter(range(0x201, 0x300))
        h.keys("".join(
            f"add esp spi {next(spi):#x} src {lab.V4[a]} dst {lab.V4[b]} "
            f"proto {pr} innersrc {NETS[a][i]} innerdst {NETS[b][i]} encr_alg "
            f"aes encrkey {KEY[16]} auth_alg sha256 authkey {KEY[32]}\n"
            for a, b in (("enigma", "partym"), ("partym", "enigma"))
            for i, pr in ((0, 4), (1, 41))))


def test(lab):
    setup(lab)
    e, p = lab.enigma, lab.partym
    ear, forger = Ear(p, 7, 17, 19), Forger(e)
    n = 0
    c = lab.capture()
    for fam in (4, 6):
        ends = (ADDR["enigma"][fam == 6], ADDR["partym"][fam == 6])
        for port, verdict in ((7, None), (17, "spd_explicit"),
                              (19, "spd_no_policy")):
            for order in ((0, 1, 2), (2, 1, 0), (1, 2, 0), (2, 0, 1)):
                n += 1
                token = f"<{n:04}>"
                before = e.count("out", verdict) if verdict else 0
                said = forger.do(token, PIECES.replace("{ends}", repr(ends))
                                 .replace("{port}", str(port))
                                 .replace("{order}", repr(order)))
                check(said == "", f"IPv{fam}, port {port}, order {order}: "
                      f"sent {said}")
                settle()
                heard = len(ear.heard(token))
                check(heard == (verdict is None), f"  heard {heard} times")
                if verdict:
                    # the kernel's own search for routers may be one more
                    check(e.count("out", verdict) >= before + 3,
                          f"  each piece is one {verdict}")
        for name, parts, verdict, count in BAD:
            n += 1
            token = f"<{n:04}>"
            before = e.count("out", verdict)
            code = f"A, B = {ends!r}\nu = udp(9, 7, data(2000), A, B)\n"
            for off, more, body in parts:
                code += (SIX.format(off=off, more=more, body=body) if fam == 6
                         else ONE.format(off=off // 8 | more << 13, body=body)
                         ).replace("77", str(1000 + n)) + "\n"
            said = forger.do(token, code)
            check(said == "", f"IPv{fam}: {name}: sent {said}")
            if verdict == "spd_expired_frags":
                wait(lambda v=verdict, b=before: e.count("out", v) > b)
            settle()
            got = e.count("out", verdict) - before
            check(not ear.heard(token) and got == count,
                  f"  nobody hears it, {got} {verdict}")
    check(protected(c.stop()), "nothing of it was in the clear")
    # what programs send in one piece, and the kernel splits
    p.serve(23)
    for h, me in ((e, "r"), (p, "l")):
        h.policy("".join(
            f"{{tunnel ip.tun0 negotiate tunnel ulp udp {me}port 23 laddr {a} "
            f"raddr {b}}} ipsec {ESP}\n" for a, b in zip(
                NETS[h.name], NETS[{"enigma": "partym", "partym": "enigma"}[
                    h.name]])), "-q", "-F", "-a")
    for fam in (0, 1):
        check(e.udp(ADDR["partym"][fam], 20000, 3, 23) == 3,
              "20,000 bytes there and back")
    # in the clear, from somewhere else: not even collected
    before = p.count("in", "spd_malformed_frag")
    forger.do("<clear>", """
u = udp(9, 23, data(800), "10.1.0.1", "10.2.0.1")
for part in (ip4(UDP, u[:400], src="10.1.0.1", dst="10.2.0.1", off=0x2000),
             ip4(UDP, u[400:], src="10.1.0.1", dst="10.2.0.1", off=50)):
    s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    s.setsockopt(1, 36, 0x10000000)
    s.sendto(ip4(4, part), (B4, 0))
""")
    settle()
    check(not ear.heard("<clear>"), "fragments in the clear: not heard")
    s = e.stat()["packets"]
    check(s["wire_error"] == s["tun_error"] == 0, "the kernel refused nothing")


main(test)
