#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""usage: libsolipsec.py BUILD PREFIX SANITIZER

Installs BUILD into a folder, builds algs.c with what pkg-config says there, and
runs it with the installed table of algorithms.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
WANT = """\
aes-cbc 12 CKM_AES_CBC 128-256
PROTO_IPSEC_AH 2
ENOENT
there is no such algorithm
1 left
"""
TABLE = """\
# as an administrator may have it
PROTO|2|PROTO_IPSEC_AH|sync
PROTO|3|PROTO_IPSEC_ESP|sync
ALG|3|11|null|-|0|0
ALG|3|12|aes-cbc,aes|CKM_AES_CBC|128/128-256,64|16
"""


def out(*cmd, **kw):
    return subprocess.run(cmd, check=True, stdout=subprocess.PIPE, text=True,
                          **kw).stdout


def main(build, prefix, sanitizer):
    if sanitizer != "none":
        print("SKIP: a library with a sanitizer wants it in the program, too")
        return 77
    for tool in ("meson", "pkg-config", "cc"):
        if shutil.which(tool) is None:
            print(f"SKIP: no {tool}")
            return 77
    with tempfile.TemporaryDirectory() as tmp:
        root = pathlib.Path(tmp) / "root"
        out("meson", "install", "-C", build, "--no-rebuild", "--quiet",
            "--destdir", str(root))
        top = root / prefix.lstrip("/")
        lib = next(top.rglob("libsolipsec.so.0"))
        if b"__asan_init" in lib.read_bytes() or \
                b"__tsan_init" in lib.read_bytes():
            print("SKIP: a sanitized library wants a sanitized program")
            return 77
        pc = next(top.rglob("libsolipsec.pc"))
        env = {**os.environ, "PKG_CONFIG_LIBDIR": str(pc.parent),
               "PKG_CONFIG_SYSROOT_DIR": str(root)}
        flags = out("pkg-config", "--cflags", "--libs", "libsolipsec",
                    env=env).split()
        assert "-lsolipsec" in flags, flags
        program = pathlib.Path(tmp) / "algs"
        # nothing of the tree is in reach: no -I of ours, another folder
        out("cc", "-Wall", "-Wextra", "-Werror", "-std=c99", "-pedantic",
            "-o", str(program), str(HERE / "algs.c"), *flags, cwd=tmp)
        table = pathlib.Path(tmp) / "ipsecalgs"
        table.write_text(TABLE)
        got = out(str(program), cwd=tmp,
                  env={**os.environ, "LD_LIBRARY_PATH": str(lib.parent),
                       "SOLIPSEC_IPSECALGS": str(table)})
        if got != WANT:
            print(f"got:\n{got}\nwanted:\n{WANT}")
            return 1
        left = TABLE.replace(TABLE.splitlines(True)[-1], "")
        assert table.read_text() == left, table.read_text()
        soname = out("readelf", "-d", str(lib))
        assert "Library soname: [libsolipsec.so.0]" in soname, soname
        names = {line.split()[-1] for line in
                 out("nm", "-D", "--defined-only", str(lib)).splitlines()}
        # what is not in the version script is not to be seen
        odd = {n for n in names if "@@" not in n and n != "SOLIPSEC_0.2"}
        assert not odd, odd
    print("a program of the installed tree works")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
