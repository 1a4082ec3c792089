/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two engines that have an IKE SA, and a network where anything may come: raw
 * datagrams, and requests and answers whose encryption is right but whose
 * content is not. Nobody crashes, and nothing that ipsecd gets is unsound.
 *
 * Each step is a byte: what; then, of a message, one for the exchange or the host,
 * one for the first payload, one for the length, and the bytes.
 */
#include <stdlib.h>

#include "crypto/be/be.h"
#include "ike/inside.h"
#include "ike/out.h"
#include "ike/sim.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static struct crypto *crypto;
static struct sim s;

/* The IKE SA of a host that is at work, with nothing under way; or NULL. */
static struct ikesa *
sa_of(unsigned at)
{
	list_each (l, &s.h[at].ike->sas) {
		struct ikesa *sa = list_item(l, struct ikesa, all);

		if (sa->state == IKESA_UP && !sa->req.out)
			return sa;
	}
	return NULL;
}

/* A request of host `at` with these bytes as its payloads, sealed rightly. */
static void
hostile(
    unsigned at, uint8_t exchange, uint8_t first, const uint8_t *b, size_t n)
{
	const struct ike_event timer = { .type = IKE_EV_TIMER };
	struct ikesa *sa = sa_of(at);
	struct out o;

	if (sa == NULL)
		return;
	out_begin(&o, s.h[at].ike);
	wr_bytes(&o.wr, b, n);
	o.w.first = first;
	if (!out_request(sa, &o, exchange, NULL))
		return;
	sim_give(&s, at, &timer);
	sim_run(&s, 300);
}

static void
raw(unsigned at, const uint8_t *b, size_t n)
{
	struct ike_event ev = { .type = IKE_EV_DATAGRAM };

	ev.dgram.local = (struct ike_end){ s.h[at].a, 500 };
	ev.dgram.remote = (struct ike_end){ s.h[1 - at].a, 500 };
	ev.dgram.msg = (struct ike_bytes){ b, n };
	sim_give(&s, at, &ev);
	sim_run(&s, 100);
}

static void
step(struct rd *r)
{
	static const uint8_t exchanges[] = { IKE2_SA_INIT, IKE2_AUTH,
		IKE2_CREATE_CHILD_SA, IKE2_INFORMATIONAL, 43, 0 };
	uint8_t what = rd_u8(r);
	unsigned at = what >> 7;
	uint8_t a, first;
	size_t n;
	const uint8_t *b;

	switch (what & 7) {
	case 0:
	case 1:
	case 2:
		a = rd_u8(r);
		first = rd_u8(r);
		n = rd_u8(r);
		b = rd_take(r, n <= rd_left(r) ? n : rd_left(r));
		if (r->bad || b == NULL)
			return;
		n = (size_t)(r->p - b);
		if ((what & 7) == 0)
			raw(at, b, n);
		else
			hostile(
			    at, exchanges[a % sizeof(exchanges)], first, b, n);
		break;
	case 3:
		(void)sim_expire(&s, at, 1 - at, (what & 0x40) != 0);
		break;
	case 4:
		sim_admin(&s, at, IKE_ADMIN_REKEY);
		break;
	case 5:
		sim_packet(&s, at, 1 - at);
		break;
	default:
		sim_run(&s, (uint64_t)what * 10);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct rd r = rd_from(p, n);
	unsigned steps = 0;

	if (crypto == NULL)
		crypto = crypto_new(be_ossl, NULL, NULL);
	if (crypto == NULL)
		return 0;
	sim_init(&s, crypto, 2, 7);
	s.delay = 5;
	sim_start(&s);
	sim_packet(&s, 0, 1);
	sim_run(&s, 200);
	while (rd_more(&r) && steps++ < 24)
		step(&r);
	sim_run(&s, 5000);
	if (s.unsound != 0)
		abort(); /* ipsecd was given an SA that cannot be */
	sim_fini(&s);
	return 0;
}
