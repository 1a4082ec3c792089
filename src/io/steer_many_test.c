/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/steer_many.h"

#include <stdlib.h>

#include "base/test.h"

/*
 * The model: lines handed over in whatever order decide about any packet as the
 * list does. Packets are what a line can be asked about, from small ranges, so
 * that lines overlap.
 */
struct packet {
	uint8_t fam, only, proto, type;
	uint8_t src[16], dst[16];
	uint16_t sport, dport;
};

static uint32_t
any(uint32_t n)
{
	static uint64_t x = 88172645463325252u;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return (uint32_t)((x >> 16) % n);
}

static bool
addr_fits(const struct netaddr *a, unsigned bits, const uint8_t *is)
{
	if (a->fam == 0)
		return true;
	for (unsigned i = 0; i < bits; i++)
		if (((a->b[i / 8] ^ is[i / 8]) & 0x80u >> i % 8) != 0)
			return false;
	return true;
}

static bool
in(unsigned v, unsigned min, unsigned max)
{
	return min == 0 || (v >= min && v <= max);
}

/* Everything but addresses and ports. */
static bool
rest_fits(const struct steer_match *m, const struct packet *p)
{
	if (m->fam != p->fam || m->only != p->only ||
	    (m->proto != 0 && m->proto != p->proto))
		return false;
	if (m->proto == 0 && (m->sport_min != 0 || m->dport_min != 0) &&
	    p->proto != IPPROTO_TCP && p->proto != IPPROTO_UDP)
		return false;
	return !m->has_type ||
	       (p->type >= m->type_min && p->type <= m->type_max);
}

static bool
line_fits(const struct steer_match *m, const struct packet *p)
{
	return rest_fits(m, p) && addr_fits(&m->src, m->src_len, p->src) &&
	       addr_fits(&m->dst, m->dst_len, p->dst) &&
	       in(p->sport, m->sport_min, m->sport_max) &&
	       in(p->dport, m->dport_min, m->dport_max);
}

static size_t
cut(uint8_t *to, const uint8_t *from, size_t n, unsigned bits)
{
	if (bits == 0)
		return 0;
	memset(to, 0, n);
	for (unsigned i = 0; i < bits; i++)
		to[i / 8] |= (uint8_t)(from[i / 8] & 0x80u >> i % 8);
	return n;
}

/* As the kernel does: the packet's key, then which element it is. */
static size_t
find(const struct steer_many *m, const struct packet *p)
{
	size_t a = netaddr_bytes(p->fam), n;
	const uint8_t s[2] = { (uint8_t)(p->sport >> 8), (uint8_t)p->sport };
	const uint8_t d[2] = { (uint8_t)(p->dport >> 8), (uint8_t)p->dport };
	uint8_t key[NFT_MANY_KEY] = { 0 }, port[4] = { 0 };

	n = cut(key, p->src, a, m->src_len);
	n += cut(key + n, p->dst, a, m->dst_len);
	if (cut(port, s, 2, m->sport_len) != 0) {
		memcpy(key + n, port, 4);
		n += 4;
	}
	if (cut(port, d, 2, m->dport_len) != 0) {
		memcpy(key + n, port, 4);
		n += 4;
	}
	assert_int_equal(n, m->size);
	for (size_t i = 0; i < m->n; i++)
		if (memcmp(m->keys + i * n, key, n) == 0)
			return i;
	return m->n;
}

enum { PACKETS = 300 };

struct world {
	struct packet p[PACKETS];
	/* what the lines so far have decided: verb and 1, class, counter */
	int verb[PACKETS];
	uint8_t class[PACKETS];
	char count[PACKETS][STEER_NAME];
	size_t rules, many;
	char own_name[PACKETS][STEER_NAME];
};

static void
take(void *ctx, const struct steer_line *l, const struct steer_many *m)
{
	struct world *w = ctx;

	w->rules++;
	w->many += m != NULL;
	for (size_t i = 0; i < PACKETS; i++) {
		const char *own = l->count[1];

		if (w->verb[i] != 0)
			continue;
		if (m == NULL) {
			if (!line_fits(&l->m, &w->p[i]))
				continue;
		} else {
			size_t k;

			if (!rest_fits(&l->m, &w->p[i]) ||
			    (k = find(m, &w->p[i])) == m->n)
				continue;
			if (m->counters != NULL)
				own = m->counters[k];
		}
		w->verb[i] = l->verb + 1;
		w->class[i] = l->class;
		memcpy(w->count[i], l->count[0], STEER_NAME);
		memcpy(w->own_name[i], own, STEER_NAME);
	}
}

static void
random_addr(uint8_t *b, uint8_t fam)
{
	memset(b, 0, 16);
	b[0] = 10;
	b[netaddr_bytes(fam) - 2] = (uint8_t)any(3);
	b[netaddr_bytes(fam) - 1] = (uint8_t)any(4);
}

static void
random_end(struct netaddr *a, uint8_t *len, uint8_t fam)
{
	unsigned bits = (unsigned)netaddr_bytes(fam) * 8;
	const unsigned lens[] = { 0, 8, bits - 8, bits - 3, bits - 1, bits };

	if (any(3) == 0)
		return;
	a->fam = fam;
	random_addr(a->b, fam);
	*len = (uint8_t)lens[any(6)];
}

static void
random_port(uint16_t *min, uint16_t *max)
{
	if (any(2) == 0)
		return;
	*min = (uint16_t)(any(8) == 0 ? 65535 - any(4) : 1 + any(40));
	*max = *min;
	if (any(2) == 0)
		*max = (uint16_t)(*min + any(65536u - *min));
	if (any(2) == 0 && *max > *min + 9)
		*max = (uint16_t)(*min + any(9));
}

static struct steer_line
random_line(unsigned number, unsigned verbs)
{
	static const uint8_t protos[] = { 0, IPPROTO_TCP, IPPROTO_UDP };
	struct steer_line l = { .verb = (uint8_t)any(verbs),
		.m = { .fam = any(2) ? 4 : 6, .proto = protos[any(3)] } };

	random_end(&l.m.src, &l.m.src_len, l.m.fam);
	random_end(&l.m.dst, &l.m.dst_len, l.m.fam);
	random_port(&l.m.sport_min, &l.m.sport_max);
	random_port(&l.m.dport_min, &l.m.dport_max);
	l.m.only = any(6) == 0 ? STEER_PIECE : STEER_ALL;
	if (any(8) == 0) {
		l.m.has_type = true;
		l.m.type_min = (uint8_t)any(3);
		l.m.type_max = (uint8_t)(l.m.type_min + any(3));
	}
	if (l.verb == STEER_CLASS)
		l.class = (uint8_t)any(2);
	if (l.verb == STEER_DROP && any(20) == 0)
		memcpy(l.count[0], "why", 4);
	if (l.verb == STEER_SECOND)
		(void)snprintf(l.count[1], STEER_NAME, "i%u", number);
	return l;
}

static void
random_packets(struct world *w)
{
	static const uint8_t protos[] = { IPPROTO_TCP, IPPROTO_UDP, 99 };

	*w = (struct world){ 0 };
	for (size_t i = 0; i < PACKETS; i++) {
		struct packet *p = &w->p[i];

		p->fam = any(2) ? 4 : 6;
		p->only = any(6) == 0 ? STEER_PIECE : STEER_ALL;
		p->proto = protos[any(3)];
		p->type = (uint8_t)any(5);
		random_addr(p->src, p->fam);
		random_addr(p->dst, p->fam);
		p->sport = (uint16_t)(any(8) == 0 ? 65535 - any(4) : any(60));
		p->dport = (uint16_t)(any(8) == 0 ? 65535 - any(4) : any(60));
	}
}

static bool
counts(const struct steer_line *v, size_t n, const struct packet *p,
    const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(v[i].count[1], name) == 0 && line_fits(&v[i].m, p))
			return true;
	return false;
}

static void
test_model(void **state)
{
	enum { LINES = 600 };
	static struct steer_line v[LINES];
	static struct world w;
	size_t many = 0;

	(void)state;
	for (unsigned round = 0; round < 60; round++) {
		/* long runs of one verb, and also short ones */
		unsigned verbs = 1 + round % 5, n = 1 + any(LINES), stay = 0;

		for (unsigned i = 0; i < n; i++) {
			v[i] = random_line(i, 5);
			if (stay != 0) {
				uint8_t verb = v[i - 1].verb;

				v[i].verb = verb;
				v[i].class = v[i - 1].class;
				memcpy(v[i].count[0], v[i - 1].count[0],
				    STEER_NAME);
				memset(v[i].count[1], 0, STEER_NAME);
				if (verb == STEER_SECOND && any(3) != 0)
					(void)snprintf(v[i].count[1],
					    STEER_NAME, "i%u", i);
				stay--;
			} else {
				stay = any(400 / verbs);
			}
		}
		random_packets(&w);
		assert_true(steer_many_each(v, n, take, &w));
		many += w.many;
		for (size_t i = 0; i < PACKETS; i++) {
			unsigned k = 0;

			while (k < n && !line_fits(&v[k].m, &w.p[i]))
				k++;
			if (k == n) {
				assert_int_equal(w.verb[i], 0);
				continue;
			}
			assert_int_equal(w.verb[i], v[k].verb + 1);
			assert_int_equal(w.class[i], v[k].class);
			assert_string_equal(w.count[i], v[k].count[0]);
			/* the counter is that of a line which matches */
			assert_true(counts(v, n, &w.p[i], w.own_name[i]));
		}
	}
	assert_true(many > 100);
}

/* Thousands of lines become a few rules; of two equal ones the first counts. */
static void
test_few(void **state)
{
	enum { LINES = 4000 };
	struct steer_line *v = calloc(LINES, sizeof(*v));
	static struct world w;

	(void)state;
	assert_non_null(v);
	random_packets(&w);
	for (unsigned i = 0; i < LINES; i++) {
		v[i].verb = STEER_SECOND;
		v[i].m.fam = v[i].m.src.fam = 4;
		v[i].m.src.b[0] = 10;
		v[i].m.src.b[2] = (uint8_t)(i / 2 >> 8);
		v[i].m.src.b[3] = (uint8_t)(i / 2);
		v[i].m.src_len = 32;
		(void)snprintf(v[i].count[1], STEER_NAME, "i%u", i);
	}
	w.p[0] = (struct packet){ .fam = 4, .src = { 10, 0, 3, 9 } };
	assert_true(steer_many_each(v, LINES, take, &w));
	assert_int_equal(w.rules, 1);
	assert_int_equal(w.many, 1);
	assert_string_equal(w.own_name[0], v[2 * (3 * 256 + 9)].count[1]);
	free(v);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_model),
		cmocka_unit_test(test_few) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
