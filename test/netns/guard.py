# SPDX-License-Identifier: BSD-2-Clause
"""ipsecd looks after itself: rights, sandbox, bad messages, a second one."""
import errno
import os
import pathlib
import random
import re
import socket
import struct
import sys

from lab import BUILD, KEY, check, main, run, wait
from pfkey import DUMP, FLUSH, Manager, message

ESP = "{encr_algs aes encr_auth_algs sha256 sa shared}"


def proc(h):
    text = pathlib.Path(f"/proc/{h.pid()}/status").read_text()
    return dict(re.findall(r"^(\w+):\s*(.*)$", text, re.M))


def folder(h):
    return f"/run/solipsec/net-{h.inode()}"


def rights(e):
    s = proc(e)
    check(s["CapEff"] == s["CapPrm"] == "0000000000001000",
          "only CAP_NET_ADMIN")
    check(int(s["CapBnd"], 16) == 0 and int(s["CapInh"], 16) == 0,
          "no others to be had")
    check(s["NoNewPrivs"] == "1" and s["Seccomp"] == "2", "sandboxed")
    check(not [f for f in os.listdir(f"/proc/{e.pid()}/task")
               if f != str(e.pid())], "one thread")
    limits = pathlib.Path(f"/proc/{e.pid()}/limits").read_text()
    check(re.search(r"core file size +0 +0", limits), "no core files")
    for name in ("pfkey", "pfpolicy", "status"):
        st = os.stat(f"{folder(e)}/{name}")
        check(st.st_mode & 0o777 == 0o600 and st.st_uid == 0,
              f"{name}: root's alone, where there is no group for it")


def second(e):
    out = e.run(BUILD / "src/daemon/ipsecd/ipsecd", "-f", ok=False)
    check("another ipsecd" in out, "a second one is refused")
    out = e.run("env", "SOLIPSEC_RUN=/run/elsewhere",
                BUILD / "src/daemon/ipsecd/ipsecd", "-f", ok=False)
    check("another process has the device" in out,
          "also with another folder")
    check(e.stat()["policy"] == "loaded", "the first is undisturbed")


def strangers(e):
    """A user without rights gets an errno at most, and changes nothing."""
    before = e.tool("ipseckey", "-n", "dump")
    script = ("import socket,os,sys,struct\n"
              "os.setgid(65534); os.setuid(65534)\n"
              "for n in ('pfkey', 'pfpolicy', 'status'):\n"
              "    k = socket.SOCK_STREAM if n == 'status' else "
              "socket.SOCK_SEQPACKET\n"
              "    s = socket.socket(socket.AF_UNIX, k)\n"
              "    s.settimeout(1)\n"
              "    try:\n"
              f"        s.connect('{folder(e)}/' + n)\n"
              "        if n == 'status':\n"
              "            print(n, len(s.recv(10)))\n"
              "            continue\n"
              "        for t in range(0, 256):\n"
              "            s.send(struct.pack('=BBBBHHII', 2 if n == 'pfkey' "
              "else 1, t, 0, 0, 2, 0, 1, 1))\n"
              "            m = s.recv(65536)\n"
              "            print(n, m[2])\n"
              "    except OSError as x:\n"
              "        print(n, x.errno)\n")
    out = run(sys.executable, "-c", script)
    check(set(out.split("\n")) == {"pfkey 13", "pfpolicy 13", "status 13",
                                   ""}, "the sockets' mode keeps users out")
    for name in ("pfkey", "pfpolicy", "status"):
        os.chmod(f"{folder(e)}/{name}", 0o666)
    out = run(sys.executable, "-c", script)
    check(set(out.split("\n")) == {"pfkey 1", "pfpolicy 1", "status 0", ""},
          "and were it open, each message gets EPERM")
    check(e.tool("ipseckey", "-n", "dump").count("SADB_ASSOC") ==
          before.count("SADB_ASSOC"), "nothing has changed")


def drain(s):
    """Read what is there."""
    s.setblocking(False)
    try:
        while s.recv(65536):
            pass
    except BlockingIOError:
        pass
    s.setblocking(True)


def nonsense(e):
    """Random and cut messages: an answer or silence, and it lives on."""
    rng = random.Random(1)
    m = Manager(e)
    good = message(DUMP, 0)
    for i in range(3000):
        if i % 3 == 0:
            b = rng.randbytes(rng.randrange(1, 200))
        else:
            b = bytearray(good + rng.randbytes(8 * rng.randrange(0, 20)))
            b[4:6] = struct.pack("=H", len(b) // 8)
            b[1] = rng.randrange(0, 20)
            if b[1] == FLUSH:
                continue
            b = bytes(b)
        m.s.send(b)
        drain(m.s)
    m.s.send(b"x" * 20000)
    m = Manager(e)
    m.s.send(message(99, 0))
    check(m.s.recv(65536)[2] == errno.EINVAL, "an unknown type: an errno")
    check(e.stat()["policy"] == "loaded", "nonsense on PF_KEY harms nothing")
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    s.connect(f"{folder(e)}/pfpolicy")
    for i in range(2000):
        b = bytearray(rng.randbytes(8 * rng.randrange(2, 20)))
        b[0] = 1
        b[1] = rng.choice([2, 3, 5, 6, 8, 9, 10, 11, 200])
        b[3] = 1  # STANDBY
        b[4:6] = struct.pack("=H", len(b) // 8)
        s.send(bytes(b))
        drain(s)
    s.close()
    check(e.tool("ipsecconf", "-l").count("#INDEX") == 4,
          "nonsense on PF_POLICY changes no policy")


def manager(e):
    """One that registers; None while there are too many."""
    try:
        m = Manager(e)
        m.register()
        return m
    except OSError:
        return None


def crowd(e):
    """Many connections, and one that asks and does not read."""
    all_ = []
    for _ in range(400):
        s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        s.connect(f"{folder(e)}/pfkey")
        all_.append(s)
    for s in all_:
        s.close()
    deaf = wait(lambda: manager(e), what="a place free again")
    deaf.s.setblocking(False)
    try:
        for _ in range(5000):
            deaf.s.send(message(DUMP, 0))
    except BlockingIOError:
        pass
    n = e.tool("ipseckey", "-n", "dump").count("SADB_ASSOC")
    check(n == 4, "others are served while one does not read")
    check(e.ping("192.168.13.213") == 2, "and packets go on")


def reload(lab):
    """Policy replaced again and again under traffic: no packet in the clear."""
    e, p = lab.enigma, lab.partym
    p.serve()
    c = lab.capture()
    ping = e.start("ping", "-n", "-q", "-i", "0.002", "-w", "4", "-p",
                   "534f4c495053", lab.V4["partym"])
    texts = [f"{{laddr {lab.V4['enigma']} raddr {lab.V4['partym']}}} "
             f"ipsec {ESP}\n",
             f"{{raddr 192.168.13.0/24}} ipsec {ESP}\n"
             "{lport 9999 dir both} pass {}\n"]
    n = 0
    while ping.poll() is None:
        e.policy(texts[n % 2], "-q", "-F", "-a")
        n += 1
    out = ping.communicate()[0]
    sent, got = map(int, re.search(r"(\d+) packets transmitted, (\d+) rec",
                                   out).groups())
    check(n > 20 and sent - got <= 3,
          f"{n} policies, {sent} packets, {sent - got} lost")
    check(not any(b"SOLIPS" in x for x in c.stop()), "none in the clear")


def test(lab):
    e = lab.enigma
    lab.protect(ESP)
    rights(e)
    second(e)
    nonsense(e)
    crowd(e)
    reload(lab)
    lab.protect(ESP)
    strangers(e)
    log = e.log.read_text() + lab.partym.log.read_text()
    check(not any(k[:12] in log for k in KEY.values()), "no key in the log")
    wait(lambda: e.ping(lab.V4["partym"]) == 2, what="alive")


main(test)
