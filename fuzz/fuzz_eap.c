/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * EAP: what parses is written, and what was written parses to the same; and a peer
 * and a server of MSCHAPv2 that get anything at all never reach the end, since
 * nobody knows the password.
 */
#include <stdlib.h>

#include "ike/eapmsc.h"
#include "ike/eaptls.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static uint8_t first[1 << 17], second[1 << 17];

static void
demand(bool holds)
{
	if (!holds)
		abort();
}

static bool
fill(void *ctx, uint8_t *p, size_t n)
{
	(void)ctx;
	memset(p, 0x5a, n);
	return true;
}

static bool
find(void *ctx, struct ike_view name, uint8_t hash[MSCHAP_HASH])
{
	(void)ctx;
	(void)name;
	memset(hash, 0xa5, MSCHAP_HASH);
	return true;
}

static void
carry_msc(const struct eap *e)
{
	struct eap_msc m, back;
	struct eap again = *e;
	struct wr a = wr_into(first, sizeof(first));
	bool request = e->code == EAP_REQUEST;

	if (!eap_msc_parse(&m, e))
		return;
	eap_msc_write(&a, &m, request);
	demand(!a.bad);
	again.data = (struct ike_view){ first, a.len };
	demand(eap_msc_parse(&back, &again));
	demand(back.op == m.op && back.error == m.error);
	demand(ike_view_equal(back.name, m.name));
	demand(ike_view_equal(back.text, m.text));
	demand(memcmp(back.auth, m.auth, sizeof(m.auth)) == 0);
}

static void
carry_tls(const struct eap *e)
{
	struct eap_tls t, back;
	struct eap again = *e;
	struct wr a = wr_into(first, sizeof(first));

	if (!eap_tls_parse(&t, e))
		return;
	eap_tls_write(&a, &t);
	demand(!a.bad);
	again.data = (struct ike_view){ first, a.len };
	demand(eap_tls_parse(&back, &again));
	demand(back.len == t.len && ike_view_equal(back.data, t.data));
}

static void
run(const struct eap *e, bool server)
{
	static const struct rng rng = { .fill = fill };
	static const uint8_t hash[MSCHAP_HASH] = { 0x99 };
	const struct eapmsc_users users = { .find = find };
	struct wr w = wr_into(second, sizeof(second));
	struct eapmsc m;

	if (server) {
		demand(eapmsc_server(&m, &rng));
		demand(eapmsc_ask(&m, &w, 1));
	} else {
		demand(
		    eapmsc_peer(&m, &rng, (struct ike_view){ hash, 1 }, hash));
	}
	for (unsigned i = 0; i < 3; i++) {
		enum eapmsc_result r = eapmsc_hear(&m, &w, e, &users);

		demand(r != EAPMSC_DONE || m.good);
		demand(r != EAPMSC_DONE || server);
	}
	eapmsc_fini(&m);
}

/* The packet again and again, to each side, in the middle of a talk. */
static void
talk_tls(const struct eap *e)
{
	static uint8_t room[256], text[300];
	struct eaptls m;

	for (unsigned server = 0; server < 2; server++) {
		struct wr w = wr_into(second, sizeof(second));

		eaptls_init(&m, server, e->type, room, sizeof(room), 64);
		if (server)
			demand(eaptls_start(&m, &w, e->id));
		for (unsigned i = 0; i < 12; i++) {
			enum eaptls_result r = eaptls_hear(&m, &w, e);

			demand(m.in.n <= sizeof(room));
			if (r == EAPTLS_READY)
				demand(eaptls_say(&m, &w,
				    (struct ike_view){ text, i * 30UL }));
		}
		demand(!w.bad);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct wr w = wr_into(first, sizeof(first));
	struct eap e, back;

	if (!eap_parse(&e, p, n))
		return 0;
	eap_write(&w, &e);
	demand(!w.bad && eap_parse(&back, first, w.len));
	demand(back.code == e.code && back.type == e.type);
	demand(ike_view_equal(back.data, e.data));
	carry_msc(&e);
	carry_tls(&e);
	talk_tls(&e);
	run(&e, true);
	run(&e, false);
	return 0;
}
