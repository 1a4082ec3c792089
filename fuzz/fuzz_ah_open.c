/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first byte says which SA (bits 0-3) and what the rest is (bits 6-7): a
 * packet from the wire; one whose ICV is to be put right first; a packet to be
 * sealed first; or what a tunnel carries, packet or not.
 */
#include <stdlib.h>

#include "core/ah.h"
#include "core/ahmute.h"
#include "crypto/be/be.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

enum { ROOM = 70000, GUARD = 16 };

static uint8_t pkt[ROOM], muted[ROOM], out[ROOM + GUARD];

static void
demand(bool holds)
{
	if (!holds)
		abort();
}

static bool
fill(void *ctx, uint8_t *p, size_t n)
{
	(void)ctx;
	memset(p, 1, n);
	return true;
}

static const struct rng rng = { .fill = fill };

/* Bits 0-1 algorithm, 2 tunnel, 3 ESN. */
static const struct sa *
sa_of(unsigned i)
{
	static const uint8_t src[4] = { 192, 0, 2, 1 },
			     dst[4] = { 192, 0, 2, 2 };
	static const uint8_t algs[4] = { AALG_SHA1HMAC, AALG_SHA256HMAC,
		AALG_AES_GMAC, AALG_AES_XCBC };
	static struct crypto *crypto;
	static struct sa *made[16];
	struct sa_spec s = { .satype = SATYPE_AH,
		.spi = 0x11223344,
		.auth = algs[i & 3],
		.src = addr_v4(src),
		.dst = addr_v4(dst) };
	const struct alg *a = alg_by_id(ALG_AUTH, s.auth);
	uint8_t key[SECRET_MAX] = { 5 };
	uint16_t diag;

	if (made[i] != NULL)
		return made[i];
	if (crypto == NULL)
		crypto = crypto_new(be_ossl, NULL, NULL);
	s.flags = (i & 4 ? SAF_TUNNEL : 0) | (i & 8 ? SAF_ESN : 0);
	demand(secret_set(&s.akey, key, a->key_def + a->salt_len * 8u));
	made[i] = sa_new(crypto, &rng, &s, (struct now){ 1, 1 }, &diag);
	demand(made[i] != NULL);
	return made[i];
}

static enum verdict
unseal(const struct sa *sa, const uint8_t *p, size_t n, size_t *len)
{
	struct wr w = wr_into(out, n);
	struct ip_view v;
	struct ah_head h;
	enum verdict why;

	*len = 0;
	if (!ip_parse(&v, p, n))
		return VERDICT_SPD_MALFORMED_PACKET;
	memset(out + n, 0xcc, GUARD);
	why = ah_peek(&h, p, &v);
	if (why != VERDICT_PASS)
		return why;
	demand(h.off + h.len <= v.len);
	why = ah_open(sa, &w, p, &v, &h, 5);
	for (size_t i = 0; i < GUARD; i++)
		demand(out[n + i] == 0xcc);
	demand(why == VERDICT_PASS || w.len == 0);
	demand(why != VERDICT_PASS ||
	       (ip_parse(&v, out, w.len) && v.len == w.len));
	*len = w.len;
	return why;
}

/* Compute the ICV as RFC 4302 3.3.3 says, and open. */
static void
open_repaired(const struct sa *sa, const uint8_t *p, size_t n)
{
	const struct mac_info *mi = mac_info(sa->mac);
	size_t field = (size_t)mi->iv_len + mi->icv_len, len;
	uint8_t hi[4] = { 0 };
	struct ip_view v;
	struct ah_head h;

	if (!ip_parse(&v, p, n) || ah_peek(&h, p, &v) != VERDICT_PASS ||
	    h.len < 12 + field)
		return;
	memcpy(pkt, p, v.len);
	memcpy(muted, p, v.len);
	if (ahmute_headers(muted, h.off, v.ver) != VERDICT_PASS)
		return;

	uint8_t *icv = pkt + h.off + 12 + mi->iv_len;

	memset(muted + (icv - pkt), 0, mi->icv_len);

	struct mac_part part[2] = { { muted, v.len }, { hi, 4 } };

	demand(mac_sign(
	    sa->mac, icv, pkt + h.off + 12, part, sa_is_esn(sa) ? 2 : 1));
	demand(unseal(sa, pkt, v.len, &len) != VERDICT_AH_BAD_AUTH);
}

static void
both_ways(const struct sa *sa, const uint8_t *p, size_t n)
{
	static const uint8_t iv[16] = { 7 };
	struct wr w = wr_into(pkt, sizeof(pkt));
	struct ip_view v;
	size_t len;

	if (!ip_parse(&v, p, n))
		return;

	enum verdict why = ah_seal(sa, &w, p, &v, 5, iv, NULL);

	if (why != VERDICT_PASS) {
		demand(why == VERDICT_TOO_BIG ||
		       why == VERDICT_AH_BAD_V4_OPTS ||
		       why == VERDICT_AH_BAD_V6_HDRS ||
		       (why == VERDICT_SPD_MALFORMED_FRAG && v.has_frag));
		return;
	}
	demand(w.len <= v.len + ah_overhead(sa));
	demand(unseal(sa, pkt, w.len, &len) == VERDICT_PASS && len == v.len);
	if (v.ver == 6 || sa_is_tunnel(sa))
		demand(memcmp(out, p, len) == 0);
	else /* the header checksum is right now, whatever it was */
		demand(memcmp(out, p, 10) == 0 &&
		       memcmp(out + 12, p + 12, len - 12) == 0);
}

/* Anything at all in a tunnel: the ICV holds, the inside is judged. */
static void
open_inner(const uint8_t *p, size_t n)
{
	static const uint8_t iv[16] = { 7 };
	const struct sa *sa = sa_of(4);
	struct wr w = wr_into(pkt, sizeof(pkt));
	struct ip_view v = { .ver = 4, .len = n };
	size_t len;

	if (n < 1 || n > 60000)
		return;
	v.ver = p[0] >> 4 == 6 ? 6 : 4;
	demand(ah_seal(sa, &w, p, &v, 5, iv, NULL) == VERDICT_PASS);
	demand(unseal(sa, pkt, w.len, &len) != VERDICT_AH_BAD_AUTH);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	size_t len;

	if (n < 1 || n > ROOM)
		return 0;

	const struct sa *sa = sa_of(p[0] & 15);
	unsigned kind = p[0] >> 6;

	p++;
	n--;
	if (kind == 0)
		(void)unseal(sa, p, n, &len);
	else if (kind == 1)
		open_repaired(sa, p, n);
	else if (kind == 2)
		both_ways(sa, p, n);
	else
		open_inner(p, n);
	return 0;
}
