# SPDX-License-Identifier: BSD-2-Clause
"""enigma is solipsec with in.iked, partym is strongSwan: a tunnel between the
network behind each, 10.1.0.0/24 and 10.2.0.0/24."""
import strongswan  # first: it finds the modules of test/netns
from ikelab import KEY, Iked, preshared, rule, spis
from lab import check, proto, wait
from strongswan import Swan, connection, psk, secret

INNER = strongswan.INNER
NET = {"enigma": "10.1.0.0/24", "partym": "10.2.0.0/24"}
ACTION = "{encr_algs aes(256) encr_auth_algs sha256 sa shared}"
XFORM = ("p1_xform { auth_method preshared oakley_group 31 auth_alg sha256 "
         "encr_alg aes(256) }")
IKE = "aes256-sha256-x25519"
ESP = "aes256-sha256"


class Pair:
    """Both ends of the tunnel; not started."""

    def __init__(self, lab, swan_more=""):
        self.lab, self.e, self.p = lab, lab.enigma, lab.partym
        self.me, self.peer = lab.addrs("enigma")[0]
        self.e.up()
        self.e.tool("iptun", "create", "-t", "-T", "ipv4", "-s", self.me,
                    "-d", self.peer, "ip.tun0", "up")
        self.e.ip(f"addr add {INNER['enigma']}/32 dev ip.tun0")
        self.e.ip(f"route add {NET['partym']} dev ip.tun0 src "
                  f"{INNER['enigma']}")
        self.p.ip(f"addr add {INNER['partym']}/32 dev lo")
        for h in (self.e, self.p):
            h.serve()
        self.swan = Swan(self.p, swan_more)
        self.iked = Iked(self.e)

    def policy(self, action=ACTION):
        self.e.policy(f"{{tunnel ip.tun0 negotiate tunnel laddr "
                      f"{NET['enigma']} raddr {NET['partym']}}} ipsec "
                      f"{action}\n", "-q", "-F", "-a")

    def psk(self, more="", ike=IKE, esp=ESP, xform=XFORM, swan="", child=""):
        """Preshared keys at both."""
        self.iked.config(rule(self.me, self.peer, more=more, xform=xform))
        self.iked.preshared(preshared(self.me, self.peer))
        self.swan_text = connection(
            self.peer, self.me, NET["partym"], NET["enigma"],
            *psk(self.peer, self.me), ike=ike, esp=esp, more=swan,
            child=child) + secret(KEY, self.me, self.peer)

    def start(self):
        self.swan.start()
        self.swan.load(self.swan_text)
        self.iked.start()
        return self

    def same(self):
        """Until both have the same Child SAs; ipsecd's are the SPIs."""
        def ask():
            mine = {int(x, 16) for x in spis(self.e)}
            return len(mine) >= 2 and mine == {
                int(x, 16) for x in self.swan.installed()}
        wait(ask, 60, "the same SAs at both ends")
        return spis(self.e)

    def carries(self, what):
        """Ping, UDP and TCP through the tunnel; nothing but UDP 4500 outside."""
        dst = INNER["partym"]
        wait(lambda: self.e.ping(dst, count=1, wait_s=5) == 1, 60,
             f"{what}: through the tunnel")
        c = self.lab.capture(flt="not port 500")
        check(self.e.ping(dst, wait_s=5) == 2, f"{what}: ping")
        check(self.e.udp(dst) == 3 and self.e.tcp(dst, 100000) > 1000,
              f"{what}: UDP and TCP")
        back = self.p.run("ping", "-n", "-c", 2, "-i", "0.05", "-W", 5, "-I",
                          dst, INNER["enigma"], ok=False)
        check(" 2 received" in back, f"{what}: ping from strongSwan's side")
        pkts = [x for x in c.stop() if x[0] >> 4 == 4]
        check(len(pkts) > 20 and {proto(x) for x in pkts} <= {17},
              f"{what}: {len(pkts)} packets outside, ESP in UDP and no other")

    def clear(self):
        """No SA at either end."""
        self.swan.ctl("--terminate", "--ike", "net", "--timeout", "20",
                      ok=False)
        wait(lambda: not spis(self.e) and not self.swan.installed(), 60,
             "no SA")

    def blame(self):
        self.iked.blame()
        self.swan.blame()
