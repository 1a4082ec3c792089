# SPDX-License-Identifier: BSD-2-Clause
"""A million random and half-right ESP and AH packets, fragments that never
become whole and forged ICMP errors, while a real flow goes on: nothing of it is
answered or believed, memory stays what it was, and the log stays short."""
import pathlib
import re
import shutil
import sys
import time

from forge import A4, A6, B4, B6, Forger
from lab import check, main, settle

ESP = "{encr_algs aes encr_auth_algs sha256 sa shared}"
TOTAL = 1_000_000
# the flood in C, since Python would need minutes
SEND = r"""
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#define BATCH 64
static uint64_t s = 88172645463325252ull;
static uint32_t r(void) { s ^= s << 13; s ^= s >> 7; s ^= s << 17;
	return (uint32_t)(s >> 11); }
static uint8_t pkt[BATCH][256];
static struct iovec io[BATCH];
static struct mmsghdr m[BATCH];
/* kinds: 0 unknown SPI, 1 a real SPI and a wrong ICV, 2 random length,
   3 first fragments that stay alone */
static size_t make(uint8_t *p, int i, uint32_t src, uint32_t dst)
{
	size_t n = 20 + (i % 3 == 2 ? r() % 80 : 72);
	for (size_t k = 0; k < n; k += 4) { uint32_t x = r(); memcpy(p + k, &x,
		4); }
	p[0] = 0x45; p[1] = 0; p[2] = 0; p[3] = n;
	p[6] = i % 16 == 15 ? 0x20 : 0; p[7] = 0; p[8] = 64;
	p[9] = i & 1 ? 50 : 51;
	memcpy(p + 12, &src, 4);
	memcpy(p + 16, &dst, 4);
	if (p[9] == 51 && i % 4 == 0) { p[20] = 17; p[21] = 5; }
	if (i % 8 < 3 && n >= 28) {
		uint32_t spi = htonl(0x1001), seq = htonl(r() % 0x7fffffff);
		memcpy(p + (p[9] == 50 ? 20 : 24), &spi, 4);
		memcpy(p + (p[9] == 50 ? 24 : 28), &seq, 4);
	}
	return n;
}
int main(int c, char **v)
{
	int fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW), big = 1 << 22;
	struct sockaddr_in to = { .sin_family = AF_INET };
	struct timespec nap = { 0, 300000 };
	long total = atol(v[3]), sent = 0;
	uint32_t src;
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &big, sizeof(big));
	inet_pton(AF_INET, v[1], &src);
	inet_pton(AF_INET, v[2], &to.sin_addr);
	while (sent < total) {
		for (int i = 0; i < BATCH; i++) {
			uint32_t from = i % 5 ? src : r();
			if ((from & 255) == 127 || (from & 255) >= 224 ||
			    (from & 255) == 0)
				from = src;
			io[i].iov_len = make(pkt[i], sent + i, from,
			    to.sin_addr.s_addr);
			io[i].iov_base = pkt[i];
			m[i].msg_hdr = (struct msghdr){ .msg_name = &to,
				.msg_namelen = sizeof(to), .msg_iov = &io[i],
				.msg_iovlen = 1 };
		}
		int n = sendmmsg(fd, m, BATCH, 0);
		sent += n > 0 ? n : 1;
		if (sent / BATCH % 4 == 0) nanosleep(&nap, NULL);
	}
	printf("%ld\n", sent);
	return c < 0;
}
"""
FRAGS = """
for i in range(20000):
    raw(ip4(ESP, os.urandom(64), off=0x2000 if i & 1 else 8, ident=i))
    if i % 2 == 0:
        raw(ip6(FRAG, fragment(ESP, 0 if i & 2 else 64, 1, i) +
                os.urandom(64)))
"""
# errors about a flow of ours, from a router that knows no SPI
PTB4 = """
for mtu in (0, 1, 67, 68, 575, 576, 1279, 1500, 9000, 65535):
    for spi in (0x1002, 0x7777):
        q = struct.pack("!II", spi, 5)
        raw(ip4(ICMP, icmp(3, 4, ip4(ESP, q, src=B4, dst=A4), mtu),
                src="192.168.13.1"))
    raw(ip4(ICMP, icmp(3, 4, ip4(UDP, udp(7, 9, b"", B4, A4), src=B4, dst=A4),
                       mtu), src="192.168.13.1"))
for code in range(16):
    q = ip4(ESP, struct.pack("!II", 0x1002, 5), src=B4, dst=A4)
    raw(ip4(ICMP, icmp(3, code, q), src="192.168.13.1"))
for kind in (4, 5, 11, 12):
    q = ip4(ESP, struct.pack("!II", 0x1002, 5), src=B4, dst=A4)
    raw(ip4(ICMP, icmp(kind, 1, q, 0xc0a80d63), src="192.168.13.1"))
"""
PTB6 = """
R = "2001::eeee:0:1"
for mtu in (0, 68, 576, 1279, 1280, 1500, 0x7fffffff, 0xffffffff):
    for spi in (0x1004, 0x7777):
        q = ip6(ESP, struct.pack("!II", spi, 5), src=B6, dst=A6)
        raw(ip6(ICMP6, icmp6(2, 0, q, R, B6, mtu), src=R))
    q = ip6(UDP, udp6(7, 9, b"", B6, A6), src=B6, dst=A6)
    raw(ip6(ICMP6, icmp6(2, 0, q, R, B6, mtu), src=R))
"""


def memory(h):
    text = pathlib.Path(f"/proc/{h.pid()}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", text)[1])


def built(lab):
    src, out = lab.dir / "flood.c", lab.dir / "flood"
    src.write_text(SEND)
    lab.router.run("cc", "-O2", "-o", out, src)
    return out


def flow(e, stop):
    """Datagrams that were echoed while stop() is false, of how many."""
    sent = back = 0
    while not stop():
        back += e.udp(B4, 200, 20)
        sent += 20
    return sent, back


def forged_errors(lab, forger):
    e, p = lab.enigma, lab.partym
    for code, dst, floor in ((PTB4, A4, 576), (PTB6, A6, 1280)):
        check(forger.do("", code) == "", "forged errors are sent")
        settle()
        at = p.ip(f"route get {dst}").replace("mtu lock", "mtu").split()
        # the kernel believes what is about clear packets, and has a floor
        # of its own: net.ipv4.route.min_pmtu
        check("mtu" not in at or int(at[at.index("mtu") + 1]) >=
              (552 if floor == 576 else floor),
              f"to {dst}: the route keeps its size: {' '.join(at)}")
        check(p.udp(dst, 1200, 3) == 3, "large datagrams pass")
        mss = p.tcp(dst, 100000)
        check(mss >= floor - 100, f"a stream passes, MSS {mss}")
    check(p.count("packets", "toobig_heard") > 0, "of a report that names an "
          "SA its size is taken, above the floor")
    # a fresh look: what was believed ends with the SA's memory, not before
    check(e.tcp(B4) > 400 and e.tcp(B6) > 1000, "and the other way round")


def test(lab):
    e, p = lab.enigma, lab.partym
    lab.protect(ESP)
    for h in (e, p):
        h.serve()
    flood, forger = built(lab), Forger(lab.router)
    check(e.udp(B4) == 3 and e.udp(B6) == 3, "a flow")
    lab.router.run(flood, A4, B4, 20000)
    time.sleep(0.5)
    before, size = p.stat(), memory(p)
    c = lab.capture("to-partym", f"src {B4} and not proto 50")
    start = time.monotonic()
    run = lab.router.start(flood, A4, B4, TOTAL)
    sent, back = flow(e, lambda: run.poll() is not None)
    took = time.monotonic() - start
    check(run.stdout.read().strip() == str(TOTAL), f"{TOTAL} packets in "
          f"{took:.0f} s")
    settle()
    after, grown = p.stat(), memory(p) - size
    check(sent >= 20 and back >= sent / 2,
          f"of the flow beside it {back} of {sent} came back")
    check(grown < 4096, f"memory grew by {grown} KiB")
    new = {k: v - before["verdicts"]["in"][k]
           for k, v in after["verdicts"]["in"].items()
           if v != before["verdicts"]["in"][k]}
    seen = sum(v for k, v in new.items() if k != "pass")
    check(seen > TOTAL / 20 and set(new) <= {
        "pass", "esp_no_sa", "esp_bad_auth", "esp_short", "ah_no_sa",
        "ah_bad_length", "ah_bad_auth", "esp_early_replay"},
        f"each has its counter: {new}")
    check(e.udp(B4) == 3, "the window of the SA is where it was")
    # of fragments that stay alone the kernel tells after 30 s
    answers = [x for x in c.stop() if x[9] != 1 or x[20:22] != b"\x0b\x01"]
    check(not answers, f"no answers: {[x[:40].hex() for x in answers[:2]]}")
    log = p.log.read_text().count("\n")
    check(log < 20 * took, f"{log} lines in the log")
    forged_errors(lab, forger)
    size = memory(p)
    check(forger.do("", FRAGS) == "", "30,000 fragments that stay alone")
    check(memory(p) - size < 2048, "cost nothing here")
    # the kernel puts fragments together, and has a bound of its own
    check(e.udp(B4) == 3, "and what is whole goes on")
    spis = {s["spi"] for s in p.stat()["sas"] if s["state"] == "MATURE"}
    check(len(spis) == 4, "no SA was torn down")


if shutil.which("cc") is None:
    print("SKIP: needs a C compiler")
    sys.exit(77)
main(test)
