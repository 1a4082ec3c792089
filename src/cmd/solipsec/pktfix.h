/* SPDX-License-Identifier: BSD-2-Clause */
/* pktfix - SAs and packets for this folder's tests. */
#ifndef CMD_SOLIPSEC_PKTFIX_H
#define CMD_SOLIPSEC_PKTFIX_H

#include "base/test.h"

#include "cmd/solipsec/pktway.h"
#include "crypto/be/be.h"

static inline const struct crypto *
pktfix_crypto(void)
{
	static struct crypto *c;

	if (c == NULL)
		c = crypto_new(be_ossl, NULL, NULL);
	assert_non_null(c);
	return c;
}

static inline struct addr
pktfix_addr(const char *text)
{
	struct addr a = { 0 };

	if (text != NULL)
		assert_true(addr_read(&a, text));
	return a;
}

/* src and dst may be NULL. encr 0: AH with HMAC-SHA1; else HMAC-SHA1, too. */
static inline struct sa_spec
pktfix_spec(uint32_t spi, uint8_t encr, const char *src, const char *dst)
{
	const struct alg *e = alg_by_id(ALG_ENCR, encr);
	struct sa_spec s = { .satype = encr != 0 ? SATYPE_ESP : SATYPE_AH,
		.spi = spi,
		.state = SA_MATURE,
		.auth = AALG_SHA1HMAC,
		.encr = encr,
		.akey = { .bits = 160, .b = "authentication key!" },
		.src = pktfix_addr(src),
		.dst = pktfix_addr(dst) };

	if (e != NULL) {
		s.ekey.bits = (uint16_t)(e->key_def + e->salt_len * 8);
		memcpy(s.ekey.b, "an encryption key that is long", 31);
	}
	return s;
}

static inline void
pktfix_add(struct pktsa_list *l, struct sa_spec s)
{
	char text[PKTSA_TEXT];

	l->crypto = pktfix_crypto();
	assert_true(pktsa_add(l, &s, l->n + 1, text));
}

/* A UDP packet of IPv4 from port 1000 to 2000 with 5 bytes. */
static inline size_t
pktfix_udp(uint8_t buf[64], const char *src, const char *dst)
{
	struct ip_new h = { .src = pktfix_addr(src),
		.dst = pktfix_addr(dst),
		.ttl = 64,
		.proto = IPPROTO_UDP_ };
	struct wr w = wr_into(buf, 64);

	ip_write(&w, &h, 13);
	wr_be16(&w, 1000);
	wr_be16(&w, 2000);
	wr_be16(&w, 13);
	wr_be16(&w, 0);
	wr_bytes(&w, "hello", 5);
	assert_false(w.bad);
	return w.len;
}

#endif /* CMD_SOLIPSEC_PKTFIX_H */
