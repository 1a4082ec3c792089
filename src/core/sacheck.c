/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/sacheck.h"

#include "core/replay.h"
#include "wire/pfkey_diag.h"

/* Flags that may be said in an UPDATE, and with AH in an ADD (spec: sa 15). */
#define UPDATE_FLAGS                                                        \
	(SAF_PAIRED | SAF_NOREPLAY | SAF_OUTBOUND | SAF_INBOUND | SAF_KM1 | \
	    SAF_KM2 | SAF_KM3 | SAF_KM4)
#define ADD_FLAGS (UPDATE_FLAGS | SAF_AALG1 | SAF_AALG2 | SAF_TUNNEL | SAF_ESN)
/* ... and those that ESP has besides. */
#define ESP_FLAGS \
	(SAF_NATT_LOC | SAF_NATT_REM | SAF_NATTED | SAF_EALG1 | SAF_EALG2)

bool
sacheck_is_group(const struct addr *a)
{
	static const uint8_t broadcast[4] = { 255, 255, 255, 255 };

	return addr_is_multicast(a) ||
	       (a->fam == FAM_V4 && memcmp(a->b, broadcast, 4) == 0);
}

static void
normal_prefix(struct prefix *p)
{
	if (p->a.fam == FAM_NONE)
		*p = (struct prefix){ 0 };
	prefix_canon(p);
}

void
sacheck_normalise(struct sa_spec *s)
{
	normal_prefix(&s->isrc);
	normal_prefix(&s->idst);
	if (addr_is_unspec(&s->src))
		s->src.fam = s->dst.fam;
	if (s->isrc.a.fam != FAM_NONE || s->idst.a.fam != FAM_NONE)
		s->flags |= SAF_TUNNEL;
	/* spec: sa 15: one window cannot serve the senders of the world */
	if (addr_is_unspec(&s->src))
		s->window = 0;
	if (s->window > REPLAY_MAX)
		s->window = REPLAY_MAX;
}

static uint16_t
check_addresses(const struct sa_spec *s)
{
	if (s->dst.fam == FAM_NONE)
		return PFKEY_DIAG_MISSING_DST;
	if (addr_is_unspec(&s->dst))
		return PFKEY_DIAG_BAD_DST;
	if (sacheck_is_group(&s->src))
		return PFKEY_DIAG_BAD_SRC;
	if (s->src.fam != s->dst.fam)
		return PFKEY_DIAG_AF_MISMATCH;
	if (s->isrc.a.fam == FAM_NONE && s->idst.a.fam != FAM_NONE)
		return PFKEY_DIAG_MISSING_INNER_SRC;
	if (s->idst.a.fam == FAM_NONE && s->isrc.a.fam != FAM_NONE)
		return PFKEY_DIAG_MISSING_INNER_DST;
	if (s->isrc.a.fam != s->idst.a.fam)
		return PFKEY_DIAG_INNER_AF_MISMATCH;
	if (s->isrc.len > addr_bits(s->isrc.a.fam))
		return PFKEY_DIAG_PREFIX_INNER_SRC;
	if (s->idst.len > addr_bits(s->idst.a.fam))
		return PFKEY_DIAG_PREFIX_INNER_DST;
	if ((s->sport != 0 || s->dport != 0) &&
	    (s->isport != 0 || s->idport != 0))
		return PFKEY_DIAG_DUAL_PORT_SETS;
	return 0;
}

/* One list of further addresses, and the first address of that end. */
static uint16_t
check_list(const struct addr *first, const struct addr *list, unsigned n,
    uint16_t bad, uint16_t twice)
{
	for (unsigned i = 0; i < n; i++) {
		if (addr_is_unspec(&list[i]) || sacheck_is_group(&list[i]))
			return bad;
		if (addr_equal(first, &list[i]))
			return twice;
		for (unsigned j = 0; j < i; j++)
			if (addr_equal(&list[j], &list[i]))
				return twice;
	}
	return 0;
}

/*
 * RFC 3554: hosts with several addresses, end to end. A tunnel has two ends, a
 * NAT hides them, and a source that is any needs no list.
 */
static uint16_t
check_more(const struct sa_spec *s)
{
	const struct sa_more *m = s->more;
	uint16_t diag;

	if (m == NULL)
		return 0;
	if (m->n_src > SA_MORE)
		return PFKEY_DIAG_MALFORMED_SRC;
	if (m->n_dst > SA_MORE)
		return PFKEY_DIAG_MALFORMED_DST;
	if ((s->flags & (SAF_TUNNEL | SAF_NATT_LOC | SAF_NATT_REM)) != 0)
		return PFKEY_DIAG_BAD_SAFLAGS;
	if (addr_is_unspec(&s->src))
		return PFKEY_DIAG_BAD_SRC;
	if (sacheck_is_group(&s->dst))
		return PFKEY_DIAG_BAD_DST;
	diag = check_list(&s->src, m->src, m->n_src, PFKEY_DIAG_BAD_SRC,
	    PFKEY_DIAG_DUPLICATE_SRC);
	return diag != 0 ? diag
			 : check_list(&s->dst, m->dst, m->n_dst,
			       PFKEY_DIAG_BAD_DST, PFKEY_DIAG_DUPLICATE_DST);
}

static uint16_t
check_natt(const struct sa_spec *s)
{
	bool loc = (s->flags & SAF_NATT_LOC) != 0;
	bool rem = (s->flags & SAF_NATT_REM) != 0;

	/* spec: sa 23: only IPv4 */
	if (s->natt_loc.fam == FAM_V6)
		return PFKEY_DIAG_MALFORMED_NATT_LOC;
	if (s->natt_rem.fam == FAM_V6)
		return PFKEY_DIAG_MALFORMED_NATT_REM;
	if (loc && s->natt_loc.fam == FAM_NONE)
		return PFKEY_DIAG_MISSING_NATT_LOC;
	if (rem && s->natt_rem.fam == FAM_NONE)
		return PFKEY_DIAG_MISSING_NATT_REM;
	return 0;
}

static uint16_t
check_replay(const struct sa_spec *s)
{
	/* the last number is never sent: nothing could follow */
	uint64_t last =
	    (s->flags & SAF_ESN) != 0 ? UINT64_MAX : (uint64_t)UINT32_MAX;

	return s->replay_value >= last ? PFKEY_DIAG_INVALID_REPLAY : 0;
}

uint16_t
sacheck_add(const struct sa_spec *s)
{
	uint32_t allowed = ADD_FLAGS;
	uint16_t diag;

	if (s->satype == SATYPE_ESP)
		allowed |= ESP_FLAGS;
	if (s->spi == 0)
		return PFKEY_DIAG_MALFORMED_SA;
	if (s->state != SA_MATURE && s->state != SA_ACTIVE_ELSEWHERE)
		return PFKEY_DIAG_BAD_SASTATE;
	if ((s->flags & ~allowed) != 0)
		return PFKEY_DIAG_BAD_SAFLAGS;
	if ((diag = check_addresses(s)) != 0 || (diag = check_natt(s)) != 0 ||
	    (diag = check_replay(s)) != 0 || (diag = check_more(s)) != 0)
		return diag;
	return sacheck_lifetimes(&sa_no_lives, s);
}

static bool
over(uint64_t a, uint64_t b)
{
	return a != 0 && b != 0 && a > b;
}

static uint16_t
check_order(const struct sa_lives *s)
{
	const struct lifetime *h = &s->hard, *f = &s->soft, *i = &s->idle;

	if (over(f->allocs, h->allocs))
		return PFKEY_DIAG_ALLOC_HSERR;
	if (over(f->bytes, h->bytes))
		return PFKEY_DIAG_BYTES_HSERR;
	if (over(f->addtime, h->addtime) || over(i->addtime, h->addtime) ||
	    over(i->addtime, f->addtime))
		return PFKEY_DIAG_ADDTIME_HSERR;
	if (over(f->usetime, h->usetime) || over(i->usetime, h->usetime) ||
	    over(i->usetime, f->usetime))
		return PFKEY_DIAG_USETIME_HSERR;
	return 0;
}

static void
merge(struct lifetime *old, const struct lifetime *l)
{
	if (l->allocs != 0)
		old->allocs = l->allocs;
	if (l->bytes != 0)
		old->bytes = l->bytes;
	if (l->addtime != 0)
		old->addtime = l->addtime;
	if (l->usetime != 0)
		old->usetime = l->usetime;
}

static bool
is_set(const struct lifetime *l)
{
	return l->allocs != 0 || l->bytes != 0 || l->addtime != 0 ||
	       l->usetime != 0;
}

bool
sacheck_has_lives(const struct sa_spec *s)
{
	return is_set(&s->hard) || is_set(&s->soft) || is_set(&s->idle);
}

void
sacheck_merge(struct sa_lives *old, const struct sa_spec *s)
{
	merge(&old->hard, &s->hard);
	merge(&old->soft, &s->soft);
	merge(&old->idle, &s->idle);
}

uint16_t
sacheck_lifetimes(const struct sa_lives *old, const struct sa_spec *s)
{
	struct sa_lives both = *old;

	sacheck_merge(&both, s);
	return check_order(&both);
}

uint16_t
sacheck_update(const struct sa_spec *old, const struct sa_spec *s)
{
	uint32_t allowed = UPDATE_FLAGS;

	if (old->satype == SATYPE_ESP)
		allowed |= ESP_FLAGS;
	if (s->akey.bits != 0)
		return PFKEY_DIAG_AKEY_PRESENT;
	if (s->ekey.bits != 0)
		return PFKEY_DIAG_EKEY_PRESENT;
	if (s->state != SA_MATURE || s->replay_value != 0)
		return PFKEY_DIAG_BAD_SASTATE;
	if ((s->flags & ~allowed) != 0)
		return PFKEY_DIAG_BAD_SAFLAGS;
	/* RFC 2367 3.1.2: an update changes no addresses */
	if (s->isrc.a.fam != FAM_NONE && !prefix_equal(&s->isrc, &old->isrc))
		return PFKEY_DIAG_MALFORMED_INNER_SRC;
	if (s->idst.a.fam != FAM_NONE && !prefix_equal(&s->idst, &old->idst))
		return PFKEY_DIAG_MALFORMED_INNER_DST;
	if (s->kmp != 0 && old->kmp != 0 && s->kmp != old->kmp)
		return PFKEY_DIAG_DUPLICATE_KMP;
	if (s->kmc != 0 && old->kmc != 0 && s->kmc != old->kmc)
		return PFKEY_DIAG_DUPLICATE_KMC;
	return sacheck_lifetimes(
	    &(struct sa_lives){ old->hard, old->soft, old->idle }, s);
}

uint8_t
sacheck_jitter(const struct rng *rng, const struct sa_spec *s)
{
	enum {
		LEAST = 8, /* s, spec: sa 14 */
		SPAN = 16,
		WORTH = 120 /* s: taking LEAST + SPAN off leaves most of it */
	};
	uint8_t r;

	if ((s->flags & SAF_OUTBOUND) == 0 || s->soft.addtime < WORTH ||
	    !rng->fill(rng->ctx, &r, 1))
		return 0;
	return (uint8_t)(LEAST + r % SPAN);
}
