# SPDX-License-Identifier: BSD-2-Clause
"""Threads for the fast path: policy and SAs change under load, nothing is lost."""
import os
import threading
import time

from lab import KEY, check, is_link, main, wait

MB = 1 << 20
ESP = "{encr_algs aes-gcm16 sa shared}"


def key(lab, name, out_spi, in_spi):
    """Add lines of a host's SAs, as behind a NAT that changes nothing."""
    a, b = lab.V4["enigma"], lab.V4["partym"]
    nat = f"nat_loc {a}" if name == "enigma" else f"nat_rem {a}"
    algs = f"encr_alg aes-gcm16 encrkey {KEY[36]} replay 1024"
    return {spi: f"add esp spi {spi:#x} src {s} dst {d} encap udp {nat} "
                 f"{algs}\n"
            for spi, s, d in ((out_spi, a, b), (in_spi, b, a))}


def delete(lab, spi, to):
    return f"delete esp spi {spi:#x} dst {lab.V4[to]}\n"


def renew(lab, old, new):
    """Make before break: the receiver of each direction has the SA first."""
    ends = ("enigma", "partym")
    lines = {n: key(lab, n, *new) for n in ends}
    for i, (sender, receiver) in enumerate((ends, ends[::-1])):
        lab.hosts[receiver].keys(lines[receiver][new[i]])
        lab.hosts[sender].keys(lines[sender][new[i]])
        lab.hosts[sender].keys(delete(lab, old[i], receiver))
    # what is on its way
    time.sleep(1)
    for i, (_, receiver) in enumerate((ends, ends[::-1])):
        lab.hosts[receiver].keys(delete(lab, old[i], receiver))


def others(lab, i):
    """Policy and SAs that the traffic does not need come and go."""
    for h in lab.hosts.values():
        f = h.conf / "more.conf"
        f.write_text(f"{{raddr 192.0.2.{i % 200 + 1}}} ipsec {ESP}\n")
        h.tool("ipsecconf", "-q", "-a", f)
        h.keys(f"add esp spi {0x9000 + i:#x} src 192.0.2.1 dst 192.0.2.2 "
               f"encr_alg aes-gcm16 encrkey {KEY[36]}\n")
        h.keys(f"delete esp spi {0x9000 + i:#x} dst 192.0.2.2\n")
        h.tool("ipsecconf", "-q", "-r", f)


def drops(h):
    v = h.stat()["verdicts"]
    return {f"{d} {n}": c for d in ("in", "out") for n, c in v[d].items()
            if c and n not in ("pass", "bypass")}


def threads(h, n):
    """They are there, and may do no more than the first one."""
    found = []
    for t in os.listdir(f"/proc/{h.pid()}/task"):
        with open(f"/proc/{h.pid()}/task/{t}/status", encoding="ascii") as f:
            s = dict(x.split(":", 1) for x in f.read().splitlines())
        found.append([s[k].strip() for k in
                      ("CapEff", "CapPrm", "NoNewPrivs", "Seccomp", "Uid")])
    check(len(found) == n + 1, f"{h.name}: {n} threads beside the first")
    check(found.count(found[0]) == n + 1 and found[0][3] == "2",
          "all with the same rights, in the sandbox")


def until(done, work, lab):
    while not done.is_set():
        work(lab)


def load(lab, name):
    """Bulk traffic and single datagrams while all that changes."""
    v4 = lab.V4["partym"]
    before = {h.name: drops(h) for h in lab.hosts.values()}
    # all that is not encapsulated
    c = lab.capture(flt="ip and not udp port 4500")
    rounds, old = [], (0x301, 0x302)

    def bulk(lab):
        rounds.append(lab.enigma.bulk(v4, 20 * MB))

    def echo(lab):
        rounds.append(lab.enigma.udp(v4, 300, 100, wait_s=30) == 100)

    # one after the other: a queue that is full of one may drop the other
    for i, work in enumerate((bulk, echo)):
        rounds.clear()
        done = threading.Event()
        t = threading.Thread(target=until, args=(done, work, lab))
        t.start()
        for k in (2 * i, 2 * i + 1):
            others(lab, k)
            new = (0x311 + 2 * k, 0x312 + 2 * k)
            renew(lab, old, new)
            old = new
        done.set()
        t.join()
        check(rounds and all(rounds), f"{name}: {len(rounds)} times " +
              ("100 datagrams and all came back" if i else
               "20 MB each way, whole"))
    check(not [p for p in c.stop() if not is_link(p)],
          "nothing was on the wire in the clear")
    for h in lab.hosts.values():
        check(drops(h) == before[h.name], f"{h.name} dropped nothing")


def test(lab):
    v4 = lab.V4["partym"]
    for n in (1, 2, 4):
        os.environ["SOLIPSEC_WORKERS"] = str(n)
        for h in lab.hosts.values():
            if n != 1:
                h.stop()
        lab.protect(ESP)
        for h in lab.hosts.values():
            threads(h, n)
        for h in lab.hosts.values():
            h.tool("ipseckey", "flush")
            for line in key(lab, h.name, 0x301, 0x302).values():
                h.keys(line)
        if n == 1:
            lab.partym.serve(9, "sink")
            lab.partym.serve(7)
        load(lab, f"{n} workers")
        fast = [h.stat()["packets"] for h in lab.hosts.values()]
        check(all(p["fast_out"] > p["slow_out"] and
                  p["fast_in"] > p["slow_in"] for p in fast),
              "most of it went the fast path")
    # a device that somebody deletes is there again, with its queues
    lab.enigma.ip("link del ipsec0")
    check(wait(lambda: lab.enigma.udp(v4, 100, 3, wait_s=1) == 3, 60,
               "the device is there again") is not False,
          "traffic goes on after its device was deleted")
    for h in lab.hosts.values():
        h.stop()
        check("ipsec0" not in h.ip("link show"), f"{h.name} stopped cleanly")


main(test)
