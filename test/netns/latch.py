# SPDX-License-Identifier: BSD-2-Clause
"""Connections keep the policy they began with (spec: policy 22, tasks 1)."""
import signal

from lab import check, main, proto, wait
from socks import Agent, admin

ESP = "{laddr %s raddr %s} ipsec {encr_algs aes-gcm}\n"


def words(lab, name):
    return "".join(ESP % a for a in lab.addrs(name))


def load(lab, text=words, args=("-q", "-F", "-a")):
    for h in lab.hosts.values():
        h.policy(text(lab, h.name), *args)


def flush(lab):
    for h in lab.hosts.values():
        h.tool("ipsecconf", "-F")


def pair(lab, e, p, name, kind, fam, port):
    """A connection from enigma to partym, both ends of it connected."""
    addr = lab.V4 if fam == 4 else lab.V6
    p.new("l" + name, kind, fam)
    p.listen("l" + name, port)
    e.new(name, kind, fam)
    check(e.connect(name, addr["partym"], port) is True,
          f"{name}: {kind}, IPv{fam}")
    if kind == "tcp":
        p.accept("l" + name, name)
    else:
        p.connect("l" + name, addr["enigma"], e.port(name))
        p.socks_rename("l" + name, name)
    check(goes(e, p, name, "first"), f"{name}: works")


def goes(e, p, name, word):
    """Both directions of it."""
    text = f"SOLIPSEC-PLAINTEXT {name} {word}"
    e.say(name, text)
    if p.hear(name, 1) != text:
        return False
    p.say(name, text)
    return e.hear(name, 1) == text


def seen(lab, e, p, names):
    """What was on the wire while each of them said something."""
    cap = lab.capture(flt="tcp or udp or esp")
    ok = [goes(e, p, n, "again") for n in names]
    pkts = cap.stop()
    clear = [k for k in pkts if b"SOLIPSEC" in k]
    return all(ok), clear, [k for k in pkts if proto(k) == 50]


def clear_stays(lab, e, p):
    print("--- in the clear, then policy")
    names = []
    for i, (kind, fam) in enumerate((k, f) for k in ("tcp", "udp")
                                    for f in (4, 6)):
        names.append(f"c{i}")
        pair(lab, e, p, names[-1], kind, fam, 7000 + i)
    load(lab)
    ok, clear, esp = seen(lab, e, p, names)
    check(ok, "they go on")
    check(len(clear) == 8 and not esp, f"in the clear ({len(clear)})")
    pair(lab, e, p, "new", "tcp", 4, 7010)
    ok, clear, esp = seen(lab, e, p, ["new"])
    check(ok and esp and not clear, "a new one is protected")
    # another change
    load(lab)
    ok, clear, esp = seen(lab, e, p, names)
    check(ok and len(clear) == 8 and not esp, "and after another change")
    conns = [c for c in admin(lab.enigma)["connections"] if c["pinned"]]
    check(len(conns) == 4, "the kernel knows of four")
    return names


def successor(lab, e, p, names):
    print("--- who takes over its ends")
    eport, pport = e.port(names[0]), 7000
    e.abort(names[0])
    p.close(names[0])
    wait(lambda: len([c for c in admin(lab.enigma)["connections"]
                      if c["pinned"]]) == 3, 5, "forgotten")
    e.new("s", "tcp", 4)
    cap = lab.capture(flt="tcp or esp")
    check(e.connect("s", lab.V4["partym"], pport, eport) is True,
          "the same four-tuple, another connection")
    p.accept("lc0", "s")
    check(goes(e, p, "s", "x"), "works")
    pkts = cap.stop()
    check(all(proto(k) == 50 for k in pkts) and pkts, "protected")
    uport = e.port(names[2])
    e.close(names[2])
    e.new("u", "udp", 4)
    cap = lab.capture(flt="udp or esp")
    # at once: before anybody can have heard of the end
    e.connect("u", lab.V4["partym"], 7002, uport)
    e.say("u", "SOLIPSEC-PLAINTEXT")
    pkts = cap.stop()
    check(not any(b"SOLIPSEC" in k for k in pkts),
          "datagrams of another socket, at once: not in the clear")
    for n in ("s", "u"):
        e.close(n)
    p.close("s")


def same_socket(lab, e, p):
    print("--- a socket that connects again")
    flush(lab)
    p.new("lr", "tcp", 4)
    p.listen("lr", 7060)
    e.new("r", "tcp", 4)
    check(e.connect("r", lab.V4["partym"], 7060, 7061) is True, "in the clear")
    p.accept("lr", "r0")
    load(lab)
    check(goes(e, p, "r", "x") if p.socks_rename("r0", "r") else False,
          "and stays so")
    check(e.disconnect("r"), "disconnected")
    p.close("r")
    cap = lab.capture(flt="tcp or esp")
    check(e.connect("r", lab.V4["partym"], 7060) is True,
          "the same socket, the same four-tuple")
    p.accept("lr", "r")
    check(goes(e, p, "r", "y"), "works")
    pkts = cap.stop()
    check(all(proto(k) == 50 for k in pkts) and pkts, "protected")
    e.close("r")
    for name in ("r", "lr"):
        p.close(name)


def protected_stays(lab, e, p):
    print("--- protected, then no policy")
    names = []
    for i, (kind, fam) in enumerate((k, f) for k in ("tcp", "udp")
                                    for f in (4, 6)):
        names.append(f"p{i}")
        pair(lab, e, p, names[-1], kind, fam, 7020 + i)
    flush(lab)
    ok, clear, esp = seen(lab, e, p, names)
    check(ok, "they go on")
    check(not clear and len(esp) >= 8, f"protected ({len(esp)})")
    pair(lab, e, p, "open", "tcp", 4, 7030)
    ok, clear, esp = seen(lab, e, p, ["open"])
    check(ok and clear and not esp, "a new one is in the clear")
    before = lab.partym.count("in", "spd_got_clear")
    forge(lab, e, p, names[2])
    check(lab.partym.count("in", "spd_got_clear") > before,
          "clear packets for them are refused")
    # a dead ipsecd does not open them
    cap = lab.capture(flt="tcp or udp or esp")
    lab.enigma.stop(signal.SIGKILL)
    for n in names:
        e.say(n, "SOLIPSEC-PLAINTEXT dead")
    pkts = cap.stop()
    check(not any(b"SOLIPSEC" in k for k in pkts),
          "nothing leaves when ipsecd is dead")
    lab.enigma.up()
    check(not goes(e, p, names[3], "x"), "nor while policy waits")
    load(lab)
    lab.enigma.keys(lab.manual("{encr_algs aes-gcm}"))
    lab.enigma.tool("ipseckey", "flush")
    lab.partym.tool("ipseckey", "flush")
    for h in lab.hosts.values():
        h.keys(lab.manual("{encr_algs aes-gcm}"))
    cap = lab.capture(flt="tcp or udp or esp")
    check(goes(e, p, names[2], "y") or goes(e, p, names[2], "z"),
          "and go on when it is loaded again")
    pkts = cap.stop()
    check(not any(b"SOLIPSEC" in k for k in pkts), "protected")
    e.close("open")
    p.close("open")


def forge(lab, e, p, name):
    """A clear datagram with the ends of a connection."""
    lab.router.run("python3", "-c", f"""
import socket, struct
src, dst = "{lab.V4['enigma']}", "{lab.V4['partym']}"
u = struct.pack(">HHHH", {e.port(name)}, {p.port(name)}, 12, 0) + b"evil"
h = struct.pack(">BBHHHBBH4s4s", 69, 0, 20 + len(u), 1, 0, 64, 17, 0,
                socket.inet_aton(src), socket.inet_aton(dst))
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
s.sendto(h + u, (dst, 0))
""")


def not_latched(lab, e, p):
    print("--- ipsec_latch 0")
    for h in lab.hosts.values():
        h.tool("solipsec", "tune", "ipsec_latch=0")
    flush(lab)
    pair(lab, e, p, "n", "tcp", 4, 7040)
    load(lab)
    ok, clear, esp = seen(lab, e, p, ["n"])
    check(ok and esp and not clear, "protected from now on")
    flush(lab)
    ok, clear, esp = seen(lab, e, p, ["n"])
    check(ok and clear and not esp, "and in the clear again")


def strangers(lab, e, p):
    print("--- older than ipsecd")
    for h in lab.hosts.values():
        h.stop()
    pair(lab, e, p, "o", "tcp", 4, 7050)
    for h in lab.hosts.values():
        h.up()
        h.keys(lab.manual("{encr_algs aes-gcm}"))
    load(lab)
    ok, clear, esp = seen(lab, e, p, ["o"])
    check(ok and esp and not clear,
          "what was there before ipsecd is not left in the clear")


def test(lab):
    for h in lab.hosts.values():
        h.up()
        h.keys(lab.manual("{encr_algs aes-gcm}"))
    e, p = Agent(lab.enigma), Agent(lab.partym)
    names = clear_stays(lab, e, p)
    successor(lab, e, p, names)
    same_socket(lab, e, p)
    protected_stays(lab, e, p)
    not_latched(lab, e, p)
    strangers(lab, e, p)


main(test)
