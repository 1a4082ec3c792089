#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""IKEv2 with strongSwan: our soft lifetimes, and its own, under a stream of which no
datagram is lost."""
import sys

import strongswan
from ikelab import blamed, spis
from lab import HERE, check, main, wait
from swanlab import INNER, Pair

strongswan.need()


def stream(lab, pair, what):
    first = pair.same()
    p = lab.enigma.start(sys.executable, HERE / "ike_stream.py",
                         INNER["partym"])
    check(p.stdout.readline() == "ready\n", f"{what}: a stream of datagrams")
    seen = set(first)

    def renewed():
        seen.update(spis(lab.enigma))
        return len(seen) >= len(first) + 4
    wait(renewed, 120, f"{what}: two new pairs")
    p.send_signal(2)
    said = p.stdout.read().split()
    p.wait(60)
    check(said and said[0] == "sent" and said[1] == said[3],
          f"{what}: of " + " ".join(said) + ", none is lost")


@blamed
def test(lab):
    pair = Pair(lab)
    lab.iked.append(pair)
    pair.psk(more="p2_lifetime_secs 60 p2_softlife_secs 8",
             child="rekey_time = 0", swan="rekey_time = 0")
    pair.policy()
    pair.start()
    wait(lambda: pair.e.ping(INNER["partym"], wait_s=5) == 2, 60, "an SA")
    stream(lab, pair, "we renew")
    pair.psk(child="rekey_time = 8s\n rand_time = 1s\n life_time = 60s",
             swan="rekey_time = 20s\n rand_time = 1s")
    pair.swan.load(pair.swan_text)
    pair.iked.reload()
    pair.clear()
    wait(lambda: pair.e.ping(INNER["partym"], wait_s=5) == 2, 60, "an SA")
    stream(lab, pair, "strongSwan renews")


main(test)
