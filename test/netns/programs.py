# SPDX-License-Identifier: BSD-2-Clause
"""Policy on the sockets of programs that know nothing of it, and of some that
do: `solipsec run`, libsolipsec, Solaris' socket options."""
import os
import pathlib
import shutil
import subprocess
import sys

from lab import BUILD, HERE, check, main, proto, protected

ESP = ("--esp", "aes", "--esp-auth", "sha256")
NOBODY = 65534
KNOCK = BUILD / "test/netns/knock"
STATIC = BUILD / "test/netns/knock_static"
SOLIPSEC = pathlib.Path("/run/lab/solipsec")
LIBRARIES = pathlib.Path("/run/lab/lib")


def skip_sanitized():
    """A sanitizer's libraries cannot be loaded into other programs."""
    if b"__asan_init" in (BUILD / "src/cmd/solipsec/solipsec").read_bytes():
        print("SKIP: this build is sanitized")
        sys.exit(77)


def copy_programs():
    """Who is not root may not look into the folder that this was built in."""
    LIBRARIES.mkdir()
    for f in BUILD.glob("src/preload/*.so"):
        shutil.copy(f, LIBRARIES)
    for f in BUILD.glob("src/lib/libsolipsec.so*"):
        if f.is_file():
            shutil.copy(f, LIBRARIES)
    shutil.copy(BUILD / "src/cmd/solipsec/solipsec", SOLIPSEC)
    for f in (KNOCK, STATIC):
        if f.exists():
            shutil.copy(f, "/run/lab")
    os.environ["SOLIPSEC_LIBDIR"] = str(LIBRARIES)
    os.environ["LD_LIBRARY_PATH"] = str(LIBRARIES)


def words(h, cmd, uid=None):
    user = ("setpriv", "--reuid", uid, "--regid", uid, "--clear-groups") \
        if uid else ()
    return h.argv(*user, *cmd)


def call(h, *cmd, uid=None):
    """Exit status and output."""
    r = subprocess.run(words(h, cmd, uid), capture_output=True, text=True,
                       check=False, timeout=30)
    return r.returncode, (r.stdout + r.stderr).strip()


def knock(h, how, dst, *options, uid=None, program=KNOCK, port=7):
    cmd = ("/run/lab/" + program.name, how, dst, port)
    if options:
        cmd = (SOLIPSEC, "run", *options, "--", *cmd)
    return call(h, *cmd, uid=uid)


def on_wire(lab, what, f, clear=False):
    """f() gets "ok", and what the router saw of it is as it should be."""
    c = lab.capture()
    status, said = f()
    pkts = c.stop()
    check(status == 0 and said == "ok", f"{what}: {said}")
    if clear:
        check(any(proto(p) == 6 for p in pkts), f"{what}: in the clear")
    else:
        check({proto(p) for p in pkts} >= {50} and protected(pkts),
              f"{what}: ESP alone on the wire")


def server(h, *options, port=7):
    p = h.start(SOLIPSEC, "run", *options, "--", sys.executable,
                HERE / "talk.py", "serve", port)
    for line in p.stdout:
        if line.strip() == "ready":
            return p
    check(False, "the server began")
    return None


def both(lab, *options):
    """Server and client of Python, TCP and UDP, IPv4 and IPv6."""
    for fam, addr in (("IPv4", lab.V4), ("IPv6", lab.V6)):
        dst = addr["partym"]
        for kind, args in (("tcp", (50000,)), ("udp", (300, 3))):
            c = lab.capture()
            status, said = call(
                lab.enigma, SOLIPSEC, "run", *options, "--", sys.executable,
                HERE / "talk.py", kind, dst, 7, *args)
            pkts = c.stop()
            check(status == 0 and said.split()[0] in ("ok", "3"),
                  f"{fam} {kind}: {said}")
            check({proto(p) for p in pkts} >= {50} and protected(pkts),
                  f"{fam} {kind}: ESP alone on the wire")


def refused(lab):
    e = lab.enigma
    status, said = knock(e, "plain", lab.V4["partym"])
    check(status == 1, f"a clear client of a protected server: {said}")
    check(e.udp(lab.V4["partym"], count=1) == 0, "nor by UDP")
    status, said = knock(e, "plain", lab.V4["partym"], "--bypass",
                         uid=NOBODY)
    check(status == 125 and "may bypass policy" in said,
          f"a user may not go without: {said}")
    status, said = call(e, SOLIPSEC, "run", *ESP, "--", "/nonexistent")
    check(status == 127, f"no such program: {status}")
    status, said = call(e, SOLIPSEC, "run", *ESP, "--", "sh", "-c", "exit 7")
    check(status == 7, f"the exit status is the program's: {status}")
    status, said = call(e, SOLIPSEC, "run", *ESP, "--", "ping", "-c1", "-W1",
                        lab.V4["partym"])
    check(status != 0, f"raw sockets are refused: {said}")


def clients(lab):
    for dst in (lab.V4["partym"], lab.V6["partym"]):
        for how, options in (("plain", ESP), ("lib", ()),
                             ("opt", ("--own",))):
            on_wire(lab, f"{how} {' '.join(options)} to {dst}",
                    lambda a=(how, dst, *options): knock(lab.enigma, *a))
        on_wire(lab, f"a user's, to {dst}", lambda d=dst: knock(
            lab.enigma, "plain", d, *ESP, uid=NOBODY))
        if STATIC.exists():
            on_wire(lab, f"linked statically, to {dst}", lambda d=dst: knock(
                lab.enigma, "plain", d, *ESP, program=STATIC))


def system_policy(lab):
    """What the system demands, and who may do otherwise."""
    e, dst = lab.enigma, lab.V4["partym"]
    lab.partym.serve(8)
    e.policy(f"{{raddr {dst} rport 8 ulp tcp}} ipsec {{encr_algs aes "
             "encr_auth_algs sha256}\n")
    status, said = knock(e, "plain", dst, port=8)
    check(status == 1, f"policy protects what the server wants clear: {said}")
    on_wire(lab, "root goes without", lambda: knock(
        e, "plain", dst, "--bypass", port=8), clear=True)


def nobody_serves(lab):
    lab.enigma.stop()
    status, said = knock(lab.enigma, "plain", lab.V4["partym"], *ESP)
    check(status == 125 and "no ipsecd" in said, f"no ipsecd: {said}")


def test(lab):
    copy_programs()
    for h in lab.hosts.values():
        h.up()
        h.keys(lab.manual("{encr_algs aes encr_auth_algs sha256}"))
    p = server(lab.partym, *ESP)
    both(lab, *ESP)
    both(lab, *ESP, "--no-guard")
    clients(lab)
    refused(lab)
    p.terminate()
    p.wait()
    lab.partym.serve()
    on_wire(lab, "with the server's end its policy ended", lambda: knock(
        lab.enigma, "plain", lab.V4["partym"]), clear=True)
    system_policy(lab)
    nobody_serves(lab)


skip_sanitized()
main(test)
