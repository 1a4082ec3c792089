# SPDX-License-Identifier: BSD-2-Clause
"""
The ways from one namespace to another that bench/net compares: nothing at all,
solipsec, and what people would use instead. Each has two namespaces and a veth
pair of its own, so that all are up at once and measurements can alternate.
"""
import os
import pathlib
import shutil
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP / "test/netns"))
from lab import BUILD, Failed, Host, run, wait  # noqa: E402

SWAN = "/usr/lib/ipsec/charon"
GCM = "00112233445566778899aabbccddeeff102132435465768798a9bacbdcedfe0fcafebabe"
MAC = "102132435465768798a9bacbdcedfe0f00112233445566778899aabbccddeeff"


class Missing(Exception):
    """Not here, and why."""


class Way:
    """Two namespaces; start() makes what is between them."""
    title = short = ""
    vpn = True  # is measured against the others as a peer
    tests = ()  # of bench/net that say something about it; (): all
    ours = False

    def __init__(self, lab, number):
        self.dir, self.procs = lab.dir, lab.procs
        self.number, self.name = number, type(self).__name__.lower()
        self.ends = []
        self.addr = [f"10.{number}.0.1", f"10.{number}.0.2"]
        # where the traffic goes to and comes from
        self.inner = list(self.addr)
        self.daemons = []

    def make(self):
        self.check()
        self.ends = [Host(self, f"{self.name}-{x}") for x in "ab"]
        a, b = (h.name for h in self.ends)
        run("ip", "link", "add", "net0", "netns", a, "type", "veth",
            "peer", "name", "net0", "netns", b)
        for h, addr in zip(self.ends, self.addr):
            h.sh("sysctl -qw net.ipv6.conf.all.disable_ipv6=1")
            h.ip(f"addr add {addr}/24 dev net0")
            h.ip("link set net0 up")
        wait(lambda: self.ends[0].ping(self.addr[1], count=1) == 1, 10,
             "connected")
        self.start()
        wait(lambda: self.ends[0].ping(self.inner[1], count=1) == 1, 20,
             f"connected by {self.title}")
        self.prove()

    def check(self):
        """Missing() when it is not here."""

    def start(self):
        pass

    def prove(self):
        """Do packets take this way? A benchmark of something else is none."""

    def daemon(self, host, *cmd, env=None, log=None):
        log = log or self.dir / f"{host.name}.daemon"
        with open(log, "ab") as f:
            p = host.start(*cmd, stdout=f, stderr=f,
                           env={**os.environ, **(env or {})})
        self.daemons.append(p)
        return p

    def pids(self):
        return [p.pid for p in self.daemons]


class Plain(Way):
    title, short = "plain veth", "plain"
    vpn = False


def needs(*programs):
    for p in programs:
        if not shutil.which(p) and not os.path.exists(p):
            raise Missing(f"{p} is not installed")


class Solipsec(Way):
    """Transport mode between the two hosts' own addresses."""
    ours = True
    encap = ""
    policy = "{encr_algs aes-gcm(256) sa shared}"
    seen = " ESP("  # by tcpdump

    def keys(self, me):
        out, spi = "", 0x1000
        peer = self.addr[1 - me]
        for src, dst in (self.addr, self.addr[::-1]):
            spi += 1
            encap = f"encap udp nat_rem {peer} " if self.encap else ""
            out += (f"add esp spi {spi:#x} src {src} dst {dst} {encap}"
                    f"encr_alg aes-gcm encrkey {GCM} replay 1024\n")
            if "auth_algs" in self.policy:
                out += (f"add ah spi {spi:#x} src {src} dst {dst} "
                        f"auth_alg sha256 authkey {MAC} replay 1024\n")
        return out

    def start(self):
        for me, h in enumerate(self.ends):
            h.up()
            h.keys(self.keys(me))
            h.policy(f"{{laddr {self.addr[me]} raddr {self.addr[1 - me]}}} "
                     f"ipsec {self.policy}\n")
            self.daemons.append(h.daemon)

    def prove(self):
        prove_by(self, lambda said: all(self.seen in x for x in said))


class SolipsecUdp(Solipsec):
    title, short = "solipsec, ESP in UDP", "ESP in UDP"
    encap = "udp"
    seen = "UDP-encap: ESP("


class SolipsecTunnel(SolipsecUdp):
    """A tunnel interface, as the peers below have one."""
    title, short = "solipsec, tunnel, ESP in UDP", "tunnel"

    def __init__(self, lab, number):
        super().__init__(lab, number)
        self.inner = [f"10.{number}.1.1", f"10.{number}.2.1"]

    def keys(self, me):
        out, peer = "", self.addr[1 - me]
        for i in (0, 1):
            out += (f"add esp spi {0x2001 + i:#x} src {self.addr[i]} "
                    f"dst {self.addr[1 - i]} encap udp nat_rem {peer} "
                    f"proto 4 innersrc {self.inner[i]}/32 "
                    f"innerdst {self.inner[1 - i]}/32 "
                    f"encr_alg aes-gcm encrkey {GCM} replay 1024\n")
        return out

    def start(self):
        for me, h in enumerate(self.ends):
            h.up()
            h.keys(self.keys(me))
            h.policy("{tunnel ip.tun0 negotiate tunnel laddr "
                     f"{self.inner[me]} raddr {self.inner[1 - me]}}} ipsec "
                     f"{self.policy}\n")
            h.ip(f"addr add {self.inner[me]}/32 dev ip.tun0")
            h.ip(f"route add {self.inner[1 - me]}/32 dev ip.tun0 "
                 f"src {self.inner[me]}")
            self.daemons.append(h.daemon)


class SolipsecEsp(Solipsec):
    title, short = "solipsec, ESP", "ESP"


class SolipsecAh(Solipsec):
    title, short = "solipsec, AH + ESP", "AH + ESP"
    policy = "{auth_algs sha256 encr_algs aes-gcm(256) sa shared}"
    seen = " AH("


def prove_by(way, is_so):
    """Ping until what tcpdump saw at the far end is so."""
    file = way.dir / f"{way.name}.wire"
    p = way.ends[1].start("tcpdump", "-n", "-l", "-i", "net0",
                          "--immediate-mode", "not", "arp",
                          stdout=open(file, "wb"), stderr=subprocess.STDOUT)

    def lines():
        return [x for x in file.read_text().splitlines() if " IP " in x]

    def enough():
        way.ends[0].ping(way.inner[1], count=3)
        return len(lines()) >= 3

    try:
        wait(enough, 20, "seen by tcpdump")
    finally:
        p.kill()
        p.wait()
    if not is_so(lines()):
        raise Failed(f"{way.title}: the wire has\n" + "\n".join(lines()))


class Tunnelled(Way):
    """A peer with addresses of its own inside: nothing in clear on the wire."""

    def __init__(self, lab, number):
        super().__init__(lab, number)
        self.inner = [f"10.{number}.1.1", f"10.{number}.2.1"]

    def prove(self):
        prove_by(self, lambda said: not any("ICMP" in x for x in said))


class Relay(Tunnelled):
    """What is left of ping's time when nothing is protected."""
    title, short = "TUN and UDP, nothing done", "TUN and UDP"
    vpn = False
    tests = ("ping", "pingload")

    def start(self):
        for me, h in enumerate(self.ends):
            dev = f"relay{self.number}"
            log = self.dir / f"{h.name}.daemon"
            self.daemon(h, BUILD / "bench/bench_relay", dev, self.addr[me],
                        self.addr[1 - me], log=log)
            wait(lambda log=log: "ready" in log.read_text(), 10, "a relay")
            h.ip(f"addr add {self.inner[me]}/32 dev {dev}")
            h.ip(f"link set {dev} up")
            h.ip(f"route add {self.inner[1 - me]}/32 dev {dev} "
                 f"src {self.inner[me]}")


class Wireguard(Tunnelled):
    title, short = "wireguard-go (Debian 12)", "wireguard-go"
    program = "/usr/bin/wireguard-go"

    def check(self):
        needs(self.program, "wg")

    def start(self):
        keys = [run("wg", "genkey").strip() for _ in self.ends]
        public = [run("wg", "pubkey", input=k).strip() for k in keys]
        for me, h in enumerate(self.ends):
            dev = f"wg{self.number}{'ab'[me]}"
            file = self.dir / f"{h.name}.key"
            file.touch(mode=0o600)
            file.write_text(keys[me])
            self.daemon(h, self.program, "-f", dev,
                        env={"WG_I_PREFER_BUGGY_USERSPACE_TO_POLISHED_"
                             "KMOD": "1", "LOG_LEVEL": "error"})
            sock = pathlib.Path(f"/run/wireguard/{dev}.sock")
            wait(sock.exists, 10, "a socket of wireguard-go")
            h.run("wg", "set", dev, "listen-port", "51820", "private-key",
                  file, "peer", public[1 - me], "endpoint",
                  f"{self.addr[1 - me]}:51820", "allowed-ips",
                  f"{self.inner[1 - me]}/32")
            h.ip(f"addr add {self.inner[me]}/32 dev {dev}")
            h.ip(f"link set {dev} mtu 1420 up")
            h.ip(f"route add {self.inner[1 - me]}/32 dev {dev}")


class WireguardNew(Wireguard):
    title, short = "wireguard-go (backports)", "wg-go, backp."
    where = None  # folder of private peers: bench/fetch-peers

    def check(self):
        p = self.where / "wireguard-go/usr/bin/wireguard-go"
        if not p.exists():
            why = self.where / "why"
            raise Missing(why.read_text().strip() if why.exists() else
                          "was not fetched from bookworm-backports")
        self.program = str(p)
        needs("wg")


class Openvpn(Tunnelled):
    title, short = "OpenVPN 2.6, AES-256-GCM", "OpenVPN"

    def check(self):
        needs("openvpn", "openssl")

    def start(self):
        d = self.dir / "openvpn"
        d.mkdir(exist_ok=True)
        prints = []
        for end in "ab":
            run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                f"/CN={end}", "-keyout", d / f"{end}.key", "-out",
                d / f"{end}.crt")
            prints.append(run("openssl", "x509", "-in", d / f"{end}.crt",
                              "-noout", "-fingerprint", "-sha256")
                          .strip().split("=")[1])
        for me, h in enumerate(self.ends):
            end = "ab"[me]
            role = ["--tls-server", "--dh", "none"] if me else \
                ["--tls-client"]
            self.daemon(
                h, "openvpn", "--dev", "tun0", "--dev-type", "tun",
                "--proto", "udp", "--local", self.addr[me], "--remote",
                self.addr[1 - me], "--port", "1194", "--ifconfig",
                self.inner[me], self.inner[1 - me], *role, "--cert",
                d / f"{end}.crt", "--key", d / f"{end}.key",
                "--peer-fingerprint", prints[1 - me], "--data-ciphers",
                "AES-256-GCM", "--disable-dco", "--verb", "2")


class Strongswan(Tunnelled):
    title, short = "strongSwan kernel-libipsec", "strongSwan"
    CONF = """
charon {{
	load = random nonce aes sha1 sha2 hmac kdf openssl gmp \
kernel-libipsec kernel-netlink socket-default vici
	plugins {{
		kernel-libipsec {{ load = yes }}
		vici {{ socket = unix://{dir}/vici }}
	}}
	filelog {{ {tag} {{ path = {dir}/log
		default = 1
		flush_line = yes }} }}
}}
swanctl {{ load = random openssl
}}
"""
    CONN = """
connections {{ net {{
	version = 2
	local_addrs = {me}
	remote_addrs = {peer}
	proposals = aes256gcm16-prfsha256-x25519
	local {{ auth = psk
		id = {me}
	}}
	remote {{ auth = psk
		id = {peer}
	}}
	children {{ net {{
		local_ts = {inner}/32
		remote_ts = {other}/32
		esp_proposals = aes256gcm16
		rekey_time = 0
	}} }}
}} }}
secrets {{ ike {{ secret = "between two namespaces of a benchmark"
}} }}
"""

    def check(self):
        needs(SWAN, "swanctl")
        if not list(pathlib.Path("/usr/lib/ipsec/plugins").glob(
                "*kernel-libipsec.so")):
            raise Missing("libcharon-extra-plugins is not installed")

    def swanctl(self, me, *words):
        d = self.dir / f"swan-{'ab'[me]}"
        return self.ends[me].run("swanctl", *words, "--uri",
                                 f"unix://{d}/vici", env={
                                     **os.environ, "STRONGSWAN_CONF":
                                     str(d / "strongswan.conf")})

    def start(self):
        for me, h in enumerate(self.ends):
            d = self.dir / f"swan-{'ab'[me]}"
            d.mkdir()
            (d / "strongswan.conf").write_text(self.CONF.format(
                dir=d, tag="f"))
            (d / "swanctl.conf").write_text(self.CONN.format(
                me=self.addr[me], peer=self.addr[1 - me],
                inner=self.inner[me], other=self.inner[1 - me]))
            h.ip(f"addr add {self.inner[me]}/32 dev lo")
            self.daemon(h, SWAN, env={"STRONGSWAN_CONF":
                                      str(d / "strongswan.conf")})
            wait((d / "vici").exists, 10, "a socket of charon")
            # or the second one takes the first for itself
            pathlib.Path("/run/charon.pid").unlink(missing_ok=True)
        for me in (0, 1):
            self.swanctl(me, "--load-all", "--file", self.dir /
                         f"swan-{'ab'[me]}/swanctl.conf")
        self.swanctl(0, "--initiate", "--child", "net", "--timeout", "10")


ALL = (Plain, Relay, SolipsecUdp, SolipsecTunnel, SolipsecEsp, SolipsecAh,
       Strongswan, Wireguard, WireguardNew, Openvpn)
