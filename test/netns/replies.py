# SPDX-License-Identifier: BSD-2-Clause
"""What a host's stack answers by itself goes out as the request came.

Echo and timestamp replies, resets, "port unreachable": where policy alone would
have them otherwise (rules of one direction, `or pass`, other algorithms each
way), over IPv4 and IPv6, as the wire sees it.
"""
import ipaddress
import itertools
import sys

from lab import KEY, MARK, check, is_link, main, proto, wait

AES = "{encr_algs aes encr_auth_algs sha256 sa shared}"
GCM = "{encr_algs aes-gcm16 sa shared}"
CLOSED = 9

# What the caller's own stack says of a port that nobody listens at.
PROBE = """
import errno, socket, sys
kind, dst, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
fam = socket.AF_INET6 if ":" in dst else socket.AF_INET
s = socket.socket(fam, socket.SOCK_STREAM if kind == "tcp"
                  else socket.SOCK_DGRAM)
s.settimeout(float(sys.argv[4]))
s.bind(("", int(sys.argv[5])))
try:
    s.connect((dst, port))
    s.send(b"SOLIPSEC-PLAINTEXT is refused")
    s.recv(1)
    print("data")
except TimeoutError:
    print("silence")
except OSError as e:
    print(errno.errorcode[e.errno])
"""

# RFC 792: a timestamp request; how many replies with its number came
STAMP = """
import os, socket, struct, sys
dst, seq = sys.argv[1], int(sys.argv[2])
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
s.settimeout(float(sys.argv[3]))
b = struct.pack("!BBHHHIII", 13, 0, 0, 77, seq, 1, 0, 0)
c = sum(struct.unpack("!10H", b))
c = (c & 0xffff) + (c >> 16)
c = ~((c & 0xffff) + (c >> 16)) & 0xffff
s.sendto(b[:2] + struct.pack("!H", c) + b[4:], (dst, 0))
try:
    while True:
        p = s.recv(2048)
        p = p[(p[0] & 15) * 4:]
        if p[0] == 14 and struct.unpack("!HH", p[4:8]) == (77, seq):
            print("stamp")
            break
except TimeoutError:
    print("silence")
"""


# A number, or a port, once: the same one within seconds is the same request.
PORT, SEQ = itertools.count(20000), itertools.count(1)


def probe(h, kind, dst, wait_s=5):
    return h.run(sys.executable, "-c", PROBE, kind, dst, CLOSED, wait_s,
                 next(PORT)).strip()


def stamp(h, dst, wait_s=5):
    return h.run(sys.executable, "-c", STAMP, dst, next(SEQ), wait_s).strip()


def keys(lab, name, gone=()):
    """SAs of this host: 0x1.. by AES, 0x2.. by GCM; the last digit counts."""
    out, host = [], lab.hosts[name]
    for i, addr in enumerate((lab.V4, lab.V6)):
        e, p = addr["enigma"], addr["partym"]
        for j, (src, dst) in enumerate(((e, p), (p, e))):
            n = 2 * i + j
            out += [f"add esp spi {0x1000 + n:#x} src {src} dst {dst} "
                    f"encr_alg aes encrkey {KEY[16]} auth_alg sha256 "
                    f"authkey {KEY[32]}",
                    f"add esp spi {0x2000 + n:#x} src {src} dst {dst} "
                    f"encr_alg aes-gcm16 encrkey {KEY[36]}"]
    host.tool("ipseckey", "flush")
    host.keys("\n".join(x for x in out if int(x.split()[3], 16)
                        not in gone) + "\n")


def spi(p):
    at = 20 if p[0] >> 4 == 4 else 40
    return int.from_bytes(p[at:at + 4], "big") if proto(p) == 50 else None


def answers(lab, cap, src="partym"):
    """What this host has sent: pairs of family and SPI (None: clear)."""
    out = set()
    for p in cap.stop():
        fam = p[0] >> 4
        if is_link(p):
            continue
        a = lab.V4 if fam == 4 else lab.V6
        if a[src] == text(p):
            out.add((fam, spi(p)))
    return out


def text(p):
    """The source of a packet."""
    return (str(ipaddress.IPv4Address(p[12:16])) if p[0] >> 4 == 4 else
            str(ipaddress.IPv6Address(p[8:24])))


def ask(lab, what):
    """enigma asks all that a stack answers alone, of both families."""
    e = lab.enigma
    for i, (_, dst) in enumerate(lab.addrs("enigma")):
        check(e.ping(dst, wait_s=5) == 2, f"{what}: echo, {dst}")
        check(probe(e, "tcp", dst) == "ECONNREFUSED", f"{what}: reset, {dst}")
        check(probe(e, "udp", dst) == "ECONNREFUSED",
              f"{what}: unreachable, {dst}")
        if i == 0:
            check(stamp(e, dst) == "stamp", f"{what}: timestamp")


def rules(lab, name, *forms):
    """A policy for both families: L and R are this host and the other."""
    lab.hosts[name].policy("".join(
        f.replace("L", f"laddr {a}").replace("R", f"raddr {b}") + "\n"
        for a, b in lab.addrs(name) for f in forms), "-q", "-F", "-a")


def one_way(lab):
    """Policy is for what comes in alone, and programs answer in the clear."""
    e, p = lab.enigma, lab.partym
    for name in lab.hosts:
        keys(lab, name)
    rules(lab, "enigma", "{L R dir out} ipsec " + AES)
    rules(lab, "partym", "{L R dir in} ipsec " + AES)
    cap = lab.capture()
    ask(lab, "one way")
    got = answers(lab, cap)
    check(got == {(4, 0x1001), (6, 0x1003)},
          f"one way: the stack's answers are protected: {got}")
    # a program's are not: no policy asks for it
    server = p.serve()
    cap = lab.capture()
    for _, dst in lab.addrs("enigma"):
        check(e.udp(dst) == 3, f"one way: datagrams of a program, {dst}")
        e.tcp(dst, 20000)
    got = answers(lab, cap)
    check(got == {(4, None), (6, None)},
          f"one way: what programs send is policy's affair: {got}")
    server.kill()
    server.wait()
    # in the clear nothing comes in, so nothing is answered
    e.tool("ipsecconf", "-q", "-F")
    cap = lab.capture()
    for _, dst in lab.addrs("enigma"):
        check(e.ping(dst, count=1) == 0 and probe(e, "tcp", dst, 1) ==
              "silence" and probe(e, "udp", dst, 1) == "silence",
              f"one way: no answer to what policy refuses, {dst}")
    check(not answers(lab, cap), "one way: not a packet")


def no_sa(lab):
    """Without an SA for the answer there is none, least of all a clear one."""
    e = lab.enigma
    rules(lab, "enigma", "{L R dir out} ipsec " + AES)
    keys(lab, "partym", gone=(0x1001, 0x1003, 0x2001, 0x2003))
    cap = lab.capture()
    for _, dst in lab.addrs("enigma"):
        check(e.ping(dst, count=1) == 0 and probe(e, "tcp", dst, 1) ==
              "silence" and probe(e, "udp", dst, 1) == "silence",
              f"no SA: no answer, {dst}")
    got = answers(lab, cap)
    check(not got, f"no SA: and nothing in the clear: {got}")


def algorithms(lab):
    """The request's algorithms; policy's own when there is no such SA."""
    rules(lab, "partym", "{L R dir in} ipsec " + AES,
          "{L R dir out} ipsec " + GCM)
    keys(lab, "partym")
    cap = lab.capture()
    ask(lab, "algorithms")
    got = answers(lab, cap)
    check(got == {(4, 0x1001), (6, 0x1003)},
          f"algorithms: those of the request: {got}")
    keys(lab, "partym", gone=(0x1001, 0x1003))
    cap = lab.capture()
    ask(lab, "other algorithms")
    got = answers(lab, cap)
    check(got == {(4, 0x2001), (6, 0x2003)},
          f"algorithms: or as policy says: {got}")


def or_pass(lab):
    """Clear requests have clear answers, protected ones protected answers."""
    e = lab.enigma
    keys(lab, "partym")
    rules(lab, "partym", "{L R} ipsec " + AES + " or pass {}")
    e.stop()
    e.daemon = None
    # ... once nothing of before can be under way any more
    wait(lambda: e.ping(lab.V4["partym"], count=1) == 1, 60,
         "or pass: a clear answer")
    cap = lab.capture()
    ask(lab, "or pass")
    got = answers(lab, cap)
    check(got == {(4, None), (6, None)},
          f"or pass: clear answers to clear requests: {got}")
    e.up()
    rules(lab, "enigma", "{L R} ipsec " + AES)
    keys(lab, "enigma")
    cap = lab.capture()
    ask(lab, "or pass, protected")
    pkts = cap.file
    got = answers(lab, cap)
    check(got == {(4, 0x1001), (6, 0x1003)},
          f"or pass: protected answers to protected requests: {got}")
    check(MARK not in pkts.read_bytes(), "and what was asked is not to be "
          "read in the answers")
    # one direction, and a choice in it
    rules(lab, "partym", "{L R dir in} ipsec " + AES + " or pass {}")
    rules(lab, "enigma", "{L R dir out} ipsec " + AES)
    cap = lab.capture()
    ask(lab, "or pass, one way")
    got = answers(lab, cap)
    check(got == {(4, 0x1001), (6, 0x1003)},
          f"or pass, one way: protected answers: {got}")


def spared(lab):
    """What policy passes is the kernel's, also while ipsecd is not there."""
    e, p = lab.enigma, lab.partym
    rules(lab, "partym", "{ulp icmp dir both} pass {}",
          "{L R} ipsec " + AES)
    e.stop()
    e.daemon = None
    dst = lab.V4["partym"]
    check(e.ping(dst, count=1, wait_s=5) == 1, "passed: answered")
    before = p.stat()["packets"]["tun_in"]
    check(e.ping(dst, count=3, wait_s=5) == 3, "passed: answered again")
    check(p.stat()["packets"]["tun_in"] == before,
          "passed: on the kernel's own way")


def test(lab):
    for h in lab.hosts.values():
        h.up()
    one_way(lab)
    no_sa(lab)
    algorithms(lab)
    or_pass(lab)
    spared(lab)


main(test)
