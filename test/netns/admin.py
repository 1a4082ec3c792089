# SPDX-License-Identifier: BSD-2-Clause
"""The admin socket of a real, locked-up ipsecd."""
import json
import sys

from lab import check, main

ASK = """
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
s.connect(sys.argv[1])
for question in sys.argv[2:]:
    s.send(question.encode())
    text = b""
    while not text.endswith(b"\\n"):
        piece = s.recv(1 << 20)
        if not piece:
            sys.exit("closed")
        text += piece
    print(text.decode(), end="")
"""


def ask(h, *questions):
    """Each answer to these, on one connection."""
    path = f"/run/solipsec/net-{h.inode()}/admin"
    out = h.run(sys.executable, "-c", ASK, path, *questions)
    return [json.loads(x) for x in out.splitlines()]


def test(lab):
    e = lab.enigma
    e.up()
    good, bad, odd = ask(e, '{"op":"help"}', '{"op":"nothing"}', "nonsense")
    check(good["ok"] and {"op": "help", "help": "the list of ops"} in
          good["ops"], "the list of ops")
    check(not bad["ok"] and bad["errno"] == 95 and "no such op" in
          bad["error"], "an op that is not there")
    check(not odd["ok"] and odd["errno"] == 22, "what is not JSON")
    # the sandbox takes nothing away that an op needs
    for op in [o["op"] for o in good["ops"]]:
        a = ask(e, json.dumps({"op": op}))[0]
        check(a["ok"] or (a["error"] and "\n" not in a["error"]),
              f"op {op} answers")
    check(e.stat()["policy"] == "loaded", "and ipsecd lives")


main(test)
