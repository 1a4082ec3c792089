/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * usage: bench_path [--quick] [--reps N] [--us N] [--suite NAME]
 * Measures points, a JSON object a line: what bench/path makes its table of. All
 * that is measured at a point alternates within each repetition.
 */
#include <err.h>
#include <getopt.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>

#include "chunks.h"
#include "pathload.h"
#include "raw.h"
#include "ticks.h"

enum { MAX_METERS = 16 };

static unsigned reps = 11;
static uint64_t us = 400;
static bool quick;
static const struct suite *only;

/* Something that is measured; ticks a packet. */
struct meter {
	char what[32];
	double (*run)(struct meter *m, uint64_t budget);
	struct pathload *load;
	bool seal;
	struct raw *raw;
	struct evp *evp;
};

static double
run_path(struct meter *m, uint64_t budget)
{
	return (m->seal ? pathload_out : pathload_in)(m->load, budget);
}

/* The library alone, over the memory and the keys that the path has. */
static double
run_library(struct meter *m, uint64_t budget)
{
	struct pathload *l = m->load;
	uint8_t tag[16 * 32];
	struct raw_text t = { .in = m->seal ? l->plain : l->sealed,
		.out = l->out,
		.stride = l->stride,
		.len = l->size,
		.n = l->n,
		.batch = l->batch,
		.key = l->sa,
		.tag = tag };
	struct chunks c = { .budget = budget };
	bool ok = true;

	/* whole blocks */
	if (l->hosts->form.suite->kind == RAW_CBC_HMAC)
		t.len = (t.len + 15) / 16 * 16;
	while (ok && chunks_more(&c)) {
		uint64_t from;

		pathload_shuffle(l);
		from = ticks();
		ok = m->raw != NULL ? raw_run(m->raw, m->seal, &t)
				    : evp_run(m->evp, m->seal, &t);
		chunks_add(&c, ticks() - from, t.n);
	}
	if (!ok)
		errx(1, "%s failed", m->what);
	return chunks_median(&c);
}

static unsigned
add_both(struct meter *m, unsigned n, const char *what, struct meter as)
{
	for (int seal = 1; seal >= 0; seal--, n++) {
		m[n] = as;
		m[n].seal = seal != 0;
		(void)snprintf(m[n].what, sizeof(m[n].what), "%s%s%s", what,
		    what[0] != '\0' ? " " : "", seal ? "out" : "in");
	}
	return n;
}

/* What is measured at each point of this form. */
static unsigned
meters_new(struct meter *m, struct pathload *l)
{
	const struct form *f = &l->hosts->form;
	struct meter one = { .load = l, .run = run_library };
	const char *name;
	char what[32];
	unsigned n = 0;

	for (unsigned i = 0; (name = raw_name(f->suite, i)) != NULL; i++) {
		one.raw = raw_new(f->suite, i, f->sas);
		(void)snprintf(what, sizeof(what), "raw (%s)", name);
		if (one.raw != NULL)
			n = add_both(m, n, what, one);
	}
	one.raw = NULL;
	if (f->sas == 1 && (one.evp = evp_new(f->suite)) != NULL)
		n = add_both(m, n, "evp", one);
	one.evp = NULL;
	one.run = run_path;
	return add_both(m, n, "path", one);
}

static void
meters_free(struct meter *m, unsigned n)
{
	/* both directions have the same */
	for (unsigned i = 0; i < n; i += 2) {
		raw_free(m[i].raw);
		evp_free(m[i].evp);
	}
}

static void
print(const struct pathload *l, const struct meter *m, unsigned rep, double t,
    double alone)
{
	const struct form *f = &l->hosts->form;

	printf("{\"suite\":\"%s\",\"mode\":\"%s\",\"encap\":\"%s\","
	       "\"sas\":%u,\"size\":%zu,\"batch\":%u,\"what\":\"%s\","
	       "\"rep\":%u,\"ticks\":%.2f,\"canary\":%.3f}\n",
	    f->suite->name, f->tunnel ? "tunnel" : "transport",
	    f->suite->ah != 0 ? "ah"
	    : f->udp	      ? "udp"
			      : "esp",
	    f->sas, l->size, l->batch, m->what, rep, t, alone);
}

static void
point(struct meter *m, unsigned n, struct pathload *l)
{
	uint64_t budget = ticks_in_us(us);
	double t[MAX_METERS], before, after;

	for (unsigned i = 0; i < n; i++) {
		m[i].load = l;
		(void)m[i].run(&m[i], budget / 4);
	}
	for (unsigned r = 0; r < reps; r++) {
		before = canary();
		for (unsigned i = 0; i < n; i++)
			t[i] = m[i].run(&m[i], budget);
		after = canary();
		for (unsigned i = 0; i < n; i++)
			print(
			    l, &m[i], r, t[i], before < after ? before : after);
	}
	(void)fflush(stdout);
}

static void
form(const struct form *f, bool single)
{
	static const size_t sizes[] = { 64, 256, 512, 1420 };
	struct meter m[MAX_METERS];
	struct twohosts h;
	struct pathload l;
	unsigned n;

	twohosts_init(&h, f);
	l.hosts = &h;
	n = meters_new(m, &l);
	for (unsigned batch = 32; batch != 0; batch = single && batch > 1)
		for (unsigned i = 0; i < (quick ? 2 : 4); i++) {
			pathload_init(&l, &h, sizes[i], batch);
			point(m, n, &l);
			pathload_fini(&l);
		}
	meters_free(m, n);
	twohosts_fini(&h);
}

static void
suite(const struct suite *s)
{
	static const unsigned many[] = { 1000, 100000 };
	bool first = s == suites;
	struct form f = { .suite = s, .sas = 1 };

	if (only != NULL && only != s)
		return;
	for (int tunnel = 1; tunnel >= 0; tunnel--)
		for (int udp = 0; udp < (s->ah != 0 ? 1 : 2); udp++) {
			f.tunnel = tunnel != 0;
			f.udp = udp != 0;
			form(&f, tunnel && !udp);
		}
	f.udp = false;
	for (unsigned i = 0; first && i < 2; i++)
		for (int tunnel = 1; tunnel >= 0; tunnel--) {
			f.tunnel = tunnel != 0;
			f.sas = quick ? 10 * (i + 1) : many[i];
			form(&f, false);
		}
}

static void
options(int argc, char **argv)
{
	static const struct option o[] = { { "quick", no_argument, NULL, 'q' },
		{ "reps", required_argument, NULL, 'r' },
		{ "us", required_argument, NULL, 'u' },
		{ "suite", required_argument, NULL, 's' }, { 0 } };
	int c;

	while ((c = getopt_long(argc, argv, "", o, NULL)) != -1)
		switch (c) {
		case 'q':
			quick = true;
			break;
		case 'r':
			reps = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case 'u':
			us = strtoul(optarg, NULL, 10);
			break;
		case 's':
			only = suite_find(optarg);
			if (only == NULL)
				errx(2, "%s: no such suite", optarg);
			break;
		default:
			exit(2);
		}
}

int
main(int argc, char **argv)
{
	options(argc, argv);
	printf("{\"unit\":\"%s\",\"ticks_per_us\":%llu,\"ipsec_mb\":\"%s\","
	       "\"libcrypto\":\"%s\",\"gcm\":\"%s\"}\n",
	    TICKS_UNIT, (unsigned long long)ticks_in_us(1000) / 1000,
	    raw_version(), OpenSSL_version(OPENSSL_VERSION_STRING),
	    crypto_backend_name(
		twohosts_crypto(), alg_by_id(ALG_ENCR, EALG_AES_GCM_16)));
	for (unsigned i = 0; i < n_suites; i++)
		suite(&suites[i]);
	return 0;
}
