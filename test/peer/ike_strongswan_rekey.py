#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""IKEv2 with strongSwan: new keys, by either side, for Child SAs and IKE SAs; the
peer is asked whether it is there; a peer that is not is noticed."""
import os
import signal

import strongswan
from ikelab import blamed, spis
from lab import check, main, wait
from swanlab import INNER, Pair

strongswan.need()


def works(pair):
    return pair.e.ping(INNER["partym"], wait_s=10) == 2


def child(pair, what, rekey):
    old = pair.same()
    rekey()
    wait(lambda: len(spis(pair.e)) >= 2 and not old & spis(pair.e), 60,
         f"{what}: other SAs")
    new = pair.same()
    check(len(new) == 2 and works(pair), f"{what}: a new pair, which works")


def ike(pair, what, rekey):
    old, sa = pair.same(), pair.iked.sas()[0]
    rekey()
    wait(lambda: [x["spi_i"] for x in pair.iked.sas()] not in
         ([], [sa["spi_i"]]) and len(pair.iked.sas()) == 1, 60,
         f"{what}: another IKE SA")
    check(pair.same() == old and works(pair),
          f"{what}: another IKE SA, with the same Child SAs")
    # which it can talk about
    child(pair, f"{what}, and then by it",
          lambda: pair.swan.ctl("--rekey", "--child", "net"))


def dead(pair):
    """The peer is gone without a word."""
    # what was started has become charon
    os.kill(pair.swan.proc.pid, signal.SIGSTOP)
    wait(lambda: not spis(pair.e) and not pair.iked.sas(), 120,
         "noticed")
    check(True, "a peer that does not answer any more: its SAs are gone")
    os.kill(pair.swan.proc.pid, signal.SIGCONT)
    wait(lambda: works(pair), 120, "negotiated anew")
    check(True, "it is back: negotiated anew")


@blamed
def test(lab):
    pair = Pair(lab)
    lab.iked.append(pair)
    # told outside of rules: how long a silent peer is waited for
    pair.psk(more="dpd_interval 3", swan="dpd_delay = 2s\n rekey_time = 0",
             child="rekey_time = 0")
    pair.iked.config("retry_limit 4\nretry_timer_init 0.5\n"
                     "retry_timer_max 2\n" +
                     (pair.iked.inet / "ike/config").read_text())
    pair.policy()
    pair.start()
    wait(lambda: works(pair), 60, "an SA is there")
    child(pair, "strongSwan renews the Child SA",
          lambda: pair.swan.ctl("--rekey", "--child", "net"))
    ike(pair, "strongSwan renews the IKE SA",
        lambda: pair.swan.ctl("--rekey", "--ike", "net"))
    ike(pair, "we renew the IKE SA", lambda: check(
        pair.iked.ask("p1-rekey")["ok"], "asked for at ikeadm's door"))
    wait(lambda: "sending DPD request" in pair.swan.log(), 60, "DPD")
    check(len(pair.iked.sas()) == 1, "strongSwan asks whether we are there, "
          "and is answered")
    dead(pair)


main(test)
