# SPDX-License-Identifier: BSD-2-Clause
"""A program with sockets, for tests of what belongs to single sockets.

Runs in a namespace; each line of standard input is an expression, and the
answer is a line of JSON: its value, or {"error": "..."}. Sockets have names.
"""
import ctypes
import errno
import glob
import json
import os
import select
import socket
import struct
import sys

NEVER, REQUIRED, UNIQUE = 1, 2, 4
ANY = 255
SET, GET = 1, 2
socks = {}


def rundir():
    own = f"/run/solipsec/net-{os.stat('/proc/self/ns/net').st_ino}/socket"
    return own if os.path.exists(own) else "/run/solipsec/socket"


def ask(op, fds, want=(0,) * 6, bits=None, raw=None):
    """One request; [errno, six numbers of the answer]."""
    u = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    u.connect(rundir())
    msg = bytes([1, op, 0, 0]) + struct.pack("=IIIBBBx", *want)
    if bits is not None:
        msg += struct.pack("=HHH", *bits)
    if raw is not None:
        msg = raw
    socket.send_fds(u, [msg], fds)
    a = u.recv(64)
    u.close()
    err, *w = struct.unpack("=IIIIBBB", a[4:23])
    return [errno.errorcode.get(err, err), *w]


def setpol(name, ah=0, esp=0, se=0, alg=(0, 0, 0), bits=None):
    return ask(SET, [socks[name].fileno()], (ah, esp, se, *alg), bits)[0]


def getpol(name):
    return ask(GET, [socks[name].fileno()])[1:]


def new(name, kind="tcp", fam=4, uid=None):
    types = {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM,
             "raw": socket.SOCK_RAW}
    socks[name] = socket.socket(
        socket.AF_INET if fam == 4 else socket.AF_INET6, types[kind],
        socket.IPPROTO_ICMP if kind == "raw" else 0)
    socks[name].setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    socks[name].settimeout(3)
    return socks[name].fileno()


def listen(name, port, addr=""):
    socks[name].bind((addr, port))
    if socks[name].type == socket.SOCK_STREAM:
        socks[name].listen(16)
    return True


def connect(name, addr, port, lport=0):
    s = socks[name]
    if lport:
        s.bind(("", lport))
    try:
        s.connect((addr, port))
    except OSError as e:
        return errno.errorcode.get(e.errno, str(e))
    return True


def disconnect(name):
    """connect() to AF_UNSPEC: the socket stays, its connection does not."""
    nobody = ctypes.create_string_buffer(16)
    return ctypes.CDLL(None).connect(socks[name].fileno(), nobody, 16) == 0


def accept(name, to):
    try:
        socks[to], peer = socks[name].accept()
    except OSError:
        return False
    socks[to].settimeout(3)
    return peer[1]


def say(name, text, addr=None, port=None):
    try:
        if addr:
            return socks[name].sendto(text.encode(), (addr, port))
        return socks[name].send(text.encode())
    except OSError as e:
        return errno.errorcode.get(e.errno, str(e))


def hear(name, seconds=2):
    """What came, or None."""
    s = socks[name]
    if not select.select([s], [], [], seconds)[0]:
        return None
    try:
        return s.recv(65536).decode()
    except OSError as e:
        return errno.errorcode.get(e.errno, str(e))


def echo(name):
    """Answer the datagram that came."""
    s = socks[name]
    if not select.select([s], [], [], 2)[0]:
        return None
    data, peer = s.recvfrom(65536)
    s.sendto(data, peer)
    return peer[:2]


def close(name):
    socks.pop(name).close()
    return True


def abort(name):
    """Without a word more: no TIME-WAIT."""
    socks[name].setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                           struct.pack("ii", 1, 0))
    return close(name)


def socks_rename(name, to):
    socks[to] = socks.pop(name)
    return True


def port(name):
    return socks[name].getsockname()[1]


def become(uid):
    os.setgroups([])
    os.setgid(uid)
    os.setuid(uid)
    return os.getuid()


def mss(name):
    return socks[name].getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG)


def descriptors():
    return len(glob.glob("/proc/self/fd/*"))


def main():
    for line in sys.stdin:
        try:
            # pylint: disable=eval-used
            v = eval(line, globals())
        except Exception as e:  # pylint: disable=broad-except
            v = {"error": repr(e)}
        print(json.dumps(v), flush=True)


if __name__ == "__main__":
    main()
