# SPDX-License-Identifier: BSD-2-Clause
"""What a local user, a storm or a shortage can do to ipsecd, and what is left
of a key that is gone. ipsecd works under an account here, as where it is
installed."""
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time

from lab import BUILD, check, main, run, wait
from pfkey import DUMP, Manager, message

IPSECD = BUILD / "src/daemon/ipsecd/ipsecd"
ACCOUNT, MANAGER, SECOND, NOBODY = 2000, 2001, 2002, 65534
SOCKETS = ("pfkey", "pfpolicy", "status")
POLICY = "{laddr 192.168.116.16 raddr 192.168.13.213} ipsec {encr_algs aes}\n"


def folder(h):
    return pathlib.Path(f"/run/solipsec/net-{h.inode()}")


def accounts():
    """An account for ipsecd, two users who manage it and one who does not;
    known in this test's mount namespace alone."""
    for name, rows in (
            ("passwd", f"solipsec:x:{ACCOUNT}:{ACCOUNT}::/:/bin/false\n"
             f"manager:x:{MANAGER}:{MANAGER}::/:/bin/sh\n"
             f"second:x:{SECOND}:{SECOND}::/:/bin/sh\n"),
            ("group", f"solipsec:x:{ACCOUNT}:manager,second\n"
             f"manager:x:{MANAGER}:\nsecond:x:{SECOND}:\n")):
        old = [r for r in pathlib.Path("/etc", name).read_text().splitlines()
               if r.split(":")[0] not in ("solipsec", "manager", "second")]
        mine = pathlib.Path("/run/lab", name)
        mine.write_text("\n".join(old) + "\n" + rows)
        run("mount", "--bind", mine, f"/etc/{name}")
    # who is not root may not look into the folder that this was built in
    for name in ("ipsecconf", "ipseckey", "solipsec"):
        shutil.copy(BUILD / "src/cmd" / name / name, f"/run/lab/{name}")


def tool(h, uid, name, *args):
    """A command as a user: its exit status and what it said."""
    r = subprocess.run(h.argv("setpriv", "--reuid", uid, "--regid", uid,
                              "--init-groups", f"/run/lab/{name}", *args),
                       capture_output=True, text=True, check=False)
    return r.returncode, r.stdout + r.stderr


def fork_as(uid, f):
    """Call f as a user, in a process of its own, whose number is returned."""
    groups = [ACCOUNT] if uid in (MANAGER, SECOND) else []
    pid = os.fork()
    if pid == 0:
        try:
            os.setgroups(groups)
            os.setgid(uid)
            os.setuid(uid)
            f()
            os._exit(0)
        except BaseException as x:  # pylint: disable=broad-except
            print(x, flush=True)
            os._exit(1)
    return pid


def call_as(uid, f):
    """True: f has not failed."""
    return os.waitpid(fork_as(uid, f), 0)[1] == 0


def status(pid):
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return dict(re.findall(r"^(\w+):[ \t]*(.*)$", text, re.M))


def connect(e, name="pfkey"):
    kind = socket.SOCK_STREAM if name == "status" else socket.SOCK_SEQPACKET
    s = socket.socket(socket.AF_UNIX, kind)
    # without a limit of time: that would fail when others are before us
    s.connect(str(folder(e) / name))
    s.settimeout(2)
    return s


def is_sanitized(pid):
    """Its memory is a sanitizer's then, and too much to look through."""
    return int(status(pid)["VmSize"].split()[0]) > 1 << 30  # kB


# --- who it is, and who may speak to it ---

def rights(e):
    s, pid = status(e.pid()), e.pid()
    check(s["Uid"].split() == [str(ACCOUNT)] * 4 and
          s["Gid"].split() == [str(ACCOUNT)] * 4 and not s["Groups"].strip(),
          "it works under the account, in no other group")
    check(s["NoNewPrivs"] == "1" and s["Seccomp"] == "2" and
          int(s["CapBnd"], 16) == 0 and int(s["CapAmb"], 16) == 0,
          "sandboxed, and gets no rights back")
    check(os.stat(f"/proc/{pid}/mem").st_uid == 0,
          "not dumpable: no debugger of its own user")
    # where the limit on locked memory can be raised, or it warns
    want = 0 if "may reach the swap" in e.log.read_text() else \
        int(s["VmRSS"].split()[0]) * .95
    check(int(s["VmLck"].split()[0]) > want or is_sanitized(pid),
          "its memory is locked")
    st = os.stat(folder(e) / "policy")
    check((st.st_uid, st.st_gid, st.st_mode & 0o7777) ==
          (0, ACCOUNT, 0o770), "ipsecconf's folder is the managers'")
    st = os.stat(folder(e))
    check((st.st_uid, st.st_mode & 0o7777) == (ACCOUNT, 0o755),
          "the sockets' folder is not")
    for name in SOCKETS:
        st = os.stat(folder(e) / name)
        check((st.st_gid, st.st_mode & 0o777) == (ACCOUNT, 0o660),
              f"{name}: root and managers")


def debugger(e):
    """Another process of the same user."""
    pid = e.pid()

    def read():
        try:
            with open(f"/proc/{pid}/mem", "rb"):
                pass
        except PermissionError:
            return
        raise OSError("it was read")

    check(call_as(ACCOUNT, read), "its own user cannot read its memory")


def managers(e):
    """Each of them, and root, changes what another one did."""
    f = pathlib.Path("/run/lab/policy.conf")
    f.write_text(POLICY)
    f.chmod(0o644)
    for i, uid in enumerate((MANAGER, 0, SECOND, MANAGER)):
        code, out = tool(e, uid, "ipsecconf", "-q", "-a", f) if uid else \
            (0, e.tool("ipsecconf", "-q", "-a", f))
        check(code == 0, f"{uid} adds policy" + out * code)
        code, out = tool(e, SECOND, "ipsecconf")
        check(code == 0 and out.count("#INDEX") == 1, "the other sees it")
        other = SECOND if i % 2 else MANAGER
        code, out = tool(e, other, "ipsecconf", "-q", "-f")
        check(code == 0, f"{other} flushes it" + out * code)
    check("#INDEX" not in e.tool("ipsecconf") +
          e.tool("ipsecconf", "-l", "-n"), "root sees that it is gone")
    code, out = tool(e, MANAGER, "solipsec", "stat")
    check(code == 0, "a manager sees the counters" + out * code)
    code, out = tool(e, MANAGER, "ipseckey", "flush")
    check(code == 0, "a manager changes SAs" + out * code)


def stranger(e):
    before = e.stat()["policy_version"]
    for name, args in (("ipsecconf", ("-l",)), ("ipsecconf", ()),
                       ("ipsecconf", ("-q", "-F")), ("solipsec", ("stat",)),
                       ("ipseckey", ("dump",)), ("ipseckey", ("flush",))):
        code, out = tool(e, NOBODY, name, *args)
        check(code != 0 and "ermission" in out or "rivilege" in out,
              f"nobody: {name} {' '.join(args)}")
    check(e.stat()["policy_version"] == before, "nothing has changed")
    f = pathlib.Path("/run/lab/nobodys-keys")
    f.write_text("flush\n")
    os.chown(f, NOBODY, NOBODY)
    f.chmod(0o400)
    r = subprocess.run(e.argv(
        "setpriv", "--reuid", NOBODY, "--regid", NOBODY, "--clear-groups",
        "env", "SMF_FMRI=svc:/network/ipsec/manual-key", "/run/lab/ipseckey",
        "-f", f), capture_output=True, text=True, check=False)
    check(r.returncode == 100, "ipseckey told the service that it may not")


def traps(e):
    """What a manager may leave in ipsecconf's folder does root no harm."""
    d = folder(e) / "policy"
    victim = pathlib.Path("/run/lab/victim")
    victim.write_text("untouched\n")
    victim.chmod(0o600)

    for name in ("ipsecconf.lock", "ipsecpolicy.conf",
                 "ipsecpolicy.conf.new"):
        for make in (lambda t: t.symlink_to(victim), os.mkfifo):
            trap = d / name
            call_as(MANAGER, lambda t=trap: t.unlink(missing_ok=True))
            if not call_as(MANAGER, lambda m=make, t=trap: m(t)):
                check(False, "a trap is set")
            # none of these may hang at a FIFO
            for words in (("-q", "-a", "/run/lab/policy.conf"), (),
                          ("-q", "-F")):
                e.tool("ipsecconf", *words, ok=False, timeout=30)
            check(victim.read_text() == "untouched\n" and
                  victim.stat().st_uid == 0 and
                  victim.stat().st_mode & 0o777 == 0o600, f"a trap at {name}")
            (d / name).unlink(missing_ok=True)

    def orders():
        (d / "x").write_text("#INDEX 1 \n\x1b]0;mine\x07\n\n")
        (d / "x").rename(d / "ipsecpolicy.conf")

    check(call_as(MANAGER, orders) and "?]0;mine?" in e.tool("ipsecconf"),
          "no orders to root's terminal")
    e.tool("ipsecconf", "-q", "-F")


# --- life ---

def second(e):
    pid = e.pid()
    before = {n: os.stat(folder(e) / n).st_ino for n in SOCKETS}
    out = e.run(IPSECD, "-f", ok=False)
    check("another ipsecd" in out and e.pid() == pid, "a second is refused")
    check(before == {n: os.stat(folder(e) / n).st_ino for n in SOCKETS} and
          os.stat(folder(e)).st_uid == ACCOUNT,
          "the first one's folder is untouched")
    bad = pathlib.Path("/run/lab/bad")
    for owner, mode in ((NOBODY, 0o755), (0, 0o1777)):
        bad.mkdir()
        os.chown(bad, owner, 0)
        bad.chmod(mode)
        out = e.run("env", f"SOLIPSEC_RUN={bad}", IPSECD, "-f", ok=False)
        check("another user made this folder" in out and
              not list(bad.iterdir()) and bad.stat().st_uid == owner,
              f"nor in a folder of {owner} with mode {mode:o}")
        bad.rmdir()
    e.stat()


def storm(e):
    """Signals as fast as they can be sent; then an orderly end."""
    pid, rng = e.pid(), random.Random(3)
    for _ in range(3000):
        os.kill(pid, signal.SIGHUP)
        if rng.random() < .01:
            e_ok = pathlib.Path(f"/proc/{pid}").exists()
            if not e_ok:
                break
    check(e.stat()["policy"] == "loaded", "3,000 SIGHUP do nothing")
    start = time.monotonic()
    while e.daemon.poll() is None and time.monotonic() - start < 30:
        try:
            os.kill(pid, rng.choice([signal.SIGHUP, signal.SIGTERM,
                                     signal.SIGINT]))
        except ProcessLookupError:
            break
        time.sleep(.001)
    e.daemon.wait(30)
    check(e.daemon.returncode == 0 and "ipsec0" not in e.ip("link") and
          "solipsec" not in e.run("nft", "list", "tables") and
          (not folder(e).exists() or not list(folder(e).iterdir())),
          "and leaves nothing behind")


def early(e):
    """SIGTERM at any moment of the start leaves nothing behind."""
    for i in range(12):
        p = subprocess.Popen(e.argv(IPSECD, "-f"),
                             stderr=subprocess.DEVNULL)
        time.sleep(.02 + .04 * i)
        p.terminate()
        p.wait(10)
        left = (e.ip("link"), e.run("nft", "list", "tables"),
                e.ip("rule"))
        if "ipsec0" in left[0] or "solipsec" in left[1] or \
                "proto 50" in left[2] or "ipsec" in left[2]:
            check(False, f"stopped after {.02 + .04 * i:.2f} s: {left}")
    check(True, "stopped at 12 moments of its start: nothing is left")


def deaf_log(e):
    """Its log is a pipe that is full, then one that nobody reads."""
    r, w = os.pipe()
    os.set_blocking(w, False)
    e.daemon = subprocess.Popen(e.argv(IPSECD, "-f", "-d"), stderr=w)
    e.lab.procs.append(e.daemon)
    wait(lambda: (folder(e) / "status").exists(), 10, "serving")
    wait(lambda: "policy_version" in e.tool("solipsec", "stat", "--json",
                                            ok=False), 10, "serving")
    try:
        while True:
            os.write(w, b"x" * 4096)
    except BlockingIOError:
        pass
    os.set_blocking(w, True)
    os.chmod(folder(e) / "pfkey", 0o666)
    # who has no right to is a line in the log
    call_as(NOBODY, lambda: connect(e))
    e.tool("solipsec", "stat", timeout=30)
    check(True, "a log that is full holds up nothing")
    os.close(r)
    os.close(w)
    time.sleep(1.1)  # the log takes one such line a second
    call_as(NOBODY, lambda: connect(e))
    check(e.stat()["policy"] == "loaded" and e.daemon.poll() is None,
          "nor does one that is gone end it")
    e.stop()


# --- shortage ---

def cpu(pid):
    f = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(f[11]) + int(f[12])) / os.sysconf("SC_CLK_TCK")


def descriptors(e):
    """Without a descriptor for one more connection it waits, and does not
    spin; when some are closed it goes on."""
    e.stop()
    e.up()
    # room for far fewer than will come
    n = 20 + max(int(x) for x in os.listdir(f"/proc/{e.pid()}/fd"))
    e.stop()
    e.up(before=("prlimit", f"--nofile={n}:{n}"))
    pid = e.pid()
    m = Manager(e)
    all_ = [connect(e, random.choice(SOCKETS[:2])) for _ in range(60)]
    before, start = cpu(pid), time.monotonic()
    time.sleep(1)
    used = (cpu(pid) - before) / (time.monotonic() - start)
    check(used < .3, f"no descriptor left: {used:.2f} of a processor")
    check(m.ask(message(DUMP, 99))[0] != 0, "who is connected is served")
    for s in all_:
        s.close()
    wait(lambda: "policy_version" in e.tool("solipsec", "stat", "--json",
                                            ok=False), 5, "served again")
    check(True, "and others are again, when some have gone")


def ask_and_wait(path, ready):
    all_ = []
    for _ in range(1000):
        s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        s.settimeout(2)
        try:
            s.connect(path)
            s.send(message(DUMP, 0))
        except OSError:
            pass
        all_.append(s)
    os.write(ready, b"r")
    time.sleep(60)


def crowd(e):
    """A manager with 1,000 connections, each of which asks for a dump that
    it does not read; root is served all the same."""
    rss = int(status(e.pid())["VmRSS"].split()[0])
    r, w = os.pipe()
    crowds = [fork_as(MANAGER, lambda n=n: ask_and_wait(
        str(folder(e) / n), w)) for n in SOCKETS[:2]]
    for _ in crowds:
        os.read(r, 1)
    for what in (("ipseckey", "-n", "dump"), ("ipsecconf", "-l", "-n"),
                 ("solipsec", "stat")):
        start = time.monotonic()
        e.tool(*what, timeout=30)
        took = time.monotonic() - start
        check(True, f"root: {' '.join(what)} in {took * 1000:.0f} ms")
    grown = int(status(e.pid())["VmRSS"].split()[0]) - rss
    check(grown < 300 << 10, f"memory has grown by {grown >> 10} MiB")
    for c in crowds:
        os.kill(c, signal.SIGKILL)
        os.waitpid(c, 0)
    e.stat()


def giant(e):
    """Messages of any length end as an errno or a closed connection."""
    for name in SOCKETS[:2]:
        for n in (1, 15, 16, 65535, 65536, 1 << 20, 10 << 20):
            s = connect(e, name)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 32 << 20)
            try:
                s.send(bytes([2, 10, 0, 0, 255, 255]) + bytes(n))
            except OSError:
                pass  # the kernel's own limit
            s.close()
    check(e.stat()["policy"] == "loaded", "messages of 1 byte to 10 MiB")


# --- keys ---

def variants(k):
    """What a key may look like in memory: itself, cut, as words turned round,
    and as the pads of an HMAC."""
    out = {k[:16], k[-16:], k[:8], k[-8:]}
    for pad in (0x36, 0x5c):
        p = bytes(b ^ pad for b in k)
        out |= {p[:16], p[:8]}
    for word in (4, 8):
        out.add(b"".join(k[i:i + word][::-1] for i in range(0, 16, word)))
    return out


def find(pid, keys):
    """The keys that are in the memory of a process, with where."""
    found = {}
    with open(f"/proc/{pid}/maps", encoding="ascii") as maps, \
            open(f"/proc/{pid}/mem", "rb", buffering=0) as mem:
        for line in maps:
            w = line.split()
            if not w[1].startswith("rw"):
                continue
            lo, hi = (int(x, 16) for x in w[0].split("-"))
            mem.seek(lo)
            data = mem.read(hi - lo)
            for name, k in keys.items():
                at = [data.find(v) for v in variants(k)]
                if max(at) >= 0:
                    found[name] = f"{w[-1] if len(w) > 5 else 'anonymous'}" \
                        f"+{max(at):x}"
    return found


SUITES = [("aes", 16, "sha256", 32), ("aes", 32, "sha512", 64),
          ("aes-gcm16", 20, None, 0), ("aes-gcm16", 36, None, 0),
          ("aes-ccm16", 19, None, 0), ("aes-ctr", 20, "sha1", 20),
          ("3des", 24, "md5", 16), ("blowfish", 16, "aes-xcbc", 16),
          ("camellia", 32, "sha384", 48), ("chacha20-poly1305", 36, None, 0),
          (None, 0, "sha256", 32), (None, 0, "aes-cmac", 16)]


def des_key(rng):
    """24 bytes of odd parity, which 3DES asks for."""
    return bytes(b & 0xfe | (bin(b & 0xfe).count("1") + 1) % 2
                 for b in rng.randbytes(24))


def keys_go(lab):
    """Keys of every kind are used, shown, told to listeners, and deleted: then
    none of them is in memory, nor was any in a log."""
    e, p = lab.enigma, lab.partym
    rng, keys, dead = random.Random(7), {}, []
    listener = Manager(e)
    listener.s.send(message(11, 1))  # X_PROMISC
    for n, (encr, en, auth, an) in enumerate(SUITES):
        kind = "esp" if encr else "ah"
        lines = []
        for i, (src, dst) in enumerate(((lab.V4["enigma"], lab.V4["partym"]),
                                        (lab.V4["partym"],
                                         lab.V4["enigma"]))):
            words = f"add {kind} spi {0x2000 + 2 * n + i:#x} src {src} " \
                f"dst {dst} replay 64"
            if encr:
                k = des_key(rng) if encr == "3des" else rng.randbytes(en)
                keys[f"{encr}/{i}/{n}"] = k
                words += f" encr_alg {encr} encrkey {k.hex()}"
            if auth:
                k = keys[f"{auth}/{i}/{n}"] = rng.randbytes(an)
                words += f" auth_alg {auth} authkey {k.hex()}"
            lines.append(words)
        name = encr or auth
        prop = f"encr_algs {encr}" if encr else f"auth_algs {auth}"
        if encr and auth:
            prop += f" encr_auth_algs {auth}"
        for h in (e, p):
            ours = lab.addrs(h.name)[0]
            h.policy(f"{{laddr {ours[0]} raddr {ours[1]}}} ipsec "
                     f"{{{prop} sa shared}}\n", "-q", "-F", "-a")
            h.keys("\n".join(lines) + "\n")
        if e.ping(lab.V4["partym"], "-s", 500) != 2:
            check(False, f"packets by {name} {auth or ''}")
    check(True, f"packets by {len(SUITES)} suites")
    for h in (e, p):
        scan = not is_sanitized(h.pid())
        if scan:
            found = find(h.pid(), keys)
            check(len(found) == len(keys), f"{h.name}: the scan finds "
                  f"{len(found)} of {len(keys)} keys in use")
        else:
            print("skip  looking through a sanitizer's memory")
        out = h.tool("ipseckey", "-n", "dump")
        check(all(k.hex()[:16] in out.lower() for k in keys.values()),
              "a dump shows them to root")
        h.tool("ipseckey", "-n", "-s", "/run/lab/saved")
        pathlib.Path("/run/lab/saved").unlink()
        for n in range(len(SUITES)):
            h.tool("ipseckey", "-n", "get", "esp" if SUITES[n][0] else "ah",
                   "spi", hex(0x2000 + 2 * n), "dst", lab.V4["partym"])
        # a listener that asks for everything and reads nothing
        deaf = Manager(h)
        for _ in range(50):
            deaf.s.send(message(DUMP, 0))
        # refused, with a key in it
        h.tool("ipseckey", "-n", "add", "esp", "spi", "0x2000", "src",
               lab.V4["enigma"], "dst", lab.V4["partym"], "encr_alg", "aes",
               "encrkey", keys["aes/0/0"].hex(), ok=False)
        # half are deleted one by one
        for n in range(0, len(SUITES), 2):
            for i in (0, 1):
                h.tool("ipseckey", "-n", "delete",
                       "esp" if SUITES[n][0] else "ah", "spi", hex(0x2000 + 2 * n + i), "dst",
                       lab.V4["enigma" if i else "partym"])
        gone = {x: k for x, k in keys.items() if int(x.split("/")[2]) % 2 == 0}
        deaf.s.close()
        h.stat()  # the connection's end has been seen
        found = find(h.pid(), gone) if scan else {}
        check(not found, f"{h.name}: no deleted key in memory {found or ''}"
              if scan else f"{h.name}: half of the SAs deleted")
        h.tool("ipseckey", "flush")
        found = find(h.pid(), keys) if scan else {}
        check(not found, f"{h.name}: none after the flush {found or ''}"
              if scan else f"{h.name}: all of them flushed")
        dead.append(h.log.read_text())
    text = "".join(dead) + "".join(
        f.read_text(errors="replace") for f in pathlib.Path(
            "/run/solipsec").rglob("*") if stat.S_ISREG(f.stat().st_mode))
    check(text.count("<7>") + text.count("<6>") > 0 and not any(
        k.hex()[:12] in text.lower() or k.hex()[-12:] in text.lower()
        for k in keys.values()), "none in a log at -d, nor in a file")
    while True:
        try:
            listener.s.settimeout(.2)
            m = listener.s.recv(65536)
        except TimeoutError:
            break
        if any(v in m for k in keys.values() for v in (k[:8], k[-8:])):
            check(False, "a listener hears no key")
    check(True, "a listener hears no key")


def test(lab):
    e, p = lab.enigma, lab.partym
    accounts()
    early(e)
    e.up("-d")
    p.up("-d")
    rights(e)
    debugger(e)
    managers(e)
    stranger(e)
    traps(e)
    second(e)
    keys_go(lab)
    giant(e)
    crowd(e)
    descriptors(e)
    storm(e)
    deaf_log(e)


main(test)
