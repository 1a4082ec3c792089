#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Talk between hosts of a test.

talk.py serve PORT               echo for TCP and UDP, both families
talk.py udp HOST PORT SIZE N [SECONDS]
                                 N datagrams; prints how many came back right
talk.py tcp HOST PORT SIZE       a stream there and back; prints "ok MSS"
talk.py sink PORT                the other end of bulk
talk.py bulk HOST PORT SIZE      streams of SIZE bytes, there and then back, that
                                 say where they are; prints "ok"
talk.py plain DEV                the device takes nothing that it would have to cut
"""
import ctypes
import fcntl
import hashlib
import random
import socket
import struct
import sys
import threading
import time

# what no protected packet may show
MARK = b"SOLIPSEC-PLAINTEXT-"
PATIENCE = 3  # seconds; what is lost has to be waited for as long


def body(n, i=0):
    text = MARK + str(i).encode() + b"-"
    return (text * (n // len(text) + 1))[:n]


def echo(conn):
    with conn:
        while data := conn.recv(65536):
            conn.sendall(data)


def serve(port):
    u = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    t = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
    for s in (u, t):
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind(("::", port))
    t.listen()

    def datagrams():
        while True:
            data, peer = u.recvfrom(65536)
            try:
                u.sendto(data, peer)
            except OSError as e:
                print(e, flush=True)
    threading.Thread(target=datagrams, daemon=True).start()
    print("ready", flush=True)
    while True:
        c, _ = t.accept()
        threading.Thread(target=echo, args=(c,), daemon=True).start()


def connect(host, port, kind):
    info = socket.getaddrinfo(host, port, type=kind)[0]
    s = socket.socket(info[0], kind)
    s.settimeout(PATIENCE)
    s.connect(info[4])
    return s


def answered(s, data, seconds):
    """An answer that came too late is not taken for that of the next one."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if s.recv(65536) == data:
            return True
    return False


def udp(host, port, size, count, seconds=PATIENCE):
    s = connect(host, port, socket.SOCK_DGRAM)
    s.settimeout(seconds)
    good = 0
    for i in range(count):
        data = body(size, i)
        try:
            s.send(data)
            good += answered(s, data, seconds)
        except OSError as e:
            print(e, file=sys.stderr)
    print(good)


def tcp(host, port, size):
    s = connect(host, port, socket.SOCK_STREAM)
    data = body(size)
    got = bytearray()

    def reader():
        while len(got) < size and (d := s.recv(65536)):
            got.extend(d)
    t = threading.Thread(target=reader)
    t.start()
    s.settimeout(40)
    s.sendall(data)
    t.join(40)
    mss = s.getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG)
    print("ok" if bytes(got) == data else "different", mss)


def stream(size, seed):
    """Pieces that are all different, so that none can stand for another."""
    block = random.Random(seed).randbytes(1 << 16)
    at = 0
    while at < size:
        piece = MARK + at.to_bytes(8, "big") + block
        piece = piece[:min(len(piece), size - at)]
        yield piece
        at += len(piece)


def give(conn, size, seed):
    """The digest of what was sent."""
    said = hashlib.sha256()
    for piece in stream(size, seed):
        conn.sendall(piece)
        said.update(piece)
    return said.digest()


def take(conn, size):
    """The digest of what came, or of less when the other end is gone."""
    heard = hashlib.sha256()
    while size > 0 and (d := conn.recv(min(size, 1 << 18))):
        heard.update(d)
        size -= len(d)
    return heard.digest()


def sink(port):
    t = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
    t.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    t.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    t.bind(("::", port))
    t.listen()
    print("ready", flush=True)
    while True:
        c, _ = t.accept()
        with c:
            size = int.from_bytes(c.recv(8, socket.MSG_WAITALL), "big")
            c.sendall(take(c, size))
            c.sendall(give(c, size, 2))


def bulk(host, port, size):
    s = connect(host, port, socket.SOCK_STREAM)
    s.settimeout(100)
    s.sendall(size.to_bytes(8, "big"))
    there = give(s, size, 1) == s.recv(32, socket.MSG_WAITALL)
    want = hashlib.sha256()
    for piece in stream(size, 2):
        want.update(piece)
    back = take(s, size) == want.digest()
    print("ok" if there and back else "different")


def plain(dev):
    # without checksums (linux/ethtool.h, ETHTOOL_STXCSUM) it can cut nothing
    value = ctypes.create_string_buffer(struct.pack("II", 0x17, 0))
    ask = struct.pack("16sP16x", dev.encode(), ctypes.addressof(value))
    with socket.socket(type=socket.SOCK_DGRAM) as s:
        fcntl.ioctl(s, 0x8946, ask)  # SIOCETHTOOL


def flood(host, port, seconds):
    """Datagrams without pause, whatever becomes of them; prints how many."""
    s = connect(host, port, socket.SOCK_DGRAM)
    s.setblocking(False)
    end = time.monotonic() + seconds
    n = 0
    while time.monotonic() < end:
        try:
            s.send(body(200, n))
            n += 1
        except OSError:
            pass
        if n % 50 == 0:
            time.sleep(0.001)
    print(n)


if __name__ == "__main__":
    what, args = sys.argv[1], sys.argv[2:]
    args = [int(a) if a.isdigit() else a for a in args]
    {"serve": serve, "udp": udp, "tcp": tcp, "flood": flood, "sink": sink,
     "bulk": bulk, "plain": plain}[what](*args)
