# SPDX-License-Identifier: BSD-2-Clause
"""SCTP by protocol and port: an association of two hosts with two addresses
each, by a real SCTP (libusrsctp), under one SA for each direction (RFC 3554).
It goes on when its first path is gone, and stays protected."""
import pathlib
import re
import struct
import subprocess
import sys

from lab import Failed, check, main, proto, protected, run, wait

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import sctp_talk  # noqa: E402

TALK = pathlib.Path(sctp_talk.__file__)
PORT, OTHER = 2905, 2906
KEY = "00112233445566778899aabbccddeeff"
SECOND = {"enigma": ("192.168.117.16", "192.168.117.1"),
          "partym": ("192.168.14.213", "192.168.14.1")}
ACTION = "ipsec {encr_algs aes encr_auth_algs sha256 sa unique}\n"


def second_path(lab):
    """Another device and another network for each host."""
    for name, (addr, gw) in SECOND.items():
        h, r = lab.hosts[name], f"too-{name}"
        run("ip", "link", "add", r, "netns", "router", "type", "veth",
            "peer", "name", "net1", "netns", name)
        lab.router.ip(f"addr add {gw}/24 dev {r}")
        lab.router.ip(f"link set {r} up")
        h.ip(f"addr add {addr}/24 dev net1")
        h.ip("link set net1 up")
        other = [v[0] for k, v in SECOND.items() if k != name][0]
        h.ip(f"route add {other}/32 via {gw} dev net1")
    wait(lambda: lab.enigma.ping(SECOND["partym"][0], count=1) == 1,
         what="connected by the second path")


def names(lab):
    """Both addresses of a host under one name, for this test alone."""
    f = lab.dir / "hosts"
    f.write_text("127.0.0.1 localhost\n" + "".join(
        f"{lab.V4[n]} {n}-both\n{SECOND[n][0]} {n}-both\n" for n in SECOND))
    run("mount", "--bind", f, "/etc/hosts")


def protect(lab):
    e, p = (f"{lab.V4[n]} {SECOND[n][0]}".split() for n in SECOND)
    alg = (f"encr_alg aes encrkey {KEY} auth_alg sha256 "
           f"authkey {KEY * 2} replay 1024 proto 132")
    keys = (f"add esp spi 0x3554 src {e[0]} dst {p[0]} more_src {e[1]} "
            f"more_dst {p[1]} dport {PORT} {alg}\n"
            f"add esp spi 0x3555 src {p[0]} dst {e[0]} more_src {p[1]} "
            f"more_dst {e[1]} sport {PORT} {alg}\n")
    for h in lab.hosts.values():
        h.up()
        h.keys(keys)
    lab.enigma.policy("{laddr enigma-both raddr partym-both ulp sctp "
                      f"rport {PORT}}} {ACTION}")
    lab.partym.policy(f"{{ulp sctp lport {PORT}}} {ACTION}")
    out = lab.enigma.tool("ipsecconf", "-l", "-n")
    check(out.count("#INDEX") == 8,
          "names with two addresses: four pairs, out and in")


def start(h, *args):
    return h.start(sys.executable, TALK, *args, stdin=subprocess.PIPE)


def line(p):
    text = p.stdout.readline()
    if not text:
        raise Failed("the SCTP endpoint ended")
    return text.split()


def exchange(p, n):
    p.stdin.write(f"{n}\n")
    p.stdin.flush()
    good, *paths = line(p)
    return int(good), dict(x.split("=") for x in paths)


def spi_counts(h):
    """Packets of each SA."""
    out = h.tool("ipseckey", "-n", "dump", "esp")
    return {spi: int(n) for spi, n in re.findall(
        r"spi=0x(\w+).*?(\d+) allocations used", out, re.S)}


def crossing(pkts):
    """What a router saw of it: protocols, SPIs, and pairs of addresses."""
    return ({proto(q) for q in pkts if proto(q) in (50, 51, 132)},
            {q[20:24].hex() for q in pkts if proto(q) == 50})


def init_chunk(sport, dport):
    """An INIT, with a checksum that no one has to believe."""
    return struct.pack("!HHII", sport, dport, 0, 0) + struct.pack(
        "!BBHIIHHI", 1, 0, 20, 1, 65536, 1, 1, 1)


def clear(lab):
    """From the router, which has no SA: PORT is protected, OTHER is not."""
    p = lab.partym
    before = p.count("in", "spd_got_clear")
    script = (
        "import socket,sys\n"
        "s=socket.socket(socket.AF_INET,socket.SOCK_RAW,132)\n"
        "for a in sys.argv[1:]:\n"
        " addr,data=a.split('/')\n"
        " s.sendto(bytes.fromhex(data),(addr,0))\n")
    listener = p.start(sys.executable, "-c", (
        "import socket\n"
        "s=socket.socket(socket.AF_INET,socket.SOCK_RAW,132)\n"
        "print('ready',flush=True)\n"
        "while True:\n"
        " d=s.recv(2000)\n"
        " if d[20:22]==(4000).to_bytes(2,'big'):\n"
        "  print(int.from_bytes(d[22:24],'big'),flush=True)\n"))
    line(listener)
    todo = [f"{a}/{init_chunk(4000, port).hex()}"
            for port in (PORT, PORT, OTHER)
            for a in (lab.V4["partym"], SECOND["partym"][0])]
    lab.router.run(sys.executable, "-c", script, *todo)
    got = {int(line(listener)[0]), int(line(listener)[0])}
    check(got == {OTHER}, "clear SCTP to another port comes in")
    wait(lambda: p.count("in", "spd_got_clear") >= before + 4,
         what="counted")
    check(True, "to the protected port it is dropped and counted")


def test(lab):
    second_path(lab)
    names(lab)
    protect(lab)
    e2, p2 = SECOND["enigma"][0], SECOND["partym"][0]
    server = start(lab.partym, "serve", PORT, lab.V4["partym"], p2)
    check(line(server) == ["ready"], "an SCTP server with two addresses")
    caps = [lab.capture("to-partym"), lab.capture("too-partym")]
    c = start(lab.enigma, "client", PORT, f"{lab.V4['enigma']},{e2}",
              lab.V4["partym"])
    said = line(c)
    check(said == ["connected", *sorted((lab.V4["partym"], p2))],
          f"connected; the peer has two addresses: {' '.join(said)}")
    check(exchange(c, 50)[0] == 50, "50 messages and their echoes")
    wait(lambda: exchange(c, 1)[1] == {lab.V4["partym"]: "up", p2: "up"},
         what="both up")
    check(True, "both paths are up: heartbeats come through both")
    pkts = [x.stop() for x in caps]
    for i, what in enumerate(("first", "second")):
        check(crossing(pkts[i]) == ({50}, {"00003554", "00003555"}) and
              protected(pkts[i]),
              f"{what} path: nothing but ESP, one SPI each way")

    cap = lab.capture("too-partym")
    lab.router.ip("link set to-enigma down")
    good, paths = exchange(c, 30)
    check(good == 30, "the first path is gone: 30 messages by the second")
    wait(lambda: exchange(c, 1)[1][lab.V4["partym"]] == "down", 10,
         "found out")
    check(True, "and the association knows")
    pkts = cap.stop()
    check(crossing(pkts) == ({50}, {"00003554", "00003555"}) and
          sum(proto(q) == 50 for q in pkts) >= 60, "protected as before")
    for name, h in lab.hosts.items():
        n = spi_counts(h)
        check(n["3554"] > 80 and n["3555"] > 80,
              f"{name}: the same two SAs carried it: {n}")
        bad = {k: v for k, v in h.stat()["verdicts"]["in"].items()
               if v and k not in ("pass",)}
        check(not bad, f"{name} dropped nothing {bad or ''}")
    lab.router.ip("link set to-enigma up")
    wait(lambda: exchange(c, 1)[1][lab.V4["partym"]] == "up", 20, "back")
    check(exchange(c, 20)[0] == 20, "the first path is back")
    clear(lab)


if sctp_talk.missing():
    print(f"SKIP: {sctp_talk.missing()}")
    sys.exit(77)
main(test)
