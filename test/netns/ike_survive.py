# SPDX-License-Identifier: BSD-2-Clause
"""SAs work without in.iked; its parts come back when they crash."""
import os
import signal

from ikelab import Both, blamed, spis
from lab import check, main, wait


def rights(both):
    """What the parts may do."""
    for part in ("engine", "keystore"):
        pid = both.e.part(part)
        with open(f"/proc/{pid}/status", encoding="ascii") as f:
            s = dict(x.rstrip("\n").split(":\t", 1) for x in f if ":\t" in x)
        check(s["CapPrm"].strip("0") == s["CapBnd"].strip("0") == "" and
              s["Seccomp"] == "2" and s["NoNewPrivs"] == "1" and
              "0" not in s["Uid"].split(),
              f"the {part} has no right, another user, and a filter")


def crash(lab, both, part):
    pid, dst = both.e.part(part), lab.V4["partym"]
    old = spis(lab.enigma)
    os.kill(pid, signal.SIGSEGV)
    check(lab.enigma.ping(dst, wait_s=10) == 2, f"{part} crashed: ping")
    wait(lambda: both.e.part(part) not in (None, pid), what="back")
    check(old & spis(lab.enigma) == old, "the SAs stayed, and it is back")


def anew(lab, both, what):
    """With no SA at this end, another pair is negotiated."""
    lab.enigma.tool("ipseckey", "flush")
    lab.partym.tool("ipseckey", "flush")
    wait(lambda: lab.enigma.ping(lab.V4["partym"], count=1, wait_s=10) == 1,
         90, what)
    both.agreed()
    check(True, what)


@blamed
def test(lab):
    both = Both(lab)
    lab.iked.append(both)
    both.start()
    dst = lab.V4["partym"]
    rights(both)
    check(lab.enigma.ping(dst, count=1, wait_s=20) == 1, "an SA is there")
    pair = both.agreed()
    crash(lab, both, "keystore")
    anew(lab, both, "the keystore answers again")
    crash(lab, both, "engine")
    anew(lab, both, "the engine negotiates again")
    pair = both.agreed()
    both.e.stop(signal.SIGUSR1)
    check(both.e.proc.returncode == 0 and pair <= spis(lab.enigma) and
          lab.enigma.ping(dst, wait_s=10) == 2,
          "stopped for a restart: the SAs are there and work")
    both.e.start()
    check(pair <= spis(lab.enigma) and lab.enigma.ping(dst, wait_s=10) == 2,
          "restarted: they still do")
    anew(lab, both, "and new ones can be had")
    os.kill(both.e.proc.pid, signal.SIGKILL)
    both.e.proc.wait()
    wait(lambda: not [x for x in ("engine", "keystore")
                      if alive(lab.enigma, x)], what="ended")
    check(True, "killed: its parts end with it")
    both.e.start()
    anew(lab, both, "and it starts again")


def alive(host, part):
    """Is there a process of this part in the host's network?"""
    for pid in host.run("ip", "netns", "pids", host.name).split():
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as f:
                if f.read().startswith(f"in.iked: {part}".encode()):
                    return True
        except OSError:
            pass
    return False


main(test)
