# SPDX-License-Identifier: BSD-2-Clause
"""A host that forwards: policy of its own, and not a hand on what it forwards."""
import signal

from lab import check, main, proto

ESP = "{encr_algs aes encr_auth_algs sha256 sa shared}"


def test(lab):
    e, p, r = lab.enigma, lab.partym, lab.router
    for h in (e, p):
        h.serve()
    c = lab.capture()
    r.up()
    # everything that is the router's own, to anybody
    r.policy(f"{{}} ipsec {ESP}\n{{ulp udp lport 67 dir both}} pass {{}}\n")
    for a in (lab.V4, lab.V6):
        check(e.ping(a["partym"], count=5) == 5, "ping is forwarded")
        check(e.udp(a["partym"], 1400) == 3, "UDP is forwarded")
        check(e.tcp(a["partym"], 1000000) > 1400, "TCP is forwarded, "
              "with the segments of the link")
    check(e.ping(lab.GW4["enigma"], count=2) == 0,
          "the router itself wants protection")
    s = r.stat()
    check(s["verdicts"]["in"]["spd_got_clear"] >= 2, "and counts that")
    check(s["packets"]["tun_in"] <= s["verdicts"]["out"]["sadb_acquire_nokm"]
          + s["verdicts"]["out"]["pass"], "nothing forwarded came to ipsecd")
    r.stop(signal.SIGKILL)
    for a in (lab.V4, lab.V6):
        check(e.ping(a["partym"], count=5) == 5 and e.udp(a["partym"]) == 3,
              "ipsecd was killed: still forwarded")
    check(not any(proto(x) in (50, 51) for x in c.stop()),
          "and never protected on the way")


main(test)
