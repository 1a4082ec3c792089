/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/skfrag.h"

#include <stdlib.h>

enum {
	IPV4_UDP = 20 + 8,
	IPV6_UDP = 40 + 8,
	MARKER = 4, /* RFC 3948 2.2 */
	SK_HEAD = IKEHDR_LEN + 4,
	SKF_HEAD = IKEHDR_LEN + 8,
	BUFFER = 4096
};

size_t
skfrag_room(uint8_t fam, size_t mtu, bool natt)
{
	size_t least = fam == FAM_V6 ? SKFRAG_MTU_V6 : SKFRAG_MTU_V4;

	if (mtu < least)
		mtu = least;
	return mtu - (fam == FAM_V6 ? IPV6_UDP : IPV4_UDP) -
	       (natt ? MARKER : 0);
}

bool
skfrag_cut(
    struct skfrag_plan *out, const struct ikeseal *s, size_t n, size_t room)
{
	size_t most, total;

	*out = (struct skfrag_plan){ .piece = n };
	if (room >= SK_HEAD && ikeseal_size(s, n) <= room - SK_HEAD)
		return true;
	if (room <= SKF_HEAD)
		return false;
	most = ikeseal_fits(s, room - SKF_HEAD);
	if (most == SIZE_MAX || most == 0)
		return false;
	total = (n + most - 1) / most;
	if (total > SKFRAG_MOST)
		return false;
	out->total = (uint16_t)total;
	out->piece = most;
	return true;
}

void
skfrag_piece(const struct skfrag_plan *p, size_t n, uint16_t num, size_t *at,
    size_t *len)
{
	*at = (num - 1U) * p->piece;
	*len = n - *at < p->piece ? n - *at : p->piece;
}

struct skfrag {
	uint32_t msgid;
	uint8_t first;	   /* of fragment 1 */
	uint16_t total, n; /* n: fragments that are there */
	size_t used, cap;  /* of buf */
	uint8_t *buf;	   /* texts as they came; then in order */
	struct {
		bool there;
		uint32_t at, n;
	} piece[SKFRAG_MOST];
};

void
skfrag_free(struct skfrag *f)
{
	if (f == NULL)
		return;
	if (f->buf != NULL)
		secret_wipe(f->buf, f->cap);
	free(f->buf);
	free(f);
}

/* Move to a larger buffer; the old one is wiped. */
static bool
grow(struct skfrag *f, size_t want)
{
	size_t cap = f->cap != 0 ? f->cap : BUFFER;
	uint8_t *p;

	while (cap < want)
		cap *= 2;
	if (cap == f->cap)
		return true;
	p = malloc(cap);
	if (p == NULL)
		return false;
	if (f->used != 0)
		memcpy(p, f->buf, f->used);
	if (f->buf != NULL)
		secret_wipe(f->buf, f->cap);
	free(f->buf);
	f->buf = p;
	f->cap = cap;
	return true;
}

/* Put the texts into their order: once for a message, linear in its bytes. */
static bool
put_in_order(struct skfrag *f)
{
	uint8_t *p = malloc(f->cap);
	size_t at = 0;

	if (p == NULL)
		return false;
	for (unsigned i = 0; i < f->total; i++) {
		memcpy(p + at, f->buf + f->piece[i].at, f->piece[i].n);
		f->piece[i].at = (uint32_t)at;
		at += f->piece[i].n;
	}
	secret_wipe(f->buf, f->cap);
	free(f->buf);
	f->buf = p;
	return true;
}

static struct skfrag *
begin(uint32_t msgid, uint16_t total)
{
	struct skfrag *f = calloc(1, sizeof(*f));

	if (f != NULL) {
		f->msgid = msgid;
		f->total = total;
	}
	return f;
}

enum skfrag_result
skfrag_add(struct skfrag **fp, uint32_t msgid, const struct ike2_sk *sk,
    const uint8_t *text, size_t n)
{
	struct skfrag *f = *fp;
	unsigned i = sk->num - 1U;

	if (sk->num == 0 || sk->num > sk->total || sk->total > SKFRAG_MOST ||
	    n == 0 || n > SKFRAG_BYTES)
		return SKFRAG_DROP;
	/*
	 * RFC 7383 2.6: more fragments than before: the sender has cut it anew,
	 * smaller. Fewer: it is an old one.
	 */
	if (f != NULL && (f->msgid != msgid || sk->total > f->total)) {
		skfrag_free(f);
		f = *fp = NULL;
	}
	if (f == NULL && (f = *fp = begin(msgid, sk->total)) == NULL)
		return SKFRAG_NOMEM;
	if (sk->total < f->total || f->n == f->total)
		return SKFRAG_DROP;
	if (f->piece[i].there)
		return SKFRAG_MORE;
	if (f->used + n > SKFRAG_BYTES)
		return SKFRAG_DROP;
	if (!grow(f, f->used + n))
		return SKFRAG_NOMEM;
	memcpy(f->buf + f->used, text, n);
	f->piece[i].there = true;
	f->piece[i].at = (uint32_t)f->used;
	f->piece[i].n = (uint32_t)n;
	f->used += n;
	if (i == 0)
		f->first = sk->first;
	if (f->n + 1U < f->total) {
		f->n++;
		return SKFRAG_MORE;
	}
	if (!put_in_order(f)) {
		f->piece[i].there = false;
		f->used -= n;
		return SKFRAG_NOMEM;
	}
	f->n++;
	return SKFRAG_WHOLE;
}

struct ike_view
skfrag_text(const struct skfrag *f, uint8_t *first)
{
	*first = f->first;
	return (struct ike_view){ f->buf, f->used };
}

bool
skfrag_is_whole(const struct skfrag *f, uint32_t msgid)
{
	return f != NULL && f->msgid == msgid && f->n == f->total;
}

size_t
skfrag_size(const struct skfrag *f)
{
	return f == NULL ? 0 : sizeof(*f) + f->cap;
}
