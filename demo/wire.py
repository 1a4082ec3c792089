# SPDX-License-Identifier: BSD-2-Clause
"""What the router saw: reading captures, and sending frames from it."""

import collections
import ipaddress
import struct

ESP, AH, FRAGMENT = 50, 51, 44
NAME = {1: "ICMP", 6: "TCP", 17: "UDP", ESP: "ESP", AH: "AH", 58: "ICMPv6"}


class Packet:
    """One Ethernet frame with IPv4 or IPv6 in it."""

    def __init__(self, frame):
        self.frame = frame
        kind = struct.unpack_from("!H", frame, 12)[0]
        ip = frame[14:]
        self.version = {0x0800: 4, 0x86dd: 6}.get(kind)
        if self.version == 4:
            self.proto = ip[9]
            self.src = ipaddress.ip_address(ip[12:16])
            self.dst = ipaddress.ip_address(ip[16:20])
        elif self.version == 6:
            self.proto = ip[6]
            self.src = ipaddress.ip_address(ip[8:24])
            self.dst = ipaddress.ip_address(ip[24:40])
            if self.proto == FRAGMENT:
                self.proto = ip[40]


def read(path):
    """Every IP packet of a pcap file of Ethernet frames, to its last whole one."""
    with open(path, "rb") as f:
        data = f.read()
    if len(data) < 24:
        return []
    order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    at, out = 24, []
    while at + 16 <= len(data):
        size = struct.unpack_from(order + "I", data, at + 8)[0]
        frame = data[at + 16:at + 16 + size]
        at += 16 + size
        if len(frame) < size or size < 54 and size < 34:
            continue
        p = Packet(frame)
        if p.version is not None:
            out.append(p)
    return out


def between(packets, a, b):
    """Those that go from one of the addresses a to one of b, or back."""
    a = {ipaddress.ip_address(x) for x in a}
    b = {ipaddress.ip_address(x) for x in b}
    return [p for p in packets if (p.src in a and p.dst in b)
            or (p.src in b and p.dst in a)]


def count(packets):
    c = collections.Counter((p.version, p.proto) for p in packets)
    return {(v, NAME.get(n, str(n))): k for (v, n), k in sorted(c.items())}


def clear(packets):
    return [p for p in packets if p.proto not in (ESP, AH)]


def holds(packets, *texts):
    """Packets with any of these byte strings in them."""
    return [p for p in packets if any(t in p.frame for t in texts)]


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    s = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while s >> 16:
        s = (s & 0xffff) + (s >> 16)
    return ~s & 0xffff


def udp_packet(src, dst, port, payload):
    """A whole IP packet with UDP in it, as a forger would make it."""
    s, d = ipaddress.ip_address(src), ipaddress.ip_address(dst)
    size = 8 + len(payload)
    pseudo = s.packed + d.packed + struct.pack(
        "!HH" if s.version == 4 else "!II", *((17, size) if s.version == 4
                                              else (size, 17)))
    head = struct.pack("!HHHH", 9999, port, size, 0)
    sum_ = checksum(pseudo + head + payload) or 0xffff
    udp = struct.pack("!HHHH", 9999, port, size, sum_) + payload
    if s.version == 6:
        return struct.pack("!IHBB", 6 << 28, size, 17, 64) + s.packed + d.packed + udp
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + size, 1, 0, 64, 17, 0) + s.packed + d.packed
    return ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:] + udp
