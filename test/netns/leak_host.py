# SPDX-License-Identifier: BSD-2-Clause
"""What others do to the host while traffic flows: other chains and routes, a
flushed ruleset, the device down, renamed, deleted; ipsecd hanging. Nothing is
in the clear at any moment, and ipsecd finds out and puts it right."""
import os
import pathlib
import signal
import time

from forge import A4, B4, B6, Ear, Forger
from lab import MARK, check, main, proto, settle, wait

ESP = "{encr_algs aes encr_auth_algs sha256 sa shared}"
TOKEN = "<leak-host-"
SEND = """
for fam in 4, 6:
    for code in ("dgram(fam).sendto(data(), (ENDS[fam][1], 7))",
                 "s = stream(fam, .2); s.connect((ENDS[fam][1], 7)); "
                 "s.send(data()); time.sleep(.05)"):
        try:
            exec(code)
        except OSError:
            pass
"""
# datagrams to a port that nobody serves, whatever becomes of them
FLOW = """
import socket, sys, time
s = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET,
                  socket.SOCK_DGRAM)
s.connect((sys.argv[1], 9))
while True:
    try:
        s.send(b"SOLIPSEC-PLAINTEXT-" * 10)
    except OSError:
        pass
    time.sleep(.001)
"""
NAT = "nft add table ip x; nft 'add chain ip x %s { type nat hook %s " \
    "priority %d; }'; nft add rule ip x %s"
CHAIN = "nft add table inet x; nft 'add chain inet x c { type %s priority %d;" \
    " }'; nft add rule inet x c meta mark set %s"
# name, command, does traffic go on with it, command that ends it
OTHERS = [
    ("a chain that sets a mark and routes again",
     CHAIN % ("route hook output", 10, "1"), False, "nft delete table inet x"),
    ("a chain that sets all other bits of the mark",
     CHAIN % ("route hook output", 10, "'mark | 0xcfffffff'"), True,
     "nft delete table inet x"),
    ("a chain that sets a mark at output",
     CHAIN % ("filter hook output", 10, "1"), True,
     "nft delete table inet x"),
    ("a chain that sets a mark at postrouting",
     CHAIN % ("filter hook postrouting", 10, "1"), True,
     "nft delete table inet x"),
    ("a chain that sets a mark before ours",
     CHAIN % ("filter hook output", -300, "1"), True,
     "nft delete table inet x"),
    ("masquerading", NAT % ("p", "postrouting", 100, "p masquerade"), True,
     "nft delete table ip x"),
    ("connections are tracked", "nft add table inet x; nft 'add chain inet x "
     "c { type filter hook output priority 0; }'; nft add rule inet x c ct "
     "state invalid drop", True, "nft delete table inet x"),
    ("NAT to the peer's address", NAT % (
        "o", "output", -100, "o ip daddr 192.168.13.99 dnat to " + B4), True,
     "nft delete table ip x"),
    ("a rule of a lower preference that leads out", "ip route add default "
     "via 192.168.116.1 table 77; ip rule add pref 10 lookup 77; "
     "ip -6 route add default via 2001::aaaa:0:1 table 77; "
     "ip -6 rule add pref 10 lookup 77", True,
     "ip rule del pref 10; ip -6 rule del pref 10"),
    ("a route of its own for the peer", f"ip route add {B4} via "
     f"192.168.116.1; ip -6 route add {B6} via 2001::aaaa:0:1", True,
     f"ip route del {B4}; ip -6 route del {B6}"),
    ("another default route", "ip link add net1 type veth peer name net2; "
     "ip link set net1 up; ip link set net2 up; ip addr add 10.9.0.1/24 dev "
     "net1; ip route add default via 10.9.0.2 dev net1 metric 1; ip route del "
     "default via 10.9.0.2; true", True, "ip link del net1"),
    ("a strict reverse path filter", "sysctl -qw "
     "net.ipv4.conf.all.rp_filter=1", True,
     "sysctl -qw net.ipv4.conf.all.rp_filter=0"),
    ("marks reflected, and taken from what comes in", "sysctl -qw "
     "net.ipv4.fwmark_reflect=1 net.ipv6.fwmark_reflect=1 "
     "net.ipv4.tcp_fwmark_accept=1 net.ipv4.conf.all.src_valid_mark=1", True,
     "sysctl -qw net.ipv4.conf.all.src_valid_mark=0"),
]
# what is ipsecd's own; it comes back
DAMAGE = [
    ("the device is set down", "ip link set ipsec0 down"),
    ("the device goes down and up", "ip link set ipsec0 down; "
     "ip link set ipsec0 up"),
    ("the device has another name", "ip link set ipsec0 down; "
     "ip link set ipsec0 name foo0; ip link set foo0 up; true"),
    ("the device is deleted", "ip link del ipsec0"),
    ("its rules are deleted", "ip rule flush; ip -6 rule flush; for f in -4 "
     "-6; do ip $f rule add pref 32766 lookup main; ip $f rule add pref 0 "
     "lookup local; done"),
    ("its routes are deleted", "for f in -4 -6; do for t in 5050 5051; do "
     "ip $f route flush table $t; done; done"),
]


class Scene:
    def __init__(self, lab):
        self.lab = lab
        self.forger = Forger(lab.enigma)
        self.ear = Ear(lab.partym, 7)
        self.n = 0

    def send(self):
        """Send once; what to look for at the other end."""
        self.n += 1
        token = f"{TOKEN}{self.n:04}>"
        self.forger.do(token, SEND)
        return token

    def reaches(self, seconds=15.0):
        """Do datagrams of both families arrive? The flood may push some
        out of a queue, so that they are sent again and again."""
        end = time.monotonic() + seconds
        while True:
            token = self.send()
            soon = time.monotonic() + 0.3
            while time.monotonic() < soon:
                if len(set(self.ear.heard(token))) == 2:
                    return True
                time.sleep(0.01)
            if time.monotonic() > end:
                return False

    def stops(self):
        """Does nothing arrive of what is sent?"""
        sent = [self.send() for _ in range(3)]
        settle(1)
        return not any(self.ear.heard(t) for t in sent)

    def watch(self, what, act):
        """act() while datagrams and connections are sent without pause; none
        of it may be in the clear."""
        e, c = self.lab.enigma, self.lab.capture("to-enigma")
        flow = [e.start("python3", "-c", FLOW, dst) for dst in (B4, B6)]
        wait(lambda: c.size() > 8000, what="a flow of packets")
        try:
            return act()
        finally:
            for p in flow:
                p.kill()
                p.wait()
            pkts = c.stop()
            bad = [x for x in pkts if MARK[:12] in x or TOKEN.encode() in x or
                   proto(x) in (6, 17)]
            check(len(pkts) > 20 and not bad,
                  f"{what}: {len(pkts)} packets, none in the clear "
                  f"{[x[:60].hex() for x in bad[:2]]}")


def others(s):
    e = s.lab.enigma
    for what, on, goes, off in OTHERS:
        def act(on=on, off=off):
            e.sh(on)
            if goes:
                ok = s.reaches()
            else:
                before = e.stat()["packets"]["steer_guard"]
                ok = not s.stops() or \
                    e.stat()["packets"]["steer_guard"] == before
            # no datagram that NAT has turned to the peer leaves
            s.forger.do(TOKEN + "NAT>", "dgram().sendto(data(), "
                        "('192.168.13.99', 7))") if "dnat" in on else None
            e.sh(off)
            return ok
        check(s.watch(what, act) == goes, f"{what}: " + (
            "traffic goes on" if goes else "stopped, and counted"))
        check(s.reaches(30), f"traffic after {what}")


def flushed(s):
    """`nft flush ruleset` again and again, as a firewall's restart does."""
    e = s.lab.enigma
    owned = "flags owner" in e.run("nft", "list", "table", "inet", "solipsec")

    def act():
        for _ in range(20):
            e.sh("nft flush ruleset")
        e.sh("nft delete table inet solipsec", ok=False)
        e.sh("nft flush chain inet solipsec steer", ok=False)
        return s.reaches()
    if owned:
        check(s.watch("the ruleset is flushed", act),
              "20 flushes of the ruleset: traffic goes on")
    else:  # before Linux 6.9: docs/steering.md
        e.sh("nft flush ruleset")
        wait(lambda: "solipsec" in e.run("nft", "list", "tables"), 30, "healed")
        check(True, "the ruleset was flushed: found and put right")


def damage(s):
    e = s.lab.enigma
    for what, cmd in DAMAGE:
        repairs = e.stat()["packets"]["steer_repairs"]

        def act(cmd=cmd, repairs=repairs):
            e.sh(cmd)
            # without rules and routes the guard's queue has the traffic
            repaired(e, repairs)
            return s.reaches(30)
        check(s.watch(what, act), f"{what}: found, and put right")
        if "device" in what:
            idle(s, what, cmd)
        # each repair that comes soon after another one waits longer
        time.sleep(2.2)
    check(e.log.read_text().count("somebody has changed") >= len(DAMAGE),
          "each has a line in the log")


def repaired(h, before):
    wait(lambda: h.stat()["packets"]["steer_repairs"] > before, 30,
         "found and counted")


def idle(s, what, cmd):
    """A repair that comes soon after one has to wait. Without traffic nobody
    needs the CPU then: a loop that spins would want it all the time, and get it
    or, on a busy machine, wait for it."""
    e = s.lab.enigma
    repairs = e.stat()["packets"]["steer_repairs"]
    began, wanted = time.monotonic(), busy(e)
    e.sh(cmd)
    time.sleep(1.5)
    wanted, took = busy(e) - wanted, time.monotonic() - began
    check(wanted < took / 2, f"{what}: without spinning (wanted the CPU for "
          f"{wanted:.2f} of {took:.2f} s)")
    repaired(e, repairs)
    check(s.reaches(30), f"{what}, once more: put right")


def tunnel(s):
    """A tunnel's device that is deleted is made again."""
    e = s.lab.enigma
    e.policy("{tunnel ip.tun0 negotiate tunnel laddr 10.1.0.0/16 raddr "
             f"10.2.0.0/16}} ipsec {ESP}\n")
    check("ip.tun0" in e.ip("-o link"), "a tunnel's device")
    e.ip("link del ip.tun0")
    wait(lambda: "ip.tun0" in e.ip("-o link"), 30, "made again")
    check(True, "was deleted, and is made again")
    check(s.reaches(), "and the host's own traffic goes on")


def busy(h):
    """Seconds for which ipsecd has run, or wanted to."""
    run, queued, _ = pathlib.Path(
        f"/proc/{h.pid()}/schedstat").read_text().split()
    return (int(run) + int(queued)) / 1e9


def hangs(s):
    """SIGSTOP: what was queued goes on afterwards, nothing leaves meanwhile."""
    e = s.lab.enigma

    def act():
        os.kill(e.pid(), signal.SIGSTOP)
        # what it has sent before arrives
        time.sleep(0.7)
        stopped = s.stops()
        os.kill(e.pid(), signal.SIGCONT)
        check(s.reaches(30), "going on")
        return stopped
    check(s.watch("ipsecd hangs", act), "nothing went through meanwhile")


def test(lab):
    lab.protect(ESP)
    s = Scene(lab)
    check(s.reaches(), f"traffic from {A4} to {B4} and {B6}")
    others(s)
    flushed(s)
    hangs(s)
    damage(s)
    tunnel(s)


main(test)
