# SPDX-License-Identifier: BSD-2-Clause
"""Packets wait for their SA: asked for once, released when it comes."""
import time

from lab import KEY, check, main, wait
from pfkey import ACQUIRE, Manager, message

ESP = "{encr_algs aes encr_auth_algs sha256 sa shared}"


def test(lab):
    e, p = lab.enigma, lab.partym
    src, dst = lab.V4["enigma"], lab.V4["partym"]
    lab.protect(ESP, keys=False)
    p.keys(lab.manual(ESP))
    check(e.ping(dst, count=1) == 0 and
          e.count("out", "sadb_acquire_nokm") == 1,
          "nobody makes SAs: dropped at once")

    km = Manager(e)
    km.register()
    ping = e.start("ping", "-n", "-c", "3", "-i", "0.2", "-W", "5", dst)
    seq = km.hear(ACQUIRE)
    check(seq >= 0x80000000, f"a packet without SA: ACQUIRE {seq:#x}")
    wait(lambda: e.stat()["path"]["waiting"] == 3, what="three wait")
    check(e.stat()["path"]["acquires"] == 2, "asked for once")
    check(e.count("out", "hold") == 3, "held packets are counted as held")
    keys = [bytes.fromhex(KEY[n]) for n in (16, 32)]
    km.add(0x1002, dst, src, 12, keys[0], 5, keys[1], 0)
    km.add(0x1001, src, dst, 12, keys[0], 5, keys[1], seq)
    out = ping.communicate(timeout=60)[0]
    check("3 received" in out, "they go out when the SA has come")
    check(e.stat()["path"]["waiting"] == 0, "and nothing waits any more")

    # key management gives up
    e.tool("ipseckey", "flush")
    before = e.count("out", "sadb_acquire_timeout")
    ping = e.start("ping", "-n", "-c", "2", "-i", "0.2", "-W", "1", dst)
    seq = km.hear(ACQUIRE)
    wait(lambda: e.stat()["path"]["waiting"] == 2, what="two wait")
    km.s.send(message(ACQUIRE, 3, seq=seq, err=61))
    wait(lambda: e.stat()["path"]["waiting"] == 0, what="dropped")
    check(e.count("out", "sadb_acquire_timeout") == before + 2,
          "an ACQUIRE that failed drops what waits")
    ping.wait()

    # the oldest give way
    for _ in range(9):
        e.ping(dst, count=1, wait_s=0.01)
    check(e.stat()["path"]["waiting"] == 4, "four packets wait at most")
    check(e.count("out", "sadb_acquire_toofull") >= 5, "the others are told")
    start = time.monotonic()
    wait(lambda: e.stat()["path"]["waiting"] == 0, 20, "timed out")
    check(e.count("out", "sadb_acquire_timeout") >= before + 4,
          f"after {time.monotonic() - start:.0f} s they are over")


main(test)
