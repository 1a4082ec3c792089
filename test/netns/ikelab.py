# SPDX-License-Identifier: BSD-2-Clause
"""in.iked on hosts of the lab: its files, its log, its door."""
import json
import os
import pathlib
import re
import signal
import socket
import subprocess

from lab import BUILD, Failed, wait

PROGRAM = BUILD / "src/daemon/iked/in.iked"
KEY = "f47cb0f432e14480951095f82b735ba80a9467d0"
XFORM = ("p1_xform { auth_method preshared oakley_group 31 "
         "auth_alg sha256 encr_alg aes }")


def rule(me, peer, label="to the other one", more="", xform=XFORM):
    return (f'{{\n\tlabel "{label}"\n\tlocal_addr {me}\n\tremote_addr {peer}\n'
            f"\t{xform}\n\t{more}\n}}\n")


def preshared(me, peer, key=KEY):
    return (f"{{\n\tlocalidtype IP\n\tlocalid {me}\n\tremoteidtype IP\n"
            f"\tremoteid {peer}\n\tkey {key}\n}}\n")


class Iked:
    """in.iked of a host; its /etc/inet is the host's folder `inet`."""

    def __init__(self, host, config="", keys="", args=()):
        self.host, self.proc, self.args = host, None, args
        self.inet = host.conf / "inet"
        self.log = host.conf / "iked.log"
        for d, mode in (("ike", 0o755), ("ike/publickeys", 0o755),
                        ("ike/crls", 0o755), ("secret", 0o700),
                        ("secret/ike.privatekeys", 0o700)):
            (self.inet / d).mkdir(parents=True, exist_ok=True)
            (self.inet / d).chmod(mode)
        self.config(config)
        self.preshared(keys)

    def config(self, text):
        (self.inet / "ike/config").write_text(text)

    def preshared(self, text):
        f = self.inet / "secret/ike.preshared"
        f.touch(mode=0o600)
        f.write_text(text)

    def argv(self, *args):
        return self.host.argv(PROGRAM, "--foreground", "--inet", self.inet,
                              "-d", *self.args, *args)

    def said(self):
        return self.log.read_text(errors="replace") if self.log.exists() \
            else ""

    def start(self, *args):
        """Until it serves."""
        at = len(self.said())
        prefix = os.environ.get("LAB_WRAP", "").split()
        with open(self.log, "a", encoding="utf-8") as f:
            self.proc = subprocess.Popen(prefix + self.argv(*args), stdout=f,
                                         stderr=f)
        self.host.lab.procs.append(self.proc)
        wait(lambda: "serves at" in self.said()[at:] or
             self.proc.poll() is not None, what="started")
        if self.proc.poll() is not None:
            raise Failed(f"in.iked on {self.host.name}: {self.said()[at:]}")
        return self

    def stop(self, sig=signal.SIGTERM):
        os.kill(self.pid(), sig)
        self.proc.wait(30)

    def pid(self):
        return int(pathlib.Path(f"/run/solipsec/net-{self.host.inode()}"
                                "/ike/in.iked.pid").read_text())

    def part(self, name):
        """The process `engine` or `keystore`, or None."""
        for p in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = p.read_bytes().split(b"\0")
                status = (p.parent / "status").read_text()
            except OSError:
                continue
            if words[0] == f"in.iked: {name}".encode() and \
                    f"PPid:\t{self.pid()}\n" in status:
                return int(p.parent.name)
        return None

    def reload(self):
        at = len(self.said())
        os.kill(self.pid(), signal.SIGHUP)
        wait(lambda: "read again" in self.said()[at:] and (
            "in force" in self.said()[at:] or
            re.search("<3>", self.said()[at:])), what="read again")
        return self.said()[at:]

    def ask(self, op, **kw):
        """A question at the door; the answer, whether it is good or bad."""
        s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with s:
            s.settimeout(30)
            s.connect(f"/run/solipsec/net-{self.host.inode()}/ike/admin")
            s.send(json.dumps({"op": op, **kw}).encode())
            text = b""
            while not text.endswith(b"\n"):
                piece = s.recv(1 << 20)
                if not piece:
                    raise Failed(f"{op}: no answer")
                text += piece
        return json.loads(text)

    def sas(self):
        """Its IKE SAs that are up."""
        return [x for x in self.ask("p1-dump").get("p1", [])
                if x["children"]]

    def blame(self):
        print(f"--- in.iked on {self.host.name}:\n{self.said()[-12000:]}")


def spis(h, kind="esp"):
    """SPIs of ipsecd's SAs that are not larval."""
    return set(re.findall(r"spi=(0x[0-9a-f]+),[^\n]*state=(?!LARVAL)",
                          h.tool("ipseckey", "-n", "-p", "dump", kind)))


class Both:
    """in.iked at both hosts of the lab, for all traffic between them."""

    def __init__(self, lab, more="", families=(4,), policy=None, **kw):
        self.lab, self.iked = lab, {}
        action = policy or "{encr_algs aes encr_auth_algs sha256 sa shared}"
        for n, h in lab.hosts.items():
            pairs = [a for f, a in zip((4, 6), lab.addrs(n)) if f in families]
            h.up()
            h.policy("".join(f"{{laddr {a} raddr {b}}} ipsec {action}\n"
                             for a, b in pairs))
            self.iked[n] = Iked(
                h, "".join(rule(a, b, f"rule {i}", more, **kw)
                           for i, (a, b) in enumerate(pairs)),
                "".join(preshared(a, b) for a, b in pairs))
        self.e, self.p = self.iked["enigma"], self.iked["partym"]

    def start(self):
        for i in self.iked.values():
            i.start()
        return self

    def agreed(self):
        """Until both hosts have the same SAs, at least a pair."""
        e, p = self.lab.enigma, self.lab.partym
        wait(lambda: len(spis(e)) >= 2 and spis(e) == spis(p), 60, "agreed")
        return spis(e)

    def blame(self):
        for i in self.iked.values():
            i.blame()


def blamed(f):
    """f(lab, both...) with what in.iked said when it fails."""
    def test(lab):
        made = []
        lab.iked = made
        try:
            f(lab)
        except Exception:
            for x in made:
                x.blame()
            raise
    return test
