# SPDX-License-Identifier: BSD-2-Clause
"""A key manager for both hosts of the lab: it answers each ACQUIRE with a pair of
SAs at both ends, for just the flow that the ACQUIRE names."""
import errno
import os
import select
import struct
import threading

from lab import Failed
from pfkey import (ACQUIRE, ADD, ESP, Manager, endpoint, ext, extensions,
                   message, read_endpoint)

AES, SHA256 = 12, 5
SA, SRC, DST, AKEY, EKEY, SRCID, DSTID, PAIR = 1, 5, 6, 8, 9, 10, 11, 23
FQDN = 2


class Pair:
    """The SAs of a flow; spi[NAME]: of the one by which that host sends."""

    def __init__(self, ends, proto, ports, spis):
        self.ends, self.proto, self.ports = ends, proto, ports
        self.spi = spis
        self.keys = {n: (os.urandom(16), os.urandom(32)) for n in spis}


class KeyMan:
    def __init__(self, lab):
        self.lab = lab
        self.pairs, self.asked, self.failed = [], [], None
        # who each host thinks that both are
        self.ids = {h: {n: f"{n}.example" for n in lab.hosts}
                    for h in lab.hosts}
        self.refuse = False  # say of each ACQUIRE that nothing came of it
        self.spi = 0x10000
        self.tell = {n: Manager(h) for n, h in lab.hosts.items()}
        self.ear = {n: Manager(h) for n, h in lab.hosts.items()}
        for m in self.ear.values():
            m.register()
        self.lock = threading.Lock()
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        names = {m.s: n for n, m in self.ear.items()}
        try:
            while True:
                for s in select.select(list(names), [], [])[0]:
                    m = s.recv(65536)
                    if m and m[1] == ACQUIRE and m[2] == 0:
                        self.answer(names[s], m)
        except OSError as e:
            self.failed = e
            print(f"the key manager: {e}", flush=True)

    def answer(self, me, m):
        exts = extensions(m)
        src, proto, sport = read_endpoint(exts[SRC])
        dst, _, dport = read_endpoint(exts[DST])
        seq = struct.unpack_from("=I", m, 8)[0]
        other = "partym" if me == "enigma" else "enigma"
        with self.lock:
            self.asked.append((me, proto, sport, dport))
            if self.refuse:
                self.tell[me].s.send(message(ACQUIRE, ESP, seq=seq,
                                             err=errno.ECONNREFUSED))
                return
            pair = self.make({me: src, other: dst}, proto,
                             {me: sport, other: dport})
            # the other one first: it has to open what comes at once
            self.install(other, pair, 0)
            self.install(me, pair, seq)

    def make(self, ends, proto, ports):
        self.spi += 2
        names = sorted(ends)
        pair = Pair(ends, proto, ports,
                    {names[0]: self.spi, names[1]: self.spi + 1})
        self.pairs.append(pair)
        return pair

    def install(self, at, pair, seq):
        """Both SAs of a pair at one host, that for inbound packets first."""
        other = next(n for n in pair.spi if n != at)
        self.add(at, other, pair, 0, b"")
        self.add(at, at, pair, seq,
                 ext(PAIR, struct.pack("!I", pair.spi[other])))

    def add(self, at, sender, pair, seq, more):
        to = next(n for n in pair.spi if n != sender)
        encr, auth = pair.keys[sender]
        ids = self.ids[at]
        exts = ext(SA, struct.pack("!I", pair.spi[sender]) +
                   struct.pack("=BBBBI", 64, 1, SHA256, AES, 0))
        exts += endpoint(SRC, pair.ends[sender], pair.proto,
                         pair.ports[sender])
        exts += endpoint(DST, pair.ends[to], pair.proto, pair.ports[to])
        for kind, key in ((AKEY, auth), (EKEY, encr)):
            exts += ext(kind, struct.pack("=HH", len(key) * 8, 0) + key)
        for kind, name in ((SRCID, sender), (DSTID, to)):
            exts += ext(kind, struct.pack("=HHQ", FQDN, 0, 0) +
                        ids[name].encode() + b"\0")
        err, diag = self.tell[at].ask(message(ADD, ESP, exts + more, seq))
        if err:
            raise OSError(err, f"{errno.errorcode[err]} {diag}")

    def lines(self):
        """All SAs in words of ipseckey, without the flows that they are for."""
        with self.lock:
            return "".join(
                f"add esp spi {p.spi[n]:#x} src{six} {p.ends[n]} dst{six} "
                f"{p.ends[o]} encr_alg aes encrkey {p.keys[n][0].hex()} "
                f"auth_alg sha256 authkey {p.keys[n][1].hex()}\n"
                for p in self.pairs for n, o in (sorted(p.spi),
                                                 sorted(p.spi)[::-1])
                for six in ["" if "." in p.ends[n] else "6"])

    def of(self, proto, ports):
        """The pairs for a flow, ports by host, oldest first."""
        if self.failed:
            raise Failed(f"the key manager: {self.failed}")
        with self.lock:
            return [p for p in self.pairs
                    if p.proto == proto and p.ports == ports]

    def delete(self, pair, at=None):
        for n in [at] if at else list(pair.spi):
            for sender, spi in pair.spi.items():
                to = next(x for x in pair.spi if x != sender)
                self.lab.hosts[n].tool("ipseckey", "delete", "esp", "spi",
                                       hex(spi), "dst" if "." in pair.ends[to]
                                       else "dst6", pair.ends[to])
