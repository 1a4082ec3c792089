# SPDX-License-Identifier: BSD-2-Clause
"""Nothing comes in that policy does not let in; each attempt has its counter.

The attacker is on the router. Who forges ESP or AH here knows the key of an SA
and wants more than what that SA is for.
"""
import json
import socket
import time

from forge import A4, A6, B4, B6, Ear, Forger
from lab import KEY, Failed, check, main, settle

KEYS = "".join(f'K{n} = bytes.fromhex("{KEY[n]}")\n' for n in (20, 32)) + \
    'KX = bytes.fromhex("' + KEY[32][::-1] + '")\n'
# what each port wants
WANTS = {7: "{encr_algs null encr_auth_algs sha256 sa shared}",
         17: "{auth_algs sha256 sa shared}",
         19: "{auth_algs sha256 encr_algs null encr_auth_algs sha256 "
             "sa shared}",
         23: "{encr_algs aes encr_auth_algs sha256 sa shared}"}


def sas(fam):
    """SAs to partym: SPIs 0x4.. are IPv4's, 0x6.. IPv6's."""
    a, b = (A4, B4) if fam == 4 else (A6, B6)
    router = "192.168.13.1" if fam == 4 else "2001::eeee:0:1"
    sha256, sha1 = (f"auth_alg sha{n} authkey {KEY[k]}"
                    for n, k in ((256, 32), (1, 20)))
    out = [f"esp spi 0x{fam}01 src {a} dst {b} encr_alg null {sha256}",
           f"ah spi 0x{fam}02 src {a} dst {b} {sha256}",
           f"esp spi 0x{fam}03 src {router} dst {b} encr_alg null auth_alg "
           f"sha256 authkey {KEY[32][::-1]}",
           f"esp spi 0x{fam}05 src {a} dst {b} encr_alg null {sha1}",
           f"ah spi 0x{fam}06 src {a} dst {b} {sha1}",
           f"esp spi 0x{fam}07 src {a} dst {b} proto {4 if fam == 4 else 41} "
           f"innersrc {a} innerdst {b} encr_alg null {sha256}",
           f"esp spi 0x{fam}08 src {a} dst {b} proto 17 sport 1 dport 7 "
           f"encr_alg null {sha256}"]
    if fam == 4:
        out.append(f"esp spi 0x404 src {a} dst {b} encap udp nat_rem {a} "
                   f"encr_alg null {sha256}")
    return "".join(f"add {x} replay 64\n" for x in out)


# Names, code, and the counter that goes up: {udp} is udp or udp6, {F} the
# family, {S} the first digit of its SPIs.
CLEAR = [
    ("UDP", "raw(ip({F}, UDP, {udp}(9, 7, data())))", "spd_got_clear"),
    ("a TCP SYN", "raw(ip({F}, TCP, tcp(9, 7, **{ends})))", "spd_got_clear"),
    ("a TCP RST", "raw(ip({F}, TCP, tcp(9, 7, flags=4, **{ends})))",
     "spd_got_clear"),
    ("UDP without a checksum", "raw(ip({F}, UDP, {udp}(9, 7, data())[:6] + "
     "b'\\0\\0' + data()))", "spd_got_clear"),
]
CLEAR4 = [
    ("options", "raw(ip4(UDP, udp(9, 7, data()), opt=b'\\7\\7\\4' + "
     "b'\\0' * 5))", "spd_got_clear"),
    ("two fragments, the first of 8 bytes", "u = udp(9, 7, data()); "
     "pieces4(UDP, [u[:8], u[8:]])", "spd_got_clear"),
    ("fragments in the other order", "u = udp(9, 7, data()); "
     "raw(ip4(UDP, u[64:], off=8)); raw(ip4(UDP, u[:64], off=0x2000))",
     "spd_got_clear"),
    ("a source route", "raw(ip4(UDP, udp(9, 7, data()), opt=b'\\x83\\7\\4' + "
     "b'\\1\\2\\3\\4\\0'))", None),
]
# errors from the router about what partym sends from port 7
ABOUT4 = "raw(ip4(ICMP, icmp(%s, ip4(UDP, udp(%d, 9, data(30), B4, A4), " \
    "src=B4, dst=A4%s)), src='192.168.13.1'))"
ABOUT6 = "raw(ip6(ICMP6, icmp6(%s, ip6(%s, src=B6, dst=A6), R6), src=R6))" \
    .replace("R6", "'2001::eeee:0:1'")
QUOTED4 = [
    ("port unreachable", ABOUT4 % ("3, 3", 7, ""), "spd_got_clear"),
    ("protocol unreachable", ABOUT4 % ("3, 2", 7, ""), "spd_got_clear"),
    ("a parameter problem", ABOUT4 % ("12, 0", 7, ""), "spd_got_clear"),
    ("a redirect", ABOUT4 % ("5, 1", 7, ""), "spd_got_clear"),
    ("port unreachable, options in the quote", ABOUT4 % (
        "3, 3", 7, ", opt=b'\\1' * 4"), "spd_got_clear"),
    ("host unreachable, which is harmless", ABOUT4 % ("3, 1", 7, ""), None),
    ("time exceeded, which is harmless", ABOUT4 % ("11, 0", 7, ""), None),
    ("port unreachable about another port", ABOUT4 % ("3, 3", 29, ""), None),
]
QUOTED6 = [
    ("a parameter problem", ABOUT6 % (
        "4, 1", "UDP, udp6(7, 9, data(30), B6, A6)"), "spd_got_clear"),
    ("a parameter problem, options in the quote", ABOUT6 % (
        "4, 1", "DST, options(UDP) + udp6(7, 9, data(30), B6, A6)"),
     "spd_got_clear"),
    ("no route, which is harmless", ABOUT6 % (
        "1, 0", "UDP, udp6(7, 9, data(30), B6, A6)"), None),
    ("a parameter problem about another port", ABOUT6 % (
        "4, 1", "UDP, udp6(29, 9, data(30), B6, A6)"), None),
]
CLEAR6 = [
    ("destination options", "raw(ip6(DST, options(UDP) + "
     "udp6(9, 7, data())))", "spd_got_clear"),
    ("hop-by-hop options", "raw(ip6(HOP, options(UDP, 8, 0x1e) + "
     "udp6(9, 7, data())))", "spd_got_clear"),
    ("twenty headers", "raw(ip6(DST, options(DST) * 20 + options(UDP) + "
     "udp6(9, 7, data())))", "spd_got_clear"),
    ("a routing header that is used up", "raw(ip6(ROUTING, bytes([UDP, 2, 2, "
     "0, 0, 0, 0, 0]) + packed(B6) + udp6(9, 7, data())))", "spd_got_clear"),
    ("a fragment header around a whole datagram", "raw(ip6(FRAG, "
     "fragment(UDP, 0, 0) + udp6(9, 7, data())))", "spd_got_clear"),
    ("two fragments, the first of 8 bytes", "u = udp6(9, 7, data()); "
     "pieces6(UDP, [u[:8], u[8:]])", "spd_got_clear"),
    ("the ports in the second fragment", "u = options(UDP) + "
     "udp6(9, 7, data()); pieces6(DST, [u[:8], u[8:]])",
     "spd_malformed_frag"),
    ("the UDP header's name in the second fragment", "u = options(DST) + "
     "options(UDP) + udp6(9, 7, data()); pieces6(DST, [u[:8], u[8:]])",
     "spd_malformed_frag"),
    ("a header cut by the fragments", "u = options(DST, 24) + options(UDP) + "
     "udp6(9, 7, data()); pieces6(DST, [u[:16], u[16:]])",
     "spd_malformed_frag"),
    ("the same behind options of each fragment", "u = options(DST, 24) + "
     "options(UDP) + udp6(9, 7, data()); pieces6(DST, [u[:24], u[24:]], "
     "options(FRAG), DST)", "spd_malformed_frag"),
    ("TCP whose ports are in the second fragment", "u = options(DST, 24) + "
     "options(TCP) + tcp(9, 7, **{ends}); pieces6(DST, [u[:24], u[24:]])",
     "spd_malformed_frag"),
    ("a fragment header within a fragment", "raw(ip6(FRAG, fragment(FRAG, 0, "
     "0) + fragment(UDP, 0, 0, 9) + udp6(9, 7, data())))", "spd_got_clear"),
    ("AH that is none", "raw(ip6(AH, bytes([UDP, 4]) + b'\\0\\0\\0\\0\\x99\\x99'"
     " + b'\\0' * 16 + udp6(9, 7, data())))", "ah_no_sa"),
    ("the home address option", "raw(ip6(DST, bytes([UDP, 2, 1, 2, 0, 0, 201, "
     "16]) + packed(A6) + udp6(9, 7, data()), src='2001::eeee:0:1'))", None),
]
PROTECTED = [
    ("ESP of an SPI that is not there", "raw(ip({F}, ESP, esp(0x999, 1, UDP, "
     "{udp}(9, 7, data()), K32)))", "esp_no_sa"),
    ("ESP with another key", "raw(ip({F}, ESP, esp(0x{S}01, 1, UDP, "
     "{udp}(9, 7, data()), KX)))", "esp_bad_auth"),
    ("AH of an SPI that is not there", "raw(ah({F}, 0x999, 1, UDP, "
     "{udp}(9, 7, data()), K32))", "ah_no_sa"),
    ("AH with another key", "raw(ah({F}, 0x{S}02, 1, UDP, "
     "{udp}(9, 7, data()), KX))", "ah_bad_auth"),
    ("AH where ESP is wanted", "raw(ah({F}, 0x{S}02, 2, UDP, "
     "{udp}(9, 7, data()), K32))", "spd_got_ah"),
    ("ESP where AH is wanted", "raw(ip({F}, ESP, esp(0x{S}01, 2, UDP, "
     "{udp}(9, 17, data()), K32)))", "spd_got_ah"),
    ("AH alone where both are wanted", "raw(ah({F}, 0x{S}02, 3, UDP, "
     "{udp}(9, 19, data()), K32))", "spd_got_esp"),
    ("ESP alone where both are wanted", "raw(ip({F}, ESP, esp(0x{S}01, 3, "
     "UDP, {udp}(9, 19, data()), K32)))", "spd_got_ah"),
    ("ESP without encryption where AES is wanted", "raw(ip({F}, ESP, "
     "esp(0x{S}01, 4, UDP, {udp}(9, 23, data()), K32)))", "spd_bad_espealg"),
    ("ESP with another authentication", "raw(ip({F}, ESP, esp(0x{S}05, 1, "
     "UDP, {udp}(9, 7, data()), K20, alg=hashlib.sha1)))", "spd_bad_espaalg"),
    ("AH with another algorithm", "raw(ah({F}, 0x{S}06, 1, UDP, "
     "{udp}(9, 17, data()), K20, alg=hashlib.sha1))", "spd_bad_ahalg"),
    ("both where ESP is wanted", "raw(ah({F}, 0x{S}02, 4, ESP, esp(0x{S}01, "
     "5, UDP, {udp}(9, 7, data()), K32), K32))", "spd_got_ah"),
    ("protected where nothing is wanted", "raw(ip({F}, ESP, esp(0x{S}01, 6, "
     "UDP, {udp}(9, 29, data()), K32)))", "spd_got_secure"),
    ("the SA of one peer in another's name", "raw(ip({F}, ESP, esp(0x{S}03, "
     "1, UDP, {udp}(9, 7, data()), KX)))", "esp_no_sa"),
    ("a dedicated SA from another port", "raw(ip({F}, ESP, esp(0x{S}08, 1, "
     "UDP, {udp}(9, 7, data()), K32)))", "spd_esp_innermismatch"),
    ("a dedicated SA with another protocol", "raw(ip({F}, ESP, esp(0x{S}08, "
     "2, TCP, tcp(1, 7, **{ends}), K32)))", "spd_esp_innermismatch"),
    ("a packet inside a transport SA", "raw(ip({F}, ESP, esp(0x{S}01, 7, {T},"
     " ip({F}, UDP, {udp}(9, 7, data())), K32)))", {4: "spd_got_selfencap",
                                                  6: "spd_got_secure"}),
    ("the other family inside a transport SA", "raw(ip({F}, ESP, "
     "esp(0x{S}01, 8, 45 - {T}, ip(10 - {F}, UDP, data()), K32)))",
     "spd_got_secure"),
    ("a tunnel's SA where no tunnel is", "raw(ip({F}, ESP, esp(0x{S}07, 1, "
     "{T}, ip({F}, UDP, {udp}(9, 7, data())), K32)))", "spd_no_policy"),
    ("a tunnel's SA with another source inside", "raw(ip({F}, ESP, "
     "esp(0x{S}07, 2, {T}, ip({F}, UDP, {udp}(9, 7, data()), src={X}), "
     "K32)))", "spd_esp_innermismatch"),
    ("a tunnel's SA with no packet inside", "raw(ip({F}, ESP, esp(0x{S}07, "
     "3, UDP, {udp}(9, 7, data()), K32)))", "esp_bad_inner"),
    ("ESP whose padding is too long", "raw(ip({F}, ESP, esp(0x{S}01, 10, UDP,"
     " {udp}(9, 7, data()), K32, pad=255)))", "esp_bad_padlen"),
    ("ESP whose padding is not 1, 2, 3", "raw(ip({F}, ESP, esp(0x{S}01, 11, "
     "UDP, {udp}(9, 7, data()), K32, pad=9)))", "esp_bad_padding"),
    ("ESP cut in its header", "raw(ip({F}, ESP, b'\\0\\0\\4\\1'))",
     "esp_short"),
    ("AH of a wrong length", "raw(ip({F}, AH, bytes([UDP, 60, 0, 0]) + "
     "struct.pack('!II', 0x{S}02, 9) + b'\\0' * 20))", "ah_bad_length"),
]
PROTECTED4 = [
    ("ESP in UDP, of an SA that is not for it", "raw(ip4(UDP, "
     "udp(4500, 4500, esp(0x401, 12, UDP, udp(9, 7, data()), K32))))",
     "esp_nat_t_ipsec"),
    ("plain ESP of an SA for UDP", "raw(ip4(ESP, esp(0x404, 1, UDP, "
     "udp(9, 7, data()), K32)))", "esp_nat_t_ipsec"),
    ("the first fragment of ESP and no other", "raw(ip4(ESP, esp(0x401, 13, "
     "UDP, udp(9, 7, data()), K32)[:64], off=0x2000))", None),
]
PROTECTED6 = [
    ("hop-by-hop options behind others in ESP", "raw(ip6(ESP, esp(0x601, 13, "
     "DST, options(HOP) + options(UDP) + udp6(9, 7, data()), K32)))",
     "esp_bad_inner"),
    ("a first fragment inside ESP that hides its ports", "raw(ip6(ESP, "
     "esp(0x601, 14, FRAG, fragment(DST, 0, 1) + options(DST, 24)[:16], "
     "K32)))", "esp_bad_inner"),
    ("a later fragment inside ESP", "raw(ip6(ESP, esp(0x601, 15, FRAG, "
     "fragment(UDP, 64, 0) + data(64), K32)))", "spd_malformed_frag"),
]


def totals(h):
    """Every counter of packets that came in."""
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(f"/run/solipsec/net-{h.inode()}/status")
        text = b"".join(iter(lambda: s.recv(65536), b""))
    s = json.loads(text)
    return s["verdicts"]["in"] | {"": s["packets"]["tun_out"]}


class Attempts:
    def __init__(self, lab):
        self.h = lab.partym
        self.forger = Forger(lab.router)
        self.ear = Ear(self.h, *WANTS, 29)
        self.forger.do("", "global K20, K32, KX\n")
        self.n = self.failed = 0

    def one(self, fam, name, code, counter):
        self.n += 1
        token = f"<{self.n:04}>"
        if isinstance(counter, dict):
            counter = counter[fam]
        words = {"F": fam, "S": fam, "udp": "udp" if fam == 4 else "udp6",
                 "T": 4 if fam == 4 else 41,
                 "X": f"'{'10.1.1.1' if fam == 4 else 'fd00::1'}'",
                 "ends": "{}" if fam == 4 else "dict(src=A6, dst=B6)"}
        for k, v in words.items():
            code = code.replace("{" + k + "}", str(v))
        before = totals(self.h)
        said = self.forger.do(token, KEYS + code)
        if said:
            raise Failed(f"IPv{fam}: {name}: cannot be sent: {said}")

        def change():
            now = totals(self.h)
            return {k: now[k] - n for k, n in before.items() if now[k] != n}
        if counter is None:
            settle()
        else:
            end = time.monotonic() + 15
            while counter not in change() and time.monotonic() < end:
                time.sleep(0.01)
        settle()
        want = {} if counter is None else {counter: 1}
        got = change()
        heard = self.ear.heard(token)
        ok = got == want and not heard
        self.failed += not ok
        print("ok   " if ok else "FAIL ", f"IPv{fam}: {name}:",
              counter or "nobody hears it", got if got != want else "",
              " ".join(heard), flush=True)


def test(lab):
    p = lab.partym
    a = Attempts(lab)
    p.up()
    p.policy("".join(
        f"{{laddr {b} raddr {x} ulp {u} lport {n}}} ipsec {want}\n"
        for b, x in ((B4, A4), (B6, A6)) for n, want in WANTS.items()
        for u in ("udp", "tcp")))
    p.keys(sas(4) + sas(6))
    for fam in (4, 6):
        both = {4: (CLEAR4 + QUOTED4, PROTECTED4),
                6: (CLEAR6 + QUOTED6, PROTECTED6)}[fam]
        for case in CLEAR + both[0] + PROTECTED + both[1]:
            a.one(fam, *case)
    check(a.failed == 0, f"{a.n} attempts, {a.failed} unlike they should be")


main(test)
