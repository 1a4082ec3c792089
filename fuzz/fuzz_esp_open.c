/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first byte says which SA (bits 0-5) and what the rest is (bits 6-7): a
 * packet from the wire; the text of an ESP packet whose ICV will hold, in IPv4
 * or in IPv6; or a packet to be sealed first.
 */
#include <stdlib.h>

#include "core/esp.h"
#include "crypto/be/be.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

enum { ROOM = 70000, GUARD = 16 };

static uint8_t pkt[ROOM], out[ROOM + GUARD];

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

static void
key(struct secret *s, const struct alg *a)
{
	uint8_t b[SECRET_MAX];

	for (unsigned i = 0; i < sizeof(b); i++)
		b[i] = (uint8_t)(i * 11 + 1);
	demand(secret_set(s, b, a->key_def + a->salt_len * 8u));
}

/* Bits 0-2 algorithms, 3 tunnel, 4 ESN, 5 UDP encapsulation. */
static const struct sa *
sa_of(unsigned i)
{
	static const uint8_t src[4] = { 192, 0, 2, 1 },
			     dst[4] = { 192, 0, 2, 2 };
	static const struct {
		uint8_t encr, auth;
	} algs[8] = { { EALG_NULL, AALG_SHA1HMAC },
		{ EALG_AES, AALG_SHA256HMAC }, { EALG_AES_GCM_16, 0 },
		{ EALG_CHACHA20_POLY1305, 0 }, { EALG_AES, 0 },
		{ EALG_AES_GMAC, 0 }, { EALG_AES_CCM_8, 0 },
		{ EALG_3DESCBC, AALG_MD5HMAC } };
	static struct crypto *crypto;
	static struct sa *made[64];
	struct sa_spec s = { .satype = SATYPE_ESP,
		.spi = 0x11223344,
		.encr = algs[i & 7].encr,
		.auth = algs[i & 7].auth,
		.src = addr_v4(src),
		.dst = addr_v4(dst) };
	uint16_t diag;

	if (made[i] != NULL)
		return made[i];
	if (crypto == NULL)
		crypto = crypto_new(be_ossl, NULL, NULL);
	s.natt_rem = s.src;
	s.flags = (i & 8 ? SAF_TUNNEL : 0) | (i & 16 ? SAF_ESN : 0) |
		  (i & 32 ? SAF_NATT_REM : 0);
	key(&s.ekey, alg_by_id(ALG_ENCR, s.encr));
	if (s.auth != 0)
		key(&s.akey, alg_by_id(ALG_AUTH, s.auth));
	made[i] = sa_new(crypto, &rng, &s, (struct now){ 1, 1 }, &diag);
	demand(made[i] != NULL);
	return made[i];
}

static enum verdict
unseal(const struct sa *sa, const uint8_t *p, size_t n, size_t *len)
{
	struct wr w = wr_into(out, n);
	struct ip_view v;
	struct esp_head h;
	enum verdict why;

	*len = 0;
	if (!ip_parse(&v, p, n))
		return VERDICT_SPD_MALFORMED_PACKET;
	memset(out + n, 0xcc, GUARD);
	why = esp_peek(&h, p, &v, 4500);
	if (why != VERDICT_PASS)
		return why;
	demand(h.off + h.len <= v.len);
	why = esp_open(sa, &w, p, &v, &h, 5);
	for (size_t i = 0; i < GUARD; i++)
		demand(out[n + i] == 0xcc);
	demand(why == VERDICT_PASS || w.len == 0);
	demand(why != VERDICT_PASS ||
	       (ip_parse(&v, out, w.len) && v.len == w.len));
	*len = w.len;
	return why;
}

/* ESP around text whose first byte is the outer TOS. */
static void
open_text(const struct sa *sa, bool v6, const uint8_t *p, size_t n)
{
	static const uint8_t a[16] = { 0x20, 1, [15] = 1 };
	const struct aead_info *ai = aead_info(sa->aead);
	struct ip_new h = { .src = v6 ? addr_v6(a) : addr_v4(a),
		.dst = v6 ? addr_v6(a) : addr_v4(a),
		.ttl = 9 };
	bool udp = sa_is_natt(sa);
	struct wr w = wr_into(pkt, sizeof(pkt));

	if (n < 1 || n > 60000)
		return;
	h.tos = *p++;
	n = (n - 1) / ai->align * ai->align;
	if (n == 0)
		return;

	size_t esp = 8u + ai->iv_len + n + ai->icv_len;

	h.proto = udp ? 17 : 50;
	ip_write(&w, &h, esp + (udp ? 8 : 0));
	if (udp) {
		wr_be32(&w, 4500u << 16 | 4500);
		wr_be32(&w, (uint32_t)(8 + esp) << 16);
	}

	size_t at = w.len;

	wr_be32(&w, 0x11223344);
	wr_be32(&w, 5);
	wr_zero(&w, ai->iv_len);
	wr_bytes(&w, p, n);
	wr_zero(&w, ai->icv_len);
	demand(!w.bad);

	uint8_t *text = pkt + at + 8 + ai->iv_len;
	struct aead_op op = { .key = sa->aead,
		.hdr = pkt + at,
		.esn = sa_is_esn(sa),
		.iv = pkt + at + 8,
		.in = text,
		.out = text,
		.len = n,
		.icv = text + n };
	size_t len;

	aead_seal(&op, 1);
	demand(op.ok);

	enum verdict why = unseal(sa, pkt, w.len, &len);

	demand(why != VERDICT_ESP_BAD_AUTH && why != VERDICT_ESP_SHORT);
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

	enum verdict why = esp_seal(sa, &w, p, &v, 5, iv, NULL);

	if (why != VERDICT_PASS) {
		demand(why == VERDICT_TOO_BIG ||
		       (why == VERDICT_SPD_MALFORMED_FRAG && v.frag));
		return;
	}
	demand(w.len <= v.len + esp_overhead(sa));
	why = unseal(sa, pkt, w.len, &len);
	/* RFC 4303 2.6: no next header looks like a dummy */
	if (why == VERDICT_DUMMY && !sa_is_tunnel(sa) && v.ins_proto == 59)
		return;
	demand(why == VERDICT_PASS && len == v.len);
	/* RFC 3948 3.1.2: the checksum is put right for another source */
	if (sa_is_natt(sa) && !sa_is_tunnel(sa))
		return;
	if (v.ver == 6 || sa_is_tunnel(sa))
		demand(memcmp(out, p, len) == 0);
	else /* the header checksum is right now, whatever it was */
		demand(memcmp(out, p, 10) == 0 &&
		       memcmp(out + 12, p + 12, len - 12) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	size_t len;

	if (n < 1)
		return 0;

	const struct sa *sa = sa_of(p[0] & 63);
	unsigned kind = p[0] >> 6;

	p++;
	n--;
	if (kind == 0 && n < ROOM)
		(void)unseal(sa, p, n, &len);
	else if (kind == 3)
		both_ways(sa, p, n);
	else if (kind != 0)
		open_text(sa, kind == 2, p, n);
	return 0;
}
