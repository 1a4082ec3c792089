#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""solipsec and Scapy's IPsec layer, packet by packet.

usage: test/peer/scapy_packets.py SOLIPSEC [--seed N] [--cases N] [-v]

SOLIPSEC is the program. Scapy is a second implementation of the wire format
with nothing in common with ours. Random packets and SAs (random_cases.py), and
for each:

  open    Scapy seals, the routers on the way do what they do, `solipsec packet
          open` gives back the packet
  broken  the same with one bit turned: dropped for its ICV
  seal    `solipsec packet seal`, the routers, Scapy opens
  bytes   with Scapy's IV and sequence number ours has every byte of Scapy's

Exit status 77: there is no Scapy here.
"""
import argparse
import logging
import random
import struct
import sys
import tempfile
import unittest.mock as mock
import warnings

import offline
import random_cases as gen

logging.getLogger("scapy").setLevel(logging.ERROR)
warnings.filterwarnings("ignore")  # about old ciphers
try:
    from scapy.layers import ipsec
    from scapy.layers.inet import IP, UDP
    from scapy.layers.inet6 import IPv6
    from scapy.packet import Raw
except ImportError as why:
    print(f"SKIP: no Scapy ({why})")
    sys.exit(77)


def header(p):
    return (IP if p[0] >> 4 == 4 else IPv6)(p)


class Scapy:
    """Seals and opens, bytes to bytes."""

    def __init__(self, case):
        c, kw = case, {}
        if c.encr:
            kw.update(crypt_algo=c.encr.scapy,
                      crypt_key=c.keys["encr"] + c.keys["salt"])
            if c.encr.icv:
                kw["crypt_icv_size"] = c.encr.icv // 8
        if c.auth:
            kw.update(auth_algo=c.auth.scapy, auth_key=c.keys["auth"])
        if c.tunnel:
            kw["tunnel_header"] = self.outer(c.outer)
        if c.natt:
            kw["nat_t_header"] = UDP(sport=c.natt[0], dport=c.natt[1])
        self.case, self.sa = c, ipsec.SecurityAssociation(
            ipsec.ESP if c.proto == "esp" else ipsec.AH, c.spi,
            esn_en=c.esn, esn=c.seq >> 32, **kw)

    @staticmethod
    def outer(o):
        if ":" in o["src"]:
            return IPv6(src=o["src"], dst=o["dst"], tc=o["tos"],
                        hlim=o["ttl"], fl=o["flow"])
        return IP(src=o["src"], dst=o["dst"], tos=o["tos"], ttl=o["ttl"],
                  id=o["id"], flags="DF" if o["df"] else 0)

    def seal(self):
        c = self.case
        p = bytearray(bytes(self.sa.encrypt(
            header(c.plain), seq_num=c.seq & 0xffffffff, iv=c.iv)))
        if c.natt and c.outer_family == 4:
            # Scapy writes the length of an empty datagram, as it does not
            # have the ESP packet yet; RFC 768: the length of all of it
            at = (p[0] & 15) * 4
            struct.pack_into("!H", p, at + 4, len(p) - at)
        return bytes(p)

    def open(self, p):
        p = header(p)
        # What ESP carried is taken apart by the first next-header byte, be
        # there extension headers before ESP or not: leave it as it is.
        with mock.patch.object(type(p), "guess_payload_class",
                               lambda self, payload: Raw):
            return bytes(self.sa.decrypt(p))


class Road:
    """What the routers on the way change: never what an ICV may cover."""

    def __init__(self, r):
        self.hops, self.dscp = r.randrange(1, 9), r.randrange(64)
        self.flow, self.fill = r.getrandbits(20), r.randbytes(40)

    def travel(self, p):
        p = bytearray(p)
        if p[0] >> 4 == 4:
            p[1] = self.dscp << 2 | p[1] & 3
            p[8] -= self.hops
            self.record(p)
            gen.fix_header(p)
            return bytes(p)
        first, = struct.unpack_from("!I", p)
        ecn = first >> 20 & 3
        struct.pack_into("!I", p, 0, 6 << 28 | self.dscp << 22 | ecn << 20
                         | self.flow)
        p[7] -= self.hops
        self.headers(p)
        return bytes(p)

    def record(self, p):
        """RFC 791: routers write to record route and timestamp."""
        at, end = 20, (p[0] & 15) * 4
        while at < end and p[at] != 0:
            n = 1 if p[at] == 1 else p[at + 1]
            if p[at] in (7, 68):
                first = 3 if p[at] == 7 else 4
                p[at + first:at + n] = self.fill[:n - first]
                p[at + 2] = n + 1
            at += n

    def headers(self, p):
        """RFC 8200: options that may change, RFC 2460 4.4: routing."""
        at, kind = 40, p[6]
        while kind in (gen.HOPOPT, gen.DSTOPTS, gen.ROUTING):
            size = 8 * (p[at + 1] + 1)
            if kind == gen.HOPOPT:
                self.options6(p, at + 2, at + size)
            elif kind == gen.ROUTING:
                while p[at + 3]:
                    i = at + 8 + 16 * (p[at + 1] // 2 - p[at + 3])
                    p[24:40], p[i:i + 16] = p[i:i + 16], p[24:40]
                    p[at + 3] -= 1
            kind, at = p[at], at + size

    def options6(self, p, at, end):
        while at < end:
            n = 0 if p[at] == 0 else p[at + 1] + 1
            if p[at] & 0x20:
                p[at + 2:at + 1 + n] = self.fill[:n - 1]
            at += 1 + n


def set_ecn(p, ecn):
    p = bytearray(p)
    if p[0] >> 4 == 4:
        p[1] = p[1] & 0xfc | ecn
        gen.fix_header(p)
    else:
        p[1] = p[1] & 0xcf | ecn << 4
    return bytes(p)


def get_ecn(p):
    return (p[1] if p[0] >> 4 == 4 else p[1] >> 4) & 3


def inner(plain, wire):
    """RFC 6040 4.2, figure 4: the packet out of a tunnel; None: dropped."""
    mine, outer = get_ecn(plain), get_ecn(wire)
    if mine == 0:
        return None if outer == 3 else plain
    if outer == 3 or outer == 1 and mine != 3:
        return set_ecn(plain, outer)
    return plain


def covered(case, wire):
    """The bytes of which only the ICV can tell that they are wrong."""
    fixed = 20 if wire[0] >> 4 == 4 else 40
    at = fixed if case.tunnel else case.payload_at()
    at += 8 if case.natt else 0
    if case.proto == "esp":
        return range(at + 8, len(wire))  # behind SPI and sequence number
    # AH: identification, addresses; next header, reserved; ICV and the rest
    head = [4, 5, *range(12, 20)] if fixed == 20 else range(8, 40)
    return [*head, at, at + 2, at + 3, *range(at + 12, len(wire))]


class Run:
    def __init__(self, tool, cases, r, verbose):
        self.tool, self.cases, self.verbose = tool, cases, verbose
        self.roads = {c.number: Road(r) for c in cases}
        self.scapy = {c.number: Scapy(c) for c in cases}
        self.wire, self.r, self.bad, self.checks = {}, r, 0, 0
        for c in cases:
            c.iv = r.randbytes(self.scapy[c.number].sa.crypt_algo.iv_size
                               if c.encr else 0)
            self.wire[c.number] = self.scapy[c.number].seal()

    def check(self, c, what, good, *detail):
        self.checks += 1
        if good:
            return
        self.bad += 1
        print(f"FAILED {what}: case {c.number}, {c.name}")
        for x in (*detail, "plain", c.plain):
            print("   ", x.hex() if isinstance(x, bytes) else x)
        if self.verbose:
            print("    sa", c.sa(), "seq", c.seq)

    def expected(self, c, wire):
        """The packet that comes out at the end of the road, or None."""
        if c.tunnel:
            return inner(c.plain, wire)
        return self.roads[c.number].travel(c.plain)

    def sas(self):
        return [c.sa(replay_value=c.seq - 1, replay=64, outer=None)
                for c in self.cases]

    def open(self):
        sent = [self.roads[c.number].travel(self.wire[c.number])
                for c in self.cases]
        for c, p, (line, got) in zip(self.cases, sent,
                                     self.tool.open(sent, self.sas())):
            want = self.expected(c, p)
            verdict = "pass" if want else "tun_ecn"
            self.check(c, "open", got == want and line["verdict"] == verdict,
                       line, "want", want, "got", got, "wire", p)
            self.check(c, "open: sequence number",
                       int(line.get("seq", 0)) == c.seq, line)

    def broken(self):
        sent = []
        for c in self.cases:
            p = bytearray(self.wire[c.number])
            at = self.r.choice(covered(c, p))
            p[at] ^= 1 << self.r.randrange(8)
            sent.append(bytes(p))
        for c, p, (line, got) in zip(self.cases, sent,
                                     self.tool.open(sent, self.sas())):
            self.check(c, "broken", got is None and
                       line["verdict"] == c.proto + "_bad_auth", line, p)

    def seal(self):
        # ipseckey's NAT addresses are IPv4: see bytes() for the others
        cases = [c for c in self.cases
                 if not (c.natt and c.outer_family == 6)]
        for c, (line, p) in zip(cases, self.tool.seal(
                [c.plain for c in cases], [c.key_line() for c in cases])):
            if p is None:
                self.check(c, "seal", False, line)
                continue
            self.check(c, "seal: sequence number",
                       int(line.get("seq", 0)) == c.seq, line)
            sent = self.roads[c.number].travel(p)
            want = c.plain if c.tunnel else self.expected(c, sent)
            try:
                got = self.scapy[c.number].open(sent)
            except Exception as why:  # whatever Scapy finds wrong
                self.check(c, "seal", False, repr(why), line, p)
                continue
            self.check(c, "seal", got == want, "want", want, "got", got, p)

    def bytes(self):
        vectors, by_id = [], {}
        for c in self.cases:
            p = self.wire[c.number]
            after = inner(c.plain, p) if c.tunnel else c.plain
            v = {"id": str(c.number), "sa": c.sa(), "seq": str(c.seq),
                 "iv": c.iv.hex(), "plain": c.plain.hex(),
                 "protected": p.hex()}
            if after is None:  # for its ECN: only sealing is compared here
                continue
            vectors.append({**v, "plain_after": after.hex()})
            by_id[str(c.number)] = c
        seen = set()
        for line in self.tool.vectors(vectors):
            c = by_id[line["id"]]
            seen.add((line["id"], line["direction"]))
            self.check(c, "bytes " + line["direction"], line["ok"], line,
                       "want", self.wire[c.number])
        for c in by_id.values():
            self.check(c, "bytes", {(str(c.number), "in"),
                                    (str(c.number), "out")} <= seen)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("program")
    p.add_argument("--seed", type=int, default=20260101)
    p.add_argument("--cases", type=int, default=400, help="random ones")
    p.add_argument("-v", "--verbose", action="store_true")
    args = p.parse_args()
    r = random.Random(args.seed)
    print(f"seed {args.seed}", flush=True)
    with tempfile.TemporaryDirectory() as work:
        run = Run(offline.Tool(args.program, work),
                  list(gen.Cases(r).all(args.cases)), r, args.verbose)
        for step in (run.open, run.broken, run.seal, run.bytes):
            before = run.checks, run.bad
            step()
            print(f"{step.__name__}: {run.checks - before[0]} checks, "
                  f"{run.bad - before[1]} failed", flush=True)
    print(f"cases: {len(run.cases)}")
    return 1 if run.bad else 0


if __name__ == "__main__":
    sys.exit(main())
