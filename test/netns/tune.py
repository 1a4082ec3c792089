# SPDX-License-Identifier: BSD-2-Clause
"""Tunables: read, changed, refused, and each does what it says."""
import json
import re
import struct
import time

from forge import ESP as ESP_PROTO
from forge import Forger
from lab import check, main, settle, wait
from pfkey import ACQUIRE, ESP, FLUSH, Manager, address, ext, message

POLICY = "{encr_algs aes encr_auth_algs sha256 sa shared}"
AH_POLICY = "{auth_algs sha256 sa shared}"
GETSPI = 1


def tune(h, *args, ok=True):
    return h.tool("solipsec", "tune", *args, ok=ok)


def sas(h):
    return h.stat()["sas"]


def waited(f, seconds=10):
    start = time.monotonic()
    wait(f, seconds)
    return time.monotonic() - start


def command(e):
    doc = json.loads(tune(e, "--json"))["tunables"]
    names = [t["name"] for t in doc]
    check(len(set(names)) == len(names) and
          "ipsecesp_larval_timeout" in names, "the list as JSON")
    for t in doc:
        want = (f"^{t['name']} +{t['value'] if t['settable'] else '-'} +"
                f"{t['default']} +{t['min']} to {t['max']}")
        if not re.search(want, tune(e, t["name"]), re.M):
            check(False, f"{t['name']} in text as in JSON")
    check(True, f"{len(doc)} tunables, in text as in JSON")
    for t in doc:
        said = tune(e, "set", t["name"], t["max"] + 1, ok=False)
        if t["settable"] and f"{t['min']} to {t['max']}" not in said:
            check(False, f"{t['name']} out of range: {said}")
        if not t["settable"] and t["reason"] not in said:
            check(False, f"{t['name']} without a meaning: {said}")
    check(True, "what is out of range is refused and the range is named; "
          "what means nothing here is refused with the reason")
    after = json.loads(tune(e, "--json"))["tunables"]
    check(after == doc, "nothing of that changed anything")
    for t in doc:
        if t["settable"]:
            for v in (t["min"], t["max"], t["default"]):
                tune(e, f"{t['name']}={v}")
                got = tune(e, "get", t["name"]).strip()
                if got != str(v):
                    check(False, f"{t['name']} is {got}, not {v}")
    check(True, "all others take their least and their greatest value")

    said = tune(e, "get", "ipsecesp_larval_timout", ok=False)
    check("did you mean `ipsecesp_larval_timeout'?" in said, said.strip())
    check(tune(e, "-get", "/dev/ipsecah", "ipsecah_larval_timeout") == "90\n",
          "as ndd asks")
    check(tune(e, "-set", "/dev/ip", "_icmp_accept_clear_messages", "1") ==
          "", "as ndd sets, with the name of ipadm")
    check("is a tunable of ipsecah, not of ipsecesp" in
          tune(e, "-set", "/dev/ipsecesp", "ipsecah_larval_timeout", "9",
               ok=False), "the driver has to be right")
    check("ipsecah_debug" in tune(e, "-get", "/dev/ipsecah", "?") and
          "ipsecesp" not in tune(e, "ipsecah"), "all of a driver")

    f = e.conf / "ipsectune.conf"
    f.write_text("# comment\nipsecesp_reap_delay 2\n\n"
                 "ipsecah_reap_delay = 11\n")
    said = tune(e, "-f", f, ok=False)
    check(f"{f}:4: ipsecah_reap_delay: 11 is out of range, 1 to 10 s" in said,
          "a file's error has its line")
    check(tune(e, "get", "ipsecesp_reap_delay") == "1\n",
          "and then nothing of it is done")
    f.write_text("ipsecesp_reap_delay 2\nipsecah_reap_delay = 0xa\n")
    tune(e, "-c", "-f", f)
    check(tune(e, "get", "ipsecesp_reap_delay") == "1\n", "-c only looks")
    tune(e, "-f", f)
    check(tune(e, "get", "ipsecesp_reap_delay") == "2\n" and
          tune(e, "get", "ipsecah_reap_delay") == "10\n", "a file is set")
    tune(e, "ipsecesp_reap_delay=1", "ipsecah_reap_delay=1")


def acquires(lab, e):
    """acquire_timeout, and what proposals name."""
    dst = lab.V4["partym"]
    km = Manager(e)
    km.register()
    tune(e, "ipsecesp_acquire_timeout=1", "ipsecesp_replay_size=32",
         "ipsecesp_default_soft_bytes=1000", "ipsecesp_default_hard_bytes=2000",
         "ipsecesp_default_soft_addtime=300",
         "ipsecesp_default_hard_addtime=400",
         "ipsecesp_default_soft_usetime=500",
         "ipsecesp_default_hard_usetime=600")
    ping = e.start("ping", "-n", "-c", "1", "-W", "1", dst)
    while True:
        m = km.s.recv(65536)
        if m[1] == ACQUIRE and m[3] == ESP:
            break
    at, prop = 16, None
    while at < len(m):
        n, kind = struct.unpack_from("=HH", m, at)
        if kind == 13:
            prop = m[at:at + 8 * n]
        at += 8 * n
    # RFC 2367 2.3.7: a combination is 72 bytes
    soft_b, hard_b, soft_a, hard_a, soft_u, hard_u = struct.unpack_from(
        "=6Q", prop, 8 + 24)
    check(prop[4] == 32, "replay_size is what proposals ask for")
    check((soft_b, hard_b, soft_a, hard_a, soft_u, hard_u) ==
          (1000, 2000, 300, 400, 500, 600),
          "the default lifetimes are those of proposals")
    took = waited(lambda: e.stat()["path"]["waiting"] == 0)
    check(took < 3, f"acquire_timeout: waited {took:.1f} s")
    check(e.count("out", "sadb_acquire_timeout") >= 1, "and it is counted")
    ping.wait()


def ah_acquire(lab, e):
    dst = lab.V4["partym"]
    e.policy(f"{{laddr {lab.V4['enigma']} raddr {dst}}} ipsec {AH_POLICY}\n",
             "-q", "-F", "-a")
    km = Manager(e)
    assert km.ask(message(7, 2))[0] == 0
    tune(e, "ipsecah_acquire_timeout=1", "ipsecesp_acquire_timeout=300")
    e.ping(dst, count=1, wait_s=0.1)
    took = waited(lambda: e.stat()["path"]["waiting"] == 0)
    check(took < 3, f"AH has its own acquire_timeout: {took:.1f} s")


def larvae(e, lab):
    km = Manager(e)
    spirange = ext(16, struct.pack("=III", 0x5000, 0x5000, 0))
    tune(e, "ipsecesp_larval_timeout=2")
    err, _ = km.ask(message(GETSPI, ESP, address(5, lab.V4["partym"]) +
                            address(6, lab.V4["enigma"]) + spirange))
    check(err == 0 and [s["state"] for s in sas(e)] == ["LARVAL"],
          "a larval SA")
    took = waited(lambda: not sas(e))
    check(1 < took < 4, f"larval_timeout: gone after {took:.1f} s")


def ageing(e, lab):
    """age_interval and reap_delay, told by the EXPIRE and the dump."""
    line = (f"add esp spi 0x7001 src {lab.V4['enigma']} dst "
            f"{lab.V4['partym']} encr_alg aes encrkey {'01' * 16} auth_alg "
            f"sha256 authkey {'02' * 32} hard_addtime 1\n")
    tune(e, "ipsecesp_reap_delay=4", "ipsecesp_age_interval=125")
    e.keys(line)
    took = waited(lambda: [s["state"] for s in sas(e)] == ["DEAD"])
    check(took < 2, f"age_interval 125 ms: expired after {took:.1f} s")
    took = waited(lambda: not sas(e))
    check(3 < took < 6, f"reap_delay: seen for {took:.1f} s more")
    tune(e, "ipsecesp_reap_delay=1", "ipsecesp_age_interval=6000")
    e.keys(line)
    time.sleep(2.5)
    check([s["state"] for s in sas(e)] == ["MATURE"],
          "age_interval 6 s: not looked at yet")
    tune(e, "ipsecesp_age_interval=500")
    wait(lambda: not sas(e), 5)
    check(True, "a change holds at once")


def logs(lab, e, p):
    forger = Forger(p)
    packet = (f"raw(ip4({ESP_PROTO}, bytes.fromhex('00009999') + bytes(60), "
              "src=B4, dst=A4))")
    forger.do("x", packet)
    wait(lambda: e.count("in", "esp_no_sa") >= 1)
    check("esp_no_sa" not in e.log.read_text(), "log_unknown_spi 0: silence")
    tune(e, "ipsecesp_log_unknown_spi=1")
    forger.do("x", packet)
    wait(lambda: "(esp_no_sa)" in e.log.read_text(), 3,
         "log_unknown_spi 1: a line")
    check("SPI 0x00009999" in e.log.read_text(), "log_unknown_spi 1: a line")

    e.policy(f"{{laddr {lab.V4['enigma']} raddr {lab.V4['partym']}}} ipsec "
             f"{POLICY}\n", "-q", "-F", "-a")
    forger = Forger(lab.router)
    clear = "raw(ip4(UDP, udp(1, 2, b'x', src=B4, dst=A4), src=B4, dst=A4))"
    forger.do("x", clear)
    wait(lambda: e.count("in", "spd_got_clear") >= 1)
    time.sleep(1.2)
    check("dropped for policy" not in e.log.read_text(),
          "ipsec_policy_log_interval 0: silence")
    tune(e, "ipsec_policy_log_interval=3000")
    time.sleep(1.2)
    for _ in range(3):
        forger.do("x", clear)
    wait(lambda: "packets dropped for policy by the kernel" in
         e.log.read_text(), 5, "a line about policy")
    n = e.log.read_text().count("dropped for policy")
    forger.do("x", clear)
    time.sleep(1.5)
    check(e.log.read_text().count("dropped for policy") == n == 1,
          "ipsec_policy_log_interval: one line in that time")

    tune(e, "keysock_debug=1")
    check("keysock_debug is 1 now, was 0" in e.log.read_text(),
          "each change is in the log")


def clear_messages(lab, e):
    """icmp_, igmp_ and pim_accept_clear_messages, as the kernel has them."""
    forger = Forger(lab.router)
    both = "src=B4, dst=A4"
    tune(e, "ipsec_policy_log_interval=0")
    for name, code in (
            ("icmp", f"raw(ip4(ICMP, icmp(3, 1, bytes(28)), {both}))"),
            ("igmp", f"raw(ip4(2, bytes(8), {both}))"),
            ("pim", f"raw(ip4(103, bytes(8), {both}))")):
        before = e.count("in", "spd_got_clear")
        check(forger.do("x", code) == "", f"{name} in the clear")
        settle()
        check(e.count("in", "spd_got_clear") == before,
              f"{name}_accept_clear_messages 1: let in")
        tune(e, f"{name}_accept_clear_messages=0")
        forger.do("x", code)
        wait(lambda n=before: e.count("in", "spd_got_clear") == n + 1, 3,
             f"{name}_accept_clear_messages 0: dropped, policy wants ESP")
        check(True, f"{name}_accept_clear_messages 0: dropped")
        tune(e, f"{name}_accept_clear_messages=1")


def slow_listener(e):
    """keysock_max_buf: what may wait for one who does not read."""
    def lost(size):
        tune(e, f"keysock_max_buf={size}")
        before = e.count("packets", "messages_lost")
        slow, fast = Manager(e), Manager(e)
        for _ in range(6000):
            fast.ask(message(FLUSH, ESP))
        slow.s.close()
        # what it lost is added up when its connection ends
        e.tool("ipseckey", "flush")
        return e.count("packets", "messages_lost") - before
    check(lost(1073741824) == 0, "a large keysock_max_buf loses nothing")
    check(lost(65536) > 500, "a small one loses what a listener does not read")


def test(lab):
    e, p = lab.enigma, lab.partym
    e.up()
    p.up()
    command(e)
    lab.protect(POLICY, families=(4,), keys=False)
    acquires(lab, e)
    ah_acquire(lab, e)
    larvae(e, lab)
    ageing(e, lab)
    logs(lab, e, p)
    clear_messages(lab, e)
    slow_listener(e)


main(test)
