# SPDX-License-Identifier: BSD-2-Clause
"""The table of algorithms at work: numbers of one's own, removed ones, execution
modes, and the share of the CPU."""
import os
import sys
import time

from lab import KEY, check, main

ENIGMA, PARTYM = "192.168.116.16", "192.168.13.213"


def table(h, *args, ok=True):
    """ipsecalgs with the host's own table."""
    return h.run("env", f"SOLIPSEC_IPSECALGS={h.conf / 'ipsecalgs'}",
                 h.tool_path("ipsecalgs"), *args, ok=ok)


def conf(h, text, ok=True):
    f = h.conf / "ipsecinit.conf"
    f.write_text(text)
    return h.run("env", f"SOLIPSEC_IPSECALGS={h.conf / 'ipsecalgs'}",
                 h.tool_path("ipsecconf"), "-q", "-a", f, ok=ok)


def deliver(h):
    """The installed file, as this host's own."""
    src = os.path.join(os.path.dirname(__file__), "../../etc/ipsecalgs")
    (h.conf / "ipsecalgs").unlink(missing_ok=True)
    (h.conf / "ipsecalgs").write_bytes(open(src, "rb").read())


def ipseckey(h, *args, ok=True):
    return h.run("env", f"SOLIPSEC_IPSECALGS={h.conf / 'ipsecalgs'}",
                 h.tool_path("ipseckey"), *args, ok=ok)


def add_key(h, spi, src, dst, alg, ok=True):
    """AES-GCM with 256 bits, by whatever name."""
    f = h.conf / "ipseckeys"
    f.touch(mode=0o600)
    f.write_text(f"add esp spi {spi:#x} src {src} dst {dst} encr_alg {alg} "
                 f"encrkey {KEY[36]} replay 64\n")
    return ipseckey(h, "-f", f, ok=ok)


def gcm_keys(h, alg):
    ipseckey(h, "flush")
    add_key(h, 0x1001, ENIGMA, PARTYM, alg)
    add_key(h, 0x1002, PARTYM, ENIGMA, alg)


def own_number(e, p):
    """250 is AES-GCM on one side, 20 on the other: the same on the wire."""
    for h in (e, p):
        deliver(h)
        table(h, "-s")
    conf(p, f"{{laddr {PARTYM} raddr {ENIGMA}}} ipsec {{encr_algs aes-gcm(256)}}")
    gcm_keys(p, "aes-gcm")
    add_own(e)
    said = add_key(e, 0x1009, ENIGMA, PARTYM, "mine", ok=False)
    check("0x1009" not in ipseckey(e, "dump", ok=False) and
          "encryption algorithm" in said,
          "in the file, and ipsecd was not told: an SA is refused")
    table(e, "-s")
    conf(e, f"{{laddr {ENIGMA} raddr {PARTYM}}} ipsec {{encr_algs mine(256)}}")
    gcm_keys(e, "my-gcm")
    check(e.ping(PARTYM) == 2, "number 250 here, 20 there: AES-GCM for both")
    check("Encryption algorithm = mine" in ipseckey(e, "dump"),
          "ipseckey dump has its name")


def add_own(h):
    table(h, "-a", "-P", "3", "-N", "250", "-n", "mine,my-gcm", "-m",
          "CKM_AES_GCM", "-k", "128-256", "-i", "64", "-b", "16", "-I", "8",
          "-M", "16", "-S", "4")


def removed(e, p):
    table(e, "-r", "-P", "3", "-n", "mine", "-s")
    check(e.ping(PARTYM) == 2, "removed: SAs that are there go on")
    add_own(e)
    add_key(e, 0x1003, ENIGMA, PARTYM, "mine", ok=False)
    check("0x1003" not in ipseckey(e, "dump"), "a new SA is refused")
    table(e, "-r", "-P", "3", "-n", "mine")
    said = add_key(e, 0x1003, ENIGMA, PARTYM, "mine", ok=False)
    check("expected an encryption algorithm" in said,
          "its name is unknown then")
    said = conf(e, f"{{laddr {ENIGMA} raddr {PARTYM}}} ipsec {{encr_algs 250}}",
                ok=False)
    check("does not offer" in said, "new policy is refused")
    ipseckey(e, "flush")
    check(e.ping(PARTYM) == 0, "policy stays, and without SAs nothing passes")


def restart(e, p):
    """A new ipsecd has the built-in table until it is told; then policy of it."""
    add_own(e)
    e.stop()
    e.up()
    said = conf(e, f"{{laddr {ENIGMA} raddr {PARTYM}}} ipsec {{encr_algs mine}}",
                ok=False)
    check("does not offer" in said, "after a start: the built-in table")
    table(e, "-s")
    conf(e, f"{{laddr {ENIGMA} raddr {PARTYM}}} ipsec {{encr_algs mine}}")
    gcm_keys(e, "mine")
    gcm_keys(p, "aes-gcm")
    check(e.ping(PARTYM) == 2, "with ipsecalgs -s, as the service does: all is "
          "as it was")


def modes(e, p):
    before = kstat(e)
    e.ping(PARTYM, count=5)
    now = kstat(e)
    check(now["crypto_sync"] - before["crypto_sync"] == 10 and
          now["crypto_async"] == before["crypto_async"],
          "sync: 5 packets and 5 answers are counted as crypto_sync")
    table(e, "-e", "async", "-p", "PROTO_IPSEC_ESP", "-s")
    check('"async"' in table(e, "-l", "--json"), "ipsecd says async")
    before = kstat(e)
    check(e.ping(PARTYM, count=5) == 5, "async: it works")
    now = kstat(e)
    check(now["crypto_async"] - before["crypto_async"] == 10 and
          now["crypto_sync"] == before["crypto_sync"],
          "async: they are counted as crypto_async")
    # a stream needs every packet, and in order
    p.serve(7)
    check(e.talk("tcp", PARTYM, 7, 3000000).startswith("ok"),
          "a stream of 3 MB there and back, whole")
    check(e.count("packets", "async_lost") == 0, "nothing was lost in between")
    table(e, "-e", "sync", "-p", "PROTO_IPSEC_ESP", "-s")


def kstat(h):
    """{name: value} of ESP."""
    out = h.tool("solipsec", "stat", "ipsecesp:0:esp_stat", quiet=True)
    return {x.split("\t")[0].rpartition(":")[2]: int(x.split("\t")[1])
            for x in out.splitlines()}


class Flood:
    """Datagrams as fast as they go, until it is left."""

    def __init__(self, h, n=1400):
        code = ("import socket,sys\n"
                "s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM)\n"
                f"s.connect(('{PARTYM}',9))\n"
                "s.setblocking(True)\n"
                f"b=b'x'*{n}\n"
                "while True:\n"
                "  for i in range(100):\n"
                "    try: s.send(b)\n"
                "    except OSError: pass\n")
        self.p = h.start(sys.executable, "-c", code)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.p.kill()
        self.p.wait()


def cpu(h):
    """Seconds of CPU that the host's ipsecd has used."""
    f = open(f"/proc/{h.pid()}/stat", encoding="ascii").read()
    f = f.rpartition(")")[2].split()
    return (int(f[11]) + int(f[12])) / os.sysconf("SC_CLK_TCK")


def measure(h, seconds):
    """(share of a CPU, packets a second) of a flood."""
    with Flood(h):
        time.sleep(0.5)
        c, n, t = cpu(h), h.count("packets", "wire_out"), time.monotonic()
        time.sleep(seconds)
        slow = time.monotonic()
        h.stat()
        answered = time.monotonic() - slow
        c, n = cpu(h) - c, h.count("packets", "wire_out") - n
        t = time.monotonic() - t
    return c / t, n / t, answered


def share(e, p):
    full, rate, _ = measure(e, 3)
    said = f"      no limit: {full:.0%} of a CPU, {rate:.0f} packets/s"
    for limit in (20, 5):
        rests = e.count("packets", "rests")
        e.tool("solipsec", "tune", "set", "crypto_cpu_share", limit)
        capped, less, answered = measure(e, 3)
        said += f"; {limit} %: {capped:.0%}, {less:.0f} packets/s"
        # the machine may be busy: less is never wrong
        check(capped < limit / 100 + 0.08,
              f"with a limit of {limit} % a flood takes {capped:.0%}")
        check(less > 0, "and packets go on")
        if full > 3 * limit / 100:
            check(less < 0.9 * rate, "fewer than without a limit")
            check(e.count("packets", "rests") > rests + 5, "it has rested")
        check(answered < 30, f"commands are answered, in {answered:.2f} s")
    print(said)
    table(e, "-e", "async", "-P", "3", "-s")
    both, less, _ = measure(e, 2)
    check(both < 0.13 and less > 0, f"async, too: {both:.0%}")
    # order: a receiver without a window would not see it, one of 64 does
    check(p.count("in", "esp_replay") + p.count("in", "esp_early_replay") == 0,
          "no packet came out of order")
    e.tool("solipsec", "tune", "set", "crypto_cpu_share", "100")
    table(e, "-e", "sync", "-P", "3", "-s")
    check(e.ping(PARTYM, count=5) == 5, "without a limit all is as before")


def test(lab):
    e, p = lab.enigma, lab.partym
    e.up()
    p.up()
    own_number(e, p)
    removed(e, p)
    restart(e, p)
    modes(e, p)
    share(e, p)


main(test)
