# SPDX-License-Identifier: BSD-2-Clause
"""Named counters against events that the test provokes (spec: services 10).

At the end the status of partym has to look as test/golden/status.json, which the
golden files of `solipsec stat` are made from; RECORD=1 in the environment writes
that file anew.
"""
import json
import os
import re
import socket
import time

from forge import Forger
from lab import HERE, KEY, check, main, proto, wait
from pfkey import Manager, message

ESP = "{encr_algs aes encr_auth_algs sha256 sa shared}"
AH = "{auth_algs sha256 sa shared}"
NAMES = {
    "ipsecesp:0:esp_stat": "num_aalgs num_ealgs good_auth bad_auth "
    "bad_padding replay_failures replay_early_failures keysock_in "
    "out_requests acquire_requests bytes_expired out_discards crypto_sync "
    "crypto_async crypto_failures bad_decrypt sa_port_renumbers",
    "ipsecah:0:ah_stat": "num_aalgs good_auth bad_auth replay_failures "
    "replay_early_failures keysock_in out_requests acquire_requests "
    "bytes_expired out_discards crypto_sync crypto_async crypto_failures",
    "ip:0:ipsec_stat": "esp_stat_in_requests esp_stat_in_discards "
    "esp_stat_lookup_failure ah_stat_in_requests ah_stat_in_discards "
    "ah_stat_lookup_failure sadb_acquire_maxpackets sadb_acquire_qhiwater",
    "ip:0:ipdrop": "tcp_clear tcp_secure tcp_mismatch tcp_ipsec_alloc "
    "sadb_inlarval_timeout sadb_inlarval_replace sadb_inidle_overflow "
    "sadb_inidle_timeout sadb_acquire_nomem sadb_acquire_toofull "
    "sadb_acquire_timeout spd_ahesp_diffid spd_loopback_mismatch "
    "spd_explicit spd_got_secure spd_got_clear spd_bad_ahalg spd_got_ah "
    "spd_bad_espealg spd_bad_espaalg spd_got_esp spd_got_selfencap "
    "spd_bad_selfencap spd_nomem spd_ah_badid spd_ah_innermismatch "
    "spd_esp_innermismatch spd_esp_badid spd_no_policy spd_malformed_packet "
    "spd_malformed_frag spd_overlap_frag spd_evil_frag spd_max_frags "
    "spd_expired_frags esp_nomem esp_no_sa esp_early_replay esp_replay "
    "esp_bytes_expire esp_bad_padlen esp_bad_padding esp_bad_auth "
    "esp_crypto_failed esp_icmp esp_nat_t_ipsec esp_nat_t_ka esp_iv_wrap "
    "ah_nomem ah_bad_v6_hdrs ah_bad_v4_opts ah_no_sa ah_bad_length "
    "ah_bad_auth ah_crypto_failed ah_early_replay ah_replay ah_bytes_expire "
    "ip_ipsec_not_loaded",
}


def kstat(h, *patterns):
    """{name: value} of `solipsec stat PATTERN...`."""
    out = h.tool("solipsec", "stat", *(patterns or ("*",)), quiet=True)
    return {x.split("\t")[0]: int(x.split("\t")[1])
            for x in out.splitlines()}


class Delta:
    """What changes while something is done, by short names."""

    def __init__(self, host):
        self.host, self.before = host, kstat(host)

    def now(self):
        return {k.rpartition(":")[2] if k.startswith("ip:") else
                k.split(":")[0] + ":" + k.rpartition(":")[2]: v -
                self.before[k] for k, v in kstat(self.host).items()
                if v != self.before[k] and not k.startswith("ipsecd:")}

    def expect(self, what, **want):
        """Exactly these differences, sooner or later; e: ESP's, a: AH's."""
        long = {"e": "ipsecesp:", "a": "ipsecah:"}
        want = {(long[k[0]] + k[2:] if k[1] == "_" and k[0] in long else k): v
                for k, v in want.items()}
        end = time.monotonic() + 30
        while self.now() != want and time.monotonic() < end:
            time.sleep(0.05)
        got = self.now()
        check(got == want, what if got == want else f"{what}: {got}, not "
              f"{want}")


def names(e):
    all_ = kstat(e)
    for kstat_name, stats in NAMES.items():
        missing = [s for s in stats.split()
                   if f"{kstat_name}:{s}" not in all_]
        check(not missing, f"{kstat_name} has all of Solaris' statistics "
              f"{missing}")
    n = json.loads(e.tool("solipsec", "stat", "--json", quiet=True))
    offered = [a for a in n["algorithms"] if not a["absent"]]
    check(all_["ipsecah:0:ah_stat:num_aalgs"] ==
          sum(a["table"] == "auth" for a in offered) and
          all_["ipsecesp:0:esp_stat:num_ealgs"] ==
          sum(a["table"] == "encr" for a in offered),
          "the algorithms are those that work")


def patterns(e):
    spd = kstat(e, "ip:0:ipdrop:spd_*")
    check(len(spd) > 15 and all(":spd_" in k for k in spd),
          "ip:0:ipdrop:spd_*")
    check(list(kstat(e, "ipsecesp:::good_auth")) ==
          ["ipsecesp:0:esp_stat:good_auth"], "ipsecesp:::good_auth")
    check(len(kstat(e, "ipsecah", "::ipsec_stat")) == 13 + 8,
          "two patterns")
    out = e.tool("solipsec", "stat", "ip:1", ok=False)
    check("no counter fits" in out, "nothing fits: said, and exit status 1")
    doc = json.loads(e.tool("solipsec", "stat", "--json", "ip:0:ipsec_stat"))
    check([k["name"] for k in doc["kstats"]] == ["ipsec_stat"] and
          doc["snaptime"] > 0 and "difference" not in doc["kstats"][0],
          "the same as JSON")
    start = time.monotonic()
    out = e.tool("solipsec", "stat", "-i", "1", "-c", "3",
                 "ipsecesp::esp_stat:keysock_in")
    took = time.monotonic() - start
    rounds = [x.split("\n") for x in out.strip().split("\n\n")]
    check(len(rounds) == 3 and took > 1.8 and
          not rounds[0][0].endswith("+0") and
          all(r[0].endswith("\t+0") for r in rounds[1:]),
          "three rounds, each a second, with differences")
    out = e.tool("solipsec", "stat", "-i", "1", "-c", "2", "--json", "ip")
    docs = [json.loads(x) for x in out.strip().splitlines()]
    check(len(docs) == 2 and "difference" in docs[1]["kstats"][0] and
          docs[1]["snaptime"] - docs[0]["snaptime"] >= 900,
          "as JSON, one document in a line")


def good(lab, e, p):
    dst = lab.V4["partym"]
    lab.protect(ESP, families=(4,))
    at_e, at_p = Delta(e), Delta(p)
    check(e.ping(dst, count=5) == 5, "five pings with ESP")
    at_e.expect("enigma: 5 out, 5 in", e_out_requests=5, e_good_auth=5,
                e_crypto_sync=10, esp_stat_in_requests=5)
    at_p.expect("partym: the same", e_out_requests=5, e_good_auth=5,
                e_crypto_sync=10, esp_stat_in_requests=5)
    lab.protect(AH, families=(4,))
    at_e, at_p = Delta(e), Delta(p)
    check(e.ping(dst, count=3) == 3, "three pings with AH")
    at_e.expect("AH has counters of its own", a_out_requests=3,
                a_good_auth=3, a_crypto_sync=6, ah_stat_in_requests=3)


def keysock(e):
    at = Delta(e)
    km = Manager(e)
    km.register()
    km.ask(message(9, 2))  # FLUSH of AH
    km.ask(message(9, 0))  # FLUSH of all
    at.expect("PF_KEY messages, by SA type", e_keysock_in=2, a_keysock_in=2)


def drops(lab, e, p):
    dst, src = lab.V4["partym"], lab.V4["enigma"]
    lab.protect(ESP, families=(4,))
    c = lab.capture(flt="ip proto 50")
    check(e.ping(dst, count=2) == 2, "two pings to record")
    old = [x for x in c.stop() if proto(x) == 50 and
           x[12:16] == socket.inet_aton(src)]
    f = Forger(lab.router)

    def send(*pkts):
        for x in pkts:
            said = f.do("x", f"raw(bytes.fromhex('{x.hex()}'))")
            check(said == "", f"sent {said}") if said else None

    at = Delta(p)
    send(*old)
    at.expect("replayed: before the ICV is looked at",
              e_replay_early_failures=2, esp_early_replay=2,
              esp_stat_in_requests=2, esp_stat_in_discards=2)
    seq = int.from_bytes(old[-1][24:28], "big") + 5
    forged = old[-1][:24] + seq.to_bytes(4, "big") + old[-1][28:]
    at = Delta(p)
    send(forged)
    at.expect("forged", e_bad_auth=1, esp_bad_auth=1, e_crypto_sync=1,
              esp_stat_in_requests=1, esp_stat_in_discards=1)
    at = Delta(p)
    send(old[0][:20] + b"\0\0\x77\x77" + old[0][24:])
    at.expect("nobody's SPI", esp_no_sa=1, esp_stat_lookup_failure=1,
              esp_stat_in_requests=1, esp_stat_in_discards=1)
    at = Delta(p)
    said = f.do("x", "raw(ip4(AH, bytes.fromhex('110400000000777700000001') + "
                "bytes(20)))")
    check(said == "", "sent")
    at.expect("the same of AH", ah_no_sa=1, ah_stat_lookup_failure=1,
              ah_stat_in_requests=1, ah_stat_in_discards=1)
    at = Delta(p)
    f.do("x", "raw(ip4(UDP, udp(1, 2, b'x')))")
    at.expect("in the clear: dropped and counted by the kernel's rule",
              spd_got_clear=1)
    why = p.tool("solipsec", "stat", "-w")
    check(re.search(r"^6 packets were dropped", why) is not None and
          why.index("esp_early_replay") < why.index("esp_bad_auth") and
          "Load the same policy there" in why,
          "-w has all six of them, the worst first, and says what to do")
    check(re.search(r"by SA .*\n +3  esp 0x0000\d+, " + src, why) is not None,
          "and whose SA it was")
    doc = json.loads(p.tool("solipsec", "stat", "--why", "--json"))
    check(sum(d["packets"] for d in doc["drops"]) == 6 and
          all(d["advice"] and d["text"] for d in doc["drops"]),
          "as JSON")


def acquires(lab, e):
    dst = lab.V4["partym"]
    e.tool("ipseckey", "flush")
    at = Delta(e)
    check(e.ping(dst, count=1) == 0, "no SA, no key management")
    at.expect("asked for in vain", e_acquire_requests=1, sadb_acquire_nokm=1,
              sadb_acquire_maxpackets=1, sadb_acquire_qhiwater=1)
    e.tool("solipsec", "tune", "ipsecesp_acquire_timeout=4")
    km = Manager(e)
    km.register()
    at = Delta(e)
    for _ in range(6):
        e.ping(dst, count=1, wait_s=0.01)
    at.expect("six wait, two too many", e_acquire_requests=1,
              sadb_acquire_toofull=2, sadb_acquire_maxpackets=3)
    wait(lambda: e.stat()["path"]["waiting"] == 0, 10)
    at.expect("and then it is over", e_acquire_requests=1,
              sadb_acquire_toofull=2, sadb_acquire_maxpackets=3,
              sadb_acquire_timeout=4)


def lifetimes(lab, e, p):
    """An SA for 150 bytes: what is beyond is dropped and counted."""
    src, dst = lab.V4["enigma"], lab.V4["partym"]
    one = (f"encr_alg aes encrkey {KEY[16]} auth_alg sha256 authkey "
           f"{KEY[32]}")
    e.keys(f"add esp spi 0x9001 src {src} dst {dst} {one} hard_bytes 150\n")
    p.keys(f"add esp spi 0x9001 src {src} dst {dst} {one}\n")
    at = Delta(e)
    e.ping(dst, count=2, wait_s=0.2)
    e.ping(dst, count=1, wait_s=0.2)
    got = at.now()
    check(got.get("ipsecesp:bytes_expired") == 1 and
          got.get("esp_bytes_expire") == 1 and
          got.get("ipsecesp:out_discards") == 1,
          f"the packet that reaches hard_bytes: {got}")


def explicit(lab, e):
    dst = lab.V4["partym"]
    e.policy(f"{{raddr {dst} dir out}} drop {{}}\n", "-q", "-F", "-a")
    at = Delta(e)
    e.ping(dst, count=3, wait_s=0.1)
    at.expect("policy says drop", spd_explicit=3)
    check([x["drops"] for x in e.stat()["entries"]] == [3],
          "and the entry counts them, too")
    check("3  #INDEX 1, outbound, IPv4" in e.tool("solipsec", "stat", "-w"),
          "which -w shows")


def shape(doc):
    """What is in a document but for its values."""
    if isinstance(doc, dict):
        return {k: shape(v) for k, v in doc.items()}
    if isinstance(doc, list):
        return sorted({json.dumps(shape(v), sort_keys=True) for v in doc})
    return type(doc).__name__


def recorded(lab, p):
    """An entry that drops, one of a tunnel, and the document of all that."""
    src, dst = lab.V4["enigma"], lab.V4["partym"]
    p.tool("iptun", "create", "-t", "-T", "ipv4", "-s", dst, "-d", src,
           "ip.tun0", "10.1.3.3", "10.16.16.6", "up")
    p.policy(f"{{raddr {lab.GW4['partym']} dir out}} drop {{}}\n"
             "{tunnel ip.tun0 negotiate tunnel laddr 10.1.3.3 "
             f"raddr 10.16.16.6}} ipsec {ESP}\n"
             f"{{laddr {dst} raddr {src}}} ipsec {ESP}\n", "-q", "-F", "-a")
    for other in (src, "10.16.16.6", lab.GW4["partym"]):
        p.ping(other, count=1)
    now, file = p.stat(), HERE.parent / "golden/status.json"
    if os.environ.get("RECORD"):
        file.write_text(json.dumps(now, indent=1) + "\n")
    check([x["drops"] for x in now["entries"] if x["drops"]] == [1, 1],
          "an entry of the host and one of a tunnel that drop")
    check(shape(now) == shape(json.loads(file.read_text())),
          "the status looks as the one that golden files are made from")


def test(lab):
    e, p = lab.enigma, lab.partym
    e.up()
    p.up()
    names(e)
    patterns(e)
    good(lab, e, p)
    keysock(e)
    p.stop()
    p.up()
    drops(lab, e, p)
    acquires(lab, e)
    lifetimes(lab, e, p)
    explicit(lab, e)
    recorded(lab, p)


main(test)
