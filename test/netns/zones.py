# SPDX-License-Identifier: BSD-2-Clause
"""Zones: three containers with an ipsecd each, and one that shares.

Real containers, made with unshare(1): a, b and c have network, mount, process,
UTS and user namespaces of their own, and a /run: exclusive-IP zones. d shares
the network of the host enigma, which is the global zone here, and has an address
of its own in it: a shared-IP zone.
"""
import os
import pathlib
import re
import subprocess
import sys

from lab import (BUILD, KEY, Failed, check, main, proto, protected, read_pcap,
                 run, wait)

IPSECD = BUILD / "src/daemon/ipsecd/ipsecd"
ADDR = {"a": "10.9.0.1", "b": "10.9.0.2", "c": "10.9.0.3"}
SPI = {p: 0x100 * i + 0x1000 for i, p in enumerate(
    [(x, y) for x in "abc" for y in "abc" if x != y], 1)}
SHARED = "192.168.116.77"


class Zone:
    """A container. shares: a host whose network it has, or its own."""

    def __init__(self, lab, name, shares=None, userns=True):
        self.name = name
        self.dir = lab.dir / f"zone-{name}"
        self.dir.mkdir()
        cmd = ["unshare", "-mpu", "--fork", "--kill-child=KILL",
               "--mount-proc", "--propagation", "private"]
        if userns:
            cmd += ["-U", "--map-root-user"]
        if shares is None:
            cmd += ["-n"]
        else:
            cmd = ["ip", "netns", "exec", shares.name, *cmd]
        # what is in /run of the system stays in sight of one that shares
        own = "" if shares else (
            "mount -t tmpfs zone /mnt && mkdir /mnt/zone && "
            f"mount --bind {self.dir} /mnt/zone && mount --rbind /mnt /run &&")
        self.inside = self.dir if shares else pathlib.Path("/run/zone")
        self.p = subprocess.Popen(
            [*cmd, "sh", "-c", f"hostname {name}; {own} "
             "ip link set lo up 2>/dev/null; echo $$; exec sleep 1000"],
            stdout=subprocess.PIPE, text=True)
        lab.procs.append(self.p)
        self.p.stdout.readline()
        # the process whose namespaces these are
        self.pid = self.child(self.p.pid)

    @staticmethod
    def child(pid):
        """Of `ip netns exec` unshare takes the place; its child is inside."""
        def find():
            text = pathlib.Path(
                f"/proc/{pid}/task/{pid}/children").read_text()
            return int(text.split()[0]) if text.split() else 0
        return wait(find)

    def argv(self, *cmd):
        user = ["-U", "--preserve-credentials"] if \
            os.stat(f"/proc/{self.pid}/ns/user").st_ino != \
            os.stat("/proc/self/ns/user").st_ino else []
        return ["nsenter", "-t", str(self.pid), "-m", "-p", "-u", "-n", *user,
                *map(str, cmd)]

    def run(self, *cmd, **kw):
        return run(*self.argv(*cmd), **kw)

    def tool(self, name, *args, **kw):
        return self.run(BUILD / "src/cmd" / name / name, *args, **kw)

    def file(self, name, text):
        f = self.dir / name
        f.touch(mode=0o600)
        f.write_text(text)
        return self.inside / name

    def up(self, lab):
        self.log = lab.dir / f"{self.name}.log"
        with open(self.log, "w", encoding="utf-8") as f:
            p = subprocess.Popen(self.argv(IPSECD, "-f"), stderr=f, stdout=f)
        lab.procs.append(p)
        wait(lambda: "serves at" in self.log.read_text() or
             p.poll() is not None, 10)
        if p.poll() is not None:
            raise Failed(f"zone {self.name}: {self.log.read_text()}")


def exclusive(lab):
    zones = {n: Zone(lab, n) for n in "abc"}
    run("ip", "netns", "add", "switch")
    run("ip", "-n", "switch", "link", "add", "br0", "type", "bridge")
    run("ip", "-n", "switch", "link", "set", "br0", "up")
    for n, z in zones.items():
        run("ip", "-n", "switch", "link", "add", "to-" + n, "type", "veth", "peer",
            "name", "net0")
        run("ip", "-n", "switch", "link", "set", "net0", "netns", z.pid)
        run("ip", "-n", "switch", "link", "set", "to-" + n, "master", "br0", "up")
        z.run("ip", "addr", "add", ADDR[n] + "/24", "dev", "net0")
        z.run("ip", "link", "set", "net0", "up")
    for z in zones.values():
        z.up(lab)
    check(len({os.stat(f"/proc/{z.pid}/ns/net").st_ino
               for z in zones.values()}) == 3,
          "three zones, each with an ipsecd, started by its own root")
    return zones


def sa(x, y, kind):
    """The SA from zone x to zone y."""
    head = f"add {kind} spi {SPI[x, y]:#x} src {ADDR[x]} dst {ADDR[y]} "
    if kind == "ah":
        return head + f"auth_alg sha256 authkey {KEY[32]}\n"
    return head + (f"encr_alg aes encrkey {KEY[16]} auth_alg sha256 "
                   f"authkey {KEY[32]}\n")


# between a and b ESP, between b and c AH, between a and c nothing at all
WAYS = {("a", "b"): "esp", ("b", "c"): "ah"}
ACTION = {"esp": "{encr_algs aes encr_auth_algs sha256 sa shared}",
          "ah": "{auth_algs sha256 sa shared}"}


def pings(zones, x, y):
    out = zones[x].run("ping", "-n", "-c", "2", "-i", "0.1", "-W", "1",
                       ADDR[y], ok=False)
    return int(re.search(r"(\d+) received", out).group(1))


def talk(lab, zones):
    for n, z in zones.items():
        text, keys = "", ""
        for (x, y), kind in WAYS.items():
            if n not in (x, y):
                continue
            other = y if n == x else x
            text += (f"{{laddr {ADDR[n]} raddr {ADDR[other]}}} ipsec "
                     f"{ACTION[kind]}\n")
            keys += sa(x, y, kind) + sa(y, x, kind)
        if n in "ac":
            other = "c" if n == "a" else "a"
            text += f"{{raddr {ADDR[other]} dir both}} drop {{}}\n"
        z.tool("ipsecconf", "-q", "-a", z.file("ipsecinit.conf", text))
        z.tool("ipseckey", "-f", z.file("ipseckeys", keys))
    shown = {n: z.tool("ipsecconf", "-ln") for n, z in zones.items()}
    check(len(set(shown.values())) == 3, "three policies")
    check([len(re.findall("SADB_ASSOC", zones[n].tool("ipseckey", "dump")))
           for n in "abc"] == [2, 4, 2], "each has its own SAs")

    file = lab.dir / "zones.pcap"
    p = subprocess.Popen(
        ["ip", "netns", "exec", "switch", "tcpdump", "-i", "br0", "-s", "0",
         "-U", "--immediate-mode", "-Z", "root", "-w", file],
        stderr=subprocess.DEVNULL)
    lab.procs.append(p)
    wait(lambda: file.exists() and file.stat().st_size >= 24)
    check(pings(zones, "a", "b") == 2, "a and b talk")
    check(pings(zones, "b", "c") == 2, "b and c talk")
    check(pings(zones, "a", "c") == 0, "a and c may not")
    p.terminate()
    p.wait()
    pkts = [x for x in read_pcap(file) if x[0] >> 4 == 4]
    check(len(pkts) >= 8 and protected(pkts),
          "all of it is protected, since it goes over the veth as over a wire")
    seen = {(x[15], x[19]): proto(x) for x in pkts if x[16] == 10}
    check(seen == {(1, 2): 50, (2, 1): 50, (2, 3): 51, (3, 2): 51},
          "ESP where ESP was asked for, AH where AH was")

    zones["b"].tool("ipsecconf", "-F", "-q")
    check(zones["b"].tool("ipsecconf", "-ln").strip() == "" and
          zones["a"].tool("ipsecconf", "-ln") == shown["a"],
          "what one zone does to its policy, no other one sees")
    check(pings(zones, "b", "a") == 0, "and what b says in the clear, a drops")


ASK = """
import json, socket, struct, sys
kind, path = sys.argv[1:]
if kind == "stream":
    s = socket.socket(socket.AF_UNIX)
else:
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
s.settimeout(5)
try:
    s.connect(path)
    if kind == "pfkey":      # DUMP
        s.send(struct.pack("=BBBBHHII", 2, 10, 0, 0, 2, 0, 1, 7))
        print("errno", s.recv(65536)[2])
    elif kind == "pfpolicy": # DUMP
        s.send(struct.pack("=BBBBHHII", 1, 9, 0, 0, 2, 0, 1, 7))
        print("errno", s.recv(65536)[2])
    elif kind == "admin":
        s.send(b'{"op":"tune-get"}')
        print(s.recv(65536).decode())
    else:
        print("got", len(s.recv(65536)))
except OSError as e:
    print(e.strerror)
"""


def ask(z, folder, name):
    kind = "stream" if name == "status" else name
    return z.run(sys.executable, "-c", ASK, kind, f"{folder}/{name}").strip()


def refused(z, folder, what):
    said = {n: ask(z, folder, n) for n in ("pfkey", "pfpolicy", "admin",
                                           "status")}
    check(said["pfkey"] == said["pfpolicy"] == "errno 1",
          f"{what}: PF_KEY and PF_POLICY say EPERM")
    check('"ok":false' in said["admin"] and "\n" not in said["admin"] and
          "shared-IP zone" in said["admin"], f"{what}: admin refuses in a line")
    check(said["status"] in ("got 0", "Connection reset by peer"),
          f"{what}: status says nothing")


BYPASS = """
import array, socket, struct, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
s.settimeout(5)
s.connect(sys.argv[1])
mine = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
never = struct.pack("=BBHIIIBBBB", 1, 1, 0, 1, 1, 0, 0, 0, 0, 0)
s.sendmsg([never], [(socket.SOL_SOCKET, socket.SCM_RIGHTS,
                     array.array("i", [mine.fileno()]))])
print("errno", struct.unpack_from("=I", s.recv(100), 4)[0])
"""


def bypass(z, folder):
    """What a bypass of policy for an own socket is answered with."""
    return z.run(sys.executable, "-c", BYPASS, f"{folder}/socket").strip()


def shared(lab, e):
    e.ip(f"addr add {SHARED}/24 dev net0")
    folder = f"/run/solipsec/net-{e.inode()}"
    e.up()
    d = Zone(lab, "d", shares=e)
    check(os.stat(f"/proc/{d.pid}/ns/net").st_ino == e.inode() and
          d.run("id", "-u").strip() == "0" and
          os.access(f"/proc/{d.pid}/root{folder}/pfkey", os.F_OK),
          "d is root, shares the network, and sees the sockets")
    check(ask(e, folder, "pfkey") == "errno 0", "the global zone may ask")
    refused(d, folder, "a container's root")
    check("is of another user namespace" in e.log.read_text(),
          "and that is in the log")

    check(bypass(e, folder) == "errno 0" and bypass(d, folder) == "errno 1",
          "its root may not bypass policy with its sockets, ours may")

    # the commands say why
    zone = "this is a shared-IP zone; its IPsec is managed in the global zone"
    f = d.file("ipsecinit.conf", "{} drop {}\n")
    for tool, args in (("ipsecconf", ("-a", f)), ("ipsecconf", ("-l",)),
                       ("ipseckey", ("dump",)), ("solipsec", ("tune",)),
                       ("solipsec", ("stat",))):
        said = d.tool(tool, *args, ok=False)
        check(zone in said, f"{tool} {args[0]}: {said.strip()[:100]}")
    said = d.run("sh", "-c", f"{BUILD}/src/cmd/ipsecalgs/ipsecalgs -s; "
                 "echo status $?")
    check("synchronisation is not appropriate in this zone" in said and
          "status 0" in said, "ipsecalgs -s does nothing, and says so")
    check(d.tool("ipsecconf", "-c", f) is not None,
          "what asks nobody works there, too")
    said = d.run("env", f"SOLIPSEC_RUN={folder}", BUILD /
                 "src/cmd/ipsecconf/ipsecconf", "-a", f, ok=False)
    check(said.strip() != "" and e.tool("ipsecconf", "-ln").strip() == "",
          "with the folder's name, neither")
    said = d.run(IPSECD, "-f", ok=False)
    check(said.strip() != "", "nor can it have an ipsecd: " +
          said.strip().splitlines()[-1])
    check(ask(e, folder, "pfkey") == "errno 0", "which harms none")
    return d, folder


ECHO = """
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(3)
s.bind((sys.argv[1], 0))
n = 0
for i in range(2):
    s.sendto(b"SOLIPSEC-PLAINTEXT", (sys.argv[2], 7))
    n += s.recv(100) == b"SOLIPSEC-PLAINTEXT"
print(n, "answers")
"""


def shared_policy(lab, e, p, d):
    """The global zone's entries name the zone's address."""
    dst = lab.V4["partym"]
    p.up()
    esp = "{encr_algs aes encr_auth_algs sha256 sa shared}"
    keys = "".join(
        f"add esp spi {spi} src {a} dst {b} encr_alg aes encrkey {KEY[16]} "
        f"auth_alg sha256 authkey {KEY[32]}\n"
        for spi, a, b in (("0x4001", SHARED, dst), ("0x4002", dst, SHARED)))
    e.policy(f"{{laddr {SHARED} raddr {dst}}} ipsec {esp}\n")
    p.policy(f"{{laddr {dst} raddr {SHARED}}} ipsec {esp}\n")
    e.keys(keys)
    p.keys(keys)
    p.serve()
    c = lab.capture(flt="ip")
    out = d.run(sys.executable, "-c", ECHO, SHARED, dst)
    check("2 answers" in out, "the shared zone talks with its address")
    pkts = c.stop()
    check(len(pkts) >= 4 and protected(pkts),
          "and the global zone's policy protects it")
    c = lab.capture(flt="ip")
    check(e.ping(dst, "-I", lab.V4["enigma"]) == 2 and
          not protected(c.stop()), "other addresses are not meant")


def root_without_rights(e, folder):
    """Of our user namespace, uid 0, but without CAP_NET_ADMIN."""
    class Weak:
        @staticmethod
        def run(*cmd, **kw):
            return e.run("setpriv", "--bounding-set=-net_admin",
                         "--inh-caps=-net_admin", *cmd, **kw)
    said = Weak.run("sh", "-c", "grep CapEff /proc/self/status")
    check(int(said.split()[1], 16) >> 12 & 1 == 0, "a root without NET_ADMIN")
    refused(Weak, folder, "a root without NET_ADMIN")

    def told():
        # one such line a second: others may have had their turn
        ask(Weak, folder, "pfkey")
        return "has no CAP_NET_ADMIN" in e.log.read_text()
    check(wait(told, 20), "and the log says so")


def capable_container(lab, e, folder):
    """One whose root was given the host's rights is the global zone's root."""
    z = Zone(lab, "e", shares=e, userns=False)
    check(ask(z, folder, "pfkey") == "errno 0",
          "a container with the host's CAP_NET_ADMIN may")


def lost(lab, e, zones):
    """A /run that is shared leads nobody to another zone's ipsecd."""
    pid = zones["a"].pid
    said = run("nsenter", "-t", pid, "-n", "env", "-u", "SOLIPSEC_RUN",
               BUILD / "src/cmd/ipsecconf/ipsecconf", "-l", ok=False)
    check("is not running in this network namespace" in said,
          "from a's network, with the host's /run: no ipsecd")


def doorman_dies(e, folder):
    """Nobody looks any more: nobody is let in, and traffic goes on."""
    pid = e.pid()
    kids = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    check(len(kids) == 1, "ipsecd has one helper")
    status = pathlib.Path(f"/proc/{kids[0]}/status").read_text()
    check("CapEff:\t0000000000080000" in status and "Seccomp:\t2" in status,
          "with CAP_SYS_PTRACE and nothing else")
    os.kill(int(kids[0]), 15)
    check(ask(e, folder, "pfkey") == "errno 0", "which no SIGTERM ends")
    os.kill(int(kids[0]), 9)
    wait(lambda: ask(e, folder, "pfkey") == "errno 1")
    check(True, "without it even root is refused")
    os.kill(pid, 15)
    e.daemon.wait(10)
    check(e.daemon.returncode == 0, "and ipsecd still ends in order")


def test(lab):
    zones = exclusive(lab)
    talk(lab, zones)
    d, folder = shared(lab, lab.enigma)
    shared_policy(lab, lab.enigma, lab.partym, d)
    root_without_rights(lab.enigma, folder)
    capable_container(lab, lab.enigma, folder)
    lost(lab, lab.enigma, zones)
    doorman_dies(lab.enigma, folder)


main(test)
