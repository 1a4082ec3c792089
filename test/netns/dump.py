# SPDX-License-Identifier: BSD-2-Clause
"""As many SAs as a gateway has: added, dumped, saved and restored; and the
example of pf_key(7), compiled and run."""
import re

from lab import HERE, check, main, run

N = 3000
TOP = HERE.parent.parent


def keys():
    return "".join(
        f"add esp spi {0x1000 + i:#x} src 192.168.116.16 "
        f"dst 10.1.{i >> 8}.{i & 255} encr_alg aes encrkey {i + 1:032x} "
        f"auth_alg sha256 authkey {i + 1:064x}\n" for i in range(N))


def example(lab, sock):
    """The program of the manual page, for this socket."""
    page = (TOP / "man/pf_key.7").read_text()
    body = re.search(r"\.Sh EXAMPLES.*?\.Bd[^\n]*\n(.*?)\.Ed", page, re.S)[1]
    body = body.replace("/run/solipsec/pfkey", sock).replace("\\e", "\\")
    src, prog = lab.dir / "example.c", lab.dir / "example"
    src.write_text("".join(f"#include <{h}.h>\n" for h in (
        "err", "stdio", "string", "unistd", "sys/socket", "sys/un",
        "net/pfkeyv2")) + "int main(void) {\n" + body + "return 0;\n}\n")
    run("cc", "-Wall", "-Wextra", "-Werror", "-I", TOP / "include", src, "-o",
        prog)
    return prog


def test(lab):
    h = lab.enigma
    h.up()
    h.keys(keys())
    out = h.tool("ipseckey", "-n", "dump", "esp")
    check(out.count("SADB_ASSOC") == N, f"dump shows {N} SAs")
    check(len(set(re.findall(r"spi=(0x\w+)", out))) == N, "each of them once")
    prog = example(lab, f"/run/solipsec/net-{h.inode()}/pfkey")
    check(h.run(prog).strip() == str(N), "the manual's example counts them")
    saved = lab.dir / "saved"
    h.tool("ipseckey", "-n", "-s", saved)
    h.tool("ipseckey", "flush")
    check(h.run(prog).strip() == "0", "none is left after flush")
    h.tool("ipseckey", "-n", "-f", saved)
    again = h.tool("ipseckey", "-n", "dump", "esp")
    strip = re.compile(r"(?m)^(Message|CLT|Base).*\n")
    check(sorted(strip.sub("", again).split("\n\n")) ==
          sorted(strip.sub("", out).split("\n\n")),
          "what was saved is what it had")


main(test)
