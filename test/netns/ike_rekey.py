# SPDX-License-Identifier: BSD-2-Clause
"""SAs of a short life under a stream: new ones come, and no packet is lost."""
import sys

from ikelab import Both, blamed, spis
from lab import HERE, check, main, wait


@blamed
def test(lab):
    both = Both(lab, more="p2_lifetime_secs 30 p2_softlife_secs 8")
    lab.iked.append(both)
    lab.partym.serve()
    both.start()
    dst = lab.V4["partym"]
    check(lab.enigma.ping(dst, count=1, wait_s=20) == 1, "an SA is there")
    first = both.agreed()
    # one datagram after the other, each of which has to come back
    p = lab.enigma.start(sys.executable, HERE / "ike_stream.py", dst)
    check(p.stdout.readline() == "ready\n", "a stream of datagrams")
    seen = set(first)

    def renewed():
        seen.update(spis(lab.enigma))
        return len(seen) >= len(first) + 4
    wait(renewed, 90, "two new pairs")
    p.send_signal(2)
    said = p.stdout.read().split()
    p.wait(30)
    check(said and said[0] == "sent" and said[1] == said[3] and
          int(said[1]) > 50, "of " + " ".join(said) + ", none is lost")
    wait(lambda: not first & spis(lab.enigma) and not first &
         spis(lab.partym), 60, "taken away")
    check(True, "the first pair is gone at both ends")
    check(len(both.e.sas()) == 1, "by one IKE SA, the same all the time")


main(test)
