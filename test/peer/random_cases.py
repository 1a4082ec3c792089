# SPDX-License-Identifier: BSD-2-Clause
"""Random IP packets and security associations, from a random.Random.

The packets are bytes that this file makes, with no program that is tested.
What Scapy 2.5 does against the RFCs is left out at the place that would make
it, with the reason.
"""
import dataclasses
import ipaddress
import struct

import algs

TCP, UDP, ICMP, ICMPV6, NONE = 6, 17, 1, 58, 59
HOPOPT, ROUTING, FRAGMENT, DSTOPTS = 0, 43, 44, 60


def csum(data, start=0):
    if len(data) % 2:
        data += b"\0"
    s = start + sum(struct.unpack(f"!{len(data) // 2}H", data))
    while s >> 16:
        s = (s & 0xffff) + (s >> 16)
    return ~s & 0xffff


def fix_header(p):
    """Put an IPv4 header checksum right."""
    if p[0] >> 4 == 4:
        p[10:12] = b"\0\0"
        p[10:12] = struct.pack("!H", csum(bytes(p[:(p[0] & 15) * 4])))


def address(family, net, number):
    return str(ipaddress.ip_network(net[family])[number])


def packed(text):
    return ipaddress.ip_address(text).packed


class Packets:
    """
    Makes the packets; `r` decides everything. opaque: of upper layers that
    nobody knows, and never empty.
    """

    def __init__(self, r, opaque):
        self.r, self.opaque = r, opaque

    def maybe(self, n):
        """One time in n."""
        return self.r.randrange(n) == 0

    # -- upper layers --

    def upper(self, src, dst):
        """(protocol, bytes) that stand behind the IP header."""
        r = self.r
        size = r.choice((0, 1, 2, 3, r.randrange(64), r.randrange(1300)))
        if self.opaque:
            size = max(size, 1)
        data = r.randbytes(size)
        # not 500 and 4500: Scapy takes apart what it knows by its port, and
        # then looks for AH and ESP in there
        ports = struct.pack("!HH", r.randrange(5000, 65536),
                            r.randrange(5000, 65536))
        kind = r.choice(("tcp", "udp", "icmp", "other"))
        if self.opaque or kind == "other":  # RFC 3692: numbers for experiments
            return r.choice((253, 254)), data
        if kind == "tcp":
            proto, at = TCP, 16
            body = ports + r.randbytes(8) + b"\x50" + r.randbytes(7) + data
        elif kind == "udp":
            proto, at = UDP, 6
            body = ports + struct.pack("!HH", 8 + size, 0) + data
        else:
            proto, at = (ICMP if len(src) == 4 else ICMPV6), 2
            body = bytes([8 if len(src) == 4 else 128, 0, 0, 0]) + \
                r.randbytes(4) + data
        body = bytearray(body)
        body[at:at + 2] = b"\0\0"
        pseudo = b"" if proto == ICMP else \
            src + dst + struct.pack("!II", len(body), proto)
        c = csum(pseudo + bytes(body))
        body[at:at + 2] = struct.pack("!H", c or 0xffff)
        return proto, bytes(body)

    # -- IPv4 --

    def option(self):
        """
        One IPv4 option. Scapy's table of the immutable ones has the option
        number without class and copy flag, so that 0x02 or 0x42 pass for
        0x82: only whole types that RFC 4302 A1 or a registry names come here.
        A source route is left out as well: Scapy signs the destination as it
        is in the header, RFC 4302 3.3.3.1.1.2 wants the last one.
        """
        r = self.r
        kind = r.choice(("nop", "rr", "ts", "alert", "sec", "esec", "cipso",
                         "multi", "unknown"))
        if kind == "nop":
            return b"\x01"
        if kind == "rr":
            n = r.randrange(1, 4)
            return bytes([7, 3 + 4 * n, 4]) + bytes(4 * n)
        if kind == "ts":
            # one timestamp: Scapy takes further ones for options
            return b"\x44\x08\x05\0" + bytes(4)
        if kind == "alert":
            return b"\x94\x04\0\0"
        if kind == "sec":
            return b"\x82\x0b" + r.randbytes(9)
        if kind == "esec":
            n = r.randrange(1, 8)
            return bytes([0x85, 2 + n]) + r.randbytes(n)
        if kind == "cipso":
            n = r.randrange(6, 12)
            return bytes([0x86, 2 + n]) + r.randbytes(n)
        if kind == "multi":
            n = r.randrange(1, 3)
            return bytes([0x95, 2 + 4 * n]) + r.randbytes(4 * n)
        n = r.randrange(0, 9)
        return bytes([r.choice((0x1e, 0x5e, 0x9e, 0xde)), 2 + n]) + \
            r.randbytes(n)

    def options(self):
        if not self.maybe(2):
            return b""
        out = b""
        for _ in range(self.r.randrange(1, 5)):
            o = self.option()
            if len(out) + len(o) <= 40:
                out += o
        return out + bytes(-len(out) % 4)

    def v4(self, src, dst, fragments):
        r, a, b = self.r, packed(src), packed(dst)
        opts = self.options()
        proto, body = self.upper(a, b)
        frag = r.choice((0, 0x4000))
        if fragments and self.maybe(8):
            frag = r.choice((0x2000, 0x2000 | r.randrange(1, 4000)))
            body += bytes(-len(body) % 8)
        p = bytearray(struct.pack(
            "!BBHHHBBH4s4s", 0x45 + len(opts) // 4, r.randrange(256),
            20 + len(opts) + len(body), r.randrange(65536), frag,
            r.randrange(10, 256), proto, 0, a, b) + opts)
        fix_header(p)
        return bytes(p) + body

    # -- IPv6 --

    def option6(self):
        r = self.r
        kind = r.choice(("pad1", "padn", "alert", "fixed", "mutable"))
        if kind == "pad1":
            return b"\0"
        if kind == "padn":
            n = r.randrange(6)
            return bytes([1, n]) + bytes(n)
        if kind == "alert":
            return b"\x05\x02" + r.randbytes(2)
        n = r.randrange(12)
        # RFC 4727: for experiments; the third bit: may change on the way
        return bytes([0x1e if kind == "fixed" else 0x3e, n]) + r.randbytes(n)

    def options6(self):
        """
        An extension header of options, without its first byte. Scapy aligns
        them when it writes a header, so they have to be aligned here: router
        alert is at an even offset (RFC 2711 2.1).
        """
        out = b""
        for _ in range(self.r.randrange(1, 4)):
            o = self.option6()
            out += b"\0" * (o[0] == 5 and len(out) % 2) + o
        gap = -(len(out) + 2) % 8
        if gap == 1:
            out += b"\0"
        elif gap:
            out += bytes([1, gap - 2]) + bytes(gap - 2)
        return bytes([(len(out) + 2) // 8 - 1]) + out

    def routing(self):
        """
        Type 0 on its way to the first of its addresses. Scapy's sender turns
        the addresses also when segments left is 0; RFC 4302 3.3.3.1.2.3: then
        the header is already what the receiver sees. So 0 comes only without
        addresses here.
        """
        n = self.r.randrange(4)
        return bytes([2 * n, 0, n]) + bytes(4) + self.r.randbytes(16 * n)

    def chain(self, fragments):
        """[(type, bytes without the next-header byte)]"""
        out = []
        if self.maybe(3):
            out.append((HOPOPT, self.options6()))
        if self.maybe(4):
            out.append((DSTOPTS, self.options6()))
        if self.maybe(3):
            out.append((ROUTING, self.routing()))
            if self.maybe(2):
                out.append((DSTOPTS, self.options6()))
        # Scapy's transport mode puts AH and ESP before a fragment header
        # (RFC 4303 3.1.1: behind it): only what a tunnel carries has one
        if fragments and self.maybe(8):
            out.append((FRAGMENT, bytes(1) + struct.pack(
                "!HI", self.r.choice((0, 1, 8 * self.r.randrange(1, 999))),
                self.r.getrandbits(32))))
        return out

    def v6(self, src, dst, fragments, plain=False):
        r, a, b = self.r, packed(src), packed(dst)
        proto, body = self.upper(a, b)
        chain = [] if plain else self.chain(fragments)
        types = [t for t, _ in chain] + [proto]
        rest = b"".join(bytes([types[i + 1]]) + x
                        for i, (_, x) in enumerate(chain)) + body
        return struct.pack("!IHBB", 6 << 28 | r.randrange(1 << 28), len(rest),
                           types[0], r.randrange(10, 256)) + a + b + rest

    def packet(self, src, dst, fragments, plain=False):
        if ":" in src:
            return self.v6(src, dst, fragments, plain)
        return self.v4(src, dst, fragments)


# Where the addresses come from, and for tunnels those inside.
ENDS = {4: "10.66.0.0/15", 6: "fd66::/64"}
INNER = {4: "10.76.0.0/15", 6: "fd76::/64"}


@dataclasses.dataclass
class Case:
    number: int
    proto: str  # esp, ah
    mode: str  # transport, tunnel
    family: int  # of the packet that is protected
    encr: algs.Encr = None
    auth: algs.Auth = None
    esn: bool = False
    natt: tuple = None  # UDP ports
    outer: dict = None  # of a tunnel
    seq: int = 0
    iv: bytes = b""
    keys: dict = dataclasses.field(default_factory=dict)
    plain: bytes = b""

    @property
    def spi(self):
        return 0x1000 + self.number

    @property
    def tunnel(self):
        return self.mode == "tunnel"

    @property
    def outer_family(self):
        if not self.tunnel:
            return self.family
        return 6 if ":" in self.outer["src"] else 4

    @property
    def name(self):
        word = [self.proto.upper(), self.mode, f"IPv{self.family}"]
        if self.outer_family != self.family:
            word.append(f"in IPv{self.outer_family}")
        if self.encr:
            word += [self.encr.name, str(self.encr.bits)]
        if self.auth:
            word.append(self.auth.name)
        word += ["ESN"] * self.esn + ["NAT-T"] * bool(self.natt)
        return " ".join(word)

    def ends(self):
        """The addresses of the SA, as the packet has them when it is sent."""
        if self.tunnel:
            return self.outer["src"], self.outer["dst"]
        at, n = (12, 4) if self.family == 4 else (8, 16)
        return tuple(str(ipaddress.ip_address(self.plain[i:i + n]))
                     for i in (at, at + n))

    def payload_at(self):
        """Where AH or ESP goes into the packet in transport mode."""
        p = self.plain
        if self.family == 4:
            return (p[0] & 15) * 4
        at, kind, routed = 40, p[6], False
        while kind in (HOPOPT, ROUTING) or kind == DSTOPTS and not routed:
            routed |= kind == ROUTING
            kind, at = p[at], at + 8 * (p[at + 1] + 1)
        return at

    def sa(self, **more):
        """The object of a vector file."""
        o = {"proto": self.proto, "mode": self.mode, "spi": self.spi,
             "esn": self.esn, "icv_len": self.icv_bits() // 8}
        if self.encr:
            o.update(encr=self.encr.name, encr_key=self.keys["encr"].hex(),
                     salt=self.keys["salt"].hex())
        if self.auth:
            o.update(integ=self.auth.name, integ_key=self.keys["auth"].hex())
        if self.natt:
            o["encap"] = {"type": "udp", "sport": self.natt[0],
                          "dport": self.natt[1]}
        if self.tunnel:
            o["outer"] = self.outer
        return {**o, **more}

    def icv_bits(self):
        return (self.auth.icv if self.auth else 0) + \
            (self.encr.icv if self.encr else 0)

    def key_line(self):
        """The same as a line of ipseckey."""
        src, dst = self.ends()
        word = [f"add {self.proto} spi {self.spi:#x} src {src} dst {dst}"]
        if self.tunnel:
            at, n = (12, 4) if self.family == 4 else (8, 16)
            word += [f"{k} {ipaddress.ip_address(self.plain[i:i + n])}"
                     for k, i in (("innersrc", at), ("innerdst", at + n))]
        if self.seq > 1:
            word.append(f"replay_value {self.seq - 1}")
        if self.encr:
            word.append(f"encr_alg {self.encr.name}")
            if self.encr.bits:
                word.append("encrkey " + (self.keys["encr"] +
                                          self.keys["salt"]).hex())
        if self.auth:
            word.append(f"auth_alg {self.auth.name} authkey "
                        + self.keys["auth"].hex())
        word += ["esn"] * self.esn
        if self.natt:
            word.append(f"encap udp nat_loc {src} nat_lport {self.natt[0]} "
                        f"nat_rem {dst} nat_rport {self.natt[1]}")
        return " ".join(word)


class Cases:
    """Numbered cases, one after the other."""

    # bits of keys that the table of algs.py has only some of
    MORE_BITS = {"blowfish-cbc": range(32, 449, 8),
                 "cast-cbc": range(40, 129, 8),
                 "aes-cbc": (128, 192, 256), "aes-ctr": (128, 192, 256),
                 "aes-gcm16": (128, 192, 256), "aes-ccm8": (128, 192, 256),
                 "aes-ccm12": (128, 192, 256), "aes-ccm16": (128, 192, 256)}

    def __init__(self, r, opaque=False):
        self.r, self.packets, self.number = r, Packets(r, opaque), 0
        # Scapy cuts no tag of AES-GCM: 8 and 12 bytes come out as 16 (RFC
        # 4106 6 has all three)
        self.combined = [e for e in algs.COMBINED if e.scapy and
                         not e.name.startswith(("aes-gcm8", "aes-gcm12"))]
        self.encr = [e for e in algs.ENCR if e.scapy]
        self.auth = [a for a in algs.AUTH if a.scapy]

    def pairs(self):
        """Each cipher and each MAC of ESP at least once."""
        return [(e, a) for e, a in algs.esp_pairs()
                if e.scapy and (e in self.combined or a and a.scapy)]

    def any_pair(self):
        if self.packets.maybe(2):
            e, a = self.r.choice(self.combined), None
        else:
            e, a = self.r.choice(self.encr), self.r.choice(self.auth)
        bits = self.MORE_BITS.get(e.name)
        return (e._replace(bits=self.r.choice(bits)) if bits else e), a

    def outer(self, family):
        r = self.r
        out = {"src": address(family, ENDS, 2 * self.number),
               "dst": address(family, ENDS, 2 * self.number + 1),
               "tos": r.randrange(256), "ttl": r.randrange(10, 256)}
        if family == 4:
            out.update(df=self.packets.maybe(2), id=r.randrange(65536))
        else:
            out["flow"] = r.randrange(1 << 20)
        return out

    def make(self, proto, mode, family, outer=0, encr=None, auth=None,
             esn=False, natt=False):
        r = self.r
        self.number += 1
        c = Case(self.number, proto, mode, family, encr, auth, esn)
        c.seq = r.choice((1, 2, r.randrange(1, 1 << 31), (1 << 32) - 2))
        if esn:
            c.seq += r.choice((0, 1, r.randrange(1 << 31))) << 32
        for what, bits in (("encr", encr and encr.bits),
                           ("salt", encr and encr.salt),
                           ("auth", auth and auth.bits)):
            c.keys[what] = r.randbytes((bits or 0) // 8)
        if c.tunnel:
            c.outer = self.outer(outer or family)
        if natt:
            c.natt = r.choice(((4500, 4500), (r.randrange(1024, 65536), 4500)))
        net = INNER if c.tunnel else ENDS
        # Scapy's UDP encapsulation does not name UDP in an extension header
        # but in the first one
        c.plain = self.packets.packet(
            address(family, net, 2 * c.number),
            address(family, net, 2 * c.number + 1), c.tunnel,
            plain=natt and not c.tunnel)
        return c

    def any(self):
        """
        No AH over ESP: Scapy signs whichever header it finds first, and that
        is ESP. test/vectors and test/peer/linux.py have it.
        """
        r = self.r
        mode = r.choice(("transport", "tunnel"))
        family, outer = r.choice((4, 6)), r.choice((4, 6))
        if self.packets.maybe(3):
            return self.make("ah", mode, family, outer,
                             auth=r.choice(self.auth),
                             esn=self.packets.maybe(3))
        encr, auth = self.any_pair()
        # Scapy leaves the high half out of a separate ICV (RFC 4303 2.2.1)
        esn = auth is None and self.packets.maybe(2)
        return self.make("esp", mode, family, outer, encr, auth, esn,
                         natt=self.packets.maybe(4))

    def all(self, extra):
        """Every algorithm in both modes and families, and `extra` others."""
        for family in (4, 6):
            for mode in ("transport", "tunnel"):
                for e, a in self.pairs():
                    yield self.make("esp", mode, family, encr=e, auth=a)
                for a in self.auth:
                    yield self.make("ah", mode, family, auth=a)
        for _ in range(extra):
            yield self.any()
