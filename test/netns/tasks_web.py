# SPDX-License-Identifier: BSD-2-Clause
"""Task 2: protect a web server from non-web traffic, with the literal files of
the guide, of its older editions and of the samples."""
import sys

from lab import HERE, MARK, check, is_link, main, proto
from tasks import manual, names, rekey

WEB = """# Web traffic that web server should bypass.
{lport  80 ulp tcp dir both} bypass {}
{lport 443 ulp tcp dir both} bypass {}
# Outbound DNS lookups should also be bypassed.
{rport 53 dir both} bypass {}
# Require all other traffic to use ESP with AES and SHA-1.
# Use a unique SA for outbound traffic from the port
{} ipsec {encr_algs aes encr_auth_algs sha1 sa shared}
"""
CLIENT = "{raddr webserver} ipsec {encr_algs aes encr_auth_algs sha1 sa " \
         "shared}\n"

# Solaris 8 and 9: an entry for each direction
OLD = """{sport 80 ulp tcp} bypass {dir out}
{dport 80 ulp tcp} bypass {dir in}
{} permit {encr_algs 3des encr_auth_algs sha}
{} apply {encr_algs 3des encr_auth_algs sha sa shared}
"""
# ... and their samples, as a client and as a server have them
TELNET = """{dport 23} apply {encr_algs des encr_auth_algs md5 sa shared}
{sport 23} permit {encr_algs des encr_auth_algs md5}
"""
TELNETD = """{sport 23} apply {encr_algs des encr_auth_algs md5 sa shared}
{dport 23} permit {encr_algs des encr_auth_algs md5}
"""
# Solaris 9 and 10
RPORT = "{rport 23} ipsec {encr_algs des encr_auth_algs md5}\n"
LPORT = "{lport 23} ipsec {encr_algs des encr_auth_algs md5}\n"
DROP = "{lport 23 dir in} drop {}\n{lport 23 dir out} drop {}\n"
ND = "{ulp ipv6-icmp type 133-137 dir both } pass { }\n"


def tcp(h, dst, port):
    """Does a stream there and back work?"""
    out = h.run(sys.executable, HERE / "talk.py", "tcp", dst, port, 5000,
                ok=False)
    return out.startswith("ok ")


def seen(lab, f):
    """What f() makes on the wire: its value, protocols, and whether the
    payload shows."""
    c = lab.capture()
    v = f()
    pkts = [p for p in c.stop() if proto(p) != 58 and not is_link(p)]
    return v, {proto(p) for p in pkts}, any(MARK in p for p in pkts)


def clear(lab, dst, port, what):
    check(seen(lab, lambda: tcp(lab.enigma, dst, port)) == (True, {6}, True),
          what)


def protected(lab, dst, port, what):
    check(seen(lab, lambda: tcp(lab.enigma, dst, port)) == (True, {50}, False),
          what)


def refused(lab, dst, port, what):
    check(not tcp(lab.enigma, dst, port), what)


def the_guide(lab):
    e, p = lab.enigma, lab.partym
    file = p.conf / "IPsecWebInitFile"
    file.write_text(WEB)
    file.chmod(0o400)
    p.tool("ipsecconf", "-q", "-a", file)
    # the other file beside it is what the guide warns of
    said = p.policy(WEB, "-a")
    check(said.count("policy has such a rule already") == 4,
          "the same entries again are duplicates")
    rekey(p, manual(lab, encr="aes", auth="sha1"))
    for a in (lab.V4, lab.V6):
        dst, back = a["partym"], a["enigma"]
        for port in (80, 443):
            clear(lab, dst, port, f"{dst} port {port}: in the clear")
        refused(lab, dst, 7, "another port, from a host without policy: no")
        refused(lab, dst, 23, "nor telnet")
        check(seen(lab, lambda back=back: p.udp(back, port=53)) ==
              (3, {17}, True), "the server's DNS lookups: in the clear")
        check(seen(lab, lambda back=back: tcp(p, back, 53)) ==
              (True, {6}, True), "by TCP, too")
    e.policy(CLIENT)
    rekey(e, manual(lab, encr="aes", auth="sha1"))
    for a in (lab.V4, lab.V6):
        dst = a["partym"]
        protected(lab, dst, 7, f"{dst}, from a client with policy: protected")
        check(seen(lab, lambda dst=dst: e.udp(dst)) == (3, {50}, False),
              "UDP, too")
        # the client's policy is for all of it, the server's is not
        refused(lab, dst, 80, "the web is now clear there, protected here: no")
    e.policy("{raddr webserver rport 80 ulp tcp dir both} bypass {}\n" +
             CLIENT, "-q", "-F", "-a")
    clear(lab, lab.V4["partym"], 80, "with a bypass here, too: in the clear")
    # as the guide has it, the line is one for the server itself
    p.policy("{laddr webserver} ipsec {encr_algs aes encr_auth_algs sha1 sa "
             "shared}\n", "-q", "-F", "-a")
    protected(lab, lab.V4["partym"], 7, "the server's name as laddr: protected")


def older(lab):
    e, p = lab.enigma, lab.partym
    p.policy(OLD, "-q", "-F", "-a")
    e.tool("ipsecconf", "-q", "-F")
    for h in (e, p):
        rekey(h, manual(lab, encr="3des", auth="sha1"))
    for a in (lab.V4, lab.V6):
        clear(lab, a["partym"], 80, f"{a['partym']} port 80: in the clear")
        refused(lab, a["partym"], 7, "another port: no")
    e.policy("{raddr webserver} ipsec {encr_algs 3des encr_auth_algs sha}\n")
    for a in (lab.V4, lab.V6):
        protected(lab, a["partym"], 7, "with the same here: protected")


def samples(lab):
    e, p = lab.enigma, lab.partym
    for h in (e, p):
        rekey(h, manual(lab, encr="des", auth="md5"))
    for mine, others, what in ((TELNET, TELNETD, "old style"),
                               (RPORT, LPORT, "new style")):
        p.policy(others, "-q", "-F", "-a")
        e.policy(mine, "-q", "-F", "-a")
        for a in (lab.V4, lab.V6):
            protected(lab, a["partym"], 23, f"telnet, {what}: protected")
            clear(lab, a["partym"], 7, "and nothing else")
    p.policy(DROP + ND, "-q", "-F", "-a")
    e.tool("ipsecconf", "-q", "-F")
    for a in (lab.V4, lab.V6):
        before = p.count("in", "spd_explicit")
        refused(lab, a["partym"], 23, "telnet: dropped")
        check(p.count("in", "spd_explicit") > before, "and counted")
        clear(lab, a["partym"], 7, "and nothing else")
    # the network of the samples is behind partym
    p.ip("addr add 10.5.5.1/24 dev lo")
    lab.router.ip("route add 10.5.5.0/24 via 192.168.13.213")
    for mine, others in (
            ("{daddr 10.5.5.0/24} apply {auth_algs any sa shared}\n"
             "{saddr 10.5.5.0/24} permit {auth_algs any}\n",
             "{saddr 10.5.5.0/24} apply {auth_algs any sa shared}\n"
             "{daddr 10.5.5.0/24} permit {auth_algs any}\n"),
            ("{raddr 10.5.5.0/24} ipsec {auth_algs any}\n",
             "{laddr 10.5.5.0/24} ipsec {auth_algs any}\n")):
        p.policy(others, "-q", "-F", "-a")
        e.policy(mine, "-q", "-F", "-a")
        keys = "".join(
            f"add ah spi {spi} src {s} dst {d} auth_alg md5 "
            "authkey e896f8df7f78d6cab36c94ccf293f031\n"
            for spi, s, d in ((0x5001, "192.168.116.16", "10.5.5.1"),
                              (0x5002, "10.5.5.1", "192.168.116.16")))
        for h in (e, p):
            rekey(h, keys)
        check(seen(lab, lambda: tcp(e, "10.5.5.1", 7)) == (True, {51}, True),
              "the network: authenticated, with any that there is")
        clear(lab, lab.V4["partym"], 7, "and nothing else")


def test(lab):
    names()
    for port in (7, 23, 80, 443):
        lab.partym.serve(port)
    lab.enigma.serve(53)
    for h in lab.hosts.values():
        h.up()
    for f in (the_guide, older, samples):
        print(f"--- {f.__name__}")
        f(lab)


main(test)
