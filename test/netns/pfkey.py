# SPDX-License-Identifier: BSD-2-Clause
"""PF_KEY v2 as a key manager speaks it, for tests (RFC 2367, spec: pfkey)."""
import errno
import socket
import struct

ADD, ACQUIRE, REGISTER, FLUSH, DUMP = 3, 6, 7, 9, 10
ESP = 3


def ext(kind, body):
    n = -(-(4 + len(body)) // 8)
    return struct.pack("=HH", n, kind) + body.ljust(n * 8 - 4, b"\0")


def address(kind, text):
    return ext(kind, struct.pack("=BBH", 0, 0, 0) +
               struct.pack("=H2s4s8x", 2, b"\0\0", socket.inet_aton(text)))


def endpoint(kind, text, proto=0, port=0):
    """An address with what a unique SA is for, of either family."""
    fam, bits = (socket.AF_INET, 32) if "." in text else (socket.AF_INET6, 128)
    a = socket.inet_pton(fam, text)
    body = struct.pack("=BBH", proto, bits, 0) + struct.pack("=H", fam) + \
        struct.pack("!H", port)
    return ext(kind, body + (a + bytes(8) if bits == 32 else
                             bytes(4) + a + bytes(8)))


def extensions(msg):
    """Of a message: the body of each, by its kind."""
    out, at = {}, 16
    while at + 4 <= len(msg):
        n, kind = struct.unpack_from("=HH", msg, at)
        if n == 0:
            break
        out[kind] = msg[at + 4:at + n * 8]
        at += n * 8
    return out


def read_endpoint(body):
    """Address, protocol, port."""
    fam, port = struct.unpack("=H", body[4:6])[0], \
        struct.unpack("!H", body[6:8])[0]
    a = body[8:12] if fam == socket.AF_INET else body[12:28]
    return socket.inet_ntop(fam, a), body[0], port


def message(kind, satype, exts=b"", seq=1, err=0):
    return struct.pack("=BBBBHHII", 2, kind, err, satype,
                       2 + len(exts) // 8, 0, seq, 77) + exts


class Manager:
    def __init__(self, host):
        self.s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.s.settimeout(5)
        self.s.connect(f"/run/solipsec/net-{host.inode()}/pfkey")

    def ask(self, msg):
        """The answer to a message: its errno and diagnostic."""
        self.s.send(msg)
        while True:
            m = self.s.recv(65536)
            # of others there are copies
            if m[1] == msg[1] and m[8:16] == msg[8:16]:
                return m[2], struct.unpack_from("=H", m, 6)[0]

    def register(self):
        assert self.ask(message(REGISTER, ESP))[0] == 0

    def hear(self, kind):
        """The sequence number of the next message of a kind."""
        while True:
            m = self.s.recv(65536)
            if m[1] == kind:
                return struct.unpack_from("=I", m, 8)[0]

    def add(self, spi, src, dst, encr, ekey, auth, akey, seq):
        sa = struct.pack("!I", spi) + struct.pack("=BBBBI", 0, 1, auth, encr,
                                                  0)
        key = [ext(k, struct.pack("=HH", len(b) * 8, 0) + b)
               for k, b in ((8, akey), (9, ekey))]
        err, diag = self.ask(message(
            ADD, ESP, ext(1, sa) + address(5, src) + address(6, dst) +
            b"".join(key), seq))
        if err:
            raise OSError(err, f"{errno.errorcode[err]} {diag}")
