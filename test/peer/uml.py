# SPDX-License-Identifier: BSD-2-Clause
"""A Linux kernel with IPsec as a process: user-mode-linux.

    with Uml("uml0", log) as peer:       # "uml0": a tap device, made here
        peer.ip("addr add 192.0.2.2/24 dev vec0")
        peer.call("ping", to="192.0.2.1")

The device belongs to the network namespace of the caller, which is expected to
be one of test/lib/sandbox.
"""
import json
import os
import pathlib
import select
import shutil
import signal
import subprocess
import tempfile
import time

LINUX = "/usr/bin/linux.uml"
AGENT = pathlib.Path(__file__).resolve().with_name("uml_agent.py")


class UmlError(Exception):
    """It did not boot, went away, or refused what it was asked."""


def missing():
    """Why there is no user-mode-linux here, or None."""
    if not os.access(LINUX, os.X_OK):
        return "package user-mode-linux is not installed"
    if not shutil.which("modprobe", path="/usr/sbin:/sbin"):
        return "package kmod is not installed"
    return None


class Uml:
    def __init__(self, tap, log, memory="128M", boot_timeout=180):
        self.buffer, self.asked = b"", 0
        self.share = pathlib.Path(tempfile.mkdtemp(dir="/run"))
        subprocess.run(["ip", "tuntap", "add", tap, "mode", "tap"], check=True)
        subprocess.run(["ip", "link", "set", tap, "up"], check=True)
        self.log = open(log, "wb")
        self.proc = subprocess.Popen(
            [LINUX, f"mem={memory}", "rootfstype=hostfs", "rootflags=/", "ro",
             f"init={AGENT}", f"vec0:transport=tap,ifname={tap},depth=128",
             "con=null", "con0=null,fd:2", "con1=null", "ssl=null",
             "ssl0=fd:0,fd:1", "quiet", f"share={self.share}"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log,
            start_new_session=True)
        try:
            hello = self.reply(boot_timeout)
        except BaseException:
            self.stop()
            raise
        self.release = hello["ready"]
        self.modules_missing = hello["missing"]

    def reply(self, timeout):
        """Wait for the number of the last question; what was answered."""
        end = time.monotonic() + timeout
        fd = self.proc.stdout.fileno()
        while f"\n{self.asked}\n".encode() not in b"\n" + self.buffer:
            left = end - time.monotonic()
            if left <= 0 or not select.select([fd], [], [], left)[0]:
                raise UmlError(f"no answer in {timeout} s")
            piece = os.read(fd, 65536)
            if not piece:
                raise UmlError("user-mode-linux ended; see its log")
            self.buffer += piece
        self.buffer = b""
        return json.loads((self.share / f"{self.asked}.answer").read_text())

    def ask(self, do, timeout=120, **kw):
        """Like call(), but an error is part of the answer."""
        self.asked += 1
        (self.share / f"{self.asked}.ask").write_text(
            json.dumps({"do": do, **kw}))
        self.proc.stdin.write(f"{self.asked}\n".encode())
        self.proc.stdin.flush()
        return self.reply(timeout)

    def call(self, do, timeout=120, **kw):
        answer = self.ask(do, timeout, **kw)
        if "error" in answer:
            raise UmlError(f"{do}: {answer['error']}")
        return answer

    def ip(self, *lines):
        """ip(8) in batch mode inside."""
        return self.call("ip", batch="\n".join(lines) + "\n").get("out", "")

    def tell(self):
        """What its IPsec counted, for who looks why a test failed."""
        try:
            print("--- Linux:\n" + self.call(
                "run", cmd=["ip", "-s", "xfrm", "state"])["out"])
            print(self.call("read", path="/proc/net/xfrm_stat")["text"])
        except (UmlError, OSError) as e:
            print(f"no answer: {e}")

    def stop(self):
        try:
            os.killpg(self.proc.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.proc.wait()
        self.log.close()
        shutil.rmtree(self.share)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
