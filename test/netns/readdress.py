# SPDX-License-Identifier: BSD-2-Clause
"""Manual SAs that are there before the host has its address, and after the
address has gone to another host (spec: sa 13)."""
import re

from lab import check, main, protected, wait

ACTION = "{encr_algs aes encr_auth_algs sha256 sa shared}"
ADDR, GW = "192.168.116.16", "192.168.116.1"


def directions(h):
    """Of the SAs that it has: SPI and flag."""
    out = h.tool("ipseckey", "-n", "dump", "esp")
    return dict(re.findall(r"spi=0x(\w+).*?X_(INBOUND|OUTBOUND)", out, re.S))


def take(h):
    h.ip(f"addr del {ADDR}/24 dev net0")


def give(h):
    h.ip(f"addr add {ADDR}/24 dev net0")
    h.ip(f"route add default via {GW}")


def test(lab):
    e, p = lab.enigma, lab.partym
    take(e)
    lab.protect(ACTION, families=(4,), keys=False)
    keys = lab.manual(ACTION)
    for h in lab.hosts.values():
        h.keys(keys)
    check(directions(e)["1002"] == "OUTBOUND",
          "without the address, nothing is for this host")
    check(directions(p)["1001"] == "INBOUND" and
          directions(p)["1002"] == "OUTBOUND", "the other host knows its own")
    give(e)
    wait(lambda: directions(e)["1002"] == "INBOUND", what="moved")
    check(directions(e)["1001"] == "OUTBOUND",
          "with the address, its SA is inbound; the other one is as it was")
    c = lab.capture()
    check(wait(lambda: e.ping(lab.V4["partym"], count=1)) == 1 and
          e.ping(lab.V4["partym"]) == 2, "ping from it")
    check(p.ping(ADDR) == 2, "ping to it")
    check(protected(c.stop()), "all of it protected")
    check("go another way" in e.log.read_text(), "the log says so")
    take(e)
    wait(lambda: directions(e)["1002"] == "OUTBOUND", what="moved back")
    check(True, "and back, when the address is gone")
    give(e)
    wait(lambda: directions(e)["1002"] == "INBOUND", what="moved")
    check(wait(lambda: p.ping(ADDR, count=1)) == 1, "and to it again")


main(test)
