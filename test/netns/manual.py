# SPDX-License-Identifier: BSD-2-Clause
"""Tasks 4 and 6 of the administrator's guide, word by word: manual SAs with the
guide's keys, typed at the prompt and loaded from the file, by hand and as the
service does it; what dump shows; what a capture shows; wrong keys."""
import os
import pathlib
import pty
import re
import shutil

from lab import Failed, check, main, proto, protected, run

# spec: tasks 4, byte by byte
TASK4 = """\
# for outbound packets on enigma
add esp spi 0x8bcd1407 \\
   src 192.168.116.16 dst 192.168.13.213  \\
   encr_alg 3des \\
   auth_alg md5  \\
   encrkey  d41fb74470271826a8e7a80d343cc5aae9e2a7f05f13730d \\
   authkey  e896f8df7f78d6cab36c94ccf293f031
#
# for inbound packets
add esp spi 0x122a43e4 \\
   src 192.168.13.213 dst 192.168.116.16 \\
   encr_alg 3des \\
   auth_alg md5  \\
   encrkey dd325c5c137fb4739a55c9b3a1747baa06359826a5e4358e \\
   authkey ad9ced7ad5f255c9a8605fba5eb4d2fd
"""
# the AH SAs that the text asks for, with the SPI that task 6 shows
AH = """\
add ah spi 0xb3a8d714 src 192.168.116.16 dst 192.168.13.213 \\
   auth_alg md5 authkey 78d6cab36c94ccf293f031e896f8df7f
add ah spi 0xb3a8d715 src 192.168.13.213 dst 192.168.116.16 \\
   auth_alg md5 authkey 55c9a8605fba5eb4d2fdad9ced7ad5f2
"""
ESP_ONLY = ("{{laddr {0} raddr {1}}} ipsec "
            "{{encr_algs 3des encr_auth_algs md5 sa shared}}\n")
BOTH = ("{{laddr {0} raddr {1}}} ipsec {{auth_algs md5 encr_algs 3des "
        "encr_auth_algs md5 sa shared}}\n")
TSHARK_SA = (
    ("0x8bcd1407", "d41fb74470271826a8e7a80d343cc5aae9e2a7f05f13730d",
     "e896f8df7f78d6cab36c94ccf293f031"),
    ("0x122a43e4", "dd325c5c137fb4739a55c9b3a1747baa06359826a5e4358e",
     "ad9ced7ad5f255c9a8605fba5eb4d2fd"))


def hosts_file(lab):
    """Task 1: the names in /etc/inet/hosts, for this test alone."""
    f = lab.dir / "hosts"
    f.write_text("127.0.0.1 localhost\n192.168.116.16 enigma\n"
                 "192.168.13.213 partym\n")
    run("mount", "--bind", f, "/etc/hosts")


def policy(lab, line):
    lab.enigma.policy(line.format("enigma", "partym"), "-q", "-F", "-a")
    lab.partym.policy(line.format("partym", "enigma"), "-q", "-F", "-a")


def prompt(h, text):
    """Typed at a terminal, line by line, each when it is asked for."""
    here, there = pty.openpty()
    p = h.start(h.tool_path("ipseckey"), stdin=there, stdout=there,
                stderr=there)
    os.close(there)
    shown, more = b"", False
    for line in [*text.splitlines(), "exit"]:
        want = b"\n> " if more else b"ipseckey> "
        got = b""
        while not got.endswith(want):
            got += os.read(here, 4096)
        shown += got
        os.write(here, line.encode() + b"\n")
        more = line.endswith("\\")
    if p.wait(10):
        raise Failed(shown.decode())
    os.close(here)
    return shown.decode()


def dumped(h, kind="esp"):
    """{SPI: (state, flags)}"""
    out = h.tool("ipseckey", "-n", "dump", kind)
    return {m[1]: (m[2], m[3]) for m in re.finditer(
        r"spi=(0x\w+), replay window size=0, state=(\w+)\n.*?"
        r"flags=0x\w+ < ([^>]*)>", out, re.S)}


def seen(lab, what):
    """dump on both hosts: two MATURE SAs, one for each direction."""
    for h, out, back in ((lab.enigma, "0x8bcd1407", "0x122a43e4"),
                         (lab.partym, "0x122a43e4", "0x8bcd1407")):
        got = dumped(h)
        check(set(got) == {out, back} and
              {s for s, _ in got.values()} == {"MATURE"} and
              "X_OUTBOUND" in got[out][1] and
              "X_INBOUND" not in got[out][1] and
              "X_INBOUND" in got[back][1] and
              "X_OUTBOUND" not in got[back][1],
              f"{what}: {h.name} has two MATURE SAs, one out, one in")


def works(lab, what):
    c = lab.capture()
    check(lab.enigma.ping("partym") == 2 and lab.partym.ping("enigma") == 2,
          f"{what}: ping both ways")
    pkts = c.stop()
    check(protected(pkts) and any(proto(p) in (50, 51) for p in pkts),
          f"{what}: protected")
    return c.file


def flush(lab):
    for h in lab.hosts.values():
        h.tool("ipseckey", "flush")
        check(not dumped(h), f"{h.name}: flush first when replacing")


def ways_of_loading(lab):
    for h in lab.hosts.values():
        out = prompt(h, TASK4)
        check("does not exist" not in out and "incorrect" not in out,
              f"typed at {h.name}'s prompt")
    seen(lab, "typed")
    works(lab, "typed")
    flush(lab)
    check(lab.enigma.ping("partym", count=1) == 0, "without SAs: nothing")
    for h in lab.hosts.values():
        f = h.conf / "secret" / "ipseckeys"
        f.parent.mkdir(mode=0o700)
        f.write_text(TASK4)
        f.chmod(0o400)
        out = h.tool("ipseckey", "-f", f)
        check("2 actions executed successfully." in out,
              f"{h.name}: from the file, mode 400")
    seen(lab, "from the file")
    works(lab, "from the file")
    # the service: it flushes, so that a refresh has no duplicates
    for h in lab.hosts.values():
        f = h.conf / "secret" / "ipseckeys"
        for _ in range(2):
            out = h.run("env", "SMF_FMRI=svc:/network/ipsec/manual-key:default",
                        h.tool_path("ipseckey"), "-f", f)
            check("Flushing" in out and "2 actions" in out,
                  f"{h.name}: enabled, and refreshed, as a service")
    seen(lab, "by the service")
    return works(lab, "by the service")


def tshark(file, *fields):
    """Values of fields of each packet that has one of them."""
    cmd = ["tshark", "-r", file, "-T", "fields", "-E", "occurrence=f"]
    for o in ("esp.enable_encryption_decode:TRUE",
              "esp.enable_authentication_check:TRUE",
              *('uat:esp_sa:"IPv4","*","*",' + ",".join(
                  f'"{x}"' for x in (spi, "TripleDES-CBC [RFC2451]",
                                     "0x" + ek, "HMAC-MD5-96 [RFC2403]",
                                     "0x" + ak))
                for spi, ek, ak in TSHARK_SA)):
        cmd += ["-o", o]
    for f in fields:
        cmd += ["-e", f]
    out = run(*cmd, quiet=True, env={**os.environ, "HOME": "/run/lab",
                                     "XDG_CONFIG_HOME": "/run/lab"})
    return [r for r in (x.split("\t") for x in out.splitlines()) if any(r)]


def captured(lab, file):
    """Task 6, with tshark for snoop."""
    if not shutil.which("tshark"):
        print("no tshark: captures are not decoded")
        return
    rows = tshark(file, "esp.spi", "esp.sequence", "esp.icv_good",
                  "icmp.type")
    check({r[0] for r in rows} == {"0x8bcd1407", "0x122a43e4"},
          "the capture has ESP sections with the two SPIs")
    check({r[2] for r in rows} <= {"1", "True"} and
          {r[3] for r in rows} == {"0", "8"},
          "told the keys, tshark finds good ICVs, and pings inside")
    policy(lab, BOTH)
    for h in lab.hosts.values():
        h.keys(AH)
    file = works(lab, "AH and ESP")
    rows = tshark(file, "ip.proto", "ah.next_header", "ah.length", "ah.spi",
                  "ah.sequence", "esp.spi", "esp.sequence")
    check({r[0] for r in rows if r[3]} == {"51"} and
          {r[1] for r in rows if r[3]} == {"50"},
          "AH and ESP: ulp 51, AH's next header 50")
    check({r[2] for r in rows if r[3]} == {"4"},
          "AH length = 4 (24 bytes)")
    check({(r[3], r[5]) for r in rows if r[3]} ==
          {("0xb3a8d714", "0x8bcd1407"), ("0xb3a8d715", "0x122a43e4")},
          "SPIs of both sections, for each direction")
    rows = tshark(file, "ah.spi", "ah.sequence")
    first = [int(r[1], 0) for r in rows if r[0] == "0xb3a8d714"]
    check(first == list(range(1, len(first) + 1)), "Replay = 1, 2, ...")
    policy(lab, ESP_ONLY)


def wrong_keys(lab):
    """Both keys of one direction, one digit each (no parity bit of DES)."""
    p = lab.partym
    for what, old, new in (
            ("authentication", "e896f8df", "e896f8de"),
            ("encryption", "d41fb744", "541fb744")):
        p.tool("ipseckey", "flush")
        p.keys(TASK4.replace(old, new))
        before = p.stat()["verdicts"]["in"]
        check(lab.enigma.ping("partym", count=8) == 0,
              f"a wrong {what} key: no answer")
        after = p.stat()["verdicts"]["in"]
        got = {k: after[k] - before[k] for k in after
               if after[k] != before[k]}
        if what == "authentication":
            check(got == {"esp_bad_auth": 8}, f"counted: {got}")
        else:
            # the ICV is over what was sent: it holds; the text is noise, of
            # which one in 256 looks as if it had no padding
            check(sum(got.values()) == 8 and got.get("pass", 0) < 4,
                  f"counted: {got}")
    p.tool("ipseckey", "flush")
    p.keys(TASK4)
    check(lab.enigma.ping("partym") == 2, "with the right keys again")


def test(lab):
    hosts_file(lab)
    for h in lab.hosts.values():
        h.up()
    policy(lab, ESP_ONLY)
    file = ways_of_loading(lab)
    captured(lab, pathlib.Path(file))
    wrong_keys(lab)


main(test)
