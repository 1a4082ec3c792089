# SPDX-License-Identifier: BSD-2-Clause
"""What is tried between solipsec and a Linux kernel, and how each is told.

A Case is a pair of addresses of its own with SAs both ways, so that all cases
are loaded at once: one policy file, one key file, one batch for ip(8).
"""
import dataclasses
import ipaddress

import algs

# The two ends of the wire. Tunnel mode runs between these; transport mode
# between addresses that are routed by way of them.
US = {4: "10.0.0.1", 6: "fd00::1"}
PEER = {4: "10.0.0.2", 6: "fd00::2"}
# where the addresses of the cases come from; by mode, as tunnels need a route
NETS = {
    "transport": ({4: "10.66.0.0/16", 6: "fd66::/64"},
                  {4: "10.67.0.0/16", 6: "fd67::/64"}),
    "tunnel": ({4: "10.76.0.0/16", 6: "fd76::/64"},
               {4: "10.77.0.0/16", 6: "fd77::/64"}),
}


def nth(net, n):
    return str(ipaddress.ip_network(net)[n])


@dataclasses.dataclass
class Case:
    number: int
    family: int  # of the packets that programs send
    mode: str  # transport, tunnel
    esp: tuple = None  # (Encr, Auth or None)
    ah: algs.Auth = None
    outer: int = 0  # family of the tunnel, 0: the same
    esn: bool = False
    natt: bool = False

    def __post_init__(self):
        self.outer = self.outer or self.family
        mine, theirs = NETS[self.mode]
        self.us = nth(mine[self.family], self.number)
        self.peer = nth(theirs[self.family], self.number)

    @property
    def name(self):
        word = [f"IPv{self.family}", self.mode]
        if self.outer != self.family:
            word.append(f"in IPv{self.outer}")
        if self.ah:
            word += ["AH", self.ah.name]
        if self.esp:
            encr, auth = self.esp
            word += ["ESP", encr.name, str(encr.bits)]
            word += [auth.name] if auth else []
        word += ["ESN"] * self.esn + ["NAT-T"] * self.natt
        return " ".join(word)

    def ends(self, out):
        """Source and destination of the SA, seen from us."""
        if self.mode == "tunnel":
            ends = US[self.outer], PEER[self.outer]
        else:
            ends = self.us, self.peer
        return ends if out else ends[::-1]

    def spi(self, out):
        return (0x1000 if out else 0x2000) + self.number

    @property
    def tunnel(self):
        return "ip6.tun0" if self.outer == 6 else "ip.tun0"

    def protocols(self):
        """AH stands outside ESP."""
        return ["esp"] * bool(self.esp) + ["ah"] * bool(self.ah)

    def key(self, what, bits, out):
        return algs.key(f"{self.number} {what} {out}", bits)

    # -- our words --

    def policy(self):
        prop = []
        if self.ah:
            prop.append(f"auth_algs {self.ah.name}")
        if self.esp:
            encr, auth = self.esp
            bits = f"({encr.bits})" if encr.bits else ""
            prop.append(f"encr_algs {encr.name}{bits}")
            if auth:
                prop.append(f"encr_auth_algs {auth.name}")
        tunnel = ""
        if self.mode == "tunnel":
            tunnel = f"tunnel {self.tunnel} negotiate tunnel "
        return (f"{{{tunnel}laddr {self.us} raddr {self.peer}}} "
                f"ipsec {{{' '.join(prop)} sa shared}}")

    def keys(self):
        return [self._key_line(p, out) for p in self.protocols()
                for out in (True, False)]

    def _key_line(self, proto, out):
        src, dst = self.ends(out)
        word = [f"add {proto} spi {self.spi(out):#x} src {src} dst {dst}"]
        if self.mode == "tunnel":
            inner = (self.us, self.peer) if out else (self.peer, self.us)
            word.append("innersrc {} innerdst {}".format(*inner))
        if proto == "ah":
            word.append(f"auth_alg {self.ah.name} authkey "
                        + self.key("ah", self.ah.bits, out))
        else:
            encr, auth = self.esp
            word.append(f"encr_alg {encr.name}")
            if encr.bits:
                word.append("encrkey " + self.key(
                    "encr", encr.bits + encr.salt, out))
            if auth:
                word.append(f"auth_alg {auth.name} authkey "
                            + self.key("auth", auth.bits, out))
        word += ["esn"] * self.esn
        if self.natt:
            word.append(f"encap udp nat_loc {src} nat_lport 4500 "
                        f"nat_rem {dst} nat_rport 4500")
        return " ".join(word)

    # -- ip(8)'s words, seen from the peer --

    def xfrm(self):
        lines = []
        for out in (True, False):
            for proto in self.protocols():
                lines.append(self._xfrm_state(proto, out))
            lines.append(self._xfrm_policy(out))
        return lines

    def _xfrm_state(self, proto, out):
        src, dst = self.ends(out)
        # under AH, ESP is transport mode: there is one tunnel header
        mode = self.mode
        if self.ah and proto == "ah" and self.esp:
            mode = "transport"
        word = [f"xfrm state add src {src} dst {dst} proto {proto} "
                f"spi {self.spi(out):#x} reqid {self.number} mode {mode}"]
        if proto == "ah":
            word.append(f"auth-trunc {self.ah.linux} "
                        f"0x{self.key('ah', self.ah.bits, out)} {self.ah.icv}")
        else:
            encr, auth = self.esp
            key = self.key("encr", encr.bits + encr.salt, out)
            if auth is None:
                word.append(f"aead {encr.linux} 0x{key} {encr.icv}")
            else:
                word.append(f"auth-trunc {auth.linux} "
                            f"0x{self.key('auth', auth.bits, out)} {auth.icv}")
                word.append(f"enc {encr.linux} "
                            + (f"0x{key}" if key else '""'))
        word.append("replay-window 64" if self.esn else "replay-window 32")
        # or else the inner packet would have to be of the outer's family
        flags = ["esn"] * self.esn + ["af-unspec"] * (mode == "tunnel")
        # RFC 4302 2.6: to 4 bytes on IPv4; the kernel's own default is 8
        flags += ["align4"] * (proto == "ah" and ":" not in src)
        if flags:
            word.append("flag " + " ".join(flags))
        if self.natt:
            word.append("encap espinudp 4500 4500 0.0.0.0")
        if self.mode == "transport":
            word.append(f"sel src {src} dst {dst}")
        return " ".join(word)

    def _xfrm_policy(self, out):
        src, dst = (self.us, self.peer) if out else (self.peer, self.us)
        word = [f"xfrm policy add src {src} dst {dst} "
                f"dir {'in' if out else 'out'}"]
        o_src, o_dst = self.ends(out)
        for proto in self.protocols():
            mode = self.mode
            if self.ah and proto == "ah" and self.esp:
                mode = "transport"
            ends = f"src {o_src} dst {o_dst} " * (mode == "tunnel")
            word.append(f"tmpl {ends}proto {proto} reqid {self.number} "
                        f"mode {mode} level required")
        return " ".join(word)


def every():
    """All cases, numbered from 1."""
    made = []

    def add(family, mode, **kw):
        made.append(Case(len(made) + 10, family, mode, **kw))

    pairs, auth = algs.esp_pairs(), {a.name: a for a in algs.AUTH}
    usual = (algs.ENCR[1], auth["hmac-sha256"])
    gcm = (algs.COMBINED[3], None)
    for family in (4, 6):
        for mode in ("transport", "tunnel"):
            for p in pairs:
                add(family, mode, esp=p)
            for a in algs.AUTH:
                add(family, mode, ah=a)
            # AH over ESP
            add(family, mode, esp=usual, ah=auth["hmac-sha512"])
            add(family, mode, esp=gcm, ah=auth["hmac-sha1"])
            # extended sequence numbers
            for p in (usual, gcm, (algs.COMBINED[-1], None)):
                add(family, mode, esp=p, esn=True)
            add(family, mode, ah=auth["hmac-sha256"], esn=True)
    for mode in ("transport", "tunnel"):  # RFC 3948, IPv4 as in Solaris
        for p in (usual, gcm):
            add(4, mode, esp=p, natt=True)
    for p in (usual, gcm):
        add(4, "tunnel", esp=p, outer=6)
        add(6, "tunnel", esp=p, outer=4)
    add(6, "tunnel", esp=usual, outer=4, natt=True)
    return made
