#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""solipsec and a Linux kernel's own IPsec, packet by packet.

usage: test/peer/linux.py BUILD [-k WORD]... [--self]

Runs in test/lib/sandbox. user-mode-linux is the kernel at the other end of a
tap device. Every case of cases.py is loaded at both ends; then each sends echo
requests, UDP and TCP to the other and compares what comes back, the kernel's
SAs must have counted packets both ways, and nothing may have crossed the
device in clear. -k picks cases whose name has all these words. --self puts a
second kernel in the place of solipsec: is it the harness, or is it us?
"""
import argparse
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import cases  # noqa: E402
import outcome  # noqa: E402
import traffic  # noqa: E402
import uml  # noqa: E402
from outcome import Failed, wait  # noqa: E402

PINGS = [0, 1, 17, 56, 1400, 3000]  # bytes; 3000 is sent in fragments
UDP = [1, 1452, 4000]
TCP = 30000


class Watch:
    """Counts the clear packets between addresses of cases on a device."""

    def __init__(self, device):
        self.clear, self.protected = {}, 0
        nets = [n for pair in cases.NETS.values() for by in pair
                for n in by.values()]
        self.v4 = {socket.inet_aton(n.split("/")[0])[:2]
                   for n in nets if "." in n}
        self.v6 = {socket.inet_pton(socket.AF_INET6, n.split("/")[0])[:8]
                   for n in nets if ":" in n}
        self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM,
                                  socket.htons(3))
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 24)
        self.sock.bind((device, 3))
        threading.Thread(target=self.loop, daemon=True).start()

    def loop(self):
        while True:
            p = self.sock.recv(65536)
            if len(p) >= 20 and p[0] >> 4 == 4:
                # only what has ports: the first fragment speaks for all
                if not int.from_bytes(p[6:8], "big") & 0x1fff:
                    self.see(p[9], p[12:16], p[16:20], self.v4, 2, p[20:])
            elif len(p) >= 40 and p[0] >> 4 == 6:
                proto, rest = p[6], p[40:]
                if proto == 44 and len(rest) >= 8:  # fragment header
                    if int.from_bytes(rest[2:4], "big") & 0xfff8:
                        continue
                    proto, rest = rest[0], rest[8:]
                self.see(proto, p[8:24], p[24:40], self.v6, 8, rest)

    def see(self, proto, src, dst, nets, n, rest):
        if proto in (50, 51) or proto == 17 and rest[:4] == b"\x11\x94" * 2:
            self.protected += 1
        elif src[:n] in nets or dst[:n] in nets:
            text = " > ".join(socket.inet_ntop(
                socket.AF_INET if n == 2 else socket.AF_INET6, a)
                for a in (src, dst)) + f", protocol {proto}"
            if proto in (1, 58):
                # and what an error is about
                text += f", type {rest[0]} code {rest[1]}: {rest[8:40].hex()}"
            self.clear[text] = self.clear.get(text, 0) + 1


def routes(us, peer, device, via):
    """What one end needs to reach the other's addresses of transport mode,
    as lines for ip(8)."""
    yield f"link set {device} up"
    for family in (4, 6):
        length = 24 if family == 4 else 64
        yield (f"address add {us[family]}/{length} dev {device}"
               + " nodad" * (family == 6))
    for mode, (mine, theirs) in cases.NETS.items():
        net = theirs if via is cases.PEER else mine
        for family in (4, 6):
            yield f"route add {net[family]} via {via[family]} dev {device}"


def addresses(todo, device, ours):
    for c in todo:
        addr = c.us if ours else c.peer
        yield (f"address add {addr}/{32 if c.family == 4 else 128} "
               f"dev {device}" + " nodad" * (c.family == 6))


class Kernel:
    """A Linux kernel at one end."""

    def __init__(self, tap, log, us):
        self.ours, self.failed = us, []
        self.uml = uml.Uml(tap, log)
        if self.uml.modules_missing:
            raise uml.UmlError("no modules: "
                               + " ".join(self.uml.modules_missing))

    def load(self, todo):
        me, other = ((cases.US, cases.PEER) if self.ours
                     else (cases.PEER, cases.US))
        self.uml.ip(*routes(me, other, "vec0", other))
        self.uml.ip(*addresses(todo, "lo", self.ours))
        lines = [x for c in todo for x in c.xfrm()]
        if self.ours:  # seen from the other end: in is out
            swap = {"dir in": "dir out", "dir out": "dir in"}
            lines = [re.sub("dir (in|out)", lambda m: swap[m[0]], x)
                     for x in lines]
        self.uml.ip(*lines)
        if any(c.natt for c in todo):
            self.uml.call("encap", addr="0.0.0.0")

    def traffic(self, src, dst):
        return self.uml.call("traffic", src=src, dst=dst,
                             pings=PINGS, tcp_bytes=TCP, udp_bytes=UDP)["bad"]

    def counts(self):
        """{SPI: packets} of the kernel's SAs."""
        out = self.uml.call("run", cmd=["ip", "-s", "xfrm", "state"])["out"]
        count, spi = {}, None
        for line in out.splitlines():
            m = re.search(r"proto (\w+) spi (0x[0-9a-f]+)", line)
            if m:
                spi = m[1], int(m[2], 16)
            m = re.search(r"(\d+)\(bytes\), (\d+)\(packets\)", line)
            if m and spi:
                count[spi], spi = int(m[2]), None
        return count

    def drops(self):
        text = self.uml.call("read", path="/proc/net/xfrm_stat")["text"]
        return {k: int(v) for k, v in map(str.split, text.splitlines())
                if int(v)}

    def stop(self):
        self.uml.stop()


def sh(*cmd, **kw):
    p = subprocess.run(cmd, capture_output=True, text=True, **kw)
    outcome.ran(cmd, p.returncode, p.stdout + p.stderr)
    if p.returncode:
        raise Failed(f"{' '.join(cmd)}: {p.stderr or p.stdout}")
    return p.stdout


def tell(solipsec, log):
    """What ipsecd knows, for who looks why a test failed."""
    print("--- log of ipsecd:\n" + pathlib.Path(log).read_text())
    said = subprocess.run([solipsec, "stat"], capture_output=True, text=True)
    print(f"--- solipsec stat:\n{said.stdout}{said.stderr}")


class Solipsec:
    """ipsecd in the sandbox's own namespace."""

    def __init__(self, build, device, folder):
        self.bin = {n: str(pathlib.Path(build, "src", p)) for n, p in {
            "ipsecd": "daemon/ipsecd/ipsecd", "ipsecconf": "cmd/ipsecconf/ipsecconf",
            "ipseckey": "cmd/ipseckey/ipseckey",
            "solipsec": "cmd/solipsec/solipsec"}.items()}
        self.device, self.folder = device, pathlib.Path(folder)
        self.log = open(self.folder / "ipsecd.log", "w+")
        self.proc, self.failed = None, []

    def load(self, todo):
        batch = [*routes(cases.US, cases.PEER, self.device, cases.PEER),
                 *addresses(todo, "lo", True)]
        sh("ip", "-batch", "-", input="\n".join(batch) + "\n")
        pathlib.Path("/proc/sys/net/ipv4/ping_group_range").write_text("0 0")
        policy, keys = self.folder / "ipsecinit.conf", self.folder / "keys"
        policy.write_text("".join(c.policy() + "\n" for c in todo))
        keys.write_text("".join(k + "\n" for c in todo for k in c.keys()))
        keys.chmod(0o600)
        self.proc = subprocess.Popen([self.bin["ipsecd"], "-f"],
                                     stdout=self.log, stderr=self.log)
        self.wait()
        sh(self.bin["ipseckey"], "-f", str(keys))
        sh(self.bin["ipsecconf"], "-a", str(policy))
        sh("ip", "-batch", "-", input="".join(
            f"route replace {c.peer} dev {c.tunnel} src {c.us}\n"
            for c in todo if c.mode == "tunnel"))
        traffic.serve()

    def wait(self):
        """Until ipsecd serves."""
        wait(lambda: self.proc.poll() is not None or
             list(pathlib.Path("/run/solipsec").rglob("pfkey")),
             what="started")
        if self.proc.poll() is not None:
            self.log.seek(0)
            raise Failed("ipsecd did not start: " + self.log.read())

    def traffic(self, src, dst):
        return traffic.all_kinds(src, dst, PINGS, TCP, UDP)

    def drops(self):
        return {}

    def stop(self):
        if self.proc:
            self.proc.terminate()
            self.proc.wait(10)
            self.log.seek(0)
            said = self.log.read()
            if self.proc.returncode or "runtime error:" in said:
                say(self.failed, f"ipsecd ended with {self.proc.returncode}:"
                    f"\n{said}")


def attempt(c, us, peer):
    """What is wrong with one case, as a list of texts."""
    return ([f"solipsec to Linux: {x}" for x in us.traffic(c.us, c.peer)]
            + [f"Linux to solipsec: {x}" for x in peer.traffic(c.peer, c.us)])


def uncounted(c, count):
    """SAs of the case that carried fewer packets than were surely sent."""
    return [f"{p} SA {c.spi(out):#x} carried "
            f"{count.get((p, c.spi(out)), 0)} packets"
            for p in c.protocols() for out in (True, False)
            if count.get((p, c.spi(out)), 0) < len(PINGS)]


def say(failed, text):
    print(f"FAILED {text}", flush=True)
    failed.append(text)


def trial(us, peer, todo, watch):
    """What failed, as a list of texts."""
    began, failed = time.monotonic(), []
    us.load(todo)
    peer.load(todo)
    # until it knew of NAT-T, it answered our keepalives by ICMP errors
    watch.clear.clear()
    bad = {}
    for i, c in enumerate(todo, 1):
        bad[c.name] = attempt(c, us, peer)
        if bad[c.name]:
            say(failed, f"{c.name}: " + "; ".join(bad[c.name]))
            if len(failed) == 10:
                return failed
        elif i % 10 == 0:
            print(f"{i} of {len(todo)}: {c.name}", flush=True)
    count = peer.counts()
    for c in todo:
        more = uncounted(c, count)
        if more and not bad[c.name]:
            say(failed, f"{c.name}: " + "; ".join(more))
    for text, n in watch.clear.items():
        say(failed, f"{n} packets in clear, {text}")
    if not watch.protected:
        say(failed, "no protected packet was seen at all")
    for who, end in (("Linux", peer), ("the other end", us)):
        if end.drops():
            print(f"drops at {who}: {end.drops()}")
    print(f"{watch.protected} protected packets, "
          f"{time.monotonic() - began:.0f} s")
    return failed


def main():
    p = argparse.ArgumentParser()
    p.add_argument("build")
    p.add_argument("-k", action="append", default=[])
    p.add_argument("--self", action="store_true", dest="kernels")
    args = p.parse_args()
    sys.stdout.reconfigure(line_buffering=True)
    reason = uml.missing()
    if reason:
        print(f"SKIP: {reason}")
        return 77
    todo = [c for c in cases.every()
            if all(f" {w} " in f" {c.name} " for w in args.k)]
    with tempfile.TemporaryDirectory(dir="/run") as folder:
        ends = []
        try:
            peer = Kernel("uml0", f"{folder}/uml0.log", False)
            ends.append(peer)
            if args.kernels:
                us = Kernel("uml1", f"{folder}/uml1.log", True)
                ends.append(us)
                for line in ("link add br0 type bridge", "link set br0 up",
                             "link set uml0 master br0",
                             "link set uml1 master br0"):
                    sh("ip", *line.split())
            else:
                us = Solipsec(args.build, "uml0", folder)
                ends.append(us)
            failed = trial(us, peer, todo, Watch("uml0"))
        finally:
            for e in ends:
                e.stop()
    failed += us.failed
    print(f"cases: {len(todo)}, {len(failed)} failed")
    if failed:
        raise Failed(failed[0] + (f"\nand {len(failed) - 1} more, above"
                                  if len(failed) > 1 else ""))
    return 0


if __name__ == "__main__":
    sys.exit(outcome.guarded(main))
