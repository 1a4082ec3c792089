# SPDX-License-Identifier: BSD-2-Clause
"""What commands print of a real ipsecd, where that is always the same: golden
files as those of test/golden, on enigma. RECORD=1 in the environment writes
them anew."""
import os
import sys

from lab import BUILD, HERE, check, main

GOLDEN = HERE.parent / "golden"


def test(lab):
    e = lab.enigma
    e.up()
    for name, program in (("iptun-live", "src/cmd/iptun"),):
        out = e.run("env", f"SOLIPSEC_RUN=/run/solipsec/net-{e.inode()}",
                    f"SOLIPSEC_ETC={e.conf}",
                    sys.executable, GOLDEN / "transcript",
                    *(["--write"] if os.environ.get("RECORD") else []),
                    BUILD / program, GOLDEN / f"{name}.txt", ok=False)
        print(out, end="")
        check(os.environ.get("RECORD") or out.endswith(" 0 with another "
              "answer\n"), f"{name}.txt")


main(test)
