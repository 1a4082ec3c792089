# SPDX-License-Identifier: BSD-2-Clause
"""The configuration that README.md shows, word for word, protects."""
import pathlib
import re
import secrets

from lab import check, main, protected

TEXT = (pathlib.Path(__file__).resolve().parents[2] / "README.md").read_text()


def test(lab):
    policy = re.findall(r"^    (\{laddr .*)$", TEXT, re.M)
    keys = re.findall(r"^    (add esp .*)$", TEXT, re.M)
    steps = re.findall(r"^    (ipsecd|ipseckey -f .*|ipsecconf -a .*)$", TEXT,
                       re.M)
    check(len(policy) == 1 and len(keys) == 2 and len(steps) == 3,
          "README.md has a policy line, two SAs and three commands")
    keys = re.sub("HEX64", lambda _: secrets.token_hex(32),
                  "\n".join(keys) + "\n")
    other = {"laddr": "raddr", "raddr": "laddr"}
    lines = {"enigma": policy[0], "partym": re.sub(
        "laddr|raddr", lambda m: other[m[0]], policy[0])}
    for name, host in lab.hosts.items():
        host.up()
        host.keys(keys)
        host.policy(lines[name] + "\n")
    c = lab.capture()
    for name, host in lab.hosts.items():
        dst = [a for n, a in lab.V4.items() if n != name][0]
        check(host.ping(dst, count=3) == 3, f"{name} reaches the other")
    pkts = c.stop()
    check(len(pkts) >= 12 and protected(pkts), "the router saw ESP alone")


main(test)
