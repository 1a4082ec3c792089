# SPDX-License-Identifier: BSD-2-Clause
"""Many ways to get a packet to a socket against policy: options, chains of
headers, fragments, packets in packets, spoofed addresses, ESP and AH made with
the keys of SAs that are for something else. Every shape is also sent to a port
that policy does not name: what arrives there shows which shapes the kernel
takes, and that only policy stops the others.
"""

from forge import A4, A6, B4, B6, Ear, Forger
from lab import KEY, check, main, settle

ESP_NULL = "{encr_algs null encr_auth_algs sha256 sa shared}"
AH_ONLY = "{auth_algs sha256 sa shared}"
FREE = 29
# port: what policy wants there; a shape to it may never arrive
WANTS = {7: f"ipsec {ESP_NULL}", 17: f"ipsec {AH_ONLY}", 27: "drop {}"}
CODE = """
import itertools
K = bytes.fromhex("%s")
F, PORT, N = %d, %d, %d
A, B = ENDS[F]
ROUTER = "192.168.13.1" if F == 4 else "2001::eeee:0:1"
T = 4 if F == 4 else 41
SEQ = itertools.count(1000 * PORT + 1)
SPI = 0x500 if F == 4 else 0x600
shapes = []


def shape(f):
    shapes.append(f)
    return f


def u(port=None, a=None, b=None, n=200):
    return udp(9, port or PORT, data(n), a or A, b or B)


def t(**kw):
    return tcp(9, PORT, data(40), A, B, **kw)


def enc(spi, nh, body):
    return esp(SPI + spi, next(SEQ), nh, body, K)


def auth(spi, nh, body, **kw):
    return ah(F, SPI + spi, next(SEQ), nh, body, K, src=A, dst=B, **kw)


def whole(proto, body, **kw):
    kw.setdefault("src", A)
    kw.setdefault("dst", B)
    return ip(F, proto, body, **kw)


# in the clear: plain, segments of all kinds, spoofed sources, odd lengths
for flags in range(0, 64, 3):
    shape(lambda flags=flags: [whole(TCP, t(flags=flags))])
SOURCES = (A4, "127.0.0.1", B4, "0.0.0.0", "255.255.255.255", "224.0.0.1",
           "10.9.9.9", "192.168.13.255", ROUTER) if F == 4 else (
    A6, "::1", B6, "::", "ff02::1", "::ffff:192.168.116.16", "fd00::9",
    "fe80::1", "::192.168.116.16", ROUTER)
for src in SOURCES:
    shape(lambda src=src: [whole(UDP, u(a=src), src=src)])
    shape(lambda src=src: [whole(TCP, tcp(9, PORT, b"", src, B), src=src)])
for n in (0, 1, 7, 8, 1000, 1400):
    shape(lambda n=n: [whole(UDP, u(n=n) + data(n %% 3))])
for cut in (0, 1, 4, 7, 8):
    shape(lambda cut=cut: [whole(UDP, u()[:cut])])
for proto in (0, 2, 4, 41, 50, 51, 58, 59, 60, 103, 132, 136, 253, 255):
    shape(lambda proto=proto: [whole(proto, u())])
for ttl in (1, 255):
    shape(lambda ttl=ttl: [whole(UDP, u(), **{"ttl" if F == 4 else "hlim":
                                               ttl})])

# fragments: where they are cut, in which order, doubled, overlapping
HEAD = 1480
def cuts(body, sizes, order=None, more=False, ident=[0]):
    ident[0] += 1
    number = (PORT << 8 | ident[0] & 255) & 0xffff
    out, off = [], 0
    for i, n in enumerate(sizes):
        last = i + 1 == len(sizes) and not more
        out.append(piece(body[off:off + n] if i + 1 < len(sizes) else
                         body[off:], off, not last, number))
        off += n
    return [out[i] for i in order] if order else out


def piece(part, off, more, number, nh=UDP):
    if F == 4:
        return ip4(nh, part, src=A, dst=B, ident=number,
                   off=off // 8 | (0x2000 if more else 0))
    return ip6(FRAG, fragment(nh, off, int(more), number) + part, src=A,
               dst=B)


for first in (8, 16, 24, 32, 64, 128, 200):
    for order in ((0, 1), (1, 0), (0, 0, 1), (1, 1, 0), (0, 1, 1)):
        shape(lambda first=first, order=order:
              cuts(u(), [first, 0], order))
for order in itertools.permutations(range(3)):
    shape(lambda order=order: cuts(u(), [16, 64, 0], order))
    shape(lambda order=order: cuts(u(), [8, 8, 0], order))
for at in (0, 8, 16, 24):
    for width in (8, 16, 32):
        # a first fragment for the free port, written over by ours
        def over(at=at, width=width):
            o, body = u(29), u()
            n = 0x7000 | PORT << 4 | at // 8 << 2 | width // 16
            return [piece(o[:64], 0, 1, n),
                    piece(body[at:at + width], at, 1, n),
                    piece(o[64:], 64, 0, n)]
        shape(over)
        def under(at=at, width=width):
            return list(reversed(over(at, width)))
        shape(under)
shape(lambda: [piece(u()[64:], 64, 0, 0x8001)])
shape(lambda: [piece(u(), 0, 1, 0x8002)])
shape(lambda: [piece(u(), 65528, 0, 0x8003)])
shape(lambda: [piece(b"", 0, 1, 0x8004), piece(u(), 0, 0, 0x8004)])

# packets in packets
for k in range(1, 5):
    def nested(k=k):
        p = u()
        p = whole(UDP, p)
        for _ in range(k):
            p = whole(T, p)
        return [p]
    shape(nested)
    def strange(k=k):
        p = whole(UDP, u(), src=B, dst=B)
        for _ in range(k):
            p = whole(T, p, src=ROUTER)
        return [p]
    shape(strange)
other = (lambda p: ip6(4, p) if F == 4 else ip4(41, p))
shape(lambda: [other(whole(UDP, u()))])
shape(lambda: [whole(47, b"\\0\\0\\x08\\0" + whole(UDP, u()))])

if F == 4:
    OPTIONS = {"nop": b"\\1" * 4, "end": b"\\0" * 4,
               "record": b"\\7\\7\\4" + b"\\0" * 5,
               "stamp": b"\\x44\\x0c\\5\\0" + b"\\0" * 8,
               "alert": b"\\x94\\4\\0\\0", "stream": b"\\x88\\4\\0\\1",
               "security": b"\\x82\\x0b" + b"\\0" * 9 + b"\\0",
               "unknown": b"\\x5e\\4\\1\\2", "used": b"\\x83\\7\\x08" +
               packed(B) + b"\\0", "strict": b"\\x89\\7\\x08" + packed(B) +
               b"\\0", "route": b"\\x83\\7\\4" + packed(B) + b"\\0",
               "short": b"\\7\\1\\0\\0", "long": b"\\7\\x28\\4\\0",
               "full": b"\\1" * 40}
    for o in OPTIONS.values():
        shape(lambda o=o: [whole(UDP, u(), opt=o)])
        shape(lambda o=o: [whole(TCP, t(), opt=o)])
        shape(lambda o=o: cuts_with(o))
        shape(lambda o=o: [whole(ESP, enc(3, UDP, u()), opt=o)])
    for x, y in itertools.permutations(["nop", "record", "alert", "used",
                                        "unknown"], 2):
        shape(lambda o=OPTIONS[x] + OPTIONS[y]: [whole(UDP, u(), opt=o)])

    def cuts_with(o):
        b, n = u(), 0x6000 | PORT
        return [ip4(UDP, b[:16], off=0x2000, ident=n, opt=o),
                ip4(UDP, b[16:], off=2, ident=n)]
else:
    def chain(kinds, nh, body):
        p = body
        for k in reversed(kinds):
            if k == "hop" or k == "dst":
                p = options(nh) + p
            elif k == "long":
                p = options(nh, 248) + p
            elif k == "home":
                p = bytes([nh, 2, 1, 2, 0, 0, 201, 16]) + packed(A) + p
            elif k == "atom":
                p = fragment(nh, 0, 0, 77) + p
            elif k[:2] == "rh":
                p = bytes([nh, 2, int(k[2]), 0, 0, 0, 0, 0]) + packed(B) + p
            nh = {"hop": HOP, "dst": DST, "long": DST, "home": DST,
                  "atom": FRAG}.get(k, ROUTING)
        return nh, p
    KINDS = ["hop", "dst", "home", "atom", "rh0", "rh2", "rh4", "long"]
    for n in (1, 2):
        for kinds in itertools.product(KINDS, repeat=n):
            shape(lambda kinds=kinds: [whole(*chain(kinds, UDP, u()))])
    for kinds in itertools.product(["dst", "atom", "rh2"], repeat=3):
        shape(lambda kinds=kinds: [whole(*chain(kinds, UDP, u()))])
        shape(lambda kinds=kinds: [whole(*chain(kinds, TCP, t()))])
    for kinds in itertools.product(["dst", "hop", "rh2"], repeat=2):
        # the chain is cut by fragments, the ports come later
        def hidden(kinds=kinds):
            nh, p = chain(kinds, UDP, u())
            return [piece(p[:8], 0, 1, 0x9000, nh),
                    piece(p[8:], 8, 0, 0x9000, nh)]
        shape(hidden)
        shape(lambda kinds=kinds: [whole(ESP, enc(
            3, *chain(kinds, UDP, u())))])
    # a jumbogram (RFC 2675): payload length 0
    shape(lambda: [whole(HOP, bytes([UDP, 0, 0xc2, 4]) +
                         struct.pack("!I", 208) + u())[:4] + b"\\0\\0" +
                   whole(HOP, bytes([UDP, 0, 0xc2, 4]) +
                         struct.pack("!I", 208) + u())[6:]])
    shape(lambda: [ip6(UDP, u(), dst="::ffff:192.168.13.213")])

# with keys: SAs for another port, another protocol, tunnels; the wrong one of
# AH and ESP; layers of them
WRONG = 2 if PORT == 7 else 1  # AH where ESP is wanted, ESP where AH is
def wrap(spi, nh, body):
    return auth(spi, nh, body) if spi == 2 else whole(ESP, enc(spi, nh, body))


shape(lambda: [wrap(WRONG, UDP, u())])
shape(lambda: [whole(ESP, enc(3, UDP, u()))])
shape(lambda: [whole(ESP, enc(3, TCP, t()))])
for spi in (1, 3, 4):
    for inner in (UDP, T, 59, 60, 44, 0, 51):
        shape(lambda spi=spi, inner=inner: [whole(ESP, enc(
            spi, inner, whole(UDP, u())))])
for src in SOURCES:
    shape(lambda src=src: [whole(ESP, enc(4, T, whole(UDP, u(a=src),
                                                      src=src)))])
for k in range(2, 17):
    def deep(k=k):
        nh, p = UDP, u()
        for _ in range(k):
            nh, p = ESP, enc(1, nh, p)
        return [whole(nh, p)]
    shape(deep)
    def deep_tunnel(k=k):
        p = whole(UDP, u())
        for _ in range(k %% 5):
            p = whole(ESP, enc(4, T, p))
        return [p]
    shape(deep_tunnel)
shape(lambda: [auth(2, AH, auth(2, UDP, u())[20 if F == 4 else 40:])])
shape(lambda: [whole(ESP, enc(1, AH, auth(2, UDP, u())[
    20 if F == 4 else 40:]))])
shape(lambda: [auth(2, ESP, enc(3, UDP, u()))])
for first in (8, 16, 64):
    # fragments inside of ESP, and of tunnels
    shape(lambda first=first: [whole(ESP, enc(4, T, p)) for p in cuts(
        u(), [first, 0])])
    shape(lambda first=first: [whole(ESP, enc(1, FRAG if F == 6 else 4, p[
        40 if F == 6 else 0:])) for p in cuts(u(), [first, 0])])
    # ESP that comes in fragments
    def cut_esp(first=first):
        e = enc(3, UDP, u())
        n = 0xa000 | PORT << 4 | first // 8
        return [piece(e[:first], 0, 1, n, ESP), piece(e[first:], first, 0, n,
                                                      ESP)]
    shape(cut_esp)

sent = refused = 0
for i, f in enumerate(shapes):
    TOKEN = b"<%%05d>" %% (N + i)
    try:
        for p in f():
            raw(p, dst=B if p[0] >> 4 == F else None)
        sent += 1
    except OSError:
        refused += 1
    if i %% 40 == 39:
        time.sleep(.02)
raise OSError(0, f"{len(shapes)} {refused}")
"""


def sas(fam):
    """1: ESP, 2: AH, as the ports want; 3: ESP for UDP from port 1 to the
    free port; 4: a tunnel's."""
    a, b = (A4, B4) if fam == 4 else (A6, B6)
    spi, key = 0x500 if fam == 4 else 0x600, f"auth_alg sha256 authkey " \
        f"{KEY[32]}"
    null = f"encr_alg null {key}"
    return "".join(f"add {x}\n" for x in (
        f"esp spi {spi + 1:#x} src {a} dst {b} {null}",
        f"ah spi {spi + 2:#x} src {a} dst {b} {key}",
        f"esp spi {spi + 3:#x} src {a} dst {b} proto 17 sport 1 dport {FREE} "
        f"{null}",
        f"esp spi {spi + 4:#x} src {a} dst {b} proto "
        f"{4 if fam == 4 else 41} innersrc {a} innerdst {b} {null}"))


def test(lab):
    p = lab.partym
    p.up()
    p.policy("".join(
        f"{{laddr {b} ulp {u} lport {n} {d}}} {want}\n"
        for b in (B4, B6) for n, want in WANTS.items()
        for u in ("udp", "tcp")
        for d in (["dir both"] if want == "drop {}" else [""])) +
        f"{{tunnel ip.tun0 negotiate tunnel laddr 10.2.0.0/16 raddr "
        f"10.1.0.0/16}} ipsec {ESP_NULL}\n")
    p.keys(sas(4) + sas(6))
    forger, ear, n = Forger(lab.router), Ear(p, *WANTS, FREE), 0
    tried, bad, free = 0, [], 0
    for fam in (4, 6):
        for port in (*WANTS, FREE):
            said = forger.do("", CODE % (KEY[32], fam, port, n))
            check(said.split()[0].isdigit(), f"IPv{fam}, port {port}: {said} "
                  "shapes, those that could not be sent")
            total, refused = map(int, said.split())
            settle()
            told = [x for x in ear.lines if x.startswith(f"{port} ")]
            n += total
            if port == FREE:
                free += len({x.split("<")[1][:5] for x in told if "<" in x})
            else:
                tried += total - refused
                # nothing may be heard at this port, whatever was said
                bad += told
                ear.lines.clear()
            check(refused < total / 4, f"  {total - refused} were sent, "
                  f"{len(told)} heard at port {port}")
    check(tried >= 1000 and not bad, f"{tried} attempts against policy, heard:"
          f" {bad[:5]}")
    check(free > 150, f"where policy says nothing, {free} of the shapes "
          "arrive")
    check(p.daemon.poll() is None, "ipsecd is there")
    # what is right still goes on
    s = p.stat()
    check(s["packets"]["tun_error"] == 0, "the kernel refused nothing")
    ok = forger.do("<fine>", f"raw(ip4(ESP, esp(0x501, 900000, UDP, udp(9, 7, "
                   f"data()), bytes.fromhex('{KEY[32]}'))))")
    settle()
    check(ok == "" and len(ear.heard("<fine>")) == 1, "what policy wants, "
          "arrives")


main(test)
