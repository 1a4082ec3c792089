# SPDX-License-Identifier: BSD-2-Clause
"""Packets made by hand, and odd ways to send them.

In a test: Forger(host).do(token, code) runs a piece of Python on a host, with
everything of this file in sight; data(n) is n bytes that show the token all
over, so that any fragment of them is found in a capture. Ear(host, port...)
tells what programs on a host would hear.
"""
import hashlib
import hmac
import json
import os
import select
import socket
import struct
import subprocess
import sys
import threading
import time

A4, B4 = "192.168.116.16", "192.168.13.213"  # enigma, partym
A6, B6 = "2001::aaaa:6666:6666", "2001::eeee:3333:3333"
ENDS = {4: (A4, B4), 6: (A6, B6)}
ICMP, TCP, UDP, ESP, AH, ICMP6 = 1, 6, 17, 50, 51, 58
HOP, ROUTING, FRAG, DST = 0, 43, 44, 60
IPV6_HDRINCL = 36
TOKEN = b"<---->"


def data(n=200):
    return (TOKEN * (n // len(TOKEN) + 1))[:n]


# --- headers ---

def packed(a):
    return socket.inet_pton(socket.AF_INET6 if ":" in a else socket.AF_INET, a)


def csum(b):
    b += b"\0" * (len(b) % 2)
    s = sum(struct.unpack("!%dH" % (len(b) // 2), b))
    while s >> 16:
        s = (s & 0xffff) + (s >> 16)
    return s ^ 0xffff


def pseudo(src, dst, proto, body):
    form = "!II" if ":" in src else "!HH"
    pair = (len(body), proto) if ":" in src else (proto, len(body))
    return packed(src) + packed(dst) + struct.pack(form, *pair)


def ip4(proto, body, src=A4, dst=B4, off=0, opt=b"", ident=0x1234, ttl=64):
    """off: the flags and the offset of a fragment, as they stand there."""
    h = struct.pack("!BBHHHBBH4s4s", 0x45 + len(opt) // 4, 0,
                    20 + len(opt) + len(body), ident, off, ttl, proto, 0,
                    packed(src), packed(dst)) + opt
    return h[:10] + struct.pack("!H", csum(h)) + h[12:] + body


def ip6(nh, body, src=A6, dst=B6, flow=0, hlim=64):
    return struct.pack("!IHBB16s16s", 6 << 28 | flow, len(body), nh, hlim,
                       packed(src), packed(dst)) + body


def ip(fam, proto, body, **kw):
    return (ip4 if fam == 4 else ip6)(proto, body, **kw)


def udp(sport, dport, body, src=A4, dst=B4):
    u = struct.pack("!HHHH", sport, dport, 8 + len(body), 0) + body
    c = csum(pseudo(src, dst, UDP, u) + u) or 0xffff
    return u[:6] + struct.pack("!H", c) + body


def udp6(sport, dport, body, src=A6, dst=B6):
    return udp(sport, dport, body, src, dst)


def tcp(sport, dport, body=b"", src=A4, dst=B4, flags=2, seq=1, ack=0):
    t = struct.pack("!HHIIBBHHH", sport, dport, seq, ack, 0x50, flags, 8192,
                    0, 0) + body
    c = csum(pseudo(src, dst, TCP, t) + t)
    return t[:16] + struct.pack("!H", c) + t[18:]


def icmp(kind, code, body, word=0):
    h = struct.pack("!BBHI", kind, code, 0, word) + body
    return h[:2] + struct.pack("!H", csum(h)) + h[4:]


def icmp6(kind, code, body, src=A6, dst=B6, word=0):
    h = struct.pack("!BBHI", kind, code, 0, word) + body
    return h[:2] + struct.pack("!H", csum(pseudo(src, dst, ICMP6, h) + h)) \
        + h[4:]


def options(nh, size=8, kind=0x1e):
    """IPv6 options of an unknown kind that are to be skipped."""
    return bytes([nh, size // 8 - 1, kind, size - 4]) + b"\0" * (size - 4)


def fragment(nh, off, more, ident=7):
    return struct.pack("!BBHI", nh, 0, off | more, ident)


# --- ESP and AH with an HMAC; ESP encrypts nothing ---

ICV = {hashlib.sha256: 16, hashlib.sha1: 12}


def esp(spi, seq, nh, body, key, pad=None, alg=hashlib.sha256):
    """pad: the pad length to claim, whatever is there."""
    n = -(len(body) + 2) % 4
    text = body + bytes(range(1, n + 1)) + bytes([n if pad is None else pad,
                                                  nh])
    e = struct.pack("!II", spi, seq) + text
    return e + hmac.new(key, e, alg).digest()[:ICV[alg]]


def ah(fam, spi, seq, nh, body, key, alg=hashlib.sha256, **kw):
    """A whole packet, whose header has nothing that changes on the way but
    the time to live (RFC 4302 3.3.3)."""
    size = 12 + ICV[alg]
    size += -size % (4 if fam == 4 else 8)
    head = struct.pack("!BBHII", nh, size // 4 - 2, 0, spi, seq)
    zero = head + b"\0" * (size - 12) + body
    p = ip(fam, AH, zero, **kw)
    if fam == 4:
        m = p[:1] + b"\0" + p[2:6] + b"\0\0\0" + p[9:10] + b"\0\0" + p[12:]
    else:
        m = b"\x60\0\0\0" + p[4:7] + b"\0" + p[8:]
    icv = hmac.new(key, m, alg).digest()[:ICV[alg]]
    at = (20 if fam == 4 else 40) + 12
    return p[:at] + icv + p[at + len(icv):]


# --- ways to send ---

def raw(pkt, dst=None):
    """A whole IP packet, as it is."""
    if pkt[0] >> 4 == 4:
        s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
        to = dst or socket.inet_ntop(socket.AF_INET, pkt[16:20])
    else:
        s = socket.socket(socket.AF_INET6, socket.SOCK_RAW,
                          socket.IPPROTO_RAW)
        s.setsockopt(socket.IPPROTO_IPV6, IPV6_HDRINCL, 1)
        to = dst or socket.inet_ntop(socket.AF_INET6, pkt[24:40])
    s.sendto(pkt, (to, 0))


def pieces6(nh, parts, before=b"", first=FRAG, ident=None, **kw):
    """An IPv6 datagram in the pieces given; before: headers of each."""
    ident = int.from_bytes(os.urandom(4), "big") if ident is None else ident
    off = 0
    for i, p in enumerate(parts):
        raw(ip6(first, before + fragment(nh, off, i + 1 < len(parts), ident) +
                p, **kw))
        off += len(p)


def pieces4(proto, parts, ident=None, **kw):
    ident = int.from_bytes(os.urandom(2), "big") if ident is None else ident
    off = 0
    for i, p in enumerate(parts):
        more = 0x2000 if i + 1 < len(parts) else 0
        raw(ip4(proto, p, off=off // 8 | more, ident=ident, **kw))
        off += len(p)


def dgram(fam=4):
    return socket.socket(socket.AF_INET if fam == 4 else socket.AF_INET6,
                         socket.SOCK_DGRAM)


def stream(fam=4, wait=0.3):
    s = socket.socket(socket.AF_INET if fam == 4 else socket.AF_INET6)
    s.settimeout(wait)
    return s


def until_told(s):
    """Send again and again, until the answer to it is an error."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        s.send(data())
        time.sleep(.05)


def index(dev):
    return socket.if_nametoindex(dev)


def nobody():
    """From here on without any right."""
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)


# --- on a host ---

def serve():
    """Run what comes in as JSON lines [token, code]; answer what went wrong."""
    for line in sys.stdin:
        token, code = json.loads(line)
        out, into = os.pipe()
        pid = os.fork()
        if pid == 0:
            said = ""
            try:
                globals()["TOKEN"] = token.encode()
                exec(code, globals())
            except OSError as e:
                said = e.strerror or str(e)
            os.write(into, said.encode())
            os._exit(0)
        os.close(into)
        print(json.dumps(os.read(out, 1000).decode()), flush=True)
        os.close(out)
        os.waitpid(pid, 0)


def hear(ports):
    """Print what comes to UDP sockets of these ports, and who connects."""
    socks = []
    for fam, here in ((socket.AF_INET, ""), (socket.AF_INET6, "::")):
        for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
            for port in ports:
                s = socket.socket(fam, kind)
                if fam == socket.AF_INET6:
                    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                s.bind((here, port))
                if kind == socket.SOCK_STREAM:
                    s.listen()
                socks.append(s)
    print("ready", flush=True)
    while True:
        for s in select.select(socks, [], [])[0]:
            if s.type == socket.SOCK_STREAM:
                said, who = b"connected", s.accept()[1]
            else:
                said, who = s.recvfrom(65536)
            print(s.getsockname()[1], who[0], said[:20], flush=True)


class Ear:
    """Ports of a host; lines: what they heard."""

    def __init__(self, host, *ports):
        self.lines = []
        p = host.start(sys.executable, __file__, *ports)
        assert p.stdout.readline() == "ready\n"
        threading.Thread(target=self.read, args=(p,), daemon=True).start()

    def read(self, p):
        for line in p.stdout:
            self.lines.append(line.strip())

    def heard(self, token):
        return [x for x in self.lines if token in x]


class Forger:
    """A process on a host that runs pieces of code."""

    def __init__(self, host):
        self.p = host.start(sys.executable, __file__, stdin=subprocess.PIPE,
                            stderr=None)

    def do(self, token, code):
        """What went wrong, or ""."""
        self.p.stdin.write(json.dumps([token, code]) + "\n")
        self.p.stdin.flush()
        return json.loads(self.p.stdout.readline())


if __name__ == "__main__":
    if len(sys.argv) > 1:
        hear([int(x) for x in sys.argv[1:]])
    else:
        serve()
