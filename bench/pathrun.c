/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * usage: bench_path [--quick] [--reps N] [--us N] [--suite NAME] [--mode NAME]
 *        [--encap NAME] [--sas N] [--size N] [--batch N] [--what NAME]
 * Measures points, a JSON object a line: what bench/path makes its table of. All
 * that is measured at a point alternates within each repetition.
 */
#include <err.h>
#include <getopt.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>

#include "laneload.h"
#include "raw.h"
#include "ticks.h"

enum { MAX_METERS = 16 };

static unsigned reps = 11;
static uint64_t us = 400;
static bool quick;
/* Only these points, when said; a profiler wants one alone. */
static struct {
	const struct suite *suite;
	const char *mode, *encap, *what;
	unsigned long sas, size, batch;
} only;

/* Something that is measured; ticks a packet. */
struct meter {
	char what[32];
	double (*run)(struct meter *m, uint64_t budget);
	struct pathload *load;
	struct laneload *lane; /* or NULL: the path, or the library */
	bool seal;
	double fast; /* of a lane: the part that went the fast way */
	struct raw *raw;
	struct evp *evp;
	struct ours *ours;
};

static double
run_path(struct meter *m, uint64_t budget)
{
	return (m->seal ? pathload_out : pathload_in)(m->load, budget);
}

static double
run_lane(struct meter *m, uint64_t budget)
{
	m->lane->load = m->load;
	/* what was the first packet of its flow has been, then */
	if (!m->lane->warm)
		laneload_warm(m->lane);
	return (m->seal ? laneload_out : laneload_in)(
	    m->lane, budget, &m->fast);
}

/* The library alone, over the memory and the keys that the path has. */
static double
run_library(struct meter *m, uint64_t budget)
{
	struct pathload *l = m->load;
	uint8_t tag[16 * 32];
	bool super = l->size == PATHLOAD_SUPER;
	struct raw_text t = { .in = m->seal && !super ? l->plain : l->sealed,
		.out = l->out,
		.stride = l->stride,
		.len = pathload_packet(l),
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
		if (m->raw != NULL)
			ok = raw_run(m->raw, m->seal, &t);
		else if (m->evp != NULL)
			ok = evp_run(m->evp, m->seal, &t);
		else
			ok = ours_run(m->ours, m->seal, &t);
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
meters_new(struct meter *m, const struct form *f, struct laneload *lane)
{
	struct meter one = { .run = run_library };
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
	if (f->sas == 1 && (one.ours = ours_new(f->suite)) != NULL)
		n = add_both(m, n, "crypto", one);
	one.ours = NULL;
	one.run = run_path;
	n = add_both(m, n, "path", one);
	if (lane == NULL)
		return n;
	one.lane = lane;
	one.run = run_lane;
	return add_both(m, n, "lane", one);
}

static void
meters_free(struct meter *m, unsigned n)
{
	/* both directions have the same */
	for (unsigned i = 0; i < n; i += 2) {
		raw_free(m[i].raw);
		evp_free(m[i].evp);
		ours_free(m[i].ours);
	}
}

static const char *
mode_name(const struct form *f)
{
	return f->tunnel ? "tunnel" : "transport";
}

static const char *
encap_name(const struct form *f)
{
	if (f->suite->ah != 0)
		return "ah";
	return f->udp ? "udp" : "esp";
}

/* Is it, when something was said at all? */
static bool
is(const char *said, const char *name)
{
	return said == NULL || strcmp(said, name) == 0;
}

static bool
is_n(unsigned long said, unsigned long n)
{
	return said == 0 || said == n;
}

static void
print(const struct meter *m, unsigned rep, double t, double alone)
{
	const struct pathload *l = m->load;
	const struct form *f = &l->hosts->form;

	printf("{\"suite\":\"%s\",\"mode\":\"%s\",\"encap\":\"%s\","
	       "\"sas\":%u,\"size\":%zu,\"batch\":%u,\"what\":\"%s\","
	       "\"rep\":%u,\"ticks\":%.2f,\"canary\":%.3f,\"fast\":%.3f}\n",
	    f->suite->name, mode_name(f), encap_name(f), f->sas, l->size,
	    l->batch, m->what, rep, t, alone, m->fast);
}

static void
point(struct meter *m, unsigned n)
{
	uint64_t budget = ticks_in_us(us);
	double t[MAX_METERS], before, after;

	/* what all the others have pushed out of the caches comes back first */
	if (m->load->hosts->form.sas > 1)
		budget *= 10;

	for (unsigned i = 0; i < n; i++)
		if (is(only.what, m[i].what))
			(void)m[i].run(&m[i], budget / 4);
	for (unsigned r = 0; r < reps; r++) {
		before = canary();
		for (unsigned i = 0; i < n; i++)
			if (is(only.what, m[i].what))
				t[i] = m[i].run(&m[i], budget);
		after = canary();
		for (unsigned i = 0; i < n; i++)
			if (is(only.what, m[i].what))
				print(&m[i], r, t[i],
				    before < after ? before : after);
	}
	(void)fflush(stdout);
}

/* The path and the lane have hosts of their own: no cache of the one's helps. */
struct pair {
	struct twohosts path, lane;
	struct laneload lanes;
	bool has_lane;
};

static void
point_of(
    struct meter *m, unsigned n, struct pair *p, size_t size, unsigned batch)
{
	struct pathload path, lane;

	if (!is_n(only.size, size) || !is_n(only.batch, batch))
		return;
	pathload_init(&path, &p->path, size, batch);
	if (p->has_lane)
		pathload_init(&lane, &p->lane, size, batch);
	for (unsigned i = 0; i < n; i++)
		m[i].load = m[i].lane != NULL ? &lane : &path;
	point(m, n);
	pathload_fini(&path);
	if (p->has_lane)
		pathload_fini(&lane);
}

static void
form(const struct form *f, bool single)
{
	static const size_t sizes[] = { 64, 256, 512, 1420, PATHLOAD_SUPER };
	struct meter m[MAX_METERS];
	struct pair p = { .has_lane = f->suite->ah == 0 };
	unsigned n;

	if (!is(only.mode, mode_name(f)) || !is(only.encap, encap_name(f)) ||
	    !is_n(only.sas, f->sas))
		return;
	twohosts_init(&p.path, f);
	if (p.has_lane) {
		twohosts_init(&p.lane, f);
		laneload_init(&p.lanes, &p.lane);
	}
	n = meters_new(m, f, p.has_lane ? &p.lanes : NULL);
	for (unsigned batch = 32; batch != 0; batch = single && batch > 1)
		for (unsigned i = 0; i < 5; i++) {
			if (quick && i > 0 && i < 4)
				continue;
			/* many SAs have no super-packet in common */
			if (sizes[i] == PATHLOAD_SUPER &&
			    (f->sas > 1 || batch == 1))
				continue;
			point_of(m, n, &p, sizes[i], batch);
		}
	meters_free(m, n);
	if (p.has_lane) {
		laneload_fini(&p.lanes);
		twohosts_fini(&p.lane);
	}
	twohosts_fini(&p.path);
}

static void
suite(const struct suite *s)
{
	static const unsigned many[] = { 1000, 100000 };
	bool first = s == suites;
	struct form f = { .suite = s, .sas = 1 };

	if (only.suite != NULL && only.suite != s)
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
		{ "suite", required_argument, NULL, 's' },
		{ "mode", required_argument, NULL, 'm' },
		{ "encap", required_argument, NULL, 'e' },
		{ "what", required_argument, NULL, 'w' },
		{ "sas", required_argument, NULL, 'n' },
		{ "size", required_argument, NULL, 'z' },
		{ "batch", required_argument, NULL, 'b' }, { 0 } };
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
			only.suite = suite_find(optarg);
			if (only.suite == NULL)
				errx(2, "%s: no such suite", optarg);
			break;
		case 'm':
			only.mode = optarg;
			break;
		case 'e':
			only.encap = optarg;
			break;
		case 'w':
			only.what = optarg;
			break;
		case 'n':
			only.sas = strtoul(optarg, NULL, 10);
			break;
		case 'z':
			only.size = strtoul(optarg, NULL, 10);
			break;
		case 'b':
			only.batch = strtoul(optarg, NULL, 10);
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
