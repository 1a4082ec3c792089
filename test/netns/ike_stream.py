#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""usage: ike_stream.py ADDRESS

Datagrams to the echo server there, ten a second, until interrupted; then how many
were sent and how many came back, after waiting for the last ones."""
import select
import signal
import socket
import sys
import time

STOP = []
signal.signal(signal.SIGINT, lambda *_: STOP.append(1))
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.connect((sys.argv[1], 7))
s.setblocking(False)
back, n = set(), 0


def hear(until):
    while True:
        left = until - time.monotonic()
        if left <= 0 or not select.select([s], [], [], left)[0]:
            return
        try:
            back.add(int(s.recv(2000)))
        except (OSError, ValueError):
            pass


print("ready", flush=True)
while not STOP:
    try:
        s.send(b"%d" % n)
        n += 1
    except OSError as e:
        print(f"not sent: {e}", file=sys.stderr)
    hear(time.monotonic() + 0.1)
end = time.monotonic() + 20
while len(back) < n and time.monotonic() < end:
    hear(time.monotonic() + 0.2)
print(f"sent {n} back {len(back)}", flush=True)
