# SPDX-License-Identifier: BSD-2-Clause
"""What is lost at the edges, where there is no verdict: at devices, at sockets
and in the kernel's queues. Each is brought about and seen (ipsecd:0:edges of
`solipsec stat`), and traffic goes on afterwards.
"""
import os
import signal
import time

from forge import Forger
from lab import check, main, wait

MARKS = "0x10000000/0x30000000"  # what ipsecd sends: docs/steering.md
SO_SNDBUFFORCE = 32


def edge(h, name):
    out = h.tool("solipsec", "stat", f"ipsecd:0:edges:{name}", quiet=True)
    return int(out.split()[-1])


def until_more(h, name, before, act, what):
    """Do it again and again, until a counter has gone up."""
    end = time.monotonic() + 60
    while edge(h, name) <= before and time.monotonic() < end:
        act()
    now = edge(h, name)
    check(now > before, f"{what}: {name} {before} -> {now}")


class Still:
    """ipsecd of a host takes nothing meanwhile."""

    def __init__(self, h):
        self.pid = h.pid()

    def __enter__(self):
        os.kill(self.pid, signal.SIGSTOP)
        wait(lambda: self.state() == "T", what="ipsecd stands still")

    def state(self):
        with open(f"/proc/{self.pid}/stat", encoding="ascii") as f:
            return f.read().rpartition(")")[2].split()[0]

    def __exit__(self, *_):
        os.kill(self.pid, signal.SIGCONT)


def goes_on(lab, what):
    e = lab.enigma
    wait(lambda: e.ping(lab.V4["partym"], count=1) == 1, 30,
         f"traffic after {what}")


def wire_error(lab):
    """A rule that refuses what ipsecd sends, and nobody else."""
    e, dst = lab.enigma, lab.V4["partym"]
    before = edge(e, "wire_error")
    rule = f"rule add pref 100 fwmark {MARKS} to {dst} prohibit"
    e.ip(rule)
    check(e.ping(dst, count=3, wait_s=0.1) == 0, "no way for ESP")
    wait(lambda: edge(e, "wire_error") == before + 3, 30,
         "wire_error counts the three")
    check(f"cannot send to {dst}" in e.log.read_text(), "the log says where")
    check("No route, or the link is down" in
          e.tool("solipsec", "stat", "-w"), "-w says what to do")
    e.ip(rule.replace("add", "del"))
    goes_on(lab, "wire_error")


def wire_full(lab):
    """A link that takes next to nothing: the socket's memory is in its queue."""
    e, dst = lab.enigma, lab.V4["partym"]
    f = Forger(e)
    before = edge(e, "wire_full")
    said = e.sh("tc qdisc add dev net0 root tbf rate 8bit burst 2000 "
                "limit 100mb", ok=False)
    if "kind is unknown" in said:
        print("skip  wire_full: this kernel has no tbf")
        return
    check(said == "", f"a slow link {said}")

    def act():
        f.do("x", f"s = dgram(); s.connect(('{dst}', 9))\n"
             "for _ in range(300): s.send(data(1200))")
    until_more(e, "wire_full", before, act, "the link's queue is full")
    e.sh("tc qdisc del dev net0 root")
    goes_on(lab, "wire_full")


def tun_error(lab):
    """The device goes down while packets for it wait."""
    e, p = lab.enigma, lab.partym
    before = edge(e, "tun_error")

    def act():
        with Still(e):
            e.ip("link set ipsec0 down")
            p.ping(lab.V4["enigma"], count=3, wait_s=0.1)
        # it sees to the device itself
        wait(lambda: ",UP" in e.ip("link show ipsec0"), 30, "up again")
    until_more(e, "tun_error", before, act, "the device is down")
    check("cannot write to the device" in e.log.read_text(), "in the log")
    goes_on(lab, "tun_error")


def unreadable(lab):
    """
    More for the queue than it has room for: the kernel says that it lost some.
    A socket that keeps to a device sends by the queue.
    """
    e, dst = lab.enigma, lab.V4["partym"]
    f = Forger(e)
    before = edge(e, "unreadable")

    def act():
        with Still(e):
            said = f.do("x", "s = dgram()\n"
                        "s.setsockopt(socket.SOL_SOCKET, "
                        "socket.SO_BINDTODEVICE, b'net0')\n"
                        "s.setsockopt(socket.SOL_SOCKET, "
                        f"{SO_SNDBUFFORCE}, 1 << 28)\n"
                        f"s.connect(('{dst}', 9))\n"
                        "s.setblocking(False)\n"
                        "for _ in range(600): s.send(data(60000))")
            print(f"sent: {said or 'all'}")
    until_more(e, "unreadable", before, act, "the queue has lost packets")
    goes_on(lab, "unreadable")


def steer_guard(lab):
    """Rules of others lead a packet past the device: it does not leave."""
    e, dst = lab.enigma, lab.V4["partym"]
    before = edge(e, "steer_guard")
    nat = "table ip other { chain x { type nat hook output priority -100; " \
        f"ip daddr 192.168.13.99 udp dport 7 dnat to {dst}; }}; }}"
    c = lab.capture(flt="udp")
    e.run("nft", nat)
    f = Forger(e)

    def act():
        f.do("x", "dgram().sendto(data(), ('192.168.13.99', 7))")
    until_more(e, "steer_guard", before, act, "NAT to a protected address")
    e.run("nft", "delete table ip other")
    check(not c.stop(), "none of it left")
    goes_on(lab, "steer_guard")


def test(lab):
    lab.protect(families=(4,))
    wait(lambda: lab.enigma.ping(lab.V4["partym"], count=1) == 1, 30, "ESP")
    for part in (wire_error, wire_full, tun_error, unreadable, steer_guard):
        part(lab)


main(test)
