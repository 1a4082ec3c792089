#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What `solipsec packet seal` makes, read by tshark.

usage: test/peer/tshark_esp.py SOLIPSEC [--seed N]

SOLIPSEC is the program. tshark has an ESP of its own: told the SAs, it checks
the ICV and shows what is inside. A bit turned in some of the packets shows
that it does check. Exit status 77: there is no tshark here.
"""
import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile

import algs
import offline
import random_cases

ENCR = {
    "null": "NULL",
    "aes-cbc": "AES-CBC [RFC3602]",
    "3des-cbc": "TripleDES-CBC [RFC2451]",
    "des-cbc": "DES-CBC [RFC2405]",
    "cast-cbc": "CAST5-CBC [RFC2144]",
    "blowfish-cbc": "BLOWFISH-CBC [RFC2451]",
    "aes-ctr": "AES-CTR [RFC3686]",
    "aes-gcm8": "AES-GCM with 8 octet ICV [RFC4106]",
    "aes-gcm12": "AES-GCM with 12 octet ICV [RFC4106]",
    "aes-gcm16": "AES-GCM with 16 octet ICV [RFC4106]",
}
AUTH = {
    "hmac-md5": "HMAC-MD5-96 [RFC2403]",
    "hmac-sha1": "HMAC-SHA-1-96 [RFC2404]",
    "hmac-sha256": "HMAC-SHA-256-128 [RFC4868]",
    "hmac-sha384": "HMAC-SHA-384-192 [RFC4868]",
    "hmac-sha512": "HMAC-SHA-512-256 [RFC4868]",
}
FIELDS = ("esp.spi", "esp.sequence", "esp.icv_good", "esp.icv_bad",
          "esp.decrypted_data", "esp.pad_len", "esp.protocol")


def cases(r):
    # what it finds wrong with the inner packet keeps it from showing the ICV:
    # so nothing that it knows, and no extension header at the end
    make = random_cases.Cases(r, opaque=True).make
    for family in (4, 6):
        for mode in ("transport", "tunnel"):
            for e, a in algs.esp_pairs():
                # its Blowfish is that of libgcrypt: 128 bits
                if e.name in ENCR and (a is None or a.name in AUTH) and \
                        (e.name != "blowfish-cbc" or e.bits == 128):
                    yield make("esp", mode, family, encr=e, auth=a)
    for mode in ("transport", "tunnel"):
        for e, a in ((algs.ENCR[1], algs.AUTH[2]), (algs.COMBINED[2], None)):
            yield make("esp", mode, 4, encr=e, auth=a, natt=True)
    for family in (4, 6):
        for n in range(40):  # packets of all kinds
            yield make("esp", ("transport", "tunnel")[n % 2], family,
                       r.choice((4, 6)), algs.ENCR[1], algs.AUTH[1])


def preference(c):
    """A line of tshark's table of SAs."""
    # the SPI is enough; with a routing header tshark has its own idea of dst
    columns = ["IPv4" if c.outer_family == 4 else "IPv6", "*", "*",
               f"{c.spi:#010x}", ENCR[c.encr.name],
               "0x" + (c.keys["encr"] + c.keys["salt"]).hex()
               if c.encr.bits else "",
               AUTH[c.auth.name] if c.auth else "NULL",
               "0x" + c.keys["auth"].hex() if c.auth else ""]
    return "uat:esp_sa:" + ",".join(f'"{x}"' for x in columns)


def read(capture, some, home):
    words = ["tshark", "-r", str(capture), "-T", "fields", "-E",
             "occurrence=f"]
    for f in FIELDS:
        words += ["-e", f]
    for o in ["esp.enable_encryption_decode:TRUE",
              "esp.enable_authentication_check:TRUE",
              *(preference(c) for c in some)]:
        words += ["-o", o]
    # nobody's own preferences
    r = subprocess.run(words, capture_output=True, text=True,
                       env={**os.environ, "HOME": home,
                            "XDG_CONFIG_HOME": home})
    if r.returncode != 0:
        raise offline.ToolError(f"tshark: {r.stderr[:1000]}")
    return [x.split("\t") for x in r.stdout.split("\n")[:-1]]


def number(text):
    return int(text, 0) if text else None


def contents(c):
    """What ESP carries, and its protocol number."""
    p = c.plain
    if c.tunnel:
        return p, 4 if c.family == 4 else 41
    at = c.payload_at()
    if c.family == 4:
        return p[at:], p[9]
    kind, i = p[6], 40
    while i < at:
        kind, i = p[i], i + 8 * (p[i + 1] + 1)
    return p[at:], kind


def check(c, row, broken):
    """What is wrong with tshark's view of the packet, or None."""
    spi, seq, good, bad, data, pad, proto = row
    if number(spi) != c.spi or number(seq) != c.seq & 0xffffffff:
        return f"SPI {spi}, sequence number {seq}"
    if broken:
        return None if (good, bad) == ("0", "1") else "a turned bit was missed"
    if (good, bad) != ("1", "0"):
        return "ICV not found good"
    data = bytes.fromhex(data)
    n, (payload, kind) = data[-2], contents(c)
    if n > 15 or data != payload + bytes(range(1, n + 1)) + bytes([n, kind]):
        return f"decrypted {data.hex()}, not {payload.hex()}"
    # it has no fields for these before a protocol that it does not know
    if pad or proto:
        if number(pad) != n or number(proto) != kind:
            return f"pad length {pad}, next header {proto}"
    return None


def main():
    p = argparse.ArgumentParser()
    p.add_argument("program")
    p.add_argument("--seed", type=int, default=20260101)
    args = p.parse_args()
    if shutil.which("tshark") is None:
        print("SKIP: no tshark")
        return 77
    print(f"seed {args.seed}")
    r, failed = random.Random(args.seed), 0
    some = list(cases(r))
    with tempfile.TemporaryDirectory() as work:
        made = offline.Tool(args.program, work).seal(
            [c.plain for c in some], [c.key_line() for c in some])
        sent, broken = [], set()
        for c, (line, packet) in zip(some, made):
            if packet is None:
                raise offline.ToolError(f"{c.name}: {line}")
            if c.number % 7 == 0:
                broken.add(c.number)
                packet = packet[:-1] + bytes([packet[-1] ^ 1])
            sent.append(packet)
        capture = f"{work}/sealed.pcap"
        offline.write_pcap(capture, sent)
        rows = read(capture, some, work)
    if len(rows) != len(some):
        raise offline.ToolError(f"tshark showed {len(rows)} packets")
    for c, row in zip(some, rows):
        why = check(c, row, c.number in broken)
        if why:
            failed += 1
            print(f"FAILED case {c.number}, {c.name}: {why}\n    {row}")
    print(f"cases: {len(some)}, with a turned bit: {len(broken)}, "
          f"failed: {failed}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
