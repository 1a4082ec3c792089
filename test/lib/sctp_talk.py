#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A real SCTP endpoint in user space: Debian's libusrsctp over raw sockets.

usage: sctp_talk.py serve PORT ADDRESS...
       sctp_talk.py client PORT LOCAL[,LOCAL]... PEER

serve echoes each message; it says "ready" first. client connects, says
"connected" and the peer's addresses, and then reads numbers of messages, each
of which it sends and waits for; it answers how many came back, and how the
peer's addresses are doing. Messages have 400 bytes and begin with MARK.
"""
import ctypes
import queue
import socket
import struct
import sys
import threading
import time

SCTP = 132
BINDX_ADD, PEER_ADDR_INFO, NODELAY, PRIMARY = 0x8001, 0x101, 0x4, 0x7
AF = {4: socket.AF_INET, 6: socket.AF_INET6}
MARK = b"SOLIPSEC-PLAINTEXT"
# ms: an association that moves within a second or two
TUNE = {"sctp_rto_min_default": 100, "sctp_rto_max_default": 400,
        "sctp_rto_initial_default": 200, "sctp_path_rtx_max_default": 2,
        "sctp_heartbeat_interval_default": 300,
        "sctp_init_rtx_max_default": 20, "sctp_assoc_rtx_max_default": 40}


def missing():
    """Why there is no SCTP here, or None."""
    try:
        ctypes.CDLL("libusrsctp.so.2")
    except OSError:
        return "package libusrsctp2 is not installed"
    return None


def sockaddr(text, port):
    if ":" in text:
        return struct.pack("=H", socket.AF_INET6) + struct.pack(
            "!HI16sI", port, 0, socket.inet_pton(socket.AF_INET6, text), 0)
    return struct.pack("=H", socket.AF_INET) + struct.pack(
        "!H4s8x", port, socket.inet_aton(text))


def text_of(sa):
    family = struct.unpack("=H", sa[:2])[0]
    if family == socket.AF_INET6:
        return socket.inet_ntop(family, sa[8:24])
    return socket.inet_ntop(socket.AF_INET, sa[4:8])


class Socket:
    def __init__(self, lib, addrs, port, handle=None):
        self.lib, self.so = lib, handle
        if handle is not None:
            return
        # an IPv6 socket takes addresses of both families
        self.family = socket.AF_INET6 if any(":" in a for a in addrs) else \
            socket.AF_INET
        self.so = lib.usrsctp_socket(self.family, socket.SOCK_STREAM, SCTP,
                                     None, None, 0, None)
        if not self.so:
            sys.exit("no SCTP socket: are you root?")
        for a in addrs:
            sa = sockaddr(a, port)
            if lib.usrsctp_bindx(self.so, sa, 1, BINDX_ADD):
                sys.exit(f"cannot bind to {a}: "
                         f"error {ctypes.get_errno()}")
        one = struct.pack("=I", 1)
        lib.usrsctp_setsockopt(self.so, SCTP, NODELAY, one, 4)

    def listen(self):
        if self.lib.usrsctp_listen(self.so, 5):
            sys.exit("cannot listen")

    def accept(self):
        return Socket(self.lib, (), 0,
                      self.lib.usrsctp_accept(self.so, None, None))

    def connect(self, addr, port):
        sa = sockaddr(addr, port)
        if self.lib.usrsctp_connect(self.so, sa, len(sa)):
            sys.exit(f"not connected: error {ctypes.get_errno()}")

    def send(self, data):
        return self.lib.usrsctp_sendv(self.so, data, len(data), None, 0, None,
                                      0, 0, 0) == len(data)

    def recv(self):
        buf = ctypes.create_string_buffer(65536)
        n = [ctypes.c_uint32(), ctypes.c_uint32(), ctypes.c_uint(),
             ctypes.c_int()]
        got = self.lib.usrsctp_recvv(self.so, buf, len(buf), None,
                                     ctypes.byref(n[0]), None,
                                     ctypes.byref(n[1]), ctypes.byref(n[2]),
                                     ctypes.byref(n[3]))
        return buf.raw[:got] if got > 0 else None

    def peers(self):
        """{address: is it up?} of the other end."""
        p = ctypes.c_void_p()
        n = self.lib.usrsctp_getpaddrs(self.so, 0, ctypes.byref(p))
        out, at = {}, p.value
        for _ in range(max(n, 0)):
            family = struct.unpack("=H", ctypes.string_at(at, 2))[0]
            size = 28 if family == socket.AF_INET6 else 16
            sa = ctypes.string_at(at, size)
            # a sockaddr_storage, then the numbers of struct sctp_paddrinfo
            info = ctypes.create_string_buffer(
                sa + bytes(128 - size) + bytes(24), 152)
            room = ctypes.c_uint32(152)
            bad = self.lib.usrsctp_getsockopt(
                self.so, SCTP, PEER_ADDR_INFO, info, ctypes.byref(room))
            state = struct.unpack_from("=Ii", info.raw, 128)[1]
            out[text_of(sa)] = not bad and state & 1 == 1
            at += size
        return out


def library():
    lib = ctypes.CDLL("libusrsctp.so.2", use_errno=True)
    lib.usrsctp_socket.restype = ctypes.c_void_p
    lib.usrsctp_accept.restype = ctypes.c_void_p
    lib.usrsctp_sendv.restype = lib.usrsctp_recvv.restype = ctypes.c_ssize_t
    for name in ("bindx", "setsockopt", "getsockopt", "listen", "accept",
                 "connect", "sendv", "recvv", "getpaddrs"):
        f = getattr(lib, "usrsctp_" + name)
        f.argtypes = {
            "bindx": [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int,
                      ctypes.c_int],
            "setsockopt": [ctypes.c_void_p, ctypes.c_int, ctypes.c_int,
                           ctypes.c_char_p, ctypes.c_uint32],
            "getsockopt": [ctypes.c_void_p, ctypes.c_int, ctypes.c_int,
                           ctypes.c_void_p, ctypes.c_void_p],
            "listen": [ctypes.c_void_p, ctypes.c_int],
            "accept": [ctypes.c_void_p] * 3,
            "connect": [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_uint32],
            "sendv": [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t,
                      ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p,
                      ctypes.c_uint32, ctypes.c_uint, ctypes.c_int],
            "recvv": [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t] +
                     [ctypes.c_void_p] * 6,
            "getpaddrs": [ctypes.c_void_p, ctypes.c_uint32, ctypes.c_void_p],
        }[name]
    lib.usrsctp_init(0, None, None)
    for name, value in TUNE.items():
        getattr(lib, "usrsctp_sysctl_set_" + name)(value)
    return lib


def echo(s):
    while True:
        data = s.recv()
        if data is None:
            return
        s.send(data)


def serve(port, addrs):
    s = Socket(library(), addrs, port)
    s.listen()
    print("ready", flush=True)
    while True:
        threading.Thread(target=echo, args=(s.accept(),),
                         daemon=True).start()


def client(port, addrs, peer):
    s = Socket(library(), addrs, 0)
    s.connect(peer, port)
    print("connected", " ".join(sorted(s.peers())), flush=True)
    came = queue.Queue()

    def receive():
        while True:
            data = s.recv()
            if data is None:
                return
            came.put(data)

    threading.Thread(target=receive, daemon=True).start()
    for line in sys.stdin:
        good = 0
        for i in range(int(line)):
            data = (MARK + b" %d %d " % (i, time.monotonic_ns())).ljust(
                400, b".")
            s.send(data)
            try:
                good += came.get(timeout=60) == data
            except queue.Empty:
                break
        print(good, " ".join(
            f"{a}={'up' if up else 'down'}"
            for a, up in sorted(s.peers().items())), flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(int(sys.argv[2]), sys.argv[3:])
    else:
        client(int(sys.argv[2]), sys.argv[3].split(","), sys.argv[4])
