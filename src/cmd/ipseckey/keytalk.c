/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/ipseckey/keytalk.h"

#include <errno.h>
#include <time.h>
#include <unistd.h>

void
keytalk_init(struct keytalk *k)
{
	*k = (struct keytalk){ .to.fd = -1, .timeout_ms = KEYTALK_TIMEOUT };
}

void
keytalk_close(struct keytalk *k)
{
	link_close(&k->to);
	k->open = false;
}

void
keytalk_fini(struct keytalk *k)
{
	keytalk_close(k);
	secret_wipe(k->buf, sizeof(k->buf));
}

enum keytalk_end
keytalk_open(struct keytalk *k)
{
	if (!k->open && !link_connect(&k->to, LINK_PFKEY))
		return KEYTALK_LINK;
	k->open = true;
	return KEYTALK_OK;
}

static int64_t
now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Receive one message and read it. timeout_ms: -1 for ever. */
static enum keytalk_end
receive(struct keytalk *k, struct pfkey_msg *m, int timeout_ms)
{
	uint16_t diag;

	if (!link_recv(&k->to, k->buf, sizeof(k->buf), &k->got, timeout_ms)) {
		enum link_fault fault = k->to.fault;

		if (fault == LINK_TIMEOUT)
			return KEYTALK_TIMED_OUT;
		keytalk_close(k);
		return KEYTALK_LINK;
	}
	return pfkey_parse(m, &diag, k->buf, k->got) == 0 ? KEYTALK_OK
							  : KEYTALK_GARBAGE;
}

enum keytalk_end
keytalk_next(struct keytalk *k, struct pfkey_msg *m)
{
	return receive(k, m, -1);
}

static enum keytalk_end
question(struct keytalk *k, struct pfkey_msg *q)
{
	struct wr w = wr_into(k->buf, sizeof(k->buf));
	enum keytalk_end end = keytalk_open(k);
	bool sent;

	if (end != KEYTALK_OK)
		return end;
	q->seq = ++k->seq;
	q->pid = (uint32_t)getpid();
	if (!pfkey_write(&w, q)) {
		secret_wipe(k->buf, sizeof(k->buf));
		return KEYTALK_TOO_LONG;
	}
	if (k->sent != NULL)
		k->sent(k->ctx, q, w.len);
	sent = link_send(&k->to, k->buf, w.len);
	secret_wipe(k->buf, sizeof(k->buf));
	if (sent)
		return KEYTALK_OK;
	keytalk_close(k);
	return KEYTALK_LINK;
}

/* Does a answer the last question? A bad type comes back as RESERVED. */
static bool
is_mine(const struct keytalk *k, const struct pfkey_msg *q,
    const struct pfkey_msg *a)
{
	/* the last message of a dump has the number 0 (RFC 2367 3.1.9) */
	bool last = q->type == PFKEY_DUMP && a->seq == 0;

	return a->pid == q->pid && (a->seq == k->seq || last) &&
	       (a->type == q->type ||
		   (a->type == PFKEY_RESERVED && a->errnum != 0));
}

/* The next message that answers q, before the deadline. */
static enum keytalk_end
answer(struct keytalk *k, const struct pfkey_msg *q, struct pfkey_msg *a)
{
	int64_t deadline = now_ms() + k->timeout_ms, left;
	enum keytalk_end end;

	while ((left = deadline - now_ms()) > 0) {
		end = receive(k, a, (int)left);
		if (end == KEYTALK_GARBAGE && !is_mine(k, q, a))
			continue; /* somebody else's */
		if (end != KEYTALK_OK)
			return end;
		if (!is_mine(k, q, a))
			continue;
		k->errnum = a->errnum;
		k->diag = a->diag;
		return a->errnum == 0 ? KEYTALK_OK : KEYTALK_REFUSED;
	}
	return KEYTALK_TIMED_OUT;
}

enum keytalk_end
keytalk_ask(struct keytalk *k, struct pfkey_msg *q, struct pfkey_msg *a)
{
	enum keytalk_end end = question(k, q);

	return end == KEYTALK_OK ? answer(k, q, a) : end;
}

enum keytalk_end
keytalk_dump(struct keytalk *k, uint8_t satype,
    void (*f)(void *ctx, const struct pfkey_msg *m, size_t n), void *ctx)
{
	struct pfkey_msg q = { .type = PFKEY_DUMP, .satype = satype }, a;
	enum keytalk_end end = question(k, &q);

	if (end != KEYTALK_OK)
		return end;
	/* RFC 2367 3.1.9: a message with sequence number 0 is the last */
	while ((end = answer(k, &q, &a)) == KEYTALK_OK && a.seq != 0)
		f(ctx, &a, k->got);
	/* an empty SADB is not an error to people */
	if (end == KEYTALK_REFUSED && k->errnum == ENOENT)
		return KEYTALK_OK;
	return end;
}
