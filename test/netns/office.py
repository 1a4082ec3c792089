# SPDX-License-Identifier: BSD-2-Clause
"""
Two offices: enigma and partym of the lab are their gateways, each with a network
behind it (hme1) and a host on that (spec: tasks, topology B).
"""
import sys

from lab import HERE, KEY, Host, check, proto, run, wait

MAN = HERE.parent.parent / "man"
NAMES = {"enigma": "euro", "partym": "calif"}
GW4 = {"enigma": "10.16.16.6", "partym": "10.1.3.3"}
GW6 = {"enigma": "6000:6666::aaaa:1116", "partym": "6000:3333::eeee:1113"}
LAN4 = {"enigma": "10.16.16.0/24", "partym": "10.1.3.0/24"}
LAN6 = {"enigma": "6000:6666::/64", "partym": "6000:3333::/64"}
HOST4 = {"enigma": "10.16.16.20", "partym": "10.1.3.20"}
HOST6 = {"enigma": "6000:6666::20", "partym": "6000:3333::20"}
OTHER = {"enigma": "partym", "partym": "enigma"}

# what a sender of forged packets does: hexadecimal Ethernet payloads on stdin
FORGE = """
import socket, sys
dev, mac = sys.argv[1], bytes.fromhex(sys.argv[2].replace(":", ""))
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind((dev, 0))
own = s.getsockname()[4]
for line in sys.stdin:
    p = bytes.fromhex(line)
    s.send(mac + own + (b"\\x08\\0" if p[0] >> 4 == 4 else b"\\x86\\xdd") + p)
"""


def build(lab):
    """The networks behind the gateways; hosts in lab.lan."""
    lab.lan = {}
    for n, h in lab.hosts.items():
        x = Host(lab, NAMES[n])
        lab.lan[n] = x
        run("ip", "link", "add", "hme1", "netns", n, "type", "veth", "peer",
            "name", "hme0", "netns", NAMES[n])
        h.ip(f"addr add {GW4[n]}/24 dev hme1")
        h.ip(f"addr add {GW6[n]}/64 dev hme1 nodad")
        h.ip("link set hme1 up")
        x.ip(f"addr add {HOST4[n]}/24 dev hme0")
        x.ip(f"addr add {HOST6[n]}/64 dev hme0 nodad")
        x.ip("link set hme0 up")
        x.ip(f"route add default via {GW4[n]}")
        x.ip(f"-6 route add default via {GW6[n]}")
        forward(h, "hme1")
        x.serve()
    for n, x in lab.lan.items():
        wait(lambda x=x, n=n: x.ping(GW4[n], count=1) == 1 and
             x.ping(GW6[n], count=1) == 1, 10, "connected")


def forward(h, dev):
    """`ifconfig DEV router': what comes in there, and by no other device."""
    h.sh(f"echo 1 >/proc/sys/net/ipv4/conf/{dev}/forwarding")
    six = f"/proc/sys/net/ipv6/conf/{dev}/force_forwarding"
    h.sh(f"if [ -e {six} ]; then echo 1 >{six}; else "
         "echo 1 >/proc/sys/net/ipv6/conf/all/forwarding; "
         "nft add table ip6 fw; nft 'add chain ip6 fw f { type filter hook "
         "forward priority 0; }'; nft add rule ip6 fw f iifname net0 drop; fi")


def example(page, *words):
    """A line of a manual page that has these words: it is run as it stands."""
    for line in (MAN / page).read_text().splitlines():
        if all(w in line.split() for w in words) and not line.startswith("."):
            return line
    raise AssertionError(f"{page} has no line with {words}")


def swap(line, n):
    """A line for enigma, as partym has it: both ends the other way round."""
    if n == "enigma":
        return line
    pairs = [(GW4["enigma"], GW4["partym"]), (GW6["enigma"], GW6["partym"]),
             ("192.168.116.16", "192.168.13.213"),
             ("2001::aaaa:6666:6666", "2001::eeee:3333:3333")]
    out = line.split()
    back = {a: b for x in pairs for a, b in (x, x[::-1])}
    return " ".join(back.get(w, w) for w in out)


def hostname(lab, files):
    """{name of the file: enigma's line}; partym's are the other way round."""
    for n, h in lab.hosts.items():
        paths = []
        for name, line in files.items():
            path = h.conf / name
            path.write_text(swap(line, n) + "\n")
            paths.append(path)
        h.tool("iptun", "-f", *paths)


def lead(lab, four=None, six=None):
    """Routes to the other office."""
    for n, h in lab.hosts.items():
        o = OTHER[n]
        if four:
            h.ip(f"route replace {LAN4[o]} dev {four} src {GW4[n]}")
        if six:
            h.ip(f"-6 route replace {LAN6[o]} dev {six} src {GW6[n]}")


def keys(lab, sas):
    """
    Manual SAs both ways. Each: (address of the host by name, words that are the
    same both ways, words that name source and destination as {0}, {1}).
    """
    for h in lab.hosts.values():
        h.tool("ipseckey", "flush")
        spi, out = 0x1000, ""
        for outer, same, sides in sas:
            for a, b in (("enigma", "partym"), ("partym", "enigma")):
                spi += 1
                out += (f"add esp spi {spi:#x} src {outer[a]} dst {outer[b]} "
                        f"{sides(a, b)} {same} replay 64\n")
        h.keys(out)


def inner(proto4, nets):
    """Selectors of a tunnel-mode SA between two networks."""
    return lambda a, b: (f"proto {proto4} innersrc {nets[a]} "
                         f"innerdst {nets[b]}")


DES3 = f"encr_alg 3des encrkey {KEY[24]} auth_alg md5 authkey {KEY[16]}"
AESMD5 = f"encr_alg aes encrkey {KEY[16]} auth_alg md5 authkey {KEY[16]}"
AESSHA = f"encr_alg aes encrkey {KEY[16]} auth_alg sha1 authkey {KEY[20]}"
BFMD5 = (f"encr_alg blowfish encrkey {KEY[16]} auth_alg md5 authkey "
         f"{KEY[16]}")


def between(lab, what, dst, n="enigma", large=3000):
    """Ping, UDP, TCP from a host of one office to one of the other."""
    x = lab.lan[n]
    check(x.ping(dst, wait_s=10) == 2, f"{what}: ping to {dst}")
    check(x.udp(dst, wait_s=10) == 3, f"{what}: UDP")
    # the first of each direction may be what tells the sender of the size
    check(x.udp(dst, large, 6) >= 2, f"{what}: large UDP")
    mss = x.tcp(dst, 200000)
    check(mss > 1150, f"{what}: TCP, MSS {mss}")


def forge(lab, n, packets):
    """The router sends these to the gateway n, as anybody outside might."""
    mac = run("ip", "-n", n, "-o", "link", "show", "net0").split(
        "link/ether ")[1].split()[0]
    text = "".join(p.hex() + "\n" for p in packets)
    lab.router.run(sys.executable, "-c", FORGE, f"to-{n}", mac, input=text)


def only(pkts, *protos):
    odd = [p for p in pkts if proto(p) not in protos]
    return bool(pkts) and not odd


