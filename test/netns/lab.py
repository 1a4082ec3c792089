# SPDX-License-Identifier: BSD-2-Clause
"""Two hosts and a router between them, in network namespaces.

enigma 192.168.116.16, 2001::aaaa:6666:6666  --  router  --
partym 192.168.13.213, 2001::eeee:3333:3333

Everything runs from the build folder. A test runs inside test/lib/sandbox, so
what it leaves behind dies with it.
"""
import json
import os
import pathlib
import re
import select
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import outcome  # noqa: E402
from outcome import Failed, check, ran, settle, wait  # noqa: E402,F401

BUILD = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "build").resolve()
HERE = pathlib.Path(__file__).resolve().parent
KEY = {16: "0123456789abcdeffedcba9876543210",
       20: "0123456789abcdeffedcba987654321001234567",
       24: "0123456789abcdef1123456789abcdef2123456789abcdef",
       32: "00112233445566778899aabbccddeeff"
           "102132435465768798a9bacbdcedfe0f",
       36: "00112233445566778899aabbccddeeff"
           "102132435465768798a9bacbdcedfe0fcafebabe"}


def run(*cmd, ok=True, quiet=False, **kw):
    """
    The output of a command, which has to succeed unless ok is False; quiet:
    without standard error.
    """
    r = subprocess.run([str(c) for c in cmd], capture_output=True, text=True,
                       errors="replace", **kw)
    ran(cmd, r.returncode, r.stdout + r.stderr)
    if ok and r.returncode != 0:
        raise Failed(f"{' '.join(map(str, cmd))}: exit {r.returncode}\n"
                     f"{r.stdout}{r.stderr}")
    return r.stdout if quiet else r.stdout + r.stderr


def account(name, line):
    """A line for solipsec in a file of /etc, for this sandbox only."""
    text = pathlib.Path(f"/etc/{name}").read_text()
    mine = pathlib.Path(f"/run/lab/{name}")
    mine.write_text("".join(x for x in text.splitlines(True)
                            if not x.startswith("solipsec:")) + line)
    run("mount", "--bind", mine, f"/etc/{name}")


class Host:
    """One namespace; `conf` is its own /etc/inet."""

    def __init__(self, lab, name):
        self.lab, self.name = lab, name
        self.daemon = None
        self.log = lab.dir / f"{name}.log"
        self.conf = lab.dir / name
        self.conf.mkdir(parents=True, exist_ok=True)
        run("ip", "netns", "add", name)
        self.ip("link set lo up")

    def argv(self, *cmd):
        return ["ip", "netns", "exec", self.name, *map(str, cmd)]

    def run(self, *cmd, **kw):
        return run(*self.argv(*cmd), **kw)

    def sh(self, script, **kw):
        return self.run("sh", "-c", script, **kw)

    def start(self, *cmd, **kw):
        """A process that goes on beside the test, until Lab.close()."""
        kw.setdefault("stdout", subprocess.PIPE)
        kw.setdefault("stderr", subprocess.STDOUT)
        p = subprocess.Popen(self.argv(*cmd), text=True, errors="replace",
                             start_new_session=True, **kw)
        self.lab.procs.append(p)
        return p

    def ip(self, words, **kw):
        return run("ip", "-n", self.name, *words.split(), **kw)

    def tool_path(self, name):
        return BUILD / "src/cmd" / name / name

    def tool(self, name, *args, **kw):
        return self.run(self.tool_path(name), *args, **kw)

    # ipsecd

    def up(self, *args, before=()):
        """Start ipsecd and wait until it serves; before: words before it."""
        cmd = self.argv(*before, BUILD / "src/daemon/ipsecd/ipsecd", "-f",
                        *args)
        prefix = os.environ.get("LAB_WRAP", "").split()
        with open(self.log, "a", encoding="utf-8") as f:
            at = self.log.stat().st_size
            self.daemon = subprocess.Popen(prefix + cmd, stderr=f, stdout=f)
        self.lab.procs.append(self.daemon)
        wait(lambda: "serves at" in self.log.read_text()[at:] or
             self.daemon.poll() is not None, 10, "started")
        if self.daemon.poll() is not None:
            raise Failed(f"ipsecd on {self.name}: "
                         f"{self.log.read_text()[at:]}")

    def sane(self):
        """Did a sanitized ipsecd find nothing wrong with itself?"""
        said = self.log.read_text() if self.log.exists() else ""
        if re.search("Sanitizer|runtime error:", said):
            raise Failed(f"a sanitizer's report on {self.name}")

    def tool_daemon(self, *args):
        return self.run(BUILD / "src/daemon/ipsecd/ipsecd", *args)

    def pid(self):
        return int(next(pathlib.Path("/run/solipsec").glob(
            f"net-{self.inode()}/ipsecd.pid")).read_text())

    def inode(self):
        return os.stat(f"/run/netns/{self.name}").st_ino

    def stop(self, sig=signal.SIGTERM):
        os.kill(self.pid(), sig)
        self.daemon.wait(10)

    def policy(self, text, *args):
        f = self.conf / "ipsecinit.conf"
        f.write_text(text)
        return self.tool("ipsecconf", *(args or ("-q", "-a")), f)

    def keys(self, text):
        f = self.conf / "ipseckeys"
        f.touch(mode=0o600)
        f.write_text(text)
        return self.tool("ipseckey", "-f", f)

    def stat(self):
        return json.loads(self.tool("solipsec", "stat", "--json",
                                    quiet=True))

    def count(self, where, name):
        """A counter: where is "in" or "out" of the verdicts, or a section."""
        s = self.stat()
        return (s["verdicts"][where] if where in ("in", "out") else
                s[where])[name]

    def admin(self, op, **kw):
        """An op of the admin socket; its answer."""
        s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with s:
            s.connect(f"/run/solipsec/net-{self.inode()}/admin")
            s.send(json.dumps({"op": op, **kw}).encode())
            text = b""
            while not text.endswith(b"\n"):
                piece = s.recv(1 << 20)
                if not piece:
                    raise Failed(f"{op}: no answer")
                text += piece
        return json.loads(text)

    # traffic

    def ping(self, dst, *args, count=2, wait_s=1):
        """How many answers came. A busy machine needs time for the last."""
        wait_s = max(wait_s, 1) if wait_s > 0.1 else wait_s
        out = self.run("ping", "-n", "-c", count, "-i", "0.05", "-W", wait_s,
                       *args, dst, ok=False)
        m = re.search(r"(\d+) received", out)
        return int(m.group(1)) if m else 0


    def talk(self, *args):
        """One exchange of talk.py; what it prints."""
        return self.run(sys.executable, HERE / "talk.py", *args,
                        timeout=150, quiet=True).strip()

    def serve(self, port=7, kind="serve"):
        p = self.start(sys.executable, HERE / "talk.py", kind, port)
        said = ""
        for line in p.stdout:
            if line.strip() == "ready":
                return p
            said += line
        raise Failed(f"no server: {said}")

    def udp(self, dst, size=100, count=3, port=7, wait_s=3):
        """How many datagrams came back as they were sent."""
        return int(self.talk("udp", dst, port, size, count, wait_s))

    def tcp(self, dst, size=100000, port=7):
        """The segment size of a stream that came back as it was sent."""
        word, mss = self.talk("tcp", dst, port, size).split()
        if word != "ok":
            raise Failed("the stream came back different")
        return int(mss)


    def bulk_begin(self, dst, size, port=9):
        """A stream each way; see talk.py sink."""
        return self.start(sys.executable, HERE / "talk.py", "bulk", dst, port,
                          size)

    def bulk_end(self, p, timeout=110):
        """It arrived as it was."""
        said = p.communicate(timeout=timeout)[0].strip()
        if said != "ok":
            raise Failed(f"bulk on {self.name}: {said}")
        return True

    def bulk(self, dst, size, port=9, timeout=110):
        return self.bulk_end(self.bulk_begin(dst, size, port), timeout)


class Lab:
    V4 = {"enigma": "192.168.116.16", "partym": "192.168.13.213"}
    V6 = {"enigma": "2001::aaaa:6666:6666", "partym": "2001::eeee:3333:3333"}
    GW4 = {"enigma": "192.168.116.1", "partym": "192.168.13.1"}
    GW6 = {"enigma": "2001::aaaa:0:1", "partym": "2001::eeee:0:1"}

    def __init__(self, directory):
        self.dir = pathlib.Path(directory)
        self.procs = []
        self.router = Host(self, "router")
        self.hosts = {n: Host(self, n) for n in self.V4}
        self.router.sh("sysctl -qw net.ipv4.ip_forward=1 "
                       "net.ipv6.conf.all.forwarding=1")
        for n, h in self.hosts.items():
            r = f"to-{n}"
            run("ip", "link", "add", r, "netns", "router", "type", "veth",
                "peer", "name", "net0", "netns", n)
            self.router.ip(f"addr add {self.GW4[n]}/24 dev {r}")
            self.router.ip(f"addr add {self.GW6[n]}/96 dev {r} nodad")
            self.router.ip(f"link set {r} up")
            h.ip(f"addr add {self.V4[n]}/24 dev net0")
            h.ip(f"addr add {self.V6[n]}/96 dev net0 nodad")
            h.ip("link set net0 up")
            h.ip(f"route add default via {self.GW4[n]}")
            h.ip(f"-6 route add default via {self.GW6[n]}")
        self.enigma, self.partym = self.hosts["enigma"], self.hosts["partym"]
        # neighbours are known before anything is measured
        for a in ("4", "6"):
            addr = self.V4 if a == "4" else self.V6
            wait(lambda addr=addr: self.enigma.ping(
                addr["partym"], count=1) == 1, 10, "connected")

        for h in (self.router, *self.hosts.values()):
            wait(lambda h=h: "tentative" not in h.ip("addr"), 10, "settled")

    def addrs(self, name):
        """Of a host: IPv4 and IPv6, and those of the other one."""
        other = "partym" if name == "enigma" else "enigma"
        return ((self.V4[name], self.V4[other]), (self.V6[name],
                                                  self.V6[other]))

    def protect(self, action="{encr_algs aes encr_auth_algs sha256 "
                "sa shared}", families=(4, 6), extra="", keys=True):
        """Both hosts: ipsecd, one policy for all traffic between them."""
        for h in self.hosts.values():
            if h.daemon is None or h.daemon.poll() is not None:
                h.up()
            h.policy(extra + "".join(
                f"{{laddr {a[0]} raddr {a[1]}}} ipsec {action}\n"
                for f, a in zip((4, 6), self.addrs(h.name))
                if f in families), "-q", "-F", "-a")
            if keys:
                h.tool("ipseckey", "flush")
                h.keys(self.manual(action))

    def manual(self, action):
        """Manual SAs for both directions and families that fit an action."""
        words = action.strip("{}").split()
        prop = dict(zip(words[::2], words[1::2]))
        size = {"aes": 16, "aes-gcm": 20, "aes-gcm16": 36, "sha1": 20,
                "md5": 16, "sha256": 32, "3des": 24}
        out, spi = [], 0x1000
        for a, b in ((self.V4["enigma"], self.V4["partym"]),
                     (self.V6["enigma"], self.V6["partym"])):
            for src, dst in ((a, b), (b, a)):
                for kind in ("esp", "ah"):
                    auth = prop.get("encr_auth_algs" if kind == "esp" else
                                    "auth_algs")
                    encr = prop.get("encr_algs") if kind == "esp" else None
                    if not auth and not encr:
                        continue
                    spi += 1
                    out.append(
                        f"add {kind} spi {spi:#x} src {src} dst {dst}" +
                        (f" encr_alg {encr} encrkey {KEY[size[encr]]}"
                         if encr else "") +
                        (f" auth_alg {auth} authkey {KEY[size[auth]]}"
                         if auth else "") + " replay 64")
        return "\n".join(out) + "\n"

    def capture(self, dev="to-partym", flt="", host=None):
        """Packets of a device, the router's or a host's, from now on."""
        return Capture(self, dev, flt, host or self.router)

    def tell(self):
        """What the hosts know, for who looks why a test failed."""
        last = list(outcome.COMMANDS)
        for h in self.hosts.values():
            if h.log.exists():
                print(f"--- log of {h.name}:\n{h.log.read_text()}")
            if h.daemon and h.daemon.poll() is None:
                try:
                    print(f"--- solipsec stat on {h.name}:")
                    print(h.tool("solipsec", "stat", ok=False, timeout=10))
                except (subprocess.TimeoutExpired, OSError) as e:
                    print(f"no answer: {e}")
        outcome.COMMANDS.clear()
        outcome.COMMANDS.extend(last)

    def close(self):
        for p in self.procs:
            if p.poll() is None:
                p.kill()
                p.wait()


class Capture:
    def __init__(self, lab, dev, flt, host):
        self.file = lab.dir / f"{dev}-{time.monotonic_ns()}.pcap"
        self.p = host.start(
            "tcpdump", "-i", dev, "-s", "0", "-U", "--immediate-mode",
            "-B", "16384", "-Z", "root", "-w", self.file,
            *([flt] if flt else []))
        wait(lambda: self.file.exists() and self.file.stat().st_size >= 24,
             what="capturing")

    def seen(self):
        """What was captured as yet, as IP bytes; it goes on."""
        return list(read_pcap(self.file))

    def size(self):
        """Bytes in the file so far."""
        return self.file.stat().st_size

    def counted(self):
        """How many packets it has written, and how many came to its filter."""
        fd, said = self.p.stdout.fileno(), b""
        self.p.send_signal(signal.SIGUSR1)
        while select.select([fd], [], [], 10)[0]:
            piece = os.read(fd, 4096)
            said += piece
            m = re.search(rb"(\d+) packets? captured, (\d+) packets? received "
                          rb"by filter", said)
            if m:
                return int(m[1]), int(m[2])
            if not piece:
                break
        return 0, 0

    def stop(self):
        """Every captured packet, as its IP bytes."""
        settle(3)
        # on a busy machine it may not have got to the last ones
        for _ in range(100):
            done, came = self.counted()
            if done >= came:
                break
            time.sleep(0.05)
        # `ip netns exec` has become tcpdump
        self.p.send_signal(signal.SIGINT)
        self.p.wait()
        return [p for p in read_pcap(self.file)]


def read_pcap(path):
    data = pathlib.Path(path).read_bytes()
    at = 24
    while at + 16 <= len(data):
        n = int.from_bytes(data[at + 8:at + 12], "little")
        frame = data[at + 16:at + 16 + n]
        at += 16 + n
        if frame[12:14] in (b"\x08\x00", b"\x86\xdd"):
            yield frame[14:]


def proto(pkt):
    """The IPv4 protocol or the first IPv6 next header; 44 is a fragment."""
    return pkt[9] if pkt[0] >> 4 == 4 else pkt[6]


MARK = b"SOLIPSEC-PLAINTEXT"  # talk.py


def protected(pkts):
    """Is every packet ESP or AH, and does none show what was said?"""
    odd = [p for p in pkts if proto(p) not in (50, 51) and not
           (proto(p) == 44 and p[40] in (50, 51)) and not is_link(p)]
    return not odd and not any(MARK[:12] in p for p in pkts)


def is_link(p):
    """Neighbour discovery and group reports, which are the link's own."""
    if p[0] >> 4 == 4:
        return p[9] == 2
    at, nh = 40, p[6]
    if nh == 0:
        nh, at = p[40], 40 + 8 * (p[41] + 1)
    return nh == 58 and (130 <= p[at] <= 137 or p[at] == 143)


def main(test):
    """Run test(lab); the exit status is that of a test."""
    if os.environ.get("IN_SANDBOX") != "1":
        here = pathlib.Path(sys.argv[0]).resolve()
        sandbox = pathlib.Path(__file__).resolve().parent.parent / \
            "lib/sandbox"
        os.environ["IN_SANDBOX"] = "1"
        os.execv(sandbox, [str(sandbox), sys.executable, str(here),
                           str(BUILD)])
    # a shell that runs tests in the background has it ignored, and what is
    # started here would inherit that
    signal.signal(signal.SIGINT, signal.default_int_handler)
    lab = None
    pathlib.Path("/run/lab").mkdir()
    outcome.limit()
    try:
        lab = Lab("/run/lab")
        test(lab)
        for h in lab.hosts.values():
            h.sane()
        print("PASS")
    except Exception as e:  # pylint: disable=broad-except
        if lab:
            lab.tell()
        outcome.ended(e)
        sys.exit(1)
    finally:
        if lab:
            lab.close()
