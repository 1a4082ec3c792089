# SPDX-License-Identifier: BSD-2-Clause
"""`solipsec packet` as a program, and the capture files it reads and writes.

Only the standard library is needed here: whoever is on the other side reads
the captures with eyes of its own.
"""
import json
import pathlib
import struct
import subprocess

RAW = 101  # LINKTYPE_RAW: IPv4 or IPv6, by the first nibble


class ToolError(Exception):
    """It ended in a way that no test expects."""


def write_pcap(path, packets):
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, RAW))
        for i, p in enumerate(packets):
            f.write(struct.pack("<IIII", 1700000000 + i, 0, len(p), len(p)))
            f.write(p)


def read_pcapng(path):
    """The packets of a capture of raw IP packets."""
    data = pathlib.Path(path).read_bytes()
    packets, at, order = [], 0, "<"
    while at < len(data):
        if data[at:at + 4] == b"\n\r\r\n":  # section header
            order = "<" if data[at + 8:at + 12] == b"\x4d\x3c\x2b\x1a" else ">"
        kind, size = struct.unpack_from(order + "II", data, at)
        if size < 12 or at + size > len(data):
            raise ToolError(f"{path}: damaged at byte {at}")
        if kind == 1:  # interface description
            link, = struct.unpack_from(order + "H", data, at + 8)
            if link != RAW:
                raise ToolError(f"{path}: link type {link}")
        elif kind == 6:  # enhanced packet
            caplen, = struct.unpack_from(order + "I", data, at + 20)
            packets.append(data[at + 28:at + 28 + caplen])
        at += size
    return packets


class Tool:
    """work: a folder for the files of one run after the other."""

    def __init__(self, program, work):
        self.program, self.work = str(program), pathlib.Path(work)
        self.count = 0

    def _file(self, name):
        self.count += 1
        return self.work / f"{self.count}-{name}"

    def _run(self, *args, ok=(0,)):
        r = subprocess.run([self.program, "packet", *map(str, args)],
                           capture_output=True, text=True)
        if r.returncode not in ok:
            why = [x for x in r.stderr.splitlines() if "warning: " not in x]
            raise ToolError("\n".join([
                f"{' '.join(map(str, args))}: status {r.returncode}", *why]))
        return [json.loads(x) for x in r.stdout.splitlines()]

    def _capture(self, way, packets, option, sas):
        """A (line, new packet or None) for each packet."""
        capture, out = self._file("in.pcap"), self._file("out.pcapng")
        write_pcap(capture, packets)
        lines = self._run(way, capture, option, sas, "-w", out)
        made = iter(read_pcapng(out))
        pairs = [(x, next(made) if x["action"] != "none" else None)
                 for x in lines]
        if len(pairs) != len(packets) or next(made, None) is not None:
            raise ToolError(f"{len(packets)} packets in, {len(lines)} lines")
        return pairs

    def open(self, packets, sas):
        """sas: objects as in the vector files."""
        path = self._file("sa.json")
        path.write_text(json.dumps({"sas": sas}))
        return self._capture("open", packets, "-j", path)

    def seal(self, packets, keys):
        """keys: lines of ipseckey."""
        path = self._file("ipseckeys")
        path.touch(mode=0o600)
        path.write_text("\n".join(keys) + "\n")
        return self._capture("seal", packets, "-k", path)

    def vectors(self, cases):
        """The lines about each check; the summary is checked here."""
        path = self._file("vectors.json")
        path.write_text(json.dumps({"vectors": cases}))
        *lines, last = self._run("--from-json", path, ok=(0, 1))
        if not last.get("summary") or last["cases"] != len(cases) or \
                last["checks"] != len(lines):
            raise ToolError(f"{len(cases)} cases, but {last}")
        return lines
