# SPDX-License-Identifier: BSD-2-Clause
"""The simplest site: one line of policy, one rule, one preshared key."""
import signal

from ikelab import Both, blamed, spis
from lab import check, main, proto, protected, wait


def first_packet(lab, both, fam, dst):
    """Nobody waits for anything: the packet that asks for keys arrives."""
    before = spis(lab.enigma)
    c = lab.capture()
    check(lab.enigma.ping(dst, count=1, wait_s=20) == 1,
          f"IPv{fam}: the first packet waits for its SA, and is answered")
    wait(lambda: spis(lab.enigma) - before, what="there")
    pair = both.agreed() - before
    check(len(pair) == 2, "one pair of SAs, the same at both ends")
    check(lab.enigma.udp(dst) == 3 and lab.enigma.tcp(dst, 200000) > 1000,
          "UDP and TCP")
    pkts = [x for x in c.stop() if x[0] >> 4 == fam]
    esp = [x for x in pkts if proto(x) == 50]
    at = 20 if fam == 4 else 40
    check(len(esp) > 50 and protected([x for x in pkts if proto(x) != 17]),
          f"{len(esp)} packets of ESP, and no other but those of IKE")
    check({int.from_bytes(x[at:at + 4], "big") for x in esp} ==
          {int(x, 16) for x in pair}, "by the SAs that were negotiated")


def seen(both):
    a, b = ([x for x in i.sas() if "." in x["local"]["addr"]]
            for i in (both.e, both.p))
    check(len(a) == len(b) == 1 and a[0]["spi_i"] == b[0]["spi_i"] and
          a[0]["initiator"] and not b[0]["initiator"],
          "ikeadm's socket shows one IKE SA at each end, and who began")
    check(a[0]["remote_id"]["id"] == both.lab.V4["partym"],
          "of the address that the key is for")
    said = both.lab.enigma.tool("ikeadm", "dump", "p1")
    check(a[0]["spi_i"] in said and both.lab.V4["partym"] in said,
          "ikeadm dump p1")
    check("rule 0" in both.lab.enigma.tool("ikeadm", "dump", "rule"),
          "ikeadm dump rule")
    s = both.e.ask("stats")["stats"]
    check(s["current"]["initiator"] == 2 and s["failed"]["initiator"] == 0,
          "and counts it")


def reload(lab, both):
    """A file that is wrong changes nothing, one that is right is used."""
    good = (both.e.inet / "ike/config").read_text()
    both.e.config(good + "{ label 7")
    said = both.e.reload()
    check("ike/config:" in said and "in force" not in said,
          "a broken file is refused, with its line")
    check(lab.enigma.ping(lab.V4["partym"], wait_s=10) == 2 and both.e.sas(),
          "nothing has changed")
    both.e.config(good)
    keys = (both.e.inet / "secret/ike.preshared").read_text()
    both.e.preshared(keys.replace("key f", "key e"))
    check("in force" in both.e.reload(), "another key is taken")
    check(both.e.sas() != [], "and what there is, stays")
    check(both.e.ask("p1-flush")["ok"], "flushed")
    wait(lambda: not spis(lab.partym), what="taken away")
    check(lab.enigma.ping(lab.V4["partym"], count=1, wait_s=3) == 0,
          "with another key there is no SA")
    check("AUTHENTICATION_FAILED" in both.e.said() and
          "another preshared key" in both.p.said(), "and both logs say why")
    both.e.preshared(keys)
    check("in force" in both.e.reload(), "the right one again")
    wait(lambda: lab.enigma.ping(lab.V4["partym"], count=1, wait_s=10) == 1,
         60, "negotiated")
    check(True, "and there are SAs")


def goodbye(lab, both):
    """A stop is told: the other end knows at once."""
    both.e.stop(signal.SIGTERM)
    check(both.e.proc.returncode == 0, "in.iked ends when it is told to")
    wait(lambda: not spis(lab.enigma) and not spis(lab.partym),
         what="taken away")
    check(both.p.sas() == [], "nothing is left at either end")
    both.e.start()
    check(lab.enigma.ping(lab.V4["partym"], wait_s=20) == 2,
          "started again, it negotiates anew")


@blamed
def test(lab):
    both = Both(lab, families=(4, 6))
    lab.iked.append(both)
    lab.partym.serve()
    both.start()
    first_packet(lab, both, 4, lab.V4["partym"])
    first_packet(lab, both, 6, lab.V6["partym"])
    seen(both)
    reload(lab, both)
    goodbye(lab, both)


main(test)
