#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""SCTP between solipsec and a Linux kernel's own SCTP and IPsec.

usage: test/peer/sctp_kernel.py BUILD

Runs in test/lib/sandbox. user-mode-linux has the kernel; here libusrsctp is the
other end of the association, over ipsecd. Each end has two addresses. One SA of
ours goes to both of the kernel's (RFC 3554), which has no lists: it has the
same SA once for each address. Back it numbers each pair by itself, so that
these are two SAs. Each path is cut while messages go.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import outcome  # noqa: E402
import sctp_talk  # noqa: E402
import uml  # noqa: E402
from linux import Watch, sh, tell  # noqa: E402
from outcome import Failed, check, wait  # noqa: E402

US, PEER = ("10.77.1.1", "10.77.2.1"), ("10.77.1.2", "10.77.2.2")
PORT, OTHER = 2905, 2906
AES, SHA = "00112233445566778899aabbccddeeff", "0f" * 32
OUT, BACK = 0x3554, (0x3561, 0x3562)
POLICY = (f"{{ulp sctp rport {PORT}}} "
          "ipsec {encr_algs aes encr_auth_algs sha256 sa unique}\n")


def keys():
    alg = (f"encr_alg aes encrkey {AES} auth_alg sha256 authkey {SHA} "
           "replay 64 proto 132")
    out = (f"add esp spi {OUT:#x} src {US[0]} dst {PEER[0]} more_src {US[1]} "
           f"more_dst {PEER[1]} dport {PORT} {alg}\n")
    for i in range(2):
        out += (f"add esp spi {BACK[i]:#x} src {PEER[i]} dst {US[i]} "
                f"sport {PORT} {alg}\n")
    return out


def xfrm():
    """The same at the kernel, as lines for ip(8)."""
    alg = (f"enc cbc(aes) 0x{AES} auth-trunc hmac(sha256) 0x{SHA} 128 "
           "replay-window 32")
    for i in range(2):
        yield (f"xfrm state add src {US[i]} dst {PEER[i]} proto esp "
               f"spi {OUT:#x} mode transport {alg}")
        yield (f"xfrm state add src {PEER[i]} dst {US[i]} proto esp "
               f"spi {BACK[i]:#x} mode transport {alg}")
        yield (f"xfrm policy add src {PEER[i]} dst {US[i]} proto 132 "
               f"sport {PORT} dir out tmpl proto esp mode transport")
        yield (f"xfrm policy add src {US[i]} dst {PEER[i]} proto 132 "
               f"dport {PORT} dir in tmpl proto esp mode transport")


class Here:
    """ipsecd and the SCTP of libusrsctp in the sandbox's own namespace."""

    def __init__(self, build, folder):
        self.tool = {n: str(pathlib.Path(build, "src/cmd", n, n))
                     for n in ("ipseckey", "ipsecconf", "solipsec")}
        self.log = open(f"{folder}/ipsecd.log", "w+", encoding="utf-8")
        for i in range(2):
            sh("ip", "addr", "add", f"{US[i]}/24", "dev", "uml0")
        self.daemon = subprocess.Popen(
            [str(pathlib.Path(build, "src/daemon/ipsecd/ipsecd")), "-f"],
            stdout=self.log, stderr=self.log)
        wait(lambda: list(pathlib.Path("/run/solipsec").rglob("pfkey")),
             what="started")
        for name, text, args in (("ipseckey", keys(), ["-f"]),
                                 ("ipsecconf", POLICY, ["-q", "-a"])):
            f = pathlib.Path(folder, name)
            f.touch(mode=0o600)
            f.write_text(text)
            sh(self.tool[name], *args, str(f))
        self.client = subprocess.Popen(
            [sys.executable, sctp_talk.__file__, "client", str(PORT),
             ",".join(US), PEER[0]], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True)

    def line(self):
        return self.client.stdout.readline().split()

    def exchange(self, n):
        self.client.stdin.write(f"{n}\n")
        self.client.stdin.flush()
        good, *paths = self.line()
        return int(good), dict(x.split("=") for x in paths)

    def packets(self):
        out = sh(self.tool["ipseckey"], "-n", "dump", "esp")
        return {int(spi, 16): int(n) for spi, n in re.findall(
            r"spi=0x(\w+).*?(\d+) allocations used", out, re.S)}

    def tell(self):
        tell(self.tool["solipsec"], self.log.name)

    def kill(self):
        for p in (self.client, self.daemon):
            p.kill()
            p.wait()

    def stop(self):
        self.daemon.terminate()
        self.daemon.wait(10)
        self.log.seek(0)
        said = self.log.read()
        if self.daemon.returncode or "runtime error:" in said:
            raise Failed(f"ipsecd ended with {self.daemon.returncode}: {said}")


def cut(i):
    """A path of the kernel's: no packet gets to it or from it."""
    sh("nft", "-f", "-", input=(
        "table inet cut {\n"
        "chain in { type filter hook prerouting priority -400;"
        f" ip saddr {PEER[i]} drop; }}\n"
        "chain out { type filter hook postrouting priority 400;"
        f" ip daddr {PEER[i]} drop; }}\n}}\n"))


def trial(here, peer, watch):
    said = here.line()
    check(said == ["connected", *PEER], f"connected to Linux: {said}")
    check(here.exchange(60)[0] == 60, "60 messages and their echoes")
    wait(lambda: set(here.exchange(1)[1].values()) == {"up"}, 60, "both up")
    check(True, "both paths are up")
    for i, what in enumerate(("first", "second")):
        cut(i)
        check(here.exchange(30)[0] == 30,
              f"the {what} path is cut: 30 messages by the other")
        wait(lambda i=i: here.exchange(1)[1][PEER[i]] == "down", 60,
             "found out")
        sh("nft", "delete", "table", "inet", "cut")
        wait(lambda i=i: here.exchange(1)[1][PEER[i]] == "up", 60,
             "back")
        check(here.exchange(20)[0] == 20, "and with both again")
    n = here.packets()
    check(n[OUT] > 90 and all(n[b] > 10 for b in BACK),
          f"by one SA out, one for each path back: {n}")
    out = peer.call("run", cmd=["ip", "-s", "xfrm", "state"])["out"]
    kernel = [int(x) for x in re.findall(r"(\d+)\(packets\)", out)]
    check(len(kernel) == 4 and all(x > 10 for x in kernel),
          f"the kernel's four counted {kernel}")
    text = peer.call("read", path="/proc/net/xfrm_stat")["text"]
    bad = {k: v for k, v in map(str.split, text.splitlines())
           if v != "0" and "State" in k}
    check(not bad, f"the kernel refused none {bad or ''}")
    check(not watch.clear and watch.protected > 150,
          f"on the wire: {watch.protected} protected, none in clear "
          f"{watch.clear or ''}")


def main():
    reason = uml.missing() or sctp_talk.missing()
    if reason:
        print(f"SKIP: {reason}")
        return 77
    here = None
    with tempfile.TemporaryDirectory(dir="/run") as folder, \
            uml.Uml("uml0", f"{folder}/uml.log") as peer:
        try:
            peer.ip("link set vec0 up", *(f"addr add {a}/24 dev vec0"
                                          for a in PEER), *xfrm())
            peer.call("sctp", addrs=PEER, port=PORT)
            watch = Watch("uml0")
            watch.v4 = {bytes([10, 77])}
            here = Here(sys.argv[1], folder)
            trial(here, peer, watch)
            here.stop()
        except Exception:
            if here:
                here.tell()
            peer.tell()
            raise
        finally:
            if here:
                here.kill()
    print("PASS")
    return 0


if __name__ == "__main__":
    sys.exit(outcome.guarded(main))
