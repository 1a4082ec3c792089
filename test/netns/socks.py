# SPDX-License-Identifier: BSD-2-Clause
"""What tests of single sockets share: agent.py, and the op "sockets"."""
import json
import sys

from lab import HERE, Failed


class Agent:
    """agent.py in a host's namespace; its functions are methods."""

    def __init__(self, host):
        self.p = host.start(sys.executable, HERE / "agent.py", stdin=-1)

    def __getattr__(self, name):
        def call(*args, **kw):
            words = [repr(a) for a in args]
            words += [f"{k}={v!r}" for k, v in kw.items()]
            self.p.stdin.write(f"{name}({', '.join(words)})\n")
            self.p.stdin.flush()
            v = json.loads(self.p.stdout.readline())
            if isinstance(v, dict) and "error" in v:
                raise Failed(f"{name}: {v['error']}")
            return v
        return call


def admin(host):
    """The answer of the op "sockets"."""
    return json.loads(host.run(sys.executable, "-c", """
import socket, os
d = f"/run/solipsec/net-{os.stat('/proc/self/ns/net').st_ino}/admin"
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
s.connect(d)
s.send(b'{"op":"sockets"}')
t = b""
while not t.endswith(b"\\n"):
    t += s.recv(1 << 20)
print(t.decode())
"""))
