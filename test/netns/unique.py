# SPDX-License-Identifier: BSD-2-Clause
"""SAs of a connection's own, and identities that it latches (spec: policy 19,
22, 25): with a key manager, real sockets, and what the wire shows."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent /
                       "peer"))
# pylint: disable=wrong-import-position
from keyman import AES, SHA256, KeyMan
from lab import BUILD, HERE, check, main, proto, wait
from offline import read_pcapng
from socks import Agent

OWN = dict(esp=6, alg=(0, AES, SHA256))  # REQUIRED, UNIQUE
PROTO = {"tcp": 6, "udp": 17}


def goes(a, b, one, other, word):
    """Both directions of a connection, whose ends are one and other."""
    text = f"SOLIPSEC-PLAINTEXT {one} {word}"
    a.say(one, text)
    if b.hear(other, 5) != text:
        return False
    b.say(other, text)
    return a.hear(one, 5) == text


def spi_of(p):
    at = 20 if p[0] >> 4 == 4 else 40
    return int.from_bytes(p[at:at + 4], "big")


def spis(pkts):
    """Of the packets that are ESP."""
    return {spi_of(p) for p in pkts if proto(p) == 50}


def flow(p):
    """Protocol and ports of a packet."""
    at = 20 if p[0] >> 4 == 4 else 40
    return proto(p), (int.from_bytes(p[at:at + 2], "big"),
                      int.from_bytes(p[at + 2:at + 4], "big"))


def opened(t, capture):
    """
    What was in a capture of ESP, with the key manager's keys: {SPI: {flow}}. All
    of it can be opened.
    """
    pkts = capture.stop()
    keys, out = t.lab.dir / "wire.keys", t.lab.dir / "wire.pcapng"
    keys.touch(mode=0o600)
    keys.write_text(t.km.lines())
    said = t.lab.enigma.tool("solipsec", "packet", "open", capture.file, "-k",
                             keys, "-w", out, quiet=True).splitlines()
    inside = read_pcapng(out)
    check(len(pkts) == len(said) == len(inside) and
          all(proto(p) == 50 for p in pkts),
          f"{len(pkts)} packets of ESP, which open with the keys of their SPIs")
    found = {}
    for p, i in zip(pkts, inside):
        found.setdefault(spi_of(p), set()).add(flow(i))
    return found


class Line:
    """A connection from enigma to partym, with an SA pair of its own."""

    def __init__(self, t, name, kind, fam, port):
        self.t, self.name, self.kind = t, name, kind
        self.addr = t.lab.V4 if fam == 4 else t.lab.V6
        server = f"l{port}"
        if server not in t.servers:
            t.servers.add(server)
            t.p.new(server, kind, fam)
            check(t.p.setpol(server, **OWN) == 0, f"{kind}, IPv{fam}: a server")
            t.p.listen(server, port)
        t.e.new(name, kind, fam)
        check(t.e.setpol(name, **OWN) == 0, f"{name} asks for unique SAs")
        check(t.e.connect(name, self.addr["partym"], port) is True,
              f"{name} connects")
        self.ports = {"enigma": t.e.port(name), "partym": port}
        if kind == "tcp":
            t.p.accept(server, name)
            check(self.goes("first"), f"{name}: works")
        else:
            check(self.goes("first"), f"{name}: works")

    def goes(self, word):
        if self.kind == "tcp":
            return goes(self.t.e, self.t.p, self.name, self.name, word)
        text = f"SOLIPSEC-PLAINTEXT {self.name} {word}"
        self.t.e.say(self.name, text)
        if self.t.p.echo(f"l{self.ports['partym']}") is None:
            return False
        return self.t.e.hear(self.name, 5) == text

    def pairs(self):
        return self.t.km.of(PROTO[self.kind], self.ports)

    def pair(self):
        got = self.pairs()
        check(len(got) == 1, f"{self.name}: one pair of SAs was asked for")
        return got[0]

    def close(self):
        self.t.e.close(self.name)
        if self.kind == "tcp":
            self.t.p.close(self.name)


class Test:
    def __init__(self, lab):
        self.lab = lab
        for h in lab.hosts.values():
            h.up()
        self.km = KeyMan(lab)
        self.e, self.p = Agent(lab.enigma), Agent(lab.partym)
        self.servers = set()

    def seen(self, f):
        c = self.lab.capture(flt="tcp or udp or esp")
        ok = f()
        return ok, c.stop()


def own_pairs(t, kind, fam, port):
    """Two connections to one port: two pairs, and each keeps to its own."""
    print(f"--- {kind}, IPv{fam}")
    c = t.lab.capture(flt="tcp or udp or esp")
    a, b = (Line(t, f"{n}{port}", kind, fam, port) for n in "ab")
    check(all(x.goes(f"{i}") for i in range(4) for x in (a, b)),
          "they take turns")
    found = opened(t, c)
    for x in (a, b):
        pair, there = x.pair(), (x.ports["enigma"], port)
        check(found[pair.spi["enigma"]] == {(PROTO[kind], there)} and
              found[pair.spi["partym"]] == {(PROTO[kind], there[::-1])},
              f"{x.name}: its SAs carry its packets and nothing else")
    mine = {s for x in (a, b) for s in x.pair().spi.values()}
    check(len(mine) == 4 and not any(
        (k == PROTO[kind] and ports in (w, w[::-1])) for s in set(found) - mine
        for k, ports in found[s] for x in (a, b)
        for w in [(x.ports["enigma"], port)]),
        "four SAs, and no other one carries a packet of them")
    dump = t.lab.enigma.tool("ipseckey", "-n", "dump", "esp")
    check(dump.count("UNIQUE") >= 4, "ipseckey shows them as unique")
    return a, b


def stranger(t, a, b):
    """b's SA carries a's packets: enigma's ipsecd is told so."""
    print("--- one connection by the SA of another")
    e, p = t.lab.enigma, t.lab.partym
    pa, pb = a.pair(), b.pair()
    encr, auth = (k.hex() for k in pb.keys["enigma"])
    name = (f"esp spi {pb.spi['enigma']:#x} src {a.addr['enigma']} dst "
            f"{a.addr['partym']}")
    for pair in (pa, pb):
        e.tool("ipseckey", "delete", "esp", "spi", hex(pair.spi["enigma"]),
               "dst", a.addr["partym"])
    e.keys(f"add {name} sport {a.ports['enigma']} dport {a.ports['partym']} "
           f"proto 6 encr_alg aes encrkey {encr} auth_alg sha256 authkey "
           f"{auth} replay_value 1000 srcidtype fqdn enigma.example dstidtype "
           "fqdn partym.example\n")
    before = p.count("in", "spd_esp_innermismatch")
    c = t.lab.capture(flt="esp")
    t.e.say(a.name, "SOLIPSEC-PLAINTEXT astray")
    wait(lambda: p.count("in", "spd_esp_innermismatch") > before, 10,
         "counted")
    check(pb.spi["enigma"] in spis(c.stop()),
          "it is on the wire, sealed with the other one's key")
    check(t.p.hear(a.name, 0.3) is None and t.p.hear(b.name, 0.3) is None,
          "dropped as spd_esp_innermismatch; nobody hears it")
    e.tool("ipseckey", "delete", "esp", "spi", hex(pb.spi["enigma"]), "dst",
           a.addr["partym"])
    for x in (pa, pb):
        t.km.delete(x, "partym")
        e.tool("ipseckey", "delete", "esp", "spi", hex(x.spi["partym"]), "dst",
               a.addr["enigma"])
    t.e.say(a.name, " once more")
    check(wait(lambda: (t.p.hear(a.name, 5) or "").endswith("once more"), 40,
               "heard") and len(a.pairs()) >= 2,
          "with SAs of its own again, TCP says it again, and it is heard")


def same_identity(t, line):
    old = line.pairs()
    t.km.delete(old[-1])
    ok, pkts = t.seen(lambda: line.goes("anew"))
    new = {s for x in line.pairs()[len(old):] for s in x.spi.values()}
    check(ok and len(new & spis(pkts)) >= 2 and
          not set(old[-1].spi.values()) & spis(pkts),
          f"{line.name}: other SAs of the same identities: it goes on")


def other_identity_out(t, line):
    """enigma hears that its peer is somebody else now."""
    h = t.lab.enigma
    t.km.delete(line.pairs()[-1])
    before = h.count("out", "sadb_acquire_timeout")
    t.km.refuse = True
    with t.km.lock:
        t.km.ids["enigma"]["partym"] = "mallory.example"
        pair = t.km.make(line.addr, PROTO[line.kind], line.ports)
        t.km.install("partym", pair, 0)
        t.km.install("enigma", pair, 0)

    def say():
        t.e.say(line.name, "SOLIPSEC-PLAINTEXT for mallory")
        wait(lambda: h.count("out", "sadb_acquire_timeout") > before, 20,
             "given up")
    _, pkts = t.seen(say)
    check(not spis(pkts) & set(pair.spi.values()) and
          all(proto(p) == 50 for p in pkts) and
          t.p.hear(f"l{line.ports['partym']}", 0.3) is None,
          f"{line.name}: nothing leaves by SAs of another identity, and the "
          "key manager is asked for others")
    t.km.delete(pair)
    t.km.ids["enigma"]["partym"] = "partym.example"
    t.km.refuse = False
    check(line.goes("again"), f"{line.name}: goes on when its peer is back")


def other_identity_in(t, line):
    """partym hears that who sends is somebody else now."""
    h = t.lab.partym
    old, before = line.pairs()[-1], h.count("in", "spd_esp_badid")
    t.km.ids["partym"]["enigma"] = "mallory.example"
    t.km.delete(old)
    t.e.say(line.name, "SOLIPSEC-PLAINTEXT of mallory")
    wait(lambda: h.count("in", "spd_esp_badid") > before, 20, "counted")
    check(line.pairs()[-1] != old and t.p.hear(line.name, 0.3) is None,
          f"{line.name}: what comes by SAs of another identity is dropped as "
          "spd_esp_badid")
    t.km.delete(line.pairs()[-1])
    t.km.ids["partym"]["enigma"] = "enigma.example"
    # TCP has not been heard, and says it again
    check(wait(lambda: (t.p.hear(line.name, 5) or "").endswith("mallory"), 30,
               "heard"), f"{line.name}: goes on when the identity is the first")


def a_new_one(t, port):
    """Another connection has latched nothing of it."""
    t.km.ids["partym"]["enigma"] = "mallory.example"
    x = Line(t, f"m{port}", "tcp", 4, port)
    x.close()
    t.km.ids["partym"]["enigma"] = "enigma.example"
    check(True, "a new connection may have any identity")


def programs(t):
    """Programs that know nothing of it, and the library's way."""
    if b"__asan_init" in (BUILD / "src/cmd/solipsec/solipsec").read_bytes():
        print("a sanitizer's libraries cannot be loaded into other programs")
        return
    print("--- solipsec run --unique")
    run = ("env", f"SOLIPSEC_LIBDIR={BUILD / 'src/preload'}",
           f"LD_LIBRARY_PATH={BUILD / 'src/lib'}",
           t.lab.enigma.tool_path("solipsec"), "run", "--esp", "aes",
           "--esp-auth", "sha256", "--unique", "--", sys.executable,
           HERE / "talk.py")
    server = t.lab.partym.start(*run, "serve", 8200)
    for line in server.stdout:
        if line.strip() == "ready":
            break
    for word, addr in (("tcp", t.lab.V4), ("tcp", t.lab.V6),
                       ("udp", t.lab.V4)):
        pairs = len(t.km.pairs)
        c = t.lab.capture(flt="tcp or udp or esp")
        for _ in range(2):
            size = (100000,) if word == "tcp" else (500, 3)
            out = t.lab.enigma.run(*run, word, addr["partym"], 8200, *size,
                                   quiet=True, timeout=60)
            check(out.split()[0] in ("ok", "3"), f"{word}: {out.strip()}")
        pkts = c.stop()
        new = t.km.pairs[pairs:]
        check(len(new) == 2 and len({p.ports["enigma"] for p in new}) == 2,
              "each of two had a pair")
        check(all(proto(p) == 50 for p in pkts) and
              {s for p in new for s in p.spi.values()} <= spis(pkts),
              "and used it; nothing is in the clear")


def system_policy(t):
    """`sa unique' in ipsecinit.conf, for whoever speaks."""
    print("--- sa unique")
    t.lab.protect("{encr_algs aes encr_auth_algs sha256 sa unique}",
                  keys=False)
    t.lab.partym.serve()
    pairs = len(t.km.pairs)
    c = t.lab.capture(flt="tcp or udp or esp")
    for addr in (t.lab.V4, t.lab.V6):
        for _ in range(2):
            check(t.lab.enigma.tcp(addr["partym"], 20000) > 1000, "TCP")
            check(t.lab.enigma.udp(addr["partym"]) == 3, "UDP")
    pkts = c.stop()
    new = t.km.pairs[pairs:]
    check(len({(p.proto, *p.ends.values(), *p.ports.values())
               for p in new}) == 8 == len(new), "eight flows, eight pairs")
    check(all(proto(p) == 50 for p in pkts) and
          {s for p in new for s in p.spi.values()} <= spis(pkts),
          "all of them were used; nothing is in the clear")


def test(lab):
    t = Test(lab)
    lines = {}
    for i, (kind, fam) in enumerate((k, f) for k in ("tcp", "udp")
                                    for f in (4, 6)):
        lines[kind, fam] = own_pairs(t, kind, fam, 8100 + i)
    stranger(t, *lines["tcp", 4])
    print("--- identities")
    for key in (("tcp", 6), ("udp", 4)):
        same_identity(t, lines[key][0])
    other_identity_out(t, lines["udp", 4][0])
    other_identity_in(t, lines["tcp", 6][0])
    a_new_one(t, 8100)
    check(lines["tcp", 6][1].goes("end") and lines["udp", 6][0].goes("end"),
          "the others have not noticed")
    programs(t)
    system_policy(t)


main(test)
