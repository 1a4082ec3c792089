# SPDX-License-Identifier: BSD-2-Clause
"""The demonstration's network: two hosts and a router between them."""

import os
import secrets
import shutil
import subprocess
import time

STATE = "/run/solipsec-demo"  # captures, logs; tells that a demo is up
NAMES = ("enigma", "router", "partym")
V4 = {"enigma": "192.168.116.16", "partym": "192.168.13.213"}
V6 = {"enigma": "2001::aaaa:6666:6666", "partym": "2001::eeee:3333:3333"}
GATE4 = {"enigma": "192.168.116.4", "partym": "192.168.13.5"}
GATE6 = {"enigma": "2001::aaaa:0:4", "partym": "2001::eeee:0:1"}
# 2001::aaaa:6666:6666 and the router's 2001::aaaa:0:4 share 96 bits
LEN4, LEN6 = "24", "96"

POLICY = """\
# {name}: all traffic with {peer} is protected.
# IPv4: ESP, AES-GCM with 256-bit keys.
{{laddr {l4} raddr {r4}}} ipsec {{encr_algs aes-gcm(256) sa shared}}
# IPv6: ESP inside AH.
{{laddr {l6} raddr {r6}}} ipsec {{auth_algs sha256 encr_algs aes(256) encr_auth_algs sha256 sa shared}}
"""


def run(*args, check=True, quiet=True, **kw):
    if quiet and "stdout" not in kw:
        kw["stdout"] = subprocess.PIPE
        kw.setdefault("stderr", subprocess.STDOUT)
    return subprocess.run(args, check=check, text=True, **kw)


def inside(name, *args):
    """The command line that runs args on a host."""
    return ("ip", "netns", "exec", name) + args


def make():
    os.makedirs(STATE, mode=0o700)
    made_inet = not os.path.isdir("/etc/inet")
    if made_inet:  # ip-netns(8) mounts over it; it has to be there
        os.mkdir("/etc/inet")
        open(STATE + "/made-etc-inet", "w").close()
    for name in NAMES:
        run("ip", "netns", "add", name)
        # no waiting for duplicate addresses, of which there are none
        for device in ("all", "default"):
            run(*inside(name, "sysctl", "-qw",
                        f"net.ipv6.conf.{device}.accept_dad=0"))
        run(*inside(name, "ip", "link", "set", "lo", "up"))
    for name in V4:
        link(name)
    for family in ("ipv4.ip_forward", "ipv6.conf.all.forwarding"):
        run(*inside("router", "sysctl", "-qw", "net." + family + "=1"))
    for address in (V4["partym"], V6["partym"]):
        wait(lambda: run(*inside("enigma", "ping", "-c", "1", "-W", "1", address),
                         check=False).returncode == 0, 5)


def link(name):
    port = "to-" + name
    run("ip", "link", "add", "net0", "netns", name, "type", "veth",
        "peer", "name", port, "netns", "router")
    for where, dev, four, six in (
            (name, "net0", V4[name], V6[name]),
            ("router", port, GATE4[name], GATE6[name])):
        ip = inside(where, "ip")
        run(*ip, "address", "add", four + "/" + LEN4, "dev", dev)
        run(*ip, "address", "add", six + "/" + LEN6, "dev", dev, "nodad")
        run(*ip, "link", "set", dev, "up")
    ip = inside(name, "ip")
    run(*ip, "route", "add", "default", "via", GATE4[name])
    run(*ip, "-6", "route", "add", "default", "via", GATE6[name])


def peer_of(name):
    return "partym" if name == "enigma" else "enigma"


def keys():
    """The same file for both hosts: an SA has the same text at both ends."""
    out = []
    for src, dst in (("enigma", "partym"), ("partym", "enigma")):
        spi = lambda: "0x%08x" % (0x10000000 + secrets.randbits(28))
        out.append(f"# {src} to {dst}\n"
                   f"add esp spi {spi()} src {V4[src]} dst {V4[dst]} replay 64 \\\n"
                   f"   encr_alg aes-gcm encrkey {secrets.token_hex(36)}\n"
                   f"add esp spi {spi()} src6 {V6[src]} dst6 {V6[dst]} replay 64 \\\n"
                   f"   encr_alg aes encrkey {secrets.token_hex(32)} \\\n"
                   f"   auth_alg sha256 authkey {secrets.token_hex(32)}\n"
                   f"add ah spi {spi()} src6 {V6[src]} dst6 {V6[dst]} replay 64 \\\n"
                   f"   auth_alg sha256 authkey {secrets.token_hex(32)}\n")
    return "".join(out)


def configure():
    """/etc/inet and /etc/hosts of both hosts, as ip-netns(8) shows them there."""
    text = keys()
    for name in V4:
        peer = peer_of(name)
        inet = f"/etc/netns/{name}/inet"
        os.makedirs(inet + "/secret", mode=0o755)
        os.chmod(inet + "/secret", 0o700)
        with open(inet + "/ipsecinit.conf", "w") as f:
            f.write(POLICY.format(name=name, peer=peer, l4=V4[name],
                                  r4=V4[peer], l6=V6[name], r6=V6[peer]))
        fd = os.open(inet + "/secret/ipseckeys",
                     os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(fd, "w") as f:
            f.write(text)
        with open(f"/etc/netns/{name}/hosts", "w") as f:
            f.write("127.0.0.1 localhost\n")
            for host in V4:
                f.write(f"{V4[host]} {host}\n{V6[host]} {host}\n")


def is_up():
    return os.path.exists(STATE)


def more():
    """Names of further hosts, of demo/vpn."""
    try:
        with open(STATE + "/more") as f:
            return tuple(f.read().split())
    except OSError:
        return ()


def down():
    """Remove whatever make() and configure() made, also half of it."""
    for name in NAMES + more():
        pids = run("ip", "netns", "pids", name, check=False).stdout.split()
        if pids and pids[0].isdigit():
            run("kill", *pids, check=False)
            wait(lambda: not run("ip", "netns", "pids", name,
                                 check=False).stdout.strip(), 3)
            pids = run("ip", "netns", "pids", name, check=False).stdout.split()
            if pids and pids[0].isdigit():
                run("kill", "-9", *pids, check=False)
        path = "/run/netns/" + name
        if os.path.exists(path):
            folder = "/run/solipsec/net-%d" % os.stat(path).st_ino
            shutil.rmtree(folder, ignore_errors=True)
            run("ip", "netns", "del", name, check=False)
        shutil.rmtree("/etc/netns/" + name, ignore_errors=True)
    for folder in ("/etc/netns", "/run/solipsec"):
        try:
            os.rmdir(folder)  # only when nobody else has something there
        except OSError:
            pass
    if os.path.exists(STATE + "/made-etc-inet"):
        try:
            os.rmdir("/etc/inet")
        except OSError:
            pass
    shutil.rmtree(STATE, ignore_errors=True)


def wait(ready, seconds):
    """Poll until ready() or the time is over; returns the last answer."""
    end = time.monotonic() + seconds
    while True:
        answer = ready()
        if answer or time.monotonic() > end:
            return answer
        time.sleep(0.05)
