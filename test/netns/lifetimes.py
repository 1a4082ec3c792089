# SPDX-License-Identifier: BSD-2-Clause
"""How SAs end while packets go: byte, packet and time limits, the last sequence
number, DELETE and UPDATE under traffic. What ends is told, and nothing goes in
clear (spec: sa 14, 16, 17, 21)."""
import json
import sys

from lab import HERE, check, main, proto, protected, wait

KEYS = {"aes": "0123456789abcdeffedcba9876543210", "sha256": "0f" * 32}
ACTION = "{encr_algs aes encr_auth_algs sha256 sa shared}"
OUT, BACK = 0x1001, 0x1002


class Monitor:
    """ipseckey --json pmonitor."""

    def __init__(self, h):
        self.p = h.start(h.tool_path("ipseckey"), "-n", "--json", "pmonitor")
        self.heard = []
        check(json.loads(self.p.stdout.readline()) ==
              {"monitoring": "passive"}, "a listener")

    def until(self, kind, spi, life=None):
        """The message of this type about this SA."""
        while True:
            m = json.loads(self.p.stdout.readline())
            self.heard.append(m)
            if m["type"] == kind and m.get("spi") == f"{spi:#010x}" and \
                    (life is None or life in m):
                return m


def add(lab, out="", back="", hosts=None):
    """The two SAs anew, with more attributes on enigma's side of each."""
    a, b = lab.V4["enigma"], lab.V4["partym"]
    alg = (f"encr_alg aes encrkey {KEYS['aes']} auth_alg sha256 "
           f"authkey {KEYS['sha256']}")
    for h in hosts or lab.hosts.values():
        mine = h is lab.enigma
        h.tool("ipseckey", "flush")
        h.keys(f"add esp spi {OUT:#x} src {a} dst {b} {alg} "
               f"{out if mine else ''}\n"
               f"add esp spi {BACK:#x} src {b} dst {a} {alg} "
               f"{back if mine else ''}\n")


def sas(h):
    return {int(s["spi"], 16): s for s in json.loads(
        h.tool("ipseckey", "--json", "dump", "esp", quiet=True))["sas"]}


def by_bytes(lab, m):
    e, p = lab.enigma, lab.V4["partym"]
    add(lab, out="soft_bytes 300 hard_bytes 700")
    # 64 bytes each: ICMP header and data
    check(e.ping(p, count=4) == 4 and sas(e)[OUT]["state"] == "mature",
          "below the soft limit: MATURE")
    check(e.ping(p, count=2) == 2 and sas(e)[OUT]["state"] == "dying",
          "over it: DYING, and still used")
    got = m.until("EXPIRE", OUT, "soft")
    check(got["soft"]["bytes"] == 300 and
          300 <= got["current"]["bytes"] < 700, "EXPIRE with SOFT")
    before = e.count("out", "esp_bytes_expire")
    check(e.ping(p, count=10, wait_s=0.2) < 5 and
          e.count("out", "esp_bytes_expire") == before + 1,
          "the packet that fills the hard limit is dropped and counted")
    got = m.until("EXPIRE", OUT, "hard")
    check(got["hard"]["bytes"] == 700, "EXPIRE with HARD")
    wait(lambda: OUT not in sas(e), what="freed")
    check(BACK in sas(e), "the SA is gone, the other one is not")
    # inbound the same
    add(lab, back="hard_bytes 200")
    check(e.ping(p, count=6, wait_s=0.2) == 3, "inbound, too")
    m.until("EXPIRE", BACK, "hard")


def by_packets(lab, m):
    e, p = lab.enigma, lab.V4["partym"]
    add(lab, out="soft_alloc 2 hard_alloc 5")
    check(e.ping(p, count=9, wait_s=0.2) == 5, "five packets, as hard_alloc")
    m.until("EXPIRE", OUT, "soft")
    m.until("EXPIRE", OUT, "hard")


def by_time(lab, m):
    e, p = lab.enigma, lab.V4["partym"]
    # each ends well after the one before it, also where all is slow
    add(lab, out="soft_addtime 1 hard_addtime 5",
        back="hard_usetime 8 idle_addtime 1 idle_usetime 1")
    check(e.ping(p) == 2, "before its time")
    m.until("EXPIRE", OUT, "soft")
    check(sas(e)[OUT]["state"] == "dying" and e.ping(p, count=1) == 1,
          "soft_addtime: DYING after a second, still used")
    m.until("EXPIRE", BACK, "idle")
    check(True, "idle: told when nothing came for a second")
    m.until("EXPIRE", OUT, "hard")
    m.until("EXPIRE", BACK, "hard")
    wait(lambda: not sas(e), what="gone")
    check(e.ping(p, count=1, wait_s=0.2) == 0, "both have ended: no traffic")


def update(lab, m):
    """A longer life in time: spec sa 16."""
    e, p = lab.enigma, lab.V4["partym"]
    add(lab, out="soft_alloc 3 hard_alloc 6")
    check(e.ping(p, count=4) == 4, "four of six")
    m.until("EXPIRE", OUT, "soft")
    e.keys(f"update esp spi {OUT:#x} src {lab.V4['enigma']} dst {p} "
           "soft_alloc 50 hard_alloc 60\n")
    check(sas(e)[OUT]["state"] == "mature" and e.ping(p, count=8) == 8,
          "UPDATE: it lives on, MATURE again")


def numbers(lab, m):
    """The last of 32-bit numbers; the window's other end."""
    e, p = lab.enigma, lab.V4["partym"]
    last = 0xffffffff
    add(lab, out=f"replay_value {last - 2} replay 64")
    before = e.count("out", "esp_replay")
    check(e.ping(p, count=5, wait_s=0.2) == 2 and
          e.count("out", "esp_replay") == before + 1,
          "two numbers are left: two packets, the third is dropped")
    m.until("EXPIRE", OUT, "hard")
    wait(lambda: OUT not in sas(e), what="freed")
    check(True, "and the SA has ended")
    # without a window they cycle only where NOREPLAY says so
    add(lab, out=f"replay_value {last - 2}")
    check(e.ping(p, count=5, wait_s=0.2) == 2, "the same without a window")
    add(lab, back=f"replay_value {last - 3} replay 64")
    before = e.count("in", "esp_early_replay")
    check(e.ping(p, count=2, wait_s=0.2) == 0 and
          e.count("in", "esp_early_replay") == before + 2,
          "numbers far below an inbound window are dropped")


def under_traffic(lab):
    """DELETE and ADD again and again while datagrams go."""
    e, p = lab.enigma, lab.V4["partym"]
    add(lab)
    c = lab.capture()
    flood = e.start(sys.executable, HERE / "talk.py", "flood", p, 7, 3)
    held = 0
    rounds = 0
    while rounds < 6 or flood.poll() is None:
        e.tool("ipseckey", "delete", "esp", "spi", f"{OUT:#x}", "dst", p)
        lab.partym.tool("ipseckey", "delete", "esp", "spi", f"{OUT:#x}",
                        "dst", p)
        held += OUT not in sas(e)
        add(lab)
        rounds += 1
    sent = int(flood.stdout.readline())
    check(held == rounds, f"{rounds} times deleted and added")
    pkts = c.stop()
    check(protected(pkts) and sum(proto(q) == 50 for q in pkts) > 100,
          f"{sent} datagrams: {len(pkts)} packets, none in clear")
    s = e.stat()["verdicts"]["out"]
    check(s["sadb_acquire_nokm"] > 0, "those without an SA were dropped")
    check(wait(lambda: e.udp(p, count=2) == 2, what="working"),
          "and it works afterwards")


def test(lab):
    lab.partym.serve()
    lab.protect(ACTION, families=(4,), keys=False)
    m = Monitor(lab.enigma)
    by_bytes(lab, m)
    by_packets(lab, m)
    by_time(lab, m)
    update(lab, m)
    numbers(lab, m)
    under_traffic(lab)


main(test)
