# SPDX-License-Identifier: BSD-2-Clause
"""The examples of manual pages that need a running ipsecd: on enigma, with the
addresses of the guide."""
import os
import pathlib
import sys

from lab import BUILD, HERE, check, main

TOP = HERE.parent.parent
PAGES = ["hostname.ip.tun.5", "ipsecalgs.5", "ipsecalgs.8", "ipseckey.8",
         "ipseckeys.5", "iptun.8"]


def test(lab):
    e = lab.enigma
    e.up()
    path = ":".join(str(p.parent) for p in
                    pathlib.Path(BUILD / "src/cmd").glob("*/*")
                    if p.is_file() and os.access(p, os.X_OK) and
                    p.name == p.parent.name)
    for page in PAGES:
        # a page may change the table of algorithms: one of its own
        algs = lab.dir / f"{page}.algs"
        algs.write_text((TOP / "etc/ipsecalgs").read_text())
        out = e.run("env", f"SOLIPSEC_IPSECALGS={algs}",
                    "RESET=ipseckey flush; ipsecconf -q -F; ipsecalgs -s",
                    sys.executable, TOP / "test/golden/examples", path,
                    TOP / "man" / page, ok=False)
        print(out, end="")
        check(out.startswith(f"{page}:") and out.count("\n") == 1,
              f"the examples of {page}")


main(test)
