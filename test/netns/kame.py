# SPDX-License-Identifier: BSD-2-Clause
"""A PF_KEY program of Linux, as small as can be: with `solipsec run --pf-key'
its socket is ipsecd's (docs/adr/0009). The numbers are those of
<linux/pfkeyv2.h> and <linux/ipsec.h>."""
import ipaddress
import struct
import sys

from lab import BUILD, Failed
from pfkey import ext, message

ADD, DELETE, FLUSH = 3, 4, 9
SPDUPDATE, SPDADD, SPDDELETE, SPDFLUSH = 13, 14, 15, 19
AH, ESP, PROTO_AH, PROTO_ESP = 2, 3, 51, 50
IN, OUT, FWD = 1, 2, 3
DISCARD, NONE, IPSEC = 0, 1, 2
TRANSPORT, TUNNEL = 1, 2
USE, REQUIRE, UNIQUE = 1, 2, 3
SHA256, AES = 5, 12
ANY = 255

# in the namespace: messages as lines of hexadecimal, and so the answers
PROGRAM = """
import socket, sys
s = socket.socket(15, socket.SOCK_RAW, 2)
s.settimeout(10)
for line in sys.stdin:
    m = bytes.fromhex(line)
    s.send(m)
    while True:
        a = s.recv(65536)
        if a[1] == m[1] and a[8:16] == m[8:16]:
            print(a.hex(), flush=True)
            break
"""


def sockaddr(text, port=0):
    a = ipaddress.ip_address(text)
    if a.version == 4:
        return struct.pack("=H", 2) + struct.pack("!H", port) + a.packed + \
            bytes(8)
    return struct.pack("=H", 10) + struct.pack("!HI", port, 0) + a.packed + \
        bytes(4)


def address(kind, net, proto=0, port=0):
    net = ipaddress.ip_network(net)
    return ext(kind, struct.pack("=BBH", proto, net.prefixlen, 0) +
               sockaddr(str(net.network_address), port))


def request(proto, level=REQUIRE, reqid=0, ends=None):
    """A transform; ends: of a tunnel, in the packet's direction."""
    tail = b"".join(map(sockaddr, ends)) if ends else b""
    return struct.pack("=HHBBHIHH", 16 + len(tail), proto,
                       TUNNEL if ends else TRANSPORT, level, 0, reqid, 0,
                       0) + tail


def policy(direction, src, dst, reqs=(), kind=IPSEC, proto=ANY, ports=(0, 0),
           priority=2000):
    """Extensions of an entry of policy; src, dst: networks."""
    return address(5, src, proto, ports[0]) + \
        address(6, dst, proto, ports[1]) + \
        ext(18, struct.pack("=HBBII", kind, direction, 0, 0, priority) +
            b"".join(reqs))


class Program:
    def __init__(self, h):
        self.h, self.seq = h, 0
        self.p = h.start("env", f"SOLIPSEC_LIBDIR={BUILD / 'src/preload'}",
                         h.tool_path("solipsec"), "run", "--pf-key", "--",
                         sys.executable, "-c", PROGRAM, stdin=-1)

    def ask(self, kind, exts=b"", satype=0):
        """The errno of the answer."""
        self.seq += 1
        self.p.stdin.write(message(kind, satype, exts, self.seq).hex() + "\n")
        self.p.stdin.flush()
        line = self.p.stdout.readline()
        try:
            return bytes.fromhex(line)[2]
        except (ValueError, IndexError):
            raise Failed(f"PF_KEY on {self.h.name}: {line}" +
                         self.p.stdout.read()) from None

    def do(self, kind, exts=b"", satype=0):
        err = self.ask(kind, exts, satype)
        if err:
            raise Failed(f"PF_KEY on {self.h.name}: {kind}: errno {err}")

    def add(self, spi, src, dst, mode=TUNNEL, reqid=0, satype=ESP):
        """An SA; its keys come from its SPI."""
        key = spi.to_bytes(4, "big") * 8
        keys = [(8, key)] + ([(9, key[:16])] if satype == ESP else [])
        self.do(ADD, ext(1, struct.pack("!I", spi) + struct.pack(
            "=BBBBI", 32, 1, SHA256, AES if satype == ESP else 0, 0)) +
            ext(19, struct.pack("=BBHII", mode, 0, 0, 0, reqid)) +
            address(5, src) + address(6, dst) + b"".join(
                ext(k, struct.pack("=HH", len(b) * 8, 0) + b)
                for k, b in keys), satype)
