# SPDX-License-Identifier: BSD-2-Clause
"""What the tests of spec tasks share: names of hosts, keys, SAs."""
import pathlib

from lab import run

HOSTS = """127.0.0.1 localhost
::1 localhost
192.168.116.16 enigma
2001::aaaa:6666:6666 enigma
192.168.13.213 partym webserver
2001::eeee:3333:3333 partym webserver
"""

# of the lengths that task 4 names, in hexadecimal; DES and 3DES have parity
DES = "1f3b5d7992b4d6f8"
KEYS = {"md5": "e896f8df7f78d6cab36c94ccf293f031",
        "sha1": "6fab07fec4f2895445500ed992ab48835b9286ff",
        "sha": "6fab07fec4f2895445500ed992ab48835b9286ff",
        "des": DES,
        "3des": "d41fb74470271826a8e7a80d343cc5aae9e2a7f05f13730d",
        "aes": "d41fb74470271826a8e7a80d343cc5aa"}


def names():
    """enigma and partym are known on both, in this test's mount namespace."""
    mine = pathlib.Path("/run/lab/hosts")
    mine.write_text(HOSTS)
    run("mount", "--bind", mine, "/etc/hosts")


def manual(lab, **algs):
    """
    SAs for both directions and families; ah=, encr= and auth= name algorithms
    that task 4 has keys for.
    """
    out, spi = [], 0x8bcd1400
    for a, b in ((lab.V4["enigma"], lab.V4["partym"]),
                 (lab.V6["enigma"], lab.V6["partym"])):
        for src, dst in ((a, b), (b, a)):
            if "ah" in algs:
                spi += 1
                out.append(f"add ah spi {spi:#x} src {src} dst {dst} "
                           f"auth_alg {algs['ah']} "
                           f"authkey {KEYS[algs['ah']]}")
            if "encr" in algs:
                spi += 1
                line = (f"add esp spi {spi:#x} src {src} dst {dst} "
                        f"encr_alg {algs['encr']} "
                        f"encrkey {KEYS[algs['encr']]}")
                if "auth" in algs:
                    line += (f" auth_alg {algs['auth']} "
                             f"authkey {KEYS[algs['auth']]}")
                out.append(line)
    return "\n".join(out) + "\n"


def rekey(h, text):
    h.tool("ipseckey", "flush")
    h.keys(text)
