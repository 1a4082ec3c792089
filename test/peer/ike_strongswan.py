#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""IKEv2 with strongSwan and a preshared key: who begins, and who ends it."""
import strongswan
from ikelab import blamed, spis
from lab import check, main, wait
from swanlab import Pair

strongswan.need()


@blamed
def test(lab):
    pair = Pair(lab)
    lab.iked.append(pair)
    pair.psk()
    pair.policy()
    pair.start()
    pair.carries("we begin")
    pair.same()
    sas = pair.iked.sas()
    check(len(sas) == 1 and sas[0]["initiator"], "one IKE SA, begun here")
    pair.clear()
    check(pair.iked.sas() == [], "strongSwan's delete takes all away")
    pair.swan.initiate("net")
    pair.same()
    sas = pair.iked.sas()
    check(len(sas) == 1 and not sas[0]["initiator"],
          "one IKE SA, begun by strongSwan")
    pair.carries("it begins")
    check(pair.iked.ask("p1-flush")["ok"], "ikeadm flush p1")
    wait(lambda: not pair.swan.installed() and not spis(pair.e),
         what="taken away")
    pair.carries("again")
    pair.iked.stop()
    wait(lambda: not pair.swan.installed(), what="taken away")
    check(True, "in.iked ends, and strongSwan knows")


main(test)
