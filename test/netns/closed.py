# SPDX-License-Identifier: BSD-2-Clause
"""Nothing leaves in the clear: killed, restarted, without keys; a clean stop."""
import signal
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
