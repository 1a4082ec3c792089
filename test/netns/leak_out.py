# SPDX-License-Identifier: BSD-2-Clause
"""No packet of a protected flow leaves in the clear, however it is sent.

Each attempt sends a text of its own, over and over, from enigma to partym; the
router looks for that text. What a program with root's rights can do all the
same is tried at the end, and has to be as docs/steering.md says.
"""

from forge import ENDS, Ear, Forger
from lab import Failed, check, main, proto

ESP = "{encr_algs aes encr_auth_algs sha256 sa shared}"
PORTS = (5, 7)  # nobody listens on the first


class Attempt:
    """{F} in code is 4 or 6, {A} and {B} the ends' addresses, {R} the
    router's. said: the error that the program gets; arrives: partym hears
    it."""

    def __init__(self, name, code, said=None, arrives=None, fam=(4, 6)):
        self.name, self.code, self.said = name, code, said
        self.arrives = arrives
        self.fam = fam if isinstance(fam, tuple) else (fam,)


def attempt(*a, **kw):
    return Attempt(*a, **kw)


SOCKETS = [
    attempt("a datagram", "dgram({F}).sendto(data(), ({B}, 7))", "", True),
    attempt("a connected socket", "s = dgram({F}); s.connect(({B}, 7)); "
            "s.send(data())", "", True),
    attempt("a bound socket", "s = dgram({F}); s.bind(({A}, 5555)); "
            "s.sendto(data(), ({B}, 7))", "", True),
    attempt("an IPv4 address on an IPv6 socket", "dgram(6).sendto(data(), "
            "('::ffff:' + {B}, 7))", "", True, fam=4),
    attempt("an empty datagram", "dgram({F}).sendto(b'', ({B}, 7))", ""),
    attempt("60,000 bytes", "dgram({F}).sendto(data(60000), ({B}, 7))", "",
            True),
    attempt("1,472 bytes, the path's size ignored (PROBE)", "s = dgram(); "
            "s.setsockopt(0, 10, 3); s.sendto(data(1472), ({B}, 7))", fam=4),
    attempt("1,472 bytes that must not be split (DO)", "s = dgram(); "
            "s.setsockopt(0, 10, 2); s.sendto(data(1472), ({B}, 7))", fam=4),
    attempt("1,452 bytes, the path's size ignored (PROBE)", "s = dgram(6); "
            "s.setsockopt(41, 23, 3); s.sendto(data(1452), ({B}, 7))", fam=6),
    attempt("1,452 bytes that must not be split (IPV6_DONTFRAG)",
            "s = dgram(6); s.setsockopt(41, 62, 1); "
            "s.sendto(data(1452), ({B}, 7))", fam=6),
    attempt("a corked datagram", "s = dgram({F}); s.connect(({B}, 7)); "
            "s.setsockopt(17, 1, 1); s.send(data()); s.send(data()); "
            "s.setsockopt(17, 1, 0)", "", True),
    attempt("segmentation offload", "s = dgram({F}); "
            "s.setsockopt(17, 103, 500); s.sendto(data(3000), ({B}, 7))", "",
            True),
    attempt("record route and timestamp", "s = dgram(); s.setsockopt(0, 4, "
            "b'\\7\\7\\4' + b'\\0' * 5); s.sendto(data(), ({B}, 7))", "", True,
            fam=4),
    attempt("destination options", "s = dgram(6); s.setsockopt(41, 59, "
            "bytes([0, 0, 1, 4, 0, 0, 0, 0])); s.sendto(data(), ({B}, 7))",
            "", True, fam=6),
    attempt("a flow label, traffic class", "s = dgram(6); "
            "s.setsockopt(41, 67, 0x28); s.setsockopt(41, 33, 0); "
            "s.sendto(data(), ({B}, 7, 0x12345, 0))", "", True, fam=6),
    attempt("the device by IP_UNICAST_IF", "s = dgram({F}); s.setsockopt("
            "*((0, 50) if {F} == 4 else (41, 76)), struct.pack('!I', "
            "index('net0'))); s.sendto(data(), ({B}, 7))"),
    attempt("the device and the source by PKTINFO", "dgram({F}).sendmsg("
            "[data()], [(0, 8, struct.pack('i4s4s', index('net0'), "
            "packed({A}), b'')) if {F} == 4 else (41, 50, packed({A}) + "
            "struct.pack('i', index('net0')))], 0, ({B}, 7))"),
    attempt("the device by SO_BINDTODEVICE", "nobody(); s = dgram({F}); "
            "s.setsockopt(1, 25, b'net0'); s.sendto(data(), ({B}, 7))",
            "", True),
    attempt("the device ipsec0", "s = dgram({F}); s.setsockopt(1, 25, "
            "b'ipsec0'); s.sendto(data(), ({B}, 7))"),
    attempt("TCP bound to the device", "nobody(); s = stream({F}); s.setsockopt(1, 25, "
            "b'net0'); s.connect(({B}, 7)); s.send(data())"),
    attempt("without routing (SO_DONTROUTE)", "s = dgram({F}); "
            "s.setsockopt(1, 5, 1); s.sendto(data(), ({B}, 7))"),
    attempt("TCP", "s = stream({F}, 2); s.connect(({B}, 7)); "
            "s.send(data(9000)); time.sleep(.1)", ""),
    attempt("TCP Fast Open", "s = stream({F}, 2); s.setsockopt(6, 30, 1); "
            "s.connect(({B}, 7)); s.send(data()); time.sleep(.1)", ""),
    attempt("TCP Fast Open, data in the first segment", "s = stream({F}, 2); "
            "s.sendto(data(), 0x20000000, ({B}, 7))"),
    attempt("TCP with urgent data, without delay", "s = stream({F}, 2); "
            "s.connect(({B}, 7)); s.setsockopt(6, 1, 1); s.send(data(), 1); "
            "time.sleep(.1)", ""),
    attempt("a connection that is reset", "s = stream({F}, 2); "
            "s.connect(({B}, 7)); s.setsockopt(1, 13, struct.pack('ii', 1, 0)"
            "); s.send(data()); s.close()", ""),
    attempt("TCP to a port that nobody serves", "stream({F}, 2).connect(({B},"
            " 5))", "Connection refused"),
    attempt("UDP to a port that nobody serves", "s = dgram({F}); "
            "s.connect(({B}, 5)); s.send(data()); time.sleep(.2); "
            "s.send(data())", "Connection refused"),
]
# by who has no rights at all
NOBODY = [
    attempt("from port 4500", "nobody(); s = dgram({F}); "
            "s.setsockopt(1, 2, 1); s.setsockopt(1, 15, 1); "
            "{F} == 6 and s.setsockopt(41, 26, 1); "
            "s.bind(('' if {F} == 4 else '::', 4500)); "
            "s.sendto(data(), ({B}, 7))"),
    attempt("from port 4500 of one address", "nobody(); s = dgram({F}); "
            "s.setsockopt(1, 2, 1); s.bind(({A}, 4500)); "
            "s.sendto(data(), ({B}, 7))"),
    attempt("by a source route", "nobody(); s = dgram(); s.setsockopt(0, 4, "
            "b'\\x83\\7\\4' + packed({R}) + b'\\0'); "
            "s.sendto(data(), ({B}, 7))", fam=4),
    attempt("by a strict source route", "nobody(); s = dgram(); "
            "s.setsockopt(0, 4, b'\\x89\\7\\4' + packed({R}) + b'\\0'); "
            "s.sendto(data(), ({B}, 7))", fam=4),
    attempt("by a segment routing header", "nobody(); s = dgram(6); "
            "s.setsockopt(41, 57, bytes([0, 4, 4, 1, 1, 0, 0, 0]) + b'\\0' * "
            "16 + packed({R})); s.sendto(data(), ({B}, 7))", "", fam=6),
    attempt("with a mark", "nobody(); s = dgram({F}); "
            "s.setsockopt(1, 36, 0x10000000); s.sendto(data(), ({B}, 7))",
            "Operation not permitted"),
]
RAW = [
    attempt("raw: UDP", "raw(ip({F}, UDP, udp(9, 7, data(), {A}, {B})))", "",
            True),
    attempt("raw: TCP", "raw(ip({F}, TCP, tcp(9, 7, data(), {A}, {B})))", ""),
    attempt("raw: fragments", "u = udp(9, 7, data(), {A}, {B}); "
            "(pieces4 if {F} == 4 else pieces6)(UDP, [u[:64], u[64:128], "
            "u[128:]])", ""),
    attempt("raw: a later fragment alone", "raw(ip4(UDP, data(64), off=99))",
            "", fam=4),
    attempt("raw: a source route through the router", "raw(ip4(UDP, udp(9, 7,"
            " data()), dst={R}, opt=b'\\x83\\7\\4' + packed({B}) + b'\\0'))",
            fam=4),
    attempt("raw: options", "raw(ip4(UDP, udp(9, 7, data()), opt=b'\\1' * 8)"
            ")", "", True, fam=4),
    attempt("raw: a flow label", "raw(ip6(UDP, udp6(9, 7, data()), "
            "flow=0x12345))", "", True, fam=6),
    attempt("raw: destination options", "raw(ip6(DST, options(UDP) + "
            "udp6(9, 7, data())))", "", True, fam=6),
    attempt("raw: hop-by-hop options", "raw(ip6(HOP, options(UDP) + "
            "udp6(9, 7, data())))", "", fam=6),
    attempt("raw: a fragment header around all", "raw(ip6(FRAG, "
            "fragment(UDP, 0, 0) + udp6(9, 7, data())))", "", fam=6),
    attempt("raw: fragments that hide the protocol", "u = options(DST) + "
            "options(UDP) + udp6(9, 7, data()); pieces6(DST, [u[:8], u[8:]])",
            "", fam=6),
    attempt("raw: fragments cut within a header", "u = options(DST, 24) + "
            "options(UDP) + udp6(9, 7, data()); "
            "pieces6(DST, [u[:16], u[16:]])", "", fam=6),
    attempt("raw: a routing header through the router", "raw(ip6(ROUTING, "
            "bytes([UDP, 2, 0, 1, 0, 0, 0, 0]) + packed({B}) + udp6(9, 7, "
            "data()), dst={R}))", fam=6),
]
RAW_HOSTS = [  # where all between the two is protected
    attempt("raw: an echo request", "raw(ip({F}, *((ICMP, icmp(8, 0, data()))"
            " if {F} == 4 else (ICMP6, icmp6(128, 0, data())))))", ""),
    attempt("raw: a packet in a packet", "raw(ip({F}, 4 if {F} == 4 else 41, "
            "ip({F}, UDP, udp(9, 7, data(), {A}, {B}))))", ""),
    attempt("raw: no next header", "raw(ip6(59, data()))", "", fam=6),
    attempt("raw: UDP-Lite", "raw(ip({F}, 136, udp(9, 7, data(), {A}, {B})))",
            ""),
    attempt("raw: a chain that is cut", "raw(ip6(DST, bytes([DST, 9, 1, 4]) +"
            " data(12)))", "", fam=6),
]
# docs/steering.md, "What does not work this way"
ROOT = [
    attempt("root with mark BYPASS", "s = dgram({F}); "
            "s.setsockopt(1, 36, 0x10000000); s.sendto(data(), ({B}, 7))"),
    attempt("root from the port of key management", "s = dgram({F}); "
            "s.bind(({A}, 500)); s.sendto(data(), ({B}, 7))"),
    attempt("root with a packet socket", "s = socket.socket(17, 2, 8); "
            "s.sendto(ip({F}, UDP, udp(9, 7, data(), {A}, {B})), ('net0', "
            "0x800 if {F} == 4 else 0x86dd, 0, 0, b'\\xff' * 6))"),
    attempt("root with a packet that looks like AH", "raw(ip4(AH, bytes([UDP,"
            " 4, 0, 0]) + b'\\0\\0\\x99\\x99' + b'\\0' * 16 + udp(9, 7, "
            "data())))", fam=4),
]
SHAPES = {
    "two hosts": lambda a, b, me: f"{{laddr {a} raddr {b}}} ipsec {ESP}\n",
    "two ports of one": lambda a, b, me: "".join(
        f"{{laddr {a} raddr {b} ulp {u} {me}port {n}}} ipsec {ESP}\n"
        for u in ("udp", "tcp") for n in PORTS),
    "a network": lambda a, b, me: "{raddr " + (
        b.rsplit(".", 1)[0] + ".0/24" if "." in a else
        b.rsplit(":", 2)[0] + ":0:0/96") + f"}} ipsec {ESP}\n",
    "ports without a protocol": lambda a, b, me: "".join(
        f"{{raddr {b} {me}port {n}}} ipsec {ESP}\n" for n in PORTS),
}


class Wire:
    def __init__(self, lab):
        self.lab = lab
        self.forger = Forger(lab.enigma)
        self.ear = Ear(lab.partym, 7)
        self.n = self.failed = 0

    def say(self, ok, text):
        self.failed += not ok
        print("ok   " if ok else "FAIL ", text, flush=True)

    def attempts(self, what, many, leaks=False):
        """Try them one by one, then look at what the router saw of each."""
        c = self.lab.capture("to-enigma")
        tried = []
        for a in many:
            for fam in a.fam:
                self.n += 1
                token, code = f"<{self.n:04}>", a.code
                words = {"F": fam, "A": repr(ENDS[fam][0]),
                         "B": repr(ENDS[fam][1]),
                         "R": repr((self.lab.GW4 if fam == 4 else
                                    self.lab.GW6)["enigma"])}
                for k, v in words.items():
                    code = code.replace("{" + k + "}", str(v))
                tried.append((a, fam, token, self.forger.do(token, code)))
        seen = c.stop()
        for a, fam, token, said in tried:
            clear = [x for x in seen if token.encode() in x]
            heard = bool(self.ear.heard(token))
            ok = bool(clear) == leaks and a.said in (None, said) and \
                a.arrives in (None, heard)
            self.say(ok, f"{what}, IPv{fam}: {a.name}" + (
                "" if ok else f": {said!r}, heard: {heard}, in the clear: " +
                " ".join(x[:60].hex() for x in clear[:3])))
        return seen


def shape(lab, name):
    for h in lab.hosts.values():
        h.policy("".join(SHAPES[name](a, b, "l" if h is lab.partym else "r")
                         for a, b in lab.addrs(h.name)), "-q", "-F", "-a")


def test(lab):
    lab.protect(ESP)
    w = Wire(lab)
    shape(lab, "two hosts")
    seen = w.attempts("two hosts", SOCKETS + NOBODY + RAW + RAW_HOSTS)
    odd = [x for x in seen if proto(x) in (6, 17)]
    w.say(not odd, f"no TCP, no UDP on the wire {[x.hex() for x in odd[:3]]}")
    for name in list(SHAPES)[1:]:
        shape(lab, name)
        w.attempts(name, SOCKETS + (NOBODY + RAW if "two" in name else
                                    RAW[:3]))
    shape(lab, "two hosts")
    w.attempts("as documented", ROOT, leaks=True)
    s = lab.enigma.stat()["packets"]
    w.say(s["wire_error"] == s["tun_error"] == s["unreadable"] == 0,
          f"the kernel refused nothing {s}")
    check(w.failed == 0, f"{w.n} attempts, {w.failed} unlike they should be")
    if lab.enigma.daemon.poll() is not None:
        raise Failed("ipsecd has ended")


main(test)
