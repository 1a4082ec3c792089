/* SPDX-License-Identifier: BSD-2-Clause */
/* path_fix - two hosts, wired to each other in memory. Tests only. */
#ifndef CORE_PATH_FIX_TEST_H
#define CORE_PATH_FIX_TEST_H

#include <stdio.h>
#include <stdlib.h>

#include "base/test.h"

#include "core/larval.h"
#include "core/path_host_test.h"
#include "core/path_pkt_test.h"
#include "crypto/be/be.h"
#include "wire/pfkey.h"
#include "wire/pfpolicy.h"

static struct host enigma, partym;
static struct now now;
static uint8_t wire[PATH_ROOM], work[PATH_ROOM], back[PATH_ROOM];

static inline bool
host_is_local(void *ctx, const struct addr *a)
{
	struct host *h = ctx;

	return addr_equal(a, &h->a4) || addr_equal(a, &h->a6);
}

static inline void
host_expired(void *ctx, struct sa *sa, int which)
{
	struct host *h = ctx;

	(void)sa;
	h->n_expired++;
	h->expired = which;
}

static inline uint32_t
host_mtu(void *ctx, const struct addr *dst)
{
	struct host *h = ctx;

	h->mtu_asked = *dst;
	return h->mtu;
}

static inline bool
host_acquire(void *ctx, uint32_t seq, const struct rule *r,
    const struct flow *f, const struct addr *src, const struct addr *dst)
{
	struct host *h = ctx;

	assert_non_null(r->actions);
	/* a transport-mode tunnel's SA is of the outer family */
	if (r->tunnel_mode || r->tun[0] == '\0')
		assert_int_equal(f->local.fam, r->fam);
	h->n_acquires++;
	h->acquire_seq = seq;
	h->acquire_src = *src;
	h->acquire_dst = *dst;
	return h->listens;
}

static inline void
host_new(struct host *h, const char *a4, const char *a6)
{
	static struct crypto *crypto;
	struct sadb_env env = { host_is_local, host_expired, h };

	if (crypto == NULL)
		crypto = crypto_new(be_ossl, NULL, NULL);
	assert_non_null(crypto);
	*h = (struct host){ .crypto = crypto,
		.a4 = A(a4),
		.a6 = A(a6),
		.mtu = 1500,
		.listens = true };
	h->p = (struct path){ .spd = spd_new(),
		.sadb = sadb_new(crypto, &crypto_rng, &env),
		.rng = &crypto_rng,
		.larval = larval_new(),
		.env = { .mtu = host_mtu, .acquire = host_acquire, .ctx = h },
		.tune = { .padding_check = 2,
		    .esn_resync = 256,
		    .icmp_accept_clear_messages = true,
		    .igmp_accept_clear_messages = true,
		    .pim_accept_clear_messages = true,
		    .acquire_timeout = 15,
		    .natt_port = 4500 } };
	assert_non_null(h->p.spd);
	assert_non_null(h->p.sadb);
	assert_non_null(h->p.larval);
}

/*
 * What this host dropped, by name, into the file that $COUNTED names: for
 * test/counted/counted, which looks whether tests provoke what they are named for.
 */
static inline void
host_tell(const struct host *h)
{
	const char *path = getenv("COUNTED");
	FILE *f = path != NULL ? fopen(path, "ae") : NULL;

	if (f == NULL)
		return;
	for (enum verdict v = 0; v < VERDICT_N; v++)
		if (verdict_is_drop(v) &&
		    h->p.stats.n[0][v] + h->p.stats.n[1][v] != 0)
			(void)fprintf(f, "%s\n", verdict_name(v));
	(void)fclose(f);
}

static inline void
host_free(struct host *h)
{
	host_tell(h);
	larval_free(h->p.larval);
	sadb_free(h->p.sadb);
	spd_free(h->p.spd);
}

static inline int
setup(void **state)
{
	(void)state;
	host_new(&enigma, ENIGMA4, ENIGMA6);
	host_new(&partym, PARTYM4, PARTYM6);
	now = (struct now){ .mono = 5000, .wall = 1700000000 };
	return 0;
}

static inline int
teardown(void **state)
{
	(void)state;
	host_free(&enigma);
	host_free(&partym);
	return 0;
}

/* Two fresh hosts within a test. */
static inline void
again(void)
{
	teardown(NULL);
	setup(NULL);
}

/* Into the active policy; frees it. */
static inline void
install(struct host *h, struct rule r)
{
	uint64_t index;
	uint16_t diag;

	assert_int_equal(spd_add(h->p.spd, SPD_ACTIVE, &r, &diag, &index), 0);
	rule_fini(&r);
}

static inline void
install_both(uint8_t dir, const char *tun, struct action a)
{
	install(&enigma, rule_of(dir, tun, &a));
	install(&partym, rule_of(dir, tun, &a));
}

static inline struct sa *
add_sa(struct host *h, const struct sa_spec *s)
{
	struct sa *sa = NULL;
	uint16_t diag = 0;
	int e = sadb_add(h->p.sadb, s, now, &diag, &sa);

	assert_string_equal(pfkey_diag_text(diag), pfkey_diag_text(0));
	assert_int_equal(e, 0);
	return sa;
}

/* The same SA at both ends. Returns partym's. */
static inline struct sa *
share(const struct sa_spec *s)
{
	add_sa(&enigma, s);
	return add_sa(&partym, s);
}

static inline struct path_result
out(struct host *h, const char *tun, const uint8_t *pkt, size_t n)
{
	return path_out(&h->p, wire, work, tun, pkt, n, now);
}

static inline struct path_result
in(struct host *h, const uint8_t *pkt, size_t n)
{
	return path_in(&h->p, back, work, pkt, n, now);
}

#define assert_verdict(r, v) \
	assert_string_equal(verdict_name((r).verdict), verdict_name(v))

/* The protocol number that the packet on the wire has. */
static inline uint8_t
wire_proto(size_t n)
{
	struct ip_view v;

	assert_true(ip_parse(&v, wire, n));
	assert_int_equal(v.len, n);
	return v.proto;
}

/* Everything but what a forwarding tunnel may change must be as it was. */
static inline void
assert_same(const uint8_t *pkt, size_t n, const struct path_result *r)
{
	assert_int_equal(r->len, n);
	assert_memory_equal(back, pkt, n);
}

/* enigma sends, partym gets it just so. Returns how it looked on the wire. */
static inline struct path_result
cross(const char *tun, const uint8_t *pkt, size_t n)
{
	struct path_result o = out(&enigma, tun, pkt, n), r;

	assert_verdict(o, VERDICT_PASS);
	assert_int_equal(o.to, PATH_WIRE);
	r = in(&partym, wire, o.len);
	assert_verdict(r, VERDICT_PASS);
	assert_int_equal(r.to, PATH_HOST);
	assert_string_equal(r.tun, tun);
	assert_same(pkt, n, &r);
	return o;
}

#endif /* CORE_PATH_FIX_TEST_H */
