#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Talk between hosts of a test.

talk.py serve PORT               echo for TCP and UDP, both families
talk.py udp HOST PORT SIZE N [SECONDS]
                                 N datagrams; prints how many came back right
talk.py tcp HOST PORT SIZE       a stream there and back; prints "ok MSS"
"""
import socket
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
    {"serve": serve, "udp": udp, "tcp": tcp, "flood": flood}[what](*args)
