# SPDX-License-Identifier: BSD-2-Clause
"""Policy of single sockets (spec: policy 25): TCP and UDP, IPv4 and IPv6,
listening and connecting, and who may ask for what."""
import signal

from lab import check, main, proto, wait
from socks import Agent, admin

GCM = 20
AES, SHA256 = 12, 5


def start(lab, action="{encr_algs aes-gcm}"):
    for h in lab.hosts.values():
        h.up()
        h.keys(lab.manual(action))
    return Agent(lab.enigma), Agent(lab.partym)


def tcp(lab, e, p, fam):
    dst = (lab.V4 if fam == 4 else lab.V6)["partym"]
    cap = lab.capture(flt="tcp or esp")
    p.new("l", "tcp", fam)
    check(p.setpol("l", esp=2, alg=(0, GCM, 0)) == 0, "a server asks for ESP")
    p.listen("l", 8000)
    e.new("c", "tcp", fam)
    check(e.setpol("c", esp=2, alg=(0, GCM, 0)) == 0, "so does a client")
    check(e.connect("c", dst, 8000) is True, "they connect")
    check(p.accept("l", "a") == e.port("c"), "accepted")
    p.close("l")
    e.say("c", "SOLIPSEC-PLAINTEXT there")
    check(p.hear("a") == "SOLIPSEC-PLAINTEXT there",
          "what was accepted goes on when nobody listens any more")
    p.say("a", "SOLIPSEC-PLAINTEXT back")
    check(e.hear("c") == "SOLIPSEC-PLAINTEXT back", "and back")
    check(e.mss("c") < 1400, f"segments that fit: {e.mss('c')}")
    check(e.getpol("c")[:2] == [0, 2] and e.getpol("c")[4] == GCM,
          "getsockopt shows it")
    check(p.getpol("a")[:2] == [0, 2], "of the accepted one as well")
    check(e.setpol("c") == "EINVAL", "it is latched")
    # without it: a clear connection to the same host
    p.new("l2", "tcp", fam)
    p.listen("l2", 8001)
    e.new("c2", "tcp", fam)
    check(e.connect("c2", dst, 8001) is True, "others are in the clear")
    e.close("c2")
    p.close("l2")
    e.close("c")
    p.close("a")
    pkts = cap.stop()
    mine = [k for k in pkts if proto(k) == 50]
    check(len(mine) >= 6, f"{len(mine)} protected packets")
    check(not any(b"SOLIPSEC" in k for k in pkts), "no word in the clear")
    wait(lambda: not admin(lab.partym)["sockets"], 5, "forgotten")
    check(True, "it ends when the socket ends")


def refused(lab, e, p, fam):
    """Clear packets for a socket that wants protection."""
    dst = (lab.V4 if fam == 4 else lab.V6)["partym"]
    before = lab.partym.count("in", "spd_got_clear")
    p.new("l", "tcp", fam)
    p.setpol("l", esp=2, alg=(0, GCM, 0))
    p.listen("l", 8000)
    p.new("u", "udp", fam)
    p.setpol("u", esp=2, alg=(0, GCM, 0))
    p.listen("u", 8002)
    e.new("c", "tcp", fam)
    check(e.connect("c", dst, 8000) is not True, "a clear client is refused")
    e.new("d", "udp", fam)
    e.say("d", "hello", dst, 8002)
    check(p.hear("u", 0.5) is None, "a clear datagram is not heard")
    check(lab.partym.count("in", "spd_got_clear") >= before + 2, "counted")
    for a, names in ((e, "cd"), (p, "lu")):
        for n in names:
            a.close(n)


def udp(lab, e, p, fam):
    dst = (lab.V4 if fam == 4 else lab.V6)["partym"]
    src = (lab.V4 if fam == 4 else lab.V6)["enigma"]
    cap = lab.capture(flt="udp or esp")
    p.new("u", "udp", fam)
    check(p.setpol("u", esp=2, alg=(0, GCM, 0)) == 0, "a UDP server asks")
    p.listen("u", 8002)
    e.new("d", "udp", fam)
    check(e.setpol("d", esp=2, alg=(0, GCM, 0)) == 0, "a UDP client asks")
    e.say("d", "SOLIPSEC-PLAINTEXT one", dst, 8002)
    check(p.echo("u") == [src, e.port("d")], "heard, from the right address")
    check(e.hear("d") == "SOLIPSEC-PLAINTEXT one", "answered")
    e.new("k", "udp", fam)
    check(e.setpol("k", esp=2, alg=(0, GCM, 0)) == 0, "a connected one asks")
    check(e.connect("k", dst, 8002) is True, "connected")
    e.say("k", "SOLIPSEC-PLAINTEXT two" * 200)
    check(p.echo("u") == [src, e.port("k")], "heard, larger than a packet")
    check(e.hear("k") == "SOLIPSEC-PLAINTEXT two" * 200, "answered")
    check(e.setpol("k") == "EINVAL", "it is latched")
    check(e.setpol("d") == 0, "one without a peer may go back")
    e.say("d", "hello", dst, 8002)
    check(p.hear("u", 0.5) is None, "and is in the clear then: not heard")
    for a, names in ((e, "dk"), (p, "u")):
        for n in names:
            a.close(n)
    pkts = cap.stop()
    check(not any(b"SOLIPSEC" in k for k in pkts), "no word in the clear")


def rights(lab, e):
    """Policy 25, the table."""
    a = Agent(lab.enigma)
    a.new("r")
    check(a.become(65534) == 65534, "somebody without rights")
    a.new("s")
    check(a.setpol("s", ah=1, esp=1) == "EPERM", "may not bypass")
    check(a.setpol("s", se=1) == "EPERM", "in no field")
    check(a.setpol("s", esp=2, alg=(0, AES, SHA256)) == 0,
          "may choose another policy")
    check(a.getpol("s") == [0, 2, 0, 0, AES, SHA256], "and see it")
    check(a.setpol("s", esp=2, alg=(0, 99, 0)) == "EINVAL", "no such cipher")
    check(a.setpol("s", esp=2, alg=(0, 11, 0)) == "EINVAL", "null is none")
    check(a.setpol("s", esp=3) == "EINVAL", "never and required")
    check(a.setpol("s", esp=8) == "EINVAL", "unknown bits")
    check(a.setpol("s", se=2) == "EINVAL", "self-encapsulation alone")
    check(a.setpol("s", ah=2, alg=(SHA256, 0, 0), bits=(512, 0, 0)) ==
          "EINVAL", "more bits than there are")
    check(a.getpol("s") == [0, 2, 0, 0, AES, SHA256],
          "what was refused changes nothing")
    check(a.setpol("s") == 0, "zeros reset it")
    check(a.getpol("s") == [0] * 6, "it is gone")
    check(a.ask(1, []) == ["EBADF"] + [0] * 6, "no descriptor")
    check(a.ask(1, [0]) != [0] * 7, "not a socket")
    check(a.ask(1, [a.new("x"), a.new("y")])[0] == "EBADF", "two of them")
    check(a.ask(2, [a.new("z")], raw=b"\1\2\0\0short") ==
          ["EINVAL"] + [0] * 6, "a short request")
    e.new("raw", "raw")
    said = e.setpol("raw", esp=2, alg=(0, GCM, 0))
    check(said in ("ENOTSUP", "EOPNOTSUPP"),
          "a raw socket cannot be protected, and is told so")
    check(e.setpol("raw", ah=1, esp=1) == 0, "it may bypass")
    e.close("raw")
    wait(lambda: len(admin(lab.enigma)["sockets"]) == 0, 5, "forgotten")
    n = len(admin(lab.enigma)["sockets"])
    for i in range(40):
        a.new(f"n{i}")
        a.setpol(f"n{i}", esp=2, alg=(0, GCM, 0))
    check(len(admin(lab.enigma)["sockets"]) == n + 40, "all are listed")
    for i in range(40):
        a.close(f"n{i}")
    wait(lambda: len(admin(lab.enigma)["sockets"]) == n, 5, "forgotten")
    check(e.descriptors() < 20, "descriptors do not stay open")


def bypass(lab, e, p):
    """Root's bypass beats the system's policy, both ways."""
    lab.protect("{encr_algs aes-gcm}", families=(4,), keys=False)
    dst = lab.V4["partym"]
    cap = lab.capture(flt="udp or esp")
    for a, n in ((e, "b"), (p, "b")):
        a.new(n, "udp")
        check(a.setpol(n, ah=1, esp=1) == 0, "root asks for a bypass")
    p.listen("b", 8003)
    e.say("b", "in the clear", dst, 8003)
    check(p.echo("b") is not None, "heard in the clear")
    check(e.hear("b") == "in the clear", "answered in the clear")
    check(e.getpol("b")[:2] == [1, 1], "getsockopt says so")
    e.close("b")
    p.close("b")
    for fam, addr in ((4, lab.V4), (6, lab.V6)):
        if fam == 6:
            lab.protect("{encr_algs aes-gcm}", keys=False)
        p.new("l", "tcp", fam)
        check(p.setpol("l", ah=1, esp=1) == 0, f"a TCP server, IPv{fam}")
        p.listen("l", 8006)
        e.new("c", "tcp", fam)
        e.setpol("c", ah=1, esp=1)
        check(e.connect("c", addr["partym"], 8006) is True, "connected")
        check(p.accept("l", "a") == e.port("c"), "accepted in the clear")
        e.say("c", "in the clear, by TCP")
        check(p.hear("a") == "in the clear, by TCP", "heard")
        for a, n in ((e, "c"), (p, "a"), (p, "l")):
            a.close(n)
    pkts = cap.stop()
    check(any(b"in the clear" in k for k in pkts), "it was in the clear")


def own_beats_system(lab, e, p):
    for h in lab.hosts.values():
        h.policy("{rport 8002 ulp udp dir both} pass {}\n"
                 "{lport 8002 ulp udp dir both} pass {}\n", "-q", "-F", "-a")
    udp(lab, e, p, 4)


def override(lab, e, p):
    """The tunable by which the system's policy goes first."""
    for h in lab.hosts.values():
        h.policy("{rport 8007 ulp udp dir both} pass {}\n"
                 "{lport 8007 ulp udp dir both} pass {}\n", "-q", "-F", "-a")
        h.tool("solipsec", "tune", "ipsec_override_persocket_policy=1")
    for port, clear in ((8007, True), (8008, False)):
        cap = lab.capture(flt="udp or esp")
        for a, n in ((e, "o"), (p, "o")):
            a.new(n, "udp")
            a.setpol(n, esp=2, alg=(0, GCM, 0))
        p.listen("o", port)
        e.say("o", "SOLIPSEC-PLAINTEXT", lab.V4["partym"], port)
        check(p.echo("o") is not None and e.hear("o") is not None,
              "the system's entry" if clear else "without one, the socket's")
        e.close("o")
        p.close("o")
        check(any(b"SOLIPSEC" in k for k in cap.stop()) == clear,
              "in the clear" if clear else "protected")
    for h in lab.hosts.values():
        h.tool("solipsec", "tune", "ipsec_override_persocket_policy=0")


def errors(lab, e, p):
    """RFC 4301 6: an error about a protected datagram is no leak of it."""
    lab.partym.tool("ipsecconf", "-F")
    p.new("u", "udp")
    p.setpol("u", esp=2, alg=(0, GCM, 0))
    p.listen("u", 8009)
    e.new("k", "udp")
    e.setpol("k", esp=2, alg=(0, GCM, 0))
    e.connect("k", lab.V4["partym"], 8009)
    e.say("k", "SOLIPSEC-PLAINTEXT")
    check(p.hear("u") is not None, "heard")
    cap = lab.capture(flt="icmp or esp")
    p.close("u")
    e.say("k", "SOLIPSEC-PLAINTEXT")
    wait(lambda: e.say("k", "SOLIPSEC-PLAINTEXT") == "ECONNREFUSED", 3,
         "refused")
    pkts = cap.stop()
    check(not any(b"SOLIPSEC" in k for k in pkts) and len(pkts) >= 2,
          "the error that quotes it is protected, and arrives")
    e.close("k")


def selfencap(lab, e, p):
    """Policy 24: the other end has to want it as well."""
    dst = lab.V4["partym"]
    for want, heard in ((2, True), (0, False)):
        p.new("u", "udp")
        check(p.setpol("u", esp=2, se=want, alg=(0, GCM, 0)) == 0, "asked")
        p.listen("u", 8005)
        e.new("k", "udp")
        check(e.setpol("k", esp=2, se=2, alg=(0, GCM, 0)) == 0,
              "self-encapsulation")
        cap = lab.capture(flt="esp")
        e.say("k", "SOLIPSEC-PLAINTEXT", dst, 8005)
        check((p.hear("u", 1) is not None) == heard,
              "heard" if heard else "one that does not want it does not hear")
        n = len(cap.stop()[0])
        # headers, SPI and number, IV, what is inside, trailer, ICV
        check(n == 20 + 8 + 8 + (20 + 8 + 18) + 2 + 16, f"{n} bytes")
        e.close("k")
        p.close("u")
    check(lab.partym.count("in", "spd_got_selfencap") == 1, "counted")


def unknown(lab, e):
    """A socket whose policy ipsecd has lost is not heard at all."""
    dst = lab.V4["partym"]
    e.new("s", "udp")
    e.setpol("s", esp=2, alg=(0, GCM, 0))
    lab.enigma.stop()
    lab.enigma.up()
    cap = lab.capture(flt="udp")
    e.say("s", "SOLIPSEC-PLAINTEXT", dst, 8002)
    check(not cap.stop(), "nothing of it is sent")
    e.close("s")


def killed(lab, e, p):
    """No policy of the system, and ipsecd dies: its sockets stay shut."""
    dst = lab.V4["partym"]
    for h in lab.hosts.values():
        h.tool("ipsecconf", "-F")
    p.new("w", "udp")
    p.listen("w", 8020)
    e.new("k", "udp")
    e.setpol("k", esp=2, alg=(0, GCM, 0))
    # IPv4 by a socket of IPv6
    e.new("m", "udp", 6)
    e.setpol("m", esp=2, alg=(0, GCM, 0))
    e.listen("k", 8021)
    cap = lab.capture(flt="udp or tcp")

    def say():
        e.say("k", "SOLIPSEC-PLAINTEXT", dst, 8020)
        e.say("m", "SOLIPSEC-PLAINTEXT", f"::ffff:{dst}", 8020)

    def hear():
        p.say("w", "SOLIPSEC-CLEAR", lab.V4["enigma"], 8021)
        return e.hear("k", 1)

    say()
    check(hear() is None, "in the clear it hears nothing")
    lab.enigma.stop(signal.SIGKILL)
    say()
    check(hear() is None, "nor when ipsecd is dead")
    lab.enigma.up()
    say()
    check(hear() is None, "nor when it is back")
    pkts = cap.stop()
    n = sum(b"CLEAR" in k for k in pkts)
    check(not any(b"PLAINTEXT" in k for k in pkts),
          "nothing of them leaves in the clear all the while")
    check(n == 3, f"it was spoken to in the clear ({n})")
    for name in ("k", "m"):
        e.close(name)
    p.close("w")


def test(lab):
    e, p = start(lab)
    for fam in (4, 6):
        print(f"--- IPv{fam}")
        tcp(lab, e, p, fam)
        udp(lab, e, p, fam)
        refused(lab, e, p, fam)
    rights(lab, e)
    selfencap(lab, e, p)
    own_beats_system(lab, e, p)
    override(lab, e, p)
    errors(lab, e, p)
    bypass(lab, e, p)
    unknown(lab, e)
    killed(lab, e, p)


main(test)
