# SPDX-License-Identifier: BSD-2-Clause
"""The examples of manual pages, run as they are printed."""
import os
import pathlib

from lab import Host, check, main
from pages import Page, own_etc

# tools/check-examples looks for their names
PAGES = ("solipsec-tune.8", "solipsec-stat.8", "solipsec.7", "solipsec-zones.7")


def tune(e):
    said = Page(PAGES[0], e).all()
    check(said["solipsec tune -get /dev/ipsecah ipsecah_larval_timeout"] ==
          "90\n", "with what the page says that it prints")
    check(e.tool("solipsec", "tune", "get",
                 "ipsecesp_nat_keepalive_interval") == "30\n",
          "and does")


def stat(e):
    said = Page(PAGES[1], e).all()
    check(said["solipsec stat -w"] == "No packet was dropped.\n", "stat -w")


def first(lab):
    """A host that has no ipsecd yet, with the address of the page."""
    h = Host(lab, "first")
    h.ip("addr add 192.0.2.1/24 dev lo")
    said = Page(PAGES[2], h).all()
    check("2 actions executed successfully" in
          said["ipseckey -f /etc/inet/secret/ipseckeys"] and
          said["solipsec stat"].startswith("ipsecd ") and
          "ipsec {" in h.tool("ipsecconf", "-ln"), "policy and SAs are there")


def zones():
    said = Page(PAGES[3]).all()
    check("2 received" in said["ip netns exec red ping -c 2 10.7.0.2"] and
          said["ip netns exec blue solipsec stat "
               "ipsecesp:0:esp_stat:good_auth"].endswith("\t2\n"),
          "red and blue talk, protected")


def test(lab):
    own_etc()
    e = lab.enigma
    e.up()
    tune(e)
    stat(e)
    try:
        first(lab)
        zones()
    finally:
        for f in pathlib.Path("/run/solipsec").glob("*/ipsecd.pid"):
            if int(f.read_text()) != e.pid():
                os.kill(int(f.read_text()), 15)


main(test)
