/* SPDX-License-Identifier: BSD-2-Clause */
/* pfkeyd_fix - a PF_KEY server with listeners that keep what they hear. Tests only. */
#ifndef CORE_PFKEYD_FIX_TEST_H
#define CORE_PFKEYD_FIX_TEST_H

#include <errno.h>

#include "core/pfkeyd.h"
#include "core/sadb_fix_test.h"

#define BIT(e) (UINT64_C(1) << PFKEY_EXT_##e)

enum { CONNS = 5, HEARD = 1024 };

struct key_conn {
	struct pfkeyd_session *s;
	unsigned n;    /* messages heard */
	unsigned room; /* takes that many more; 0: any number */
	bool full;
	struct pfkey_msg last;
	uint8_t bytes[PFKEY_MAX]; /* of last */
	uint32_t seqs[HEARD];
};

static struct fix f;
static struct rng rng;
static struct spd *spd;
static struct pfkeyd *srv;
static struct key_conn conns[CONNS];
static struct {
	unsigned n;
	uint32_t seq;
	bool failed;
} woken;

/* Whatever anybody hears is a sound message, and has keys only where it may. */
static inline bool
hear(void *ctx, void *conn, const uint8_t *msg, size_t n)
{
	struct key_conn *c = conn;
	uint16_t diag;

	assert_ptr_equal(ctx, &conns);
	if (c->full)
		return false;
	assert_true(c->n < HEARD);
	memcpy(c->bytes, msg, n);
	assert_int_equal(pfkey_parse(&c->last, &diag, c->bytes, n), 0);
	if ((c->last.has & (BIT(KEY_AUTH) | BIT(KEY_ENCRYPT))) != 0)
		assert_true(
		    c->last.type == PFKEY_GET || c->last.type == PFKEY_DUMP);
	c->seqs[c->n++] = c->last.seq;
	c->full = c->room != 0 && --c->room == 0;
	return true;
}

static inline void
hear_wake(void *ctx, uint32_t seq, bool failed)
{
	assert_ptr_equal(ctx, &conns);
	woken.n++;
	woken.seq = seq;
	woken.failed = failed;
}

static inline void
server_expired(void *ctx, struct sa *sa, int which)
{
	(void)ctx;
	pfkeyd_expired(srv, sa, which);
}

/* All listeners are privileged but the last. */
static inline int
server_setup(void **state)
{
	const struct pfkeyd_env env = {
		.send = hear, .wake = hear_wake, .ctx = &conns
	};
	const struct sadb_env sadb_env = { fix_is_local, server_expired, &f };

	(void)state;
	fix_new(&f, &rng);
	sadb_free(f.d);
	f.d = sadb_new(f.crypto, &rng, &sadb_env);
	assert_non_null(f.d);
	spd = spd_new();
	assert_non_null(spd);
	srv = pfkeyd_new(f.d, spd, f.crypto, &env);
	assert_non_null(srv);
	memset(conns, 0, sizeof(conns));
	memset(&woken, 0, sizeof(woken));
	for (size_t i = 0; i < CONNS; i++) {
		conns[i].s = pfkeyd_open(srv, &conns[i], i + 1 < CONNS);
		assert_non_null(conns[i].s);
	}
	return 0;
}

static inline int
server_teardown(void **state)
{
	(void)state;
	pfkeyd_free(srv);
	spd_free(spd);
	fix_free(&f);
	return 0;
}

/* Forget what was heard. */
static inline void
hush(void)
{
	for (size_t i = 0; i < CONNS; i++)
		conns[i].n = 0;
	woken.n = 0;
}

static inline void
ask_at(struct key_conn *c, const struct pfkey_msg *m, struct now now)
{
	static uint8_t buf[PFKEY_MAX];
	struct wr w = wr_into(buf, sizeof(buf));

	assert_true(pfkey_write(&w, m));
	pfkeyd_input(c->s, buf, w.len, now);
}

static inline void
ask(struct key_conn *c, const struct pfkey_msg *m)
{
	ask_at(c, m, t0);
}

/* c heard one message: an answer of that type with this errno and diagnostic. */
static inline void
expect_answer(struct key_conn *c, uint8_t type, int errnum, uint16_t diag)
{
	assert_int_equal(c->n, 1);
	assert_int_equal(c->last.errnum, errnum);
	assert_string_equal(
	    pfkey_diag_text(c->last.diag), pfkey_diag_text(diag));
	assert_int_equal(c->last.type, type);
	if (errnum != 0)
		assert_int_equal(c->last.has, 0);
}

/* Only the asker hears why not. */
static inline void
expect_refusal(const struct pfkey_msg *m, int errnum, uint16_t diag)
{
	hush();
	ask(&conns[0], m);
	expect_answer(&conns[0],
	    m->type < PFKEY_TYPE_N ? m->type : PFKEY_RESERVED, errnum, diag);
	assert_int_equal(conns[0].last.seq, m->seq);
	assert_int_equal(conns[0].last.pid, m->pid);
	assert_int_equal(conns[0].last.satype, m->satype);
	for (size_t i = 1; i < CONNS; i++)
		assert_int_equal(conns[i].n, 0);
	assert_int_equal(woken.n, 0);
}

static inline struct pfkey_addr
paddr(const char *text)
{
	return (struct pfkey_addr){ .a = addr(text) };
}

/* A message of this type about s; keys are borrowed from s. */
static inline struct pfkey_msg
about(uint8_t type, const struct sa_spec *s, bool with_keys)
{
	struct pfkey_msg m = { .type = type, .seq = 3, .pid = 42 };

	pfkey_from_spec(&m, s, with_keys);
	return m;
}

/* The base of a message and no more. */
static inline struct pfkey_msg
base(uint8_t type, uint8_t satype)
{
	return (struct pfkey_msg){
		.type = type, .satype = satype, .seq = 3, .pid = 42
	};
}

#endif /* CORE_PFKEYD_FIX_TEST_H */
