# SPDX-License-Identifier: BSD-2-Clause
"""The examples of solipsec-run(8), as they are printed."""
import os
import pathlib
import shutil
import signal
import sys

from lab import BUILD, MARK, check, main, protected, wait
from pages import Page, examples, own_etc

PAGES = ("solipsec-run.8",)
# what does the part of a program that a machine need not have
STAND_INS = {
    "curl": "#!/usr/bin/python3\nimport sys, urllib.request\n"
            "print(urllib.request.urlopen(sys.argv[1], timeout=20)"
            ".read().decode())\n",
    "telnet": "#!/usr/bin/python3\nimport socket, sys\n"
              "s = socket.create_connection((sys.argv[1], 23))\n"
              "print(s.makefile().readline(), flush=True)\n"
              "sys.stdin.readline()\n",
}
GREET = "import socket; s = socket.create_server(('', 23))\n" \
    "while True: s.accept()[0].send(b'hello\\n')"
# whether there is an answer to a connection, in the clear
TRY = "import socket, sys\n" \
    "socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=1)"


def own_names(lab):
    """Names of the page, and no others: nobody waits for a name server."""
    pathlib.Path("/etc/hosts").write_text(
        f"127.0.0.1 localhost\n{lab.V4['enigma']} enigma\n"
        f"{lab.V4['partym']} partym\n{lab.GW4['enigma']} oldhost\n")
    pathlib.Path("/etc/nsswitch.conf").write_text("hosts: files\n")
    for name, text in STAND_INS.items():
        if not shutil.which(name):
            f = pathlib.Path("/run/lab/bin") / name
            f.write_text(text)
            f.chmod(0o755)
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            del os.environ[name]


def answers(h, port, address="127.0.0.1"):
    return "Error" not in h.run(sys.executable, "-c", TRY, address, port,
                                ok=False)


def client(lab, page, example):
    p = lab.partym
    web = lab.dir / "web"
    web.mkdir()
    (web / "index.html").write_bytes(MARK)
    p.start(sys.executable, "-m", "http.server", "80", "--directory", web)
    wait(lambda: answers(p, 80), 20, "a server")
    c = lab.capture()
    page.example(*example)
    check(MARK.decode() in "".join(page.said.values()), "a file by HTTP")
    pkts = c.stop()
    check(len(pkts) >= 6 and protected(pkts), "protected on the way")


def server(lab, page, example):
    e, p = lab.enigma, lab.partym
    s = page.example(*example)
    wait(lambda: answers(e, 8000), 20, "a server")
    before = e.count("in", "spd_got_clear")
    check(not answers(p, 8000, "enigma"), "no answer to what is clear")
    check(e.count("in", "spd_got_clear") > before, "dropped and counted")
    p.policy(f"{{laddr {lab.V4['partym']} raddr {lab.V4['enigma']}}} ipsec "
             "{encr_algs aes-gcm(256) sa shared}\n")
    c = lab.capture()
    check("<html" in p.run("curl", "http://enigma:8000/", quiet=True),
          "an answer to what is protected")
    pkts = c.stop()
    check(len(pkts) >= 6 and protected(pkts), "protected on the way")
    s.send_signal(signal.SIGINT)
    s.communicate(timeout=20)


def bypass(lab, page, example):
    e, r = lab.enigma, lab.router
    r.start(sys.executable, "-c", GREET)
    wait(lambda: answers(r, 23), 20, "a server")
    e.policy(f"{{raddr {lab.GW4['enigma']}}} ipsec {{encr_algs aes-gcm}}\n",
             "-q", "-F", "-a")
    check(not answers(e, 23, "oldhost"), "policy asks for IPsec")
    t = page.example(*example)
    wait(lambda: "hello" in t.stdout.readline(), 20, "answered")
    check(True, "which the program goes without")
    t.communicate("\n", timeout=20)


def test(lab):
    own_etc()
    own_names(lab)
    e, p = lab.enigma, lab.partym
    for h in (e, p):
        h.up()
        h.keys(lab.manual("{encr_algs aes-gcm16}").replace("aes-gcm16",
                                                           "aes-gcm"))
    page = Page(PAGES[0], e)
    get, serve, telnet = examples(PAGES[0])
    server(lab, page, serve)
    client(lab, page, get)
    bypass(lab, page, telnet)


if b"__asan_init" in (BUILD / "src/cmd/solipsec/solipsec").read_bytes():
    print("SKIP: a sanitizer's libraries cannot be loaded into other programs")
    sys.exit(77)
main(test)
