# SPDX-License-Identifier: BSD-2-Clause
"""What is sent to many, or keeps to a device: groups, all hosts of a link,
addresses of link scope, sockets bound to a device. Protected by manual SAs of
which the destination is the group, between three hosts of one link."""
import sys
import threading

from forge import Ear
from lab import KEY, Host, check, main, proto, run, wait

GROUP4, OTHER4, GROUP6 = "239.1.1.1", "239.1.1.2", "ff15::1:1"
V4 = {"red": "10.7.0.1", "green": "10.7.0.2", "blue": "10.7.0.3"}
V6 = {"red": "fd07::1", "green": "fd07::2", "blue": "fd07::3"}
ALL4 = "10.7.0.255"
ESP = "{encr_algs aes encr_auth_algs sha256 sa shared}"
AH = "{auth_algs sha256 sa shared}"
HEAR = """
import select, socket, struct, sys
dev, socks = sys.argv[1], []
index = socket.if_nametoindex(dev)
for what, port in (("any", 7), ("bound", 8), ("strict", 9)):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if what == "bound":
        s.setsockopt(socket.SOL_SOCKET, 25, dev.encode())
    if what == "strict":  # IP_MULTICAST_ALL
        s.setsockopt(0, 49, 0)
    s.bind(("", port))
    for g in ("239.1.1.1", "239.1.1.2"):
        s.setsockopt(0, 35, struct.pack("4s4si", socket.inet_aton(g), b"",
                                        index))
    socks.append((what, s))
    s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    s.setsockopt(41, 26, 1)
    if what == "bound":
        s.setsockopt(socket.SOL_SOCKET, 25, dev.encode())
    if what == "strict":  # IPV6_MULTICAST_ALL
        s.setsockopt(41, 29, 0)
    s.bind(("::", port))
    s.setsockopt(41, 20, struct.pack("16si", socket.inet_pton(
        socket.AF_INET6, "ff15::1:1"), index))
    socks.append((what, s))
print("ready", flush=True)
while True:
    for s in select.select([x[1] for x in socks], [], [])[0]:
        b, who = s.recvfrom(65536)
        print(next(w for w, x in socks if x is s), who[0].split("%")[0],
              len(b), b[:24].decode(errors="replace"), flush=True)
"""
SAY = """
import socket, struct, sys
dst, dev, text, size = sys.argv[1:5]
bound = len(sys.argv) > 5
six = ":" in dst
index = socket.if_nametoindex(dev)
for port in (7, 8, 9):
    s = socket.socket(socket.AF_INET6 if six else socket.AF_INET,
                      socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    if bound:
        s.setsockopt(socket.SOL_SOCKET, 25, dev.encode())
    if six:
        s.setsockopt(41, 17, index)
        s.setsockopt(41, 18, 4)
    else:
        s.setsockopt(0, 32, struct.pack("4s4si", b"", b"", index))
        s.setsockopt(0, 33, 4)
    to = (dst, port, 0, index) if six else (dst, port)
    s.sendto((text.encode() * (int(size) // len(text) + 1))[:int(size)], to)
"""


class Link:
    """Three hosts at a bridge."""

    def __init__(self, lab):
        self.lab, self.hosts, self.lines, self.n = lab, {}, {}, 0
        lab.router.ip("link add br0 type bridge mcast_snooping 0")
        lab.router.ip("link set br0 up")
        for n in V4:
            h = self.hosts[n] = Host(lab, n)
            run("ip", "link", "add", f"br-{n}", "netns", "router", "type",
                "veth", "peer", "name", "lan0", "netns", n)
            lab.router.ip(f"link set br-{n} master br0 up")
            h.ip(f"addr add {V4[n]}/24 brd + dev lan0")
            h.ip(f"addr add {V6[n]}/64 dev lan0 nodad")
            h.ip("link set lan0 up")
            h.ip("route add default dev lan0")
        for h in self.hosts.values():
            wait(lambda h=h: "tentative" not in h.ip("addr"), 10, "settled")

    def local6(self, n):
        out = self.hosts[n].ip("-6 -o addr show dev lan0 scope link")
        return out.split()[3].split("/")[0]

    def hear(self):
        for n, h in self.hosts.items():
            e = Ear.__new__(Ear)
            e.lines = []
            p = h.start(sys.executable, "-c", HEAR, "lan0")
            assert p.stdout.readline() == "ready\n"
            threading.Thread(target=e.read, args=(p,), daemon=True).start()
            self.lines[n] = e

    def say(self, who, dst, size=100, *bound):
        """Which sockets of which hosts heard it from where."""
        self.n += 1
        token = f"<{self.n:04}-SOLIPSEC-PLAINTEXT>"
        c = self.lab.capture("br0")
        self.hosts[who].run(sys.executable, "-c", SAY, dst, "lan0", token,
                            size, *bound)
        pkts = c.stop()
        heard = {n: sorted(x.split()[0] for x in e.lines if token[:6] in x and
                           x.split()[2] == str(size))
                 for n, e in self.lines.items()}
        clear = [x for x in pkts if token[:6].encode() in x and not (
            proto(x) in (50, 51) or proto(x) == 44 and x[40] in (50, 51))]
        return heard, pkts, clear


THREE = ["any", "bound", "strict"]


def policy(link, action, groups):
    """To the groups: protected; from whomever."""
    for h in link.hosts.values():
        h.policy("".join(
            f"{{raddr {g} ulp udp dir out}} ipsec {action}\n"
            f"{{laddr {g} ulp udp dir in}} ipsec {action}\n"
            for g in groups), "-q", "-F", "-a")


def keys(link, kind, dsts, src=None):
    for h in link.hosts.values():
        h.tool("ipseckey", "flush")
        h.keys("".join(
            f"add {kind} spi {0x5000 + i:#x} " + (f"src {src} " if src else "")
            + f"dst {d} auth_alg sha256 authkey {KEY[32]}" +
            (f" encr_alg aes encrkey {KEY[16]}" if kind == "esp" else "") +
            "\n" for i, d in enumerate(dsts)))


def groups(link):
    for kind, action in (("esp", ESP), ("ah", AH)):
        policy(link, action, (GROUP4, GROUP6))
        keys(link, kind, (GROUP4, GROUP6))
        for dst in (GROUP4, GROUP6):
            for who in ("red", "blue"):
                for size in (100, 1400, 4000):
                    heard, pkts, clear = link.say(who, dst, size)
                    ok = all(x == THREE for x in heard.values())
                    check(ok and not clear and len(pkts) >= 3,
                          f"{kind}, {who} to {dst}, {size} bytes: {heard}, "
                          "nothing in the clear")
        # a group that policy does not name
        heard, _, clear = link.say("red", OTHER4)
        check(all(x == THREE for x in heard.values()) and clear,
              "another group, in the clear")


def strangers(link):
    """Who has no key, and who sends in the clear."""
    policy(link, ESP, (GROUP4, GROUP6))
    keys(link, "esp", (GROUP4, GROUP6), None)
    link.hosts["green"].tool("ipsecconf", "-q", "-F")
    link.hosts["green"].tool("ipseckey", "flush")
    for dst in (GROUP4, GROUP6):
        heard, _, clear = link.say("green", dst)
        check(clear and not heard["red"] and not heard["blue"],
              f"in the clear to {dst}: not taken")
        heard, _, clear = link.say("red", dst)
        check(heard["blue"] == THREE and not heard["green"] and not clear,
              f"to {dst}: only for who has the keys")
    link.hosts["red"].tool("ipseckey", "flush")
    heard, pkts, _ = link.say("red", GROUP4)
    check(not any(heard.values()) and not any(proto(x) in (17, 50)
                                              for x in pkts),
          "without an SA nothing leaves")


def source(link):
    """RFC 4301 4.1: an SA of one source comes before one of any."""
    policy(link, ESP, (GROUP4,))
    for h in link.hosts.values():
        h.tool("ipseckey", "flush")
        h.keys(f"add esp spi 0x6000 src {V4['red']} dst {GROUP4} auth_alg "
               f"sha256 authkey {KEY[32]} encr_alg aes encrkey {KEY[16]}\n"
               f"add esp spi 0x6000 dst {GROUP4} auth_alg sha256 authkey "
               f"{KEY[32][::-1]} encr_alg aes encrkey {KEY[16]}\n")
    for who in ("red", "green"):
        heard, _, clear = link.say(who, GROUP4)
        check(all(x == THREE for x in heard.values()) and not clear,
              f"{who}, the same SPI for one source and for any: {heard}")


def broadcast(link):
    dsts = (ALL4, "255.255.255.255")
    policy(link, ESP, dsts)
    keys(link, "esp", dsts)
    for dst in dsts:
        heard, pkts, clear = link.say("green", dst)
        check(all(x == THREE for x in heard.values()) and not clear and
              sum(proto(x) == 50 for x in pkts) == 3,
              f"to all of the link, {dst}: {heard}, each sent once")


def broadcast_of_one(link):
    """An SA of one sender: who receives has to say so (docs/steering.md)."""
    policy(link, ESP, (ALL4,))
    for n, h in link.hosts.items():
        h.tool("ipseckey", "flush")
        h.keys(f"add esp spi 0x6100 src {V4['green']} dst {ALL4} auth_alg "
               f"sha256 authkey {KEY[32]} encr_alg aes encrkey {KEY[16]}" +
               ("" if n == "green" else " inbound") + "\n")
    heard, _, clear = link.say("green", ALL4)
    check(heard["red"] == heard["blue"] == THREE and not clear,
          f"to all of the link, by an SA of one source: {heard}")


def link_scope(link):
    red, blue = link.local6("red"), link.local6("blue")
    for h, a, b in ((link.hosts["red"], red, blue),
                    (link.hosts["blue"], blue, red)):
        h.policy(f"{{laddr {a} raddr {b}}} ipsec {ESP}\n", "-q", "-F", "-a")
        h.tool("ipseckey", "flush")
        h.keys("".join(
            f"add esp spi {spi} src {x} dst {y} encr_alg aes encrkey "
            f"{KEY[16]} auth_alg sha256 authkey {KEY[32]}\n"
            for spi, x, y in ((0x7001, red, blue), (0x7002, blue, red))))
    heard, _, clear = link.say("red", blue)
    check(heard["blue"] == THREE and not clear,
          f"an address of link scope: {heard}")
    out = link.hosts["red"].run("ping", "-c", "2", "-i", "0.1", "-W", "1",
                                blue + "%lan0", ok=False)
    check("2 received" in out, "and answers come back")


def bound(link):
    """Sockets bound to a device, between hosts that protect everything."""
    for me, far in (("red", "blue"), ("blue", "red")):
        link.hosts[me].policy("".join(
            f"{{laddr {v[me]} raddr {v[far]}}} ipsec {ESP}\n"
            for v in (V4, V6)), "-q", "-F", "-a")
        link.hosts[me].tool("ipseckey", "flush")
        link.hosts[me].keys("".join(
            f"add esp spi {spi + i} src {v[a]} dst {v[b]} encr_alg aes "
            f"encrkey {KEY[16]} auth_alg sha256 authkey {KEY[32]}\n"
            for i, v in enumerate((V4, V6))
            for spi, a, b in ((0x8001, "red", "blue"),
                              (0x8011, "blue", "red"))))
    for v in (V4, V6):
        for size in (100, 1472, 4000):
            heard, _, clear = link.say("red", v["blue"], size, "bound")
            check("any" in heard["blue"] and not clear,
                  f"from a bound socket to {v['blue']}, {size} bytes: "
                  f"{heard['blue']}")


ASK = """
import socket, sys
s = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET,
                  socket.SOCK_STREAM if sys.argv[2] == "tcp" else
                  socket.SOCK_DGRAM)
s.settimeout(3)
s.setsockopt(socket.SOL_SOCKET, 25, b"lan0")
s.connect((sys.argv[1], 19))
want = b"SOLIPSEC-PLAINTEXT" * int(sys.argv[3])
s.sendall(want)
got = b""
while len(got) < len(want):
    got += s.recv(65536)
print("same" if got == want else "other")
"""
SERVE = """
import socket, threading
def serve(fam, kind):
    s = socket.socket(fam, kind)
    if fam == socket.AF_INET6:
        s.setsockopt(41, 26, 1)
    s.setsockopt(socket.SOL_SOCKET, 25, b"lan0")
    s.bind(("", 19) if fam == socket.AF_INET else ("::", 19))
    if kind == socket.SOCK_DGRAM:
        while True:
            s.sendto(*s.recvfrom(65536))
    s.listen()
    while True:
        c, _ = s.accept()
        while True:
            b = c.recv(65536)
            if not b:
                break
            c.sendall(b)
for f in (socket.AF_INET, socket.AF_INET6):
    for k in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        threading.Thread(target=serve, args=(f, k)).start()
print("ready", flush=True)
"""


def bound_both(link):
    """Clients and servers that are bound to a device, both ways."""
    red, blue = link.hosts["red"], link.hosts["blue"]
    p = blue.start(sys.executable, "-c", SERVE)
    assert p.stdout.readline() == "ready\n"
    blue.tool("solipsec", "tune", "ipsec_open_in_place=1")
    for v in (V4, V6):
        for kind, n in (("udp", 5), ("udp", 70), ("tcp", 5), ("tcp", 9000)):
            c = link.lab.capture("br0")
            out = red.run(sys.executable, "-c", ASK, v["blue"], kind, n,
                          ok=False)
            pkts = c.stop()
            check(out.strip() == "same" and not any(
                b"SOLIPSEC-PLAIN" in x for x in pkts),
                f"{kind}, {n * 18} bytes to {v['blue']} and back, both bound: "
                f"{out.strip()[-60:]}")


def test(lab):
    link = Link(lab)
    link.hear()
    for h in link.hosts.values():
        h.up()
    for part in (groups, strangers, source, broadcast, broadcast_of_one,
                 link_scope, bound, bound_both):
        part(link)
    for h in link.hosts.values():
        s = h.stat()["packets"]
        check(s["wire_error"] == s["tun_error"] == s["unreadable"] == 0,
              f"{h.name}: the kernel refused nothing")
        h.sane()


main(test)
