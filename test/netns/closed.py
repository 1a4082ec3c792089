# SPDX-License-Identifier: BSD-2-Clause
"""Nothing leaves in the clear: killed, restarted, without keys; a clean stop."""
import errno
import ipaddress
import signal
import socket
import struct
import sys

from lab import (HERE, check, main, protected, proto, run, wait)

ESP = "{encr_algs aes encr_auth_algs sha256 sa shared}"


def state(h):
    """What the kernel of a host holds for us, and nothing that changes."""
    out = [h.ip(w) for w in (
        "rule", "-6 rule", "route show table all", "-6 route show table all",
        "-o link", "-o addr")]
    out.append(h.run("nft", "list", "ruleset"))
    return [line for text in out for line in text.splitlines()
            if "dadfailed" not in line]


def same(h, before, what):
    """Is the kernel's state as it was?"""
    now = state(h)
    for line in sorted(set(before) ^ set(now)):
        print(("-" if line in before else "+"), line)
    check(now == before, what)


def spdadd(h, src, dst):
    """A key manager's policy, as Linux has it: drop. The errno it gets."""
    ext = b"".join(struct.pack("=HHBBHHH4s8x", 3, n, 255, 32, 0,
                               socket.AF_INET, 0,
                               ipaddress.IPv4Address(a).packed)
                   for n, a in ((5, src), (6, dst)))
    ext += struct.pack("=HHHBBII", 2, 18, 0, 2, 0, 0, 0)
    msg = struct.pack("=BBBBHHII", 2, 14, 0, 0, 2 + len(ext) // 8, 0, 1, 7)
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as s:
        s.connect(f"/run/solipsec/net-{h.inode()}/pfkey-linux")
        s.settimeout(5)
        s.send(msg + ext)
        return s.recv(4096)[2]


def flood(lab, seconds):
    """TCP and UDP of both families, whatever becomes of them."""
    procs = [lab.enigma.start(sys.executable, HERE / "talk.py", "flood",
                              addr["partym"], "7", seconds)
             for addr in (lab.V4, lab.V6)]
    for addr in (lab.V4, lab.V6):
        procs.append(lab.enigma.start(
            "ping", "-n", "-q", "-i", "0.01", "-w", seconds,
            "-p", "534f4c4950534543", addr["partym"]))
        procs.append(lab.enigma.start(
            sys.executable, HERE / "talk.py", "tcp", addr["partym"], "7",
            "20000000"))
    return procs


def reaches(lab):
    return all(lab.enigma.ping(a["partym"], count=1) == 1
               for a in (lab.V4, lab.V6))


def test(lab):
    e, p = lab.enigma, lab.partym
    before = state(e)
    e.up()
    e.stop()
    same(e, before, "a clean stop without policy leaves nothing")
    lab.protect(ESP)
    p.serve()
    check(reaches(lab), "protected traffic")

    c = lab.capture(flt="not port 22")
    procs = flood(lab, 4)
    wait(lambda: e.stat()["path"]["esp_out"] > 1000, what="traffic")
    e.stop(signal.SIGKILL)
    sent = e.ip("-s link show ipsec0")
    for q in procs:
        q.wait()
    check(not reaches(lab), "killed: no packet goes through")
    pkts = c.stop()
    check(len(pkts) > 1000 and protected(pkts),
          f"killed under load: {len(pkts)} packets, none in the clear")
    check("TX" in sent, "the device is still there")

    # restart: closed until there is policy
    c = lab.capture()
    e.up()
    check(e.stat()["policy"] == "closed", "restarted: waits for policy")
    check(not reaches(lab), "restarted: nothing goes through yet")
    check(e.stat()["packets"]["closed"] > 0, "and that is counted")
    there = [lab.V4[x] for x in ("enigma", "partym")]
    check(spdadd(e, *there) == errno.EBUSY and
          e.stat()["policy"] == "closed" and
          "PF_KEY policy refused" in e.log.read_text(),
          "a key manager's policy does not end that")
    e.policy("".join(f"{{laddr {a[0]} raddr {a[1]}}} ipsec {ESP}\n"
                     for a in lab.addrs("enigma")))
    check(e.stat()["policy"] == "loaded", "policy loaded")
    check(not reaches(lab), "no keys: nothing goes through yet")
    check(e.count("out", "sadb_acquire_nokm") > 0, "which has its counter")
    e.keys(lab.manual(ESP))
    # the other end's window has seen higher numbers
    p.tool("ipseckey", "flush")
    p.keys(lab.manual(ESP))
    check(reaches(lab), "keys loaded: recovered")
    check(protected(c.stop()), "and nothing was clear meanwhile")
    check(spdadd(e, *there) == 0, "a key manager's policy is taken again")

    # handed over to another process
    e.stop(signal.SIGUSR1)
    check("ipsec0" in e.ip("link"), "SIGUSR1: the device stays")
    check(not reaches(lab), "and nothing goes through")
    e.up()
    e.stop()
    same(e, before, "a clean stop leaves nothing, also of what an earlier "
         "process made")
    check(e.ping(lab.V4["partym"]) == 0,
          "without policy it is the other end that refuses")

    # what a killed one left is taken away when asked
    lab.protect(ESP)
    e.stop(signal.SIGKILL)
    check(state(e) != before, "killed: its work stays")
    e.tool_daemon("--remove-steering")
    same(e, before, "--remove-steering takes it away")
    p.stop()
    check(reaches(lab), "and then the way is the kernel's own")
    run("true")
    check({proto(x) for x in pkts} <= {50, 58, 2, 0}, "only ESP was sent")


main(test)
