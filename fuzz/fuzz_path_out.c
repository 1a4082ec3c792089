/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A packet out of one host; what it protected, the other opens to the same
 * packet. The first byte: bit 0 of the tunnel interface ip.tun0, bit 1 of the
 * one in transport mode; bit 2 as it is, else with the hosts' addresses.
 */
#include "path_hosts.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static uint8_t pkt[PATH_ROOM], orig[PATH_ROOM], back[PATH_ROOM];

/* All but IPv4's checksum, which is put right. */
static bool
same(const uint8_t *a, const uint8_t *b, size_t n)
{
	memcpy(back, b, n);
	if (n >= 20 && a[0] >> 4 == 4)
		memcpy(back + 10, a + 10, 2);
	return memcmp(a, back, n) == 0;
}

/*
 * Not what the other end takes for something else: IP in IP for its tunnel
 * interface, AH for another layer, no next header for a dummy (RFC 4303 2.6).
 */
static bool
comes_back(const char *tun, uint8_t proto)
{
	if (tun[0] != '\0')
		return strcmp(tun, "ip.tun0") == 0;
	return proto != IPPROTO_IPIP_ && proto != IPPROTO_IPV6_ &&
	       proto != IPPROTO_ESP_ && proto != IPPROTO_AH_ &&
	       proto != IPPROTO_NONE_;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	const char *tun;
	struct path_result r, in;
	struct ip_view v;

	if (n == 0 || n > sizeof(pkt))
		return 0;
	hosts_new();
	tun = (p[0] & 1) != 0 ? "ip.tun0" : (p[0] & 2) != 0 ? "ip.tun1" : "";
	memcpy(pkt, p + 1, --n);
	if ((p[0] & 4) == 0)
		readdress(pkt, n);
	memcpy(orig, pkt, n);
	r = path_out(&left.p, left.buf, work, tun, pkt, n, now);
	check(&left, &r);
	demand(memcmp(pkt, orig, n) == 0);
	demand(total(&left.p.stats, 0) == 1);
	demand(r.to != PATH_HOST);
	demand(r.to != PATH_WIRE || r.verdict == VERDICT_PASS);
	if (r.esp != NULL && r.verdict == VERDICT_PASS) {
		demand(ip_parse(&v, left.buf, r.len));
		demand(v.proto == (r.ah != NULL ? IPPROTO_AH_ : IPPROTO_ESP_));
		demand(ip_parse(&v, pkt, n));
		in = path_in(&right.p, right.buf, work, left.buf, r.len, now);
		check(&right, &in);
		if (comes_back(tun, v.proto)) {
			demand(in.verdict == VERDICT_PASS);
			demand(in.to == PATH_HOST && strcmp(in.tun, tun) == 0);
			demand(in.len == v.len && same(pkt, right.buf, v.len));
		}
	}
	settle(&left);
	settle(&right);
	return 0;
}
