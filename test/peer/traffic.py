# SPDX-License-Identifier: BSD-2-Clause
"""Traffic that both ends can make and check: echo requests, TCP, UDP.

Payloads come from a seed that both ends know, so what arrives is compared
byte by byte. Nothing here starts a process: under user-mode-linux one costs
as much as a hundred packets.
"""
import hashlib
import socket
import struct
import threading
import time

PORT = 7777


def payload(seed, n):
    return hashlib.shake_128(seed.encode()).digest(n)


def family(addr):
    return socket.AF_INET6 if ":" in addr else socket.AF_INET


def receive(s, n):
    got = bytearray()
    while len(got) < n:
        piece = s.recv(65536)
        if not piece:
            break
        got += piece
    return bytes(got)


def ping(src, dst, size, timeout):
    """One echo request; None, or what was wrong."""
    v6 = family(dst) == socket.AF_INET6
    proto = socket.IPPROTO_ICMPV6 if v6 else socket.IPPROTO_ICMP
    data = payload(f"{src}{dst}{size}", size)
    try:
        # a "ping socket": the kernel fills in the identifier and checksum
        with socket.socket(family(dst), socket.SOCK_DGRAM, proto) as s:
            s.bind((src, 0))
            s.settimeout(timeout)
            s.sendto(struct.pack("!BBHHH", 128 if v6 else 8, 0, 0, 0, 1)
                     + data, (dst, 0))
            back = s.recv(65536)
    except OSError as e:
        return f"ping of {size} bytes: {e}"
    return None if back[8:] == data else f"ping of {size}: other bytes"


def _answer(s):
    """One TCP connection: a line "SEED N", then N bytes each way."""
    with s:
        s.settimeout(30)
        head = b""
        while not head.endswith(b"\n"):
            c = s.recv(1)
            if not c:
                return
            head += c
        seed, n = head.decode().split()
        if receive(s, int(n)) == payload(seed, int(n)):
            s.sendall(payload(seed + "back", int(n)))


def _serve_tcp(s):
    while True:
        c, _ = s.accept()
        threading.Thread(target=_answer, args=(c,), daemon=True).start()


def _serve_udp(s):
    while True:
        data, ancillary, _, to = s.recvmsg(65536, 256)
        # from the address that was asked, on whatever device the routes say:
        # struct in_pktinfo starts, in6_pktinfo ends with the device's index
        level, kind, info = ancillary[0]
        info = info[:16] + bytes(4) if len(info) == 20 else bytes(4) + info[4:]
        try:
            s.sendmsg([data[::-1]], [(level, kind, info)], 0, to)
        except OSError:
            pass  # the peer's test will time out and say so


def serve():
    """Answer on PORT by TCP and UDP, both families, in the background."""
    for af, any_addr in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
        t = socket.create_server((any_addr, PORT), family=af, backlog=64)
        u = socket.socket(af, socket.SOCK_DGRAM)
        if af == socket.AF_INET6:
            u.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            u.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
        else:
            u.setsockopt(socket.IPPROTO_IP, 8, 1)  # IP_PKTINFO
        u.bind((any_addr, PORT))
        threading.Thread(target=_serve_tcp, args=(t,), daemon=True).start()
        threading.Thread(target=_serve_udp, args=(u,), daemon=True).start()


def tcp(src, dst, n, timeout=20.0):
    seed = f"{src}-{dst}"
    try:
        with socket.create_connection((dst, PORT), timeout, (src, 0)) as s:
            s.settimeout(timeout)
            s.sendall(f"{seed} {n}\n".encode() + payload(seed, n))
            if receive(s, n) != payload(seed + "back", n):
                return f"tcp of {n} bytes: other bytes"
    except OSError as e:
        return f"tcp of {n} bytes: {e}"
    return None


def udp(src, dst, n, timeout):
    data = payload(f"{src}+{dst}", n)
    try:
        with socket.socket(family(dst), socket.SOCK_DGRAM) as s:
            s.bind((src, 0))
            s.settimeout(timeout)
            s.sendto(data, (dst, PORT))
            if s.recv(65536) != data[::-1]:
                return f"udp of {n} bytes: other bytes"
    except OSError as e:
        return f"udp of {n} bytes: {e}"
    return None


# seconds for an answer: a datagram may be lost, or a machine be busy
TRIES = (0.4, 1, 4)


def all_kinds(src, dst, pings, tcp_bytes, udp_bytes):
    """What went wrong, as a list."""
    kinds = [(ping, n) for n in pings] + [(udp, n) for n in udp_bytes]
    bad = []
    for kind, n in kinds:
        for timeout in TRIES:
            wrong = kind(src, dst, n, timeout)
            if not wrong:
                break
            time.sleep(0.02)
        else:
            bad.append(wrong)
            if len(bad) == 2:  # nothing works: do not wait for each
                return bad
    if tcp_bytes and not bad:
        wrong = tcp(src, dst, tcp_bytes)
        bad += [wrong] if wrong else []
    return bad
