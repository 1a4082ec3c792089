# SPDX-License-Identifier: BSD-2-Clause
"""strongSwan on a host of the lab: charon with its own configuration, socket and
/run, ESP in user space (kernel-libipsec: tunnel mode, always in UDP).

run as a program: two of them against each other, to see that this is right."""
import os
import pathlib
import re
import shutil
import signal
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent /
                       "netns"))
from lab import check, main, proto, wait  # noqa: E402

CHARON = pathlib.Path("/usr/lib/ipsec/charon")
PLUGINS = CHARON.parent / "plugins"
# so that packets of the tunnel's own ends do not go into the tunnel
MARK = "0x42"
CONF = """
charon {{
	load_modular = no
	load = random nonce x509 revocation constraints pubkey pkcs1 pkcs8 pem \
openssl curve25519 hmac kdf gmp xcbc cmac ctr ccm gcm chapoly sha1 sha2 aes \
md5 mgf1 kernel-libipsec kernel-netlink socket-default vici updown \
eap-identity eap-md5 eap-mschapv2 eap-tls counters
	install_virtual_ip = yes
	retransmit_timeout = 2
	retransmit_tries = 6
	keep_alive = 5
	{more}
	plugins {{
		kernel-libipsec {{ allow_peer_ts = yes
		}}
		kernel-netlink {{ fwmark = !{mark}
		}}
		socket-default {{ fwmark = {mark}
		}}
		vici {{ socket = unix://{dir}/vici
		}}
	}}
	filelog {{ f {{ path = {dir}/log
		default = 1
		ike = 2
		cfg = 2
		flush_line = yes
	}} }}
}}
"""


def need():
    """Exit as skipped where it cannot be."""
    if not CHARON.exists() or not shutil.which("swanctl"):
        print("strongSwan is not installed")
        sys.exit(77)
    for x in ("kernel-libipsec", "vici", "openssl"):
        if not list(PLUGINS.glob(f"*-{x}.so")):
            print(f"strongSwan's plugin {x} is not installed")
            sys.exit(77)


class Swan:
    """One charon; its files are below the host's folder."""

    def __init__(self, host, more=""):
        self.host, self.dir = host, host.conf / "swan"
        for d in ("", "run", "x509", "x509ca", "private", "pubkey"):
            (self.dir / d).mkdir(parents=True, exist_ok=True)
        self.conf = self.dir / "strongswan.conf"
        self.conf.write_text(CONF.format(dir=self.dir, mark=MARK, more=more))
        self.env = {**os.environ, "STRONGSWAN_CONF": str(self.conf),
                    "SWANCTL_DIR": str(self.dir)}
        self.proc = None

    def start(self):
        """A /run of its own, since the name of its file there is fixed."""
        (self.dir / "vici").unlink(missing_ok=True)
        lab, own = self.host.lab.dir, self.dir / "run"
        (own / lab.name).mkdir(exist_ok=True)
        self.proc = self.host.start(
            "unshare", "-m", "sh", "-c",
            f"mount --rbind {lab} {own}/{lab.name} && "
            f"mount --rbind {own} /run && exec {CHARON}", env=self.env)
        wait((self.dir / "vici").exists, what="serving")
        return self

    def ctl(self, *words, ok=True):
        return self.host.run("swanctl", *words, "--uri",
                             f"unix://{self.dir}/vici", env=self.env, ok=ok)

    def load(self, text):
        """Connections, pools and secrets of swanctl.conf(5)."""
        f = self.dir / "swanctl.conf"
        f.write_text(text)
        return self.ctl("--load-all", "--file", f)

    def initiate(self, child, seconds=30, ok=True):
        return self.ctl("--initiate", "--child", child, "--timeout", seconds,
                        ok=ok)

    def sas(self):
        return self.ctl("--list-sas", ok=False)

    def installed(self):
        """SPIs of its Child SAs, in by out."""
        text = self.sas()
        return set(re.findall(r"\bin +([0-9a-f]{8})", text)) | \
            set(re.findall(r"\bout +([0-9a-f]{8})", text))

    def log(self):
        f = self.dir / "log"
        return f.read_text(errors="replace") if f.exists() else ""

    def stop(self):
        if self.proc and self.proc.poll() is None:
            os.kill(self.proc.pid, signal.SIGTERM)
            self.proc.wait(30)

    def blame(self):
        print(f"--- strongSwan on {self.host.name}:\n{self.log()[-12000:]}")


def connection(me, peer, mine, theirs, local, remote, more="", child="",
               ike="aes256gcm16-prfsha256-x25519", esp="aes256gcm16"):
    """One connection `net` with one child `net`; local and remote: the words of
    these sections."""
    return f"""
connections {{ net {{
	version = 2
	local_addrs = {me}
	remote_addrs = {peer}
	proposals = {ike}
	encap = yes
	{more}
	local {{ {local}
	}}
	remote {{ {remote}
	}}
	children {{ net {{
		local_ts = {mine}
		remote_ts = {theirs}
		esp_proposals = {esp}
		{child}
	}} }}
}} }}
"""


def psk(me, peer):
    return f"auth = psk\n id = {me}", f"auth = psk\n id = {peer}"


def secret(key, *ids):
    """key: hexadecimal digits."""
    names = "\n".join(f"id-{i} = {x}" for i, x in enumerate(ids))
    return f"secrets {{ ike {{ secret = 0x{key}\n{names}\n}} }}\n"


INNER = {"enigma": "10.1.0.1", "partym": "10.2.0.1"}


def itself(lab):
    """Two of them."""
    swans = {}
    for n, h in lab.hosts.items():
        me, peer = lab.addrs(n)[0]
        o = "partym" if n == "enigma" else "enigma"
        h.ip(f"addr add {INNER[n]}/32 dev lo")
        h.serve()
        swans[n] = Swan(h).start()
        swans[n].load(connection(me, peer, f"{INNER[n]}/32", f"{INNER[o]}/32",
                                 *psk(me, peer)) +
                      secret("f47cb0f432e14480951095f82b735ba80a9467d0"))
    try:
        swans["enigma"].initiate("net")
        c = lab.capture()
        e = lab.enigma
        check(e.ping(INNER["partym"], "-I", INNER["enigma"]) == 2, "ping")
        check({proto(p) for p in c.stop() if p[0] >> 4 == 4} == {17},
              "ESP in UDP")
        check(len(swans["enigma"].installed()) == 2 and
              swans["enigma"].installed() == swans["partym"].installed(),
              "the same SAs")
    except Exception:
        for s in swans.values():
            s.blame()
        raise


if __name__ == "__main__":
    need()
    main(itself)
