# SPDX-License-Identifier: BSD-2-Clause
"""With an account of its own, ipsecd works under it, and its group may ask."""
import os
import pathlib
import re
import sys

from lab import account, check, main, run

ESP = "{encr_algs aes encr_auth_algs sha256 sa shared}"
UID, GID = 64901, 64902


def ask(gid, groups, path):
    """What a user of these groups gets of the status socket."""
    return run(sys.executable, "-c", f"""
import os, socket
os.setgroups({groups}); os.setgid({gid}); os.setuid(65534)
s = socket.socket(socket.AF_UNIX)
try:
    s.connect('{path}/status')
    print(len(s.recv(9)))
except OSError as e:
    print(e.strerror)
""").strip()


def test(lab):
    account("passwd",
            f"solipsec:x:{UID}:{GID}::/nonexistent:/usr/sbin/nologin\n")
    account("group", f"solipsec:x:{GID}:\n")
    e = lab.enigma
    lab.protect(ESP)
    status = pathlib.Path(f"/proc/{e.pid()}/status").read_text()
    check(re.search(rf"^Uid:\t{UID}\t{UID}\t{UID}\t{UID}$", status, re.M) and
          re.search(rf"^Gid:\t{GID}\t", status, re.M) and
          re.search(r"^Groups:\s*$", status, re.M), "its own user and group")
    check("CapEff:\t0000000000001000" in status and
          "CapPrm:\t0000000000001000" in status, "and one capability")
    folder = f"/run/solipsec/net-{e.inode()}"
    check(os.stat(f"{folder}/pfkey").st_gid == GID, "the group's sockets")
    check(ask(65534, [], folder) == "Permission denied", "others may not ask")
    check(ask(GID, [], folder) == "9", "the group may")
    check(ask(65534, [GID], folder) == "9", "also as a second group")
    check(e.ping(lab.V4["partym"]) == 2 and e.ping(lab.V6["partym"]) == 2,
          "traffic")
    e.policy("{tunnel ip.tun0 negotiate tunnel laddr 10.1.0.0/16 raddr "
             f"10.2.0.0/16}} ipsec {ESP}\n")
    check("ip.tun0" in e.ip("-o link"), "devices are still made")
    e.stop()
    check(not os.listdir(folder) and "tun0" not in e.ip("-o link"),
          "a clean stop takes all but the folder away, without root's rights")
    e.up()
    check(e.stat()["policy"] == "loaded", "and it starts again")


main(test)
