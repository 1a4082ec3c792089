/* SPDX-License-Identifier: BSD-2-Clause */
/* path_pkt - rules, SAs and packets for tests of the path. Tests only. */
#ifndef CORE_PATH_PKT_TEST_H
#define CORE_PATH_PKT_TEST_H

#include "base/test.h"

#include "core/path.h"

#define ENIGMA4 "192.168.116.16"
#define PARTYM4 "192.168.13.213"
#define ENIGMA6 "2001::aaaa:6666:6666"
#define PARTYM6 "2001::eeee:3333:3333"

static inline struct addr
A(const char *text) {
	struct addr a;

	assert_true(addr_read(&a, text));
	return a;
}

static inline struct action
ipsec(uint8_t ah, uint8_t esp, uint8_t espa)
{
	struct action a = { .type = ACT_IPSEC,
		.ah_alg = ah,
		.esp_alg = esp,
		.espa_alg = espa };

	a.flags = (uint8_t)((ah ? ACT_AH : 0) | (esp ? ACT_ESP : 0) |
			    (espa ? ACT_ESPA : 0));
	return a;
}

static const struct action act_pass = { .type = ACT_PASS };
static const struct action act_drop = { .type = ACT_DROP };

/* A rule of one alternative for everything, unless the caller adds selectors. */
static inline struct rule
rule_of(uint8_t dir, const char *tun, const struct action *a)
{
	struct rule r = { .dir = dir, .priority = RULE_PRIO_BASE };

	memcpy(r.tun, tun, strlen(tun) + 1);
	r.tunnel_mode = tun[0] != '\0';
	assert_true(rule_add_action(&r, a));
	return r;
}

static inline void
fill_key(struct secret *s, unsigned bits, uint8_t with)
{
	uint8_t b[SECRET_MAX];

	for (unsigned i = 0; i < sizeof(b); i++)
		b[i] = (uint8_t)(i * 5 + with);
	assert_true(secret_set(s, b, bits));
}

/* The SA of one direction; satype by which algorithms are there. */
static inline struct sa_spec
sa_of(
    uint32_t spi, const char *src, const char *dst, uint8_t encr, uint8_t auth)
{
	const struct alg *e = alg_by_id(ALG_ENCR, encr);
	const struct alg *a = alg_by_id(ALG_AUTH, auth);
	struct sa_spec s = { .satype = encr != 0 ? SATYPE_ESP : SATYPE_AH,
		.spi = spi,
		.state = SA_MATURE,
		.window = 64,
		.auth = auth,
		.encr = encr,
		.src = A(src),
		.dst = A(dst) };

	if (e != NULL && e->key_def != 0)
		fill_key(&s.ekey, e->key_def + e->salt_len * 8u, (uint8_t)spi);
	if (a != NULL)
		fill_key(&s.akey, a->key_def + a->salt_len * 8u, (uint8_t)spi);
	return s;
}

/* A UDP packet with payload bytes; addresses of either family. */
static inline size_t
udp(uint8_t *p, const char *src, const char *dst, uint16_t sport,
    uint16_t dport, size_t n)
{
	struct ip_new h = { .src = A(src),
		.dst = A(dst),
		.ttl = 64,
		.proto = IPPROTO_UDP_,
		.id = 7 };
	struct wr w = wr_into(p, PATH_ROOM);

	ip_write(&w, &h, 8 + n);
	wr_be16(&w, sport);
	wr_be16(&w, dport);
	wr_be16(&w, (uint16_t)(8 + n));
	wr_be16(&w, 0);
	for (size_t i = 0; i < n; i++)
		wr_u8(&w, (uint8_t)(i * 3));
	assert_false(w.bad);
	return w.len;
}

static inline size_t
icmp(uint8_t *p, const char *src, const char *dst, uint8_t type, uint8_t code,
    size_t n)
{
	struct ip_new h = { .src = A(src), .dst = A(dst), .ttl = 64 };
	struct wr w = wr_into(p, PATH_ROOM);

	h.proto = h.dst.fam == FAM_V6 ? IPPROTO_ICMPV6_ : IPPROTO_ICMP_;
	ip_write(&w, &h, 8 + n);
	wr_u8(&w, type);
	wr_u8(&w, code);
	wr_zero(&w, 6 + n);
	assert_false(w.bad);
	return w.len;
}

#endif /* CORE_PATH_PKT_TEST_H */
