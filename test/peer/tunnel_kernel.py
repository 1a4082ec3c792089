#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Tunnel interfaces of solipsec and of a Linux kernel.

usage: test/peer/tunnel_kernel.py BUILD

Runs in test/lib/sandbox. user-mode-linux has the other ends: ipip, sit and
ip6tnl devices, each family in each. First without IPsec; then with ESP of
transport mode around them, which is "negotiate transport" here; then with
xfrm's tunnel mode and no device, which is "negotiate tunnel".
"""
import pathlib
import socket
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import outcome  # noqa: E402
import traffic  # noqa: E402
import uml  # noqa: E402
from linux import sh, tell  # noqa: E402
from outcome import Failed, check, wait  # noqa: E402

US, PEER = {4: "10.88.0.1", 6: "fd88::1"}, {4: "10.88.0.2", 6: "fd88::2"}
IN_US = {4: "172.31.1.1", 6: "fd31:1::1"}
IN_PEER = {4: "172.31.2.1", 6: "fd31:2::1"}
AES, SHA = "00112233445566778899aabbccddeeff", "0f" * 32
ESP = "ipsec {encr_algs aes encr_auth_algs sha256}\n"
KINDS = ((4, "ip.tun0", "ipv4"), (6, "ip6.tun0", "ipv6"))


def is_search(p):
    """Both kernels look for routers on each device at times of their own."""
    return len(p) >= 40 and p[0] >> 4 == 6 and p[24] == 0xff


class Watch:
    """The protocols of all packets between the outer addresses."""

    def __init__(self, device):
        self.seen = set()
        self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM,
                                  socket.htons(3))
        self.sock.bind((device, 3))
        threading.Thread(target=self.loop, daemon=True).start()

    def loop(self):
        while True:
            p = self.sock.recv(65536)
            if p[0] >> 4 == 4 and p[12:15] == b"\x0a\x58\0":
                if not is_search(p[20:]):
                    self.seen.add(p[9])
            elif p[0] >> 4 == 6 and p[8:10] == b"\xfd\x88" and \
                    p[24:26] == b"\xfd\x88":
                nh, at = p[6], 40
                if nh == 44:
                    if int.from_bytes(p[42:44], "big") & 0xfff8:
                        continue
                    nh, at = p[40], 48
                while nh in (0, 60):
                    nh, at = p[at], at + 8 * (p[at + 1] + 1)
                if nh != 58 and not is_search(p[at:]):
                    self.seen.add(nh)

    def take(self):
        time.sleep(.2)
        out, self.seen = self.seen, set()
        return out


def host(fam):
    return 32 if fam == 4 else 128


class Here:
    def __init__(self, build, folder):
        self.folder = pathlib.Path(folder)
        self.tool = {n: str(pathlib.Path(build, "src/cmd", n, n))
                     for n in ("ipseckey", "ipsecconf", "iptun", "solipsec")}
        self.log = open(f"{folder}/ipsecd.log", "w+", encoding="utf-8")
        sh("ip", "addr", "add", f"{US[4]}/24", "dev", "uml0")
        sh("ip", "addr", "add", f"{US[6]}/64", "dev", "uml0", "nodad")
        self.daemon = subprocess.Popen(
            [str(pathlib.Path(build, "src/daemon/ipsecd/ipsecd")), "-f"],
            stdout=self.log, stderr=self.log)
        wait(lambda: list(pathlib.Path("/run/solipsec").rglob("admin")),
             what="started")
        for fam, name, kind in KINDS:
            sh(self.tool["iptun"], "create", "-t", "-T", kind, "-s", US[fam],
               "-d", PEER[fam], name, "up")
        for fam in (4, 6):
            sh("ip", "addr", "add", f"{IN_US[fam]}/{host(fam)}", "dev", "lo",
               *(["nodad"] if fam == 6 else []))

    def lead(self, name):
        for fam in (4, 6):
            sh("ip", f"-{fam}", "route", "replace", IN_PEER[fam], "dev", name,
               "src", IN_US[fam])

    def load(self, policy, keys):
        f = self.folder / "policy"
        f.write_text(policy)
        sh(self.tool["ipsecconf"], "-q", "-F", "-a", str(f))
        f = self.folder / "keys"
        f.touch(mode=0o600)
        f.write_text(keys)
        sh(self.tool["ipseckey"], "flush")
        sh(self.tool["ipseckey"], "-f", str(f))

    def tell(self):
        tell(self.tool["solipsec"], f"{self.folder}/ipsecd.log")

    def stop(self):
        self.daemon.terminate()
        self.daemon.wait(10)
        self.log.seek(0)
        said = self.log.read()
        if self.daemon.returncode or "runtime error:" in said:
            raise Failed(f"ipsecd ended with {self.daemon.returncode}: {said}")


def exchange(peer, watch, what, want):
    """Both ways, both families; want: protocols outside."""
    watch.take()
    for fam in (4, 6):
        a, b = IN_US[fam], IN_PEER[fam]
        kw = {"pings": [17, 1300, 3000], "tcp_bytes": 60000,
              "udp_bytes": [1, 1300, 4000]}
        bad = traffic.all_kinds(src=a, dst=b, **kw)
        check(not bad, f"{what}: IPv{fam} to Linux {bad or ''}")
        bad = peer.call("traffic", src=b, dst=a, **kw)["bad"]
        check(not bad, f"{what}: IPv{fam} from Linux {bad or ''}")
    seen = watch.take()
    check(seen == want, f"{what}: protocols outside {sorted(seen)}")


def devices():
    """The kernel's ends; ipip carries IPv4, sit IPv6, ip6tnl both."""
    v4 = f"local {PEER[4]} remote {US[4]}"
    yield f"link add t4 type ipip {v4}"
    yield f"link add t6 type sit {v4}"
    yield (f"link add t66 type ip6tnl local {PEER[6]} remote {US[6]} "
           "mode any encaplimit 4")
    for dev in ("t4", "t6", "t66"):
        yield f"link set {dev} up mtu 1360"
    for fam in (4, 6):
        yield f"addr add {IN_PEER[fam]}/{host(fam)} dev lo"


def peer_lead(fam):
    four, six = ("t4", "t6") if fam == 4 else ("t66", "t66")
    yield f"route replace {IN_US[4]} dev {four} src {IN_PEER[4]}"
    yield f"route replace {IN_US[6]} dev {six} src {IN_PEER[6]}"


def alg(linux):
    if linux:
        return (f"enc cbc(aes) 0x{AES} auth-trunc hmac(sha256) 0x{SHA} 128 "
                "replay-window 32")
    return (f"encr_alg aes encrkey {AES} auth_alg sha256 authkey {SHA} "
            "replay 64")


def transport(fam):
    """SAs of protocol 4 and 41 between the ends, for both; and xfrm's policy."""
    ours, theirs, spi = "", [], 0x4000
    for a, b in ((US[fam], PEER[fam]), (PEER[fam], US[fam])):
        for pr in (4, 41):
            spi += 1
            ours += f"add esp spi {spi:#x} src {a} dst {b} proto {pr} {alg(0)}\n"
            theirs.append(f"xfrm state add src {a} dst {b} proto esp spi "
                          f"{spi:#x} mode transport sel src {a} dst {b} proto "
                          f"{pr} {alg(1)}")
            theirs.append(
                f"xfrm policy add src {a} dst {b} proto {pr} dir "
                f"{'in' if a == US[fam] else 'out'} tmpl proto esp mode "
                "transport")
    return ours, theirs


def tunnel(fam):
    ours, theirs, spi = "", [], 0x5000
    for a, b, ia, ib in ((US[fam], PEER[fam], IN_US, IN_PEER),
                         (PEER[fam], US[fam], IN_PEER, IN_US)):
        for f, pr in ((4, 4), (6, 41)):
            spi += 1
            n = host(f)
            ours += (f"add esp spi {spi:#x} src {a} dst {b} proto {pr} innersrc "
                     f"{ia[f]}/{n} innerdst {ib[f]}/{n} {alg(0)}\n")
            theirs.append(f"xfrm state add src {a} dst {b} proto esp spi "
                          f"{spi:#x} mode tunnel reqid {spi} flag af-unspec "
                          + alg(1))
            theirs.append(
                f"xfrm policy add src {ia[f]}/{n} dst {ib[f]}/{n} dir "
                f"{'in' if a == US[fam] else 'out'} tmpl src {a} dst {b} proto "
                f"esp mode tunnel reqid {spi}")
    return ours, theirs


def trial(here, peer, watch):
    for fam, name, _ in KINDS:
        here.lead(name)
        peer.ip(*peer_lead(fam))
        exchange(peer, watch, f"{name}, plain", {4, 41})
    for fam, name, _ in KINDS:
        ours, theirs = transport(fam)
        here.lead(name)
        peer.ip(*peer_lead(fam), *theirs)
        here.load(f"{{tunnel {name} negotiate transport}} {ESP}", ours)
        exchange(peer, watch, f"{name}, transport mode", {50})
        peer.ip("xfrm policy flush", "xfrm state flush")
    for fam, name, _ in KINDS:
        ours, theirs = tunnel(fam)
        here.lead(name)
        peer.ip("route replace " + f"{IN_US[4]} via {US[4]} dev vec0 src "
                f"{IN_PEER[4]}", "route replace "
                f"{IN_US[6]} via {US[6]} dev vec0 src {IN_PEER[6]}", *theirs)
        here.load(f"{{tunnel {name} negotiate tunnel}} {ESP}", ours)
        exchange(peer, watch, f"{name}, tunnel mode", {50})
        peer.ip("xfrm policy flush", "xfrm state flush")


def main():
    reason = uml.missing()
    if reason:
        print(f"SKIP: {reason}")
        return 77
    here = None
    with tempfile.TemporaryDirectory(dir="/run") as folder, \
            uml.Uml("uml0", f"{folder}/uml.log") as peer:
        try:
            peer.ip("link set vec0 up", f"addr add {PEER[4]}/24 dev vec0",
                    f"addr add {PEER[6]}/64 dev vec0 nodad", *devices())
            # user 0 may ping without a raw socket
            pathlib.Path("/proc/sys/net/ipv4/ping_group_range").write_text(
                "0 0")
            traffic.serve()
            watch = Watch("uml0")
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
                here.daemon.kill()
                here.daemon.wait()
    print("PASS")
    return 0


if __name__ == "__main__":
    sys.exit(outcome.guarded(main))
