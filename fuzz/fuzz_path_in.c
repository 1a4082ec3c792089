/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A packet from the wire. The first byte, bits 0-1: as it is; with the hosts'
 * addresses; sealed by ESP in tunnel mode; sealed by AH in transport mode, so
 * that what comes behind a good ICV is seen as well.
 */
#include "core/ah.h"
#include "path_hosts.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static uint8_t pkt[PATH_ROOM], sealed[PATH_ROOM];

/* As the other host would, whatever policy says. */
static size_t
seal(size_t n, bool ah)
{
	static uint64_t seq;
	static const uint8_t iv[16];
	struct wr w = wr_into(sealed, sizeof(sealed));
	struct ip_view v;
	struct sa *sa;
	enum verdict e;

	if (!ip_parse(&v, pkt, n))
		return 0;
	sa = sadb_inbound(right.p.sadb, ah ? SATYPE_AH : SATYPE_ESP,
	    (ah ? SPI_AH : SPI_TUNNEL) + v.ver, NULL,
	    ah && v.ver == 6 ? &right.a6 : &right.a4);
	demand(sa != NULL);
	seq = seq % 1000000 + 1;
	e = ah ? ah_seal(sa, &w, pkt, &v, seq, iv, NULL)
	       : esp_seal(sa, &w, pkt, &v, seq, iv, NULL);
	return e == VERDICT_PASS ? w.len : 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	const uint8_t *from = pkt;
	struct path_result r;
	unsigned kind;

	if (n == 0 || n > sizeof(pkt))
		return 0;
	hosts_new();
	kind = p[0] & 3;
	memcpy(pkt, p + 1, --n);
	if (kind == 1 || kind == 3)
		readdress(pkt, n);
	if (kind >= 2) {
		if ((n = seal(n, kind == 3)) == 0)
			return 0;
		from = sealed;
	}
	r = path_in(&right.p, right.buf, work, from, n, now);
	check(&right, &r);
	demand(total(&right.p.stats, 1) == 1);
	demand(r.to == PATH_HOST || r.to == PATH_NOWHERE);
	demand(r.to != PATH_HOST || r.verdict == VERDICT_PASS ||
	       r.verdict == VERDICT_IKE);
	demand(kind < 2 || r.verdict != VERDICT_PASS || r.esp != NULL ||
	       r.ah != NULL);
	settle(&right);
	return 0;
}
