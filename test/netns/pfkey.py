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
            if m[1] == msg[1]:
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
