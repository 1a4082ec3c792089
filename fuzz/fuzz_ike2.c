/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A datagram that parses is written, and what was written reads and writes the
 * same. The first byte says how it is read: 0 as a whole message, otherwise the
 * rest is what SK had inside, and the byte the type of its first payload.
 */
#include <stdlib.h>

#include "wire/ike2name.h"
#include "wire/ike2w.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static struct ike2_msg m, back;
static uint8_t first[1 << 18], second[1 << 18];

static void
demand(bool holds)
{
	if (!holds)
		abort();
}

/* What readers of single notifications say about data of any kind. */
static void
read_notes(void)
{
	for (unsigned i = 0; i < m.nnote; i++) {
		const struct ike2_note *n = &m.note[i];
		struct ike2_gateway g;
		struct ike2_idsync s;
		struct ike2_announce a;
		struct ike_view v;
		uint32_t life;
		uint8_t type;
		size_t at = 0;
		bool bad;

		(void)ike2note_number(n);
		(void)ike2note_addr(n);
		(void)!ike2note_has_hash(n, IKE2_HASH_SHA512);
		(void)!ike2note_idsync(&s, n);
		(void)!ike2note_ppk_id(&type, &v, n);
		if (ike2note_gateway(&g, n))
			demand(g.id.n + g.nonce.n + 2 == n->data.n);
		if (ike2note_ticket(&life, &v, n))
			demand(v.n + 4 == n->data.n);
		while (ike2note_announce(&a, &at, &bad, n))
			demand(at <= n->data.n && a.alg.n < UINT8_MAX);
	}
}

/* Can what was read be written? Odd transforms and other selectors are not. */
static bool
is_whole(void)
{
	for (unsigned i = 0; ike2_has(&m, IKE2_P_SA) && i < m.sa.nxf; i++)
		if (m.sa.xf[i].odd)
			return false;
	return (!ike2_has(&m, IKE2_P_TSI) || m.tsi.n > 0) &&
	       (!ike2_has(&m, IKE2_P_TSR) || m.tsr.n > 0);
}

static size_t
put(uint8_t *out, const struct ike2_msg *in, bool inner, uint8_t *type)
{
	struct wr w = wr_into(out, sizeof(first));
	struct ike2w o;
	size_t head;

	if (inner)
		ike2w_inner(&o, &w);
	else
		ike2w_begin(&o, &w, &in->hdr);
	ike2w_all(&o, in);
	if (!inner &&
	    (in->has & (IKE2_SET(IKE2_P_SK) | IKE2_SET(IKE2_P_SKF)))) {
		uint8_t *room = ike2w_sk(&o, in->sk.first, in->sk.num,
		    in->sk.total, in->sk.body.n, &head);

		/* an unknown payload before it was read over */
		demand(room != NULL && head <= in->sk.head);
		memcpy(room, in->sk.body.p, in->sk.body.n);
	}
	demand(ike2w_end(&o));
	*type = o.first;
	return w.len;
}

static enum ike2_result
get(struct ike2_msg *out, const uint8_t *p, size_t n, bool inner, uint8_t type)
{
	struct ike2_bad bad;
	enum ike2_result r;
	char text[IKE2_BAD_TEXT];

	out->has = 0;
	r = inner ? ike2_parse_inner(out, &bad, type, p, n)
		  : ike2_parse(out, &bad, p, n);
	demand((r == IKE2_OK) == (*bad.what == '\0'));
	(void)ike2_bad_print(text, &bad);
	return r;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	char text[256];
	uint8_t type, again;
	size_t len;
	bool inner;

	if (n == 0)
		return 0;
	inner = p[0] != 0;
	if (get(&m, p + 1, n - 1, inner, p[0]) != IKE2_OK)
		return 0;
	demand(strlen(ike2_print(text, sizeof(text), &m)) < sizeof(text));
	read_notes();
	if (!is_whole())
		return 0;
	/* SKF with a type in a later fragment is read, and not written */
	if (m.sk.num > 1)
		m.sk.first = 0;
	len = put(first, &m, inner, &type);
	demand(get(&back, first, len, inner, type) == IKE2_OK);
	demand(back.has == m.has && back.norder == m.norder);
	demand(put(second, &back, inner, &again) == len && again == type);
	demand(memcmp(first, second, len) == 0);
	return 0;
}
