# SPDX-License-Identifier: BSD-2-Clause
"""Random policy that ipsecd takes, the kernel takes too: every file loads, and
its listing loads again. RANDOM_POLICY_SEED repeats a run, RANDOM_POLICY_SECONDS
(8) says how long."""
import os
import random
import time

from lab import check, main

EDGE = (1, 2, 22, 80, 1023, 1024, 32767, 32768, 65534, 65535)
ESP = ("{encr_algs aes encr_auth_algs sha256}", "{encr_algs aes-gcm sa unique}",
       "{auth_algs sha256}", "{encr_algs any}")


def port(r):
    a, b = sorted(r.choices(EDGE, k=2))
    return str(a) if r.random() < 0.5 else f"{a}-{b}"


def address(r, six):
    if six:
        length = r.choice((0, 1, 16, 64, 127, 128))
        return f"2001:db8::{r.randrange(4):x}/{length}"
    return f"10.{r.randrange(2)}.0.{r.randrange(4)}/" + str(
        r.choice((0, 1, 8, 24, 31, 32)))


def pattern(r):
    six, words = r.random() < 0.5, []
    for side in ("laddr", "raddr"):
        if r.random() < 0.4:
            words.append(f"{side} {address(r, six)}")
    kind = r.choice(("tcp", "udp", "sctp", "icmp", "47", "ports", "all"))
    if kind == "icmp":
        lo, hi = sorted(r.choices((0, 3, 8, 128, 133, 137, 254, 255), k=2))
        words.append(f"ulp {'ipv6-icmp' if six else 'icmp'} type {lo}-{hi}")
        if r.random() < 0.3:
            words.append(f"code {r.choice(('0', '4', '0-254', '255'))}")
    elif kind != "all":
        if kind != "ports":
            words.append(f"ulp {kind}")
        for side in ("lport", "rport"):
            if kind != "47" and r.random() < 0.5:
                words.append(f"{side} {port(r)}")
    words.append(f"dir {r.choice(('in', 'out', 'both'))}")
    return "{" + " ".join(words) + "}"


def entry(r):
    action = r.choice(("pass {}", "drop {}", "ipsec", "ipsec", "or"))
    if action == "ipsec":
        action = f"ipsec {r.choice(ESP)}"
    elif action == "or":
        action = f"ipsec {r.choice(ESP)} or ipsec {r.choice(ESP)} or pass {{}}"
    return f"{pattern(r)} {action}\n"


def test(lab):
    e = lab.enigma
    e.up()
    seed = int(os.environ.get("RANDOM_POLICY_SEED", time.time_ns() // 1000))
    end = time.monotonic() + float(os.environ.get("RANDOM_POLICY_SECONDS", 8))
    r = random.Random(seed)
    print(f"RANDOM_POLICY_SEED={seed}", flush=True)
    files = 0
    while files == 0 or time.monotonic() < end:
        text = "".join(entry(r) for _ in range(r.choice((1, 3, 10, 60))))
        # raises when it does not load
        e.policy(text, "-q", "-F", "-a")
        (e.conf / "list").write_text(e.tool("ipsecconf", "-ln"))
        e.tool("ipsecconf", "-q", "-F", "-a", e.conf / "list")
        files += 1
    check(e.tool("ipsecconf", "-ln").startswith("#INDEX"),
          f"{files} random files load, and their listings")
    check("refused" not in e.log.read_text(), "ipsecd refused none")


main(test)
