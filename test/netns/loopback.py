# SPDX-License-Identifier: BSD-2-Clause
"""What a host sends to itself: policy is enforced, nothing is encrypted, and no
SA is needed (spec: policy 21)."""

from forge import Ear, Forger
from lab import check, main, settle

AES = "{encr_algs aes encr_auth_algs sha256 sa shared}"
DES = "{encr_algs 3des encr_auth_algs sha256 sa shared}"
PORTS = (7, 17)
# name, policy, port, what the sender is told and who hears it, counter
CASES = [
    ("one entry for both directions", "{{ulp udp}} ipsec {aes}", True, None),
    ("the same for all", "{{}} ipsec {aes}", True, None),
    ("the server's side alone", "{{lport 7 ulp udp}} ipsec {aes}", False,
     "spd_got_clear"),
    ("the server's side, with a pass for others",
     "{{lport 7 ulp udp}} ipsec {aes} or pass {{}}", True, None),
    ("the client's side alone", "{{rport 7 ulp udp}} ipsec {aes}\n"
     "{{lport 99 ulp tcp}} ipsec {aes}", False, "spd_got_secure"),
    ("out and in differ", "{{rport 7 ulp udp dir out}} ipsec {aes}\n"
     "{{lport 7 ulp udp dir in}} ipsec {des}", False,
     "spd_loopback_mismatch"),
    ("in takes one of two", "{{rport 7 ulp udp dir out}} ipsec {aes}\n"
     "{{lport 7 ulp udp dir in}} ipsec {des} or ipsec {aes}", True, None),
    ("out protects, in passes", "{{rport 7 ulp udp dir out}} ipsec {aes}\n"
     "{{lport 7 ulp udp dir in}} pass {{}}", False, "spd_loopback_mismatch"),
    ("out passes, in protects", "{{rport 7 ulp udp dir out}} pass {{}}\n"
     "{{lport 7 ulp udp dir in}} ipsec {aes}", False, "spd_got_clear"),
    ("out drops", "{{rport 7 ulp udp dir out}} drop {{}}", False, "out"),
    ("in drops", "{{lport 7 ulp udp dir in}} drop {{}}", False,
     "spd_explicit"),
    ("another port", "{{lport 8 ulp udp}} ipsec {aes}", True, None),
    ("a bypass before", "{{lport 7 ulp udp dir both}} bypass {{}}\n"
     "{{}} ipsec {aes}", False, "spd_loopback_mismatch"),
    ("bypasses for both ends", "{{lport 7 ulp udp dir both}} bypass {{}}\n"
     "{{rport 7 ulp udp dir both}} bypass {{}}\n{{}} ipsec {aes}", True, None),
]


def count(h, name):
    v = h.stat()["verdicts"]
    return (v["out"]["spd_explicit"] if name == "out" else v["in"].get(name)
            if name else sum(v["in"].values()))


def test(lab):
    h = lab.enigma
    h.up()
    ear, forger, n = Ear(h, *PORTS), Forger(h), 0
    ends = [("127.0.0.1",) * 2, ("::1",) * 2, (lab.V4["enigma"],) * 2,
            (lab.V6["enigma"],) * 2, ("127.0.0.1", lab.V4["enigma"])]
    for name, policy, arrives, counter in CASES:
        h.policy(policy.format(aes=AES, des=DES) + "\n", "-q", "-F", "-a")
        for a, b in ends:
            n += 1
            token, before = f"<{n:04}>", count(h, counter)
            said = forger.do(token, f"s = dgram({6 if ':' in a else 4}); "
                             f"s.bind(({a!r}, 0)); "
                             f"s.sendto(data(), ({b!r}, 7))")
            settle()
            heard = len(ear.heard(token)) == 1
            more = count(h, counter) - before
            check(heard == arrives and more == (counter is not None),
                  f"{name}, {a} to {b}: heard {heard}, {counter} +{more} "
                  f"{said}")
    # TCP both ways, and the errors that the host tells itself
    h.policy(f"{{}} ipsec {AES}\n", "-q", "-F", "-a")
    h.serve(27)
    for a in ("127.0.0.1", "::1", lab.V4["enigma"], lab.V6["enigma"]):
        check(h.tcp(a, 50000, 27) > 1000, f"a stream to {a}")
    h.policy(f"{{rport 99 ulp udp}} ipsec {AES}\n", "-q", "-F", "-a")
    said = forger.do("<err>", "s = dgram(); s.connect(('127.0.0.1', 98)); "
                     "until_told(s)")
    check(said == "Connection refused", f"errors arrive: {said}")
    check(not any(x["packets"] for x in h.stat()["sas"]) and
          h.count("path", "acquires") == 0,
          "nothing was encrypted, and no SA asked for")
    # the tunable
    h.policy(f"{{lport 7 ulp udp}} ipsec {AES}\n", "-q", "-F", "-a")
    h.tool("solipsec", "tune", "ipsec_loopback_policy=0")
    forger.do("<off>", "dgram().sendto(data(), ('127.0.0.1', 7))")
    settle()
    check(len(ear.heard("<off>")) == 1, "switched off: as without policy")
    h.tool("solipsec", "tune", "ipsec_loopback_policy=1")
    forger.do("<on>", "dgram().sendto(data(), ('127.0.0.1', 7))")
    settle()
    check(not ear.heard("<on>"), "and on again")


main(test)
