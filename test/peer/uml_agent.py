#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Process 1 of the user-mode-linux peer: does what test/peer/uml.py asks.

The root file system is the host's, read-only; the modules come from the package
user-mode-linux. A number that comes in on the first serial line says that the
file NUMBER.ask of the shared folder (kernel parameter share=) holds a JSON
object {"do": NAME, ...}; the answer goes to NUMBER.answer, with "error" when it
did not work, and the number goes back. The line itself carries no more, since
it loses input when a message is longer than its buffer.
"""
import ctypes
import json
import os
import socket
import struct
import subprocess
import termios
import threading
import tty

import traffic

MODULES = """af_packet xfrm_user esp4 esp6 ah4 ah6 tunnel4 tunnel6
    xfrm4_tunnel xfrm6_tunnel authenc authencesn echainiv seqiv hmac cbc ctr
    gcm ccm ghash-generic cmac xcbc md5 sha512_generic des_generic
    blowfish_generic camellia_generic chacha20poly1305 chacha_generic
    poly1305_generic cast5_generic drbg jitterentropy_rng""".split()
UDP_ENCAP, UDP_ENCAP_ESPINUDP, IP_XFRM_POLICY = 100, 2, 17


SCTP, SCTP_BINDX_ADD = 132, 100
# ms: an association that moves within a second or two
SCTP_TUNE = {"rto_min": "100", "rto_max": "400", "rto_initial": "200",
             "path_max_retrans": "2", "hb_interval": "300"}
SHARE = "/run/share"


def mount(kind, where, option=""):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(kind.encode(), where.encode(), kind.encode(), 0,
                  option.encode()):
        raise OSError(ctypes.get_errno(), f"mount {kind} {where}")


def run(*cmd, stdin=""):
    return subprocess.run(cmd, input=stdin, capture_output=True, text=True)


def setup():
    os.environ["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin"
    for kind, where in (("proc", "/proc"), ("sysfs", "/sys"),
                        ("tmpfs", "/tmp"), ("tmpfs", "/run")):
        mount(kind, where)
    os.mkdir(SHARE)
    with open("/proc/cmdline") as f:
        share = dict(x.partition("=")[::2] for x in f.read().split())["share"]
    mount("hostfs", SHARE, share)
    # modprobe looks for lib/modules/VERSION below a folder of our own
    os.makedirs("/tmp/root/lib")
    os.symlink("/usr/lib/uml/modules", "/tmp/root/lib/modules")
    # what the kernel itself asks for it finds in the same place
    with open("/tmp/modprobe", "w") as f:
        f.write('#!/bin/sh\nexec /sbin/modprobe -d /tmp/root "$@"\n')
    os.chmod("/tmp/modprobe", 0o755)
    with open("/proc/sys/kernel/modprobe", "w") as f:
        f.write("/tmp/modprobe")
    missing = []
    if run("/tmp/modprobe", "-a", *MODULES).returncode:
        missing = [m for m in MODULES if run("/tmp/modprobe", m).returncode]
    run("ip", "link", "set", "lo", "up")
    # user 0 may ping without a raw socket
    with open("/proc/sys/net/ipv4/ping_group_range", "w") as f:
        f.write("0 0")
    return missing


def sctp_echo(c):
    with c:
        while True:
            data = c.recv(65536)
            if not data:
                return
            c.sendall(data)


def sctp_serve(s):
    while True:
        c, _ = s.accept()
        threading.Thread(target=sctp_echo, args=(c,), daemon=True).start()


class Agent:
    def __init__(self):
        self.encap = None

    def do_ip(self, batch):
        """Lines for ip(8)'s batch mode; stops at the first error."""
        p = run("ip", "-batch", "-", stdin=batch)
        return {"error": p.stderr} if p.returncode else {"out": p.stdout}

    def do_run(self, cmd):
        p = run(*cmd)
        return {"out": p.stdout, "err": p.stderr, "status": p.returncode}

    def do_write(self, path, text):
        with open(path, "w") as f:
            f.write(text)
        return {}

    def do_read(self, path):
        with open(path) as f:
            return {"text": f.read()}

    def do_traffic(self, **kw):
        return {"bad": traffic.all_kinds(**kw)}

    def do_sctp(self, addrs, port):
        """The kernel's SCTP, with several addresses: echoes each message."""
        if run("/tmp/modprobe", "sctp").returncode:
            return {"error": "no module sctp"}
        for name, value in SCTP_TUNE.items():
            with open(f"/proc/sys/net/sctp/{name}", "w") as f:
                f.write(value)
        s = socket.socket(socket.AF_INET, socket.SOCK_STREAM, SCTP)
        s.bind((addrs[0], port))
        more = b"".join(struct.pack("=H", socket.AF_INET) + struct.pack(
            "!H4s8x", port, socket.inet_aton(a)) for a in addrs[1:])
        s.setsockopt(SCTP, SCTP_BINDX_ADD, more)
        s.listen(5)
        threading.Thread(target=sctp_serve, args=(s,), daemon=True).start()
        return {}

    def do_encap(self, addr, port=4500):
        """A UDP socket that hands ESP in UDP to xfrm (RFC 3948)."""
        if self.encap:
            self.encap.close()
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.bind((addr, port))
        # the UDP packet itself is not held against the policy of its addresses
        for direction in (0, 1):
            s.setsockopt(socket.IPPROTO_IP, IP_XFRM_POLICY, struct.pack(
                "=40xH14x96x8xBB2x4x", socket.AF_INET, direction, 0))
        s.setsockopt(socket.IPPROTO_UDP, UDP_ENCAP,
                     struct.pack("=i", UDP_ENCAP_ESPINUDP))
        self.encap = s
        return {}

    def call(self, ask):
        try:
            return getattr(self, "do_" + ask.pop("do"))(**ask)
        except Exception as e:  # whatever it is, the other side wants to know
            return {"error": f"{type(e).__name__}: {e}"}


def main():
    missing = setup()
    fd = os.open("/dev/ttyS0", os.O_RDWR | os.O_NOCTTY)
    tty.setraw(fd, termios.TCSANOW)
    numbers = os.fdopen(os.dup(fd), "r", newline="\n")
    agent = Agent()
    traffic.serve()

    def send(number, answer):
        with open(f"{SHARE}/{number}.answer", "w") as f:
            json.dump(answer, f)
        os.write(fd, f"{number}\n".encode())

    send(0, {"ready": os.uname().release, "missing": missing})
    for number in map(str.strip, numbers):
        with open(f"{SHARE}/{number}.ask") as f:
            send(number, agent.call(json.load(f)))


if __name__ == "__main__":
    main()
