/* SPDX-License-Identifier: BSD-2-Clause */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#include "chunks.h"
#include "core/sadb.h"
#include "crypto/be/be.h"
#include "many.h"
#include "ticks.h"
#include "wire/pfkey.h"

#define US   UINT32_C(0x0a010001)
#define PEER UINT32_C(0x0b000000)
#define SPI  UINT32_C(0x10000)

enum { CHUNK = 256 };

static const struct now start = { .mono = 5000, .wall = 1700000000 };

static struct addr
v4(uint32_t a)
{
	const uint8_t b[4] = { (uint8_t)(a >> 24), (uint8_t)(a >> 16),
		(uint8_t)(a >> 8), (uint8_t)a };

	return addr_v4(b);
}

static bool
is_local(void *ctx, const struct addr *a)
{
	struct addr us = v4(US);

	(void)ctx;
	return addr_equal(a, &us);
}

static void
expired(void *ctx, struct sa *sa, int which)
{
	(void)ctx;
	(void)sa;
	(void)which;
}

static struct sadb *
sadb_make(void)
{
	static const struct sadb_env env = { is_local, expired, NULL };
	static struct crypto *crypto;
	struct sadb *d;

	if (crypto == NULL)
		crypto = crypto_new(be_all, NULL, NULL);
	if (crypto == NULL || (d = sadb_new(crypto, &crypto_rng, &env)) == NULL)
		errx(1, "no memory");
	sadb_tuning(d, SATYPE_ESP)->max_sas = UINT32_MAX;
	return d;
}

static void
set_key(struct secret *k, unsigned bits, unsigned number)
{
	uint8_t b[SECRET_MAX];

	suite_key(b, sizeof(b), number);
	if (!secret_set(k, b, bits))
		errx(1, "a key does not fit");
}

/* As a line of ipseckeys would have it: all from or to this host. */
static struct sa_spec
spec_of(const struct suite *s, uint32_t i, bool inbound)
{
	struct sa_spec x = { .satype = s->ah ? SATYPE_AH : SATYPE_ESP,
		.spi = SPI + i,
		.state = SA_MATURE,
		.window = 64,
		.auth = s->ah ? s->ah : s->espa,
		.encr = s->encr,
		.src = v4(inbound ? PEER + i : US),
		.dst = v4(inbound ? US : PEER + i) };

	if (s->encr != 0)
		set_key(&x.ekey,
		    s->bits + alg_by_id(ALG_ENCR, s->encr)->salt_len * 8u, i);
	if (x.auth != 0)
		set_key(&x.akey, alg_by_id(ALG_AUTH, x.auth)->key_def, i);
	return x;
}

static bool
fill(const struct many *m, struct sadb *d, const struct suite *s, size_t n)
{
	uint64_t from = ticks();
	uint16_t diag = 0;
	struct sa *sa;

	for (uint32_t i = 0; i < n; i++) {
		struct sa_spec x = spec_of(s, i / 2, i % 2 == 0);

		if (sadb_add(d, &x, start, &diag, &sa) != 0)
			errx(1, "SA %u was refused: %s", i,
			    pfkey_diag_text(diag));
		saspec_fini(&x);
		if (i % 1024 == 0 && ticks() - from > m->patience)
			return false;
	}
	return true;
}

enum kind { UNIFORM, SKEWED, OUTBOUND, BATCH };

enum { AT_ONCE = 64 }; /* as a lane has them */

static uint32_t
pick(uint64_t *random, size_t n, enum kind kind)
{
	uint64_t r = next_random(random);
	size_t few = n / 100 != 0 ? n / 100 : 1;

	if (kind == SKEWED && r % 10 != 0)
		n = few;
	return (uint32_t)((r >> 8) % n);
}

/* What a lookup is asked with lies ready. */
struct ask {
	uint32_t spi;
	struct addr us, peer;
	struct flow f;
};

static unsigned
ask_batches(struct sadb *d, const struct ask *a)
{
	static struct sadb_ask q[AT_ONCE];
	unsigned found = 0;

	for (const struct ask *end = a + CHUNK; a != end; a += AT_ONCE) {
		for (size_t i = 0; i < AT_ONCE; i++)
			q[i] = (struct sadb_ask){ .satype = SATYPE_ESP,
				.spi = a[i].spi,
				.src = a[i].peer,
				.dst = a[i].us };
		sadb_inbound_n(d, q, AT_ONCE);
		for (size_t i = 0; i < AT_ONCE; i++)
			found += q[i].sa != NULL;
	}
	return found;
}

static unsigned
ask_all(struct sadb *d, const struct ask *a, enum kind kind)
{
	static const struct action act = {
		.type = ACT_IPSEC, .flags = ACT_ESP, .esp_alg = EALG_AES_GCM_16
	};
	unsigned found = 0;

	if (kind == BATCH)
		return ask_batches(d, a);
	for (const struct ask *end = a + CHUNK; a != end; a++)
		if (kind == OUTBOUND) {
			struct sadb_want w = { .satype = SATYPE_ESP,
				.src = a->us,
				.dst = a->peer,
				.flow = &a->f,
				.act = &act };

			found += sadb_outbound(d, &w) != NULL;
		} else {
			found += sadb_inbound(d, SATYPE_ESP, a->spi, &a->peer,
				     &a->us) != NULL;
		}
	return found;
}

static double
lookups(const struct many *m, struct sadb *d, size_t all, enum kind kind)
{
	size_t n = kind == OUTBOUND ? all / 2 : (all + 1) / 2;
	static struct ask ask[CHUNK];
	static uint64_t random = 88172645463325252u;
	struct chunks c = { .budget = m->budget };

	while (chunks_more(&c)) {
		unsigned found;
		uint64_t from;

		for (unsigned i = 0; i < CHUNK; i++) {
			uint32_t k = pick(&random, n, kind);

			ask[i] = (struct ask){ .spi = SPI + k,
				.us = v4(US),
				.peer = v4(PEER + k),
				.f = { .local = v4(US),
				    .remote = v4(PEER + k),
				    .proto = IPPROTO_TCP_,
				    .has_ports = true,
				    .lport = 40000,
				    .rport = 80 } };
		}
		from = ticks();
		found = ask_all(d, ask, kind);
		chunks_add(&c, ticks() - from, CHUNK);
		if (found != CHUNK)
			errx(1, "%u of %u SAs were found", found, CHUNK);
	}
	return chunks_median(&c) / (double)ticks_in_us(1000) * 1e6;
}

static double
ns_each(uint64_t from, size_t n)
{
	return (double)(ticks() - from) / (double)n /
	       (double)ticks_in_us(1000) * 1e6;
}

bool
manysas_run(const struct many *m, size_t n)
{
	struct sadb *d = sadb_make();
	size_t in = (n + 1) / 2, some = in < 1000 ? in : 1000;
	size_t before = many_bytes();
	uint64_t from = ticks();
	uint16_t diag;

	if (!fill(m, d, suites, n)) {
		sadb_free(d);
		return false;
	}
	m->say("SA add", n, "ns", ns_each(from, n));
	m->say("SA bytes", n, "bytes",
	    (double)(many_bytes() - before) / (double)n);
	for (unsigned i = 0; i < m->reps; i++) {
		m->say("SA by SPI, random", n, "ns", lookups(m, d, n, UNIFORM));
		m->say(
		    "SA by SPI, 64 at once", n, "ns", lookups(m, d, n, BATCH));
		m->say("SA by SPI, skewed", n, "ns", lookups(m, d, n, SKEWED));
		if (n > 1)
			m->say("SA for a flow, random", n, "ns",
			    lookups(m, d, n, OUTBOUND));
	}
	from = ticks();
	for (size_t i = 0; i < some; i++) {
		struct sa_spec x =
		    spec_of(suites, (uint32_t)(i * (in / some)), true);

		if (sadb_delete(d, &x, false, &diag) != 0)
			errx(1, "SA %zu was not deleted", i);
		saspec_fini(&x);
	}
	m->say("SA delete", n, "ns", ns_each(from, some));
	sadb_free(d);
	return true;
}

void
manysas_bytes(const struct many *m, const struct suite *s, size_t n)
{
	char what[64];
	struct sadb *d = sadb_make();
	size_t before = many_bytes();

	(void)snprintf(what, sizeof(what), "SA bytes, %s", s->name);
	if (fill(m, d, s, n))
		m->say(what, n, "bytes",
		    (double)(many_bytes() - before) / (double)n);
	sadb_free(d);
}
