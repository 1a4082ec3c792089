# SPDX-License-Identifier: BSD-2-Clause
"""Tasks 1 and 3: secure traffic between two systems, and display policies,
with the literal lines of both editions of the guide."""
from lab import MARK, check, is_link, main, proto
from tasks import manual, names, rekey

# Solaris Express: AH with MD5, ESP with 3DES; the lines have "any"
SX = {"enigma": "{laddr enigma raddr partym} ipsec "
                "{auth_algs any encr_algs any sa shared}\n",
      "partym": "{laddr partym raddr enigma} ipsec "
                "{auth_algs any encr_algs any sa shared}\n"}
# Solaris 10: ESP with AES, authenticated with SHA-1
S10 = {"enigma": "{laddr enigma raddr partym} ipsec "
                 "{encr_algs aes encr_auth_algs sha1 sa shared}\n",
       "partym": "{laddr partym raddr enigma} ipsec "
                 "{encr_algs aes encr_auth_algs sha1 sa shared}\n"}


def traffic(lab, first):
    """All traffic both ways begins with that protocol, and shows nothing."""
    for a in (lab.V4, lab.V6):
        for h, peer in ((lab.enigma, "partym"), (lab.partym, "enigma")):
            c = lab.capture()
            check(h.ping(a[peer]) == 2 and h.udp(a[peer]) == 3 and
                  h.tcp(a[peer]) > 0, f"ping, UDP and TCP to {a[peer]}")
            pkts = [p for p in c.stop() if not is_link(p)]
            check(pkts and all(proto(p) == first for p in pkts),
                  f"as protocol {first} on the wire")
            check(not any(MARK in p for p in pkts), "and nothing shows")


def displays(h, text, listed):
    """Task 3."""
    check(h.tool("ipsecconf") == f"#INDEX 4 \n{text}\n",
          "ipsecconf shows the entry as it was typed")
    rules = h.tool("ipsecconf", "-l").splitlines()
    check(len(rules) == 8 and
          rules[0::2] == ["#INDEX 1", "#INDEX 3", "#INDEX 2", "#INDEX 4"],
          "ipsecconf -l shows out and in of each pair of addresses")
    check(all(listed in r for r in rules[1::2]), f"each with {listed}")
    check(all("dir out" in r for r in rules[1:4:2]) and
          all("dir in" in r for r in rules[5::2]), "outbound ones first")
    check(h.tool("ipsecconf", "-L") == h.tool("ipsecconf", "-l"),
          "ipsecconf -L the same, without tunnels")


def unprotected(lab):
    """A clear packet from the other system is dropped."""
    before = lab.partym.count("in", "spd_got_clear")
    lab.enigma.tool("ipsecconf", "-q", "-F")
    for a in (lab.V4, lab.V6):
        check(lab.enigma.udp(a["partym"], count=1) == 0,
              f"clear to {a['partym']}: no answer")
    check(lab.partym.count("in", "spd_got_clear") == before + 2,
          "dropped and counted")


def test(lab):
    names()
    for h in lab.hosts.values():
        h.serve()
        h.up()
    for edition, conf, keys, first, listed in (
            ("Solaris Express", SX, {"ah": "md5", "encr": "3des"}, 51,
             "ipsec { auth_algs hmac-sha256(256) encr_algs aes-gcm(128..256)"),
            ("Solaris 10", S10, {"encr": "aes", "auth": "sha1"}, 50,
             "ipsec { encr_algs aes-cbc(128..256) "
             "encr_auth_algs hmac-sha1(160) sa shared }")):
        print(f"--- {edition}")
        for n, h in lab.hosts.items():
            check("no errors" in h.policy(conf[n], "-c"), f"{n}: ipsecconf -c")
            h.policy(conf[n], "-q", "-F", "-a")
            rekey(h, manual(lab, **keys))
            displays(h, conf[n], listed)
        traffic(lab, first)
        unprotected(lab)
        # the listing, with names where they are the address's own, loads again
        before = lab.partym.tool("ipsecconf", "-ln")
        (lab.partym.conf / "list").write_text(lab.partym.tool("ipsecconf",
                                                              "-l"))
        lab.partym.tool("ipsecconf", "-q", "-F", "-a",
                        lab.partym.conf / "list")
        rules = lab.partym.tool("ipsecconf", "-ln").splitlines()
        check(rules[1::2] == before.splitlines()[1::2],
              "a listing loads again as the same rules")
        lab.enigma.policy(conf["enigma"])
        check(lab.enigma.ping(lab.V4["partym"]) == 2, "and protects the same")


main(test)
