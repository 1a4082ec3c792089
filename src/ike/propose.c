/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/propose.h"

#include "model/ikealg.h"
#include "wire/ike2num.h"

#define BIT(type) (1U << (type))

/* A proposal with its payload's transforms. */
struct side {
	const struct ike2_xform *xf;
	unsigned n;
	uint8_t proto;
};

static struct side
side_of(const struct ike2_sa *sa, const struct ike2_proposal *p)
{
	return (struct side){ sa->xf + p->first, p->n, p->proto };
}

/* Types that are there; an odd transform counts, and is never chosen. */
static unsigned
types_of(const struct side *s)
{
	unsigned types = 0;

	for (unsigned i = 0; i < s->n; i++)
		if (s->xf[i].type >= 1 && s->xf[i].type < IKE2_T_N)
			types |= BIT(s->xf[i].type);
		else
			types |= 1; /* a type that is not known */
	return types;
}

/* RFC 7296 3.3.3 */
static unsigned
needed(uint8_t proto)
{
	switch (proto) {
	case IKE2_PROTO_IKE:
		return BIT(IKE2_T_ENCR) | BIT(IKE2_T_PRF) | BIT(IKE2_T_KE);
	case IKE2_PROTO_ESP:
		return BIT(IKE2_T_ENCR) | BIT(IKE2_T_ESN);
	case IKE2_PROTO_AH:
		return BIT(IKE2_T_INTEG) | BIT(IKE2_T_ESN);
	default:
		return 0;
	}
}

/* "none", which is the same as no transform of the type. */
static bool
may_be_none(unsigned type)
{
	return type == IKE2_T_INTEG || type == IKE2_T_KE ||
	       type >= IKE2_T_ADDKE1;
}

static bool
has_xform(const struct side *s, unsigned type, uint16_t id, uint16_t keybits)
{
	bool any = false;

	for (unsigned i = 0; i < s->n; i++) {
		const struct ike2_xform *x = &s->xf[i];

		if (x->type != type)
			continue;
		any = true;
		if (x->id == id && x->keybits == keybits && !x->odd)
			return true;
	}
	return !any && id == 0 && may_be_none(type);
}

/* RFC 7296 3.3.2: the registry has these as combined, also what we cannot do. */
static bool
is_combined(uint16_t encr)
{
	const struct ikealg *a = ikealg_by_id(IKEALG_ENCR, encr);

	return a != NULL && (a->flags & IKEALG_COMBINED) != 0;
}

/* What is wanted of integrity depends on the cipher, which was chosen before. */
static bool
integ_fits(const struct propose *out, uint16_t id)
{
	if (out->proto == IKE2_PROTO_AH)
		return id != 0;
	if (is_combined(propose_id(out, IKE2_T_ENCR)))
		return id == 0;
	/* ESP without integrity is own policy's to want; IKE never is */
	return id != 0 || out->proto == IKE2_PROTO_ESP;
}

/* RFC 9370 2.2.2: each one is another than those before it. */
static bool
ke_fits(const struct propose *out, unsigned type, uint16_t id)
{
	if (id == 0)
		return type != IKE2_T_KE || out->proto != IKE2_PROTO_IKE;
	for (unsigned t = IKE2_T_KE; t < type; t++)
		if (t != IKE2_T_ESN && propose_id(out, t) == id)
			return false;
	return true;
}

static bool
fits(const struct propose *out, unsigned type, uint16_t id)
{
	if (type == IKE2_T_INTEG)
		return integ_fits(out, id);
	if (type == IKE2_T_KE || type >= IKE2_T_ADDKE1)
		return ke_fits(out, type, id);
	return true;
}

static void
set(struct propose *out, unsigned type, uint16_t id, uint16_t keybits)
{
	out->xf[type] = (struct ike2_xform){
		.type = (uint8_t)type, .id = id, .keybits = keybits
	};
	out->has |= (uint16_t)BIT(type);
}

struct work {
	struct propose *out;
	struct side own, peer;
	uint16_t ke_here;
	unsigned peer_types;
	unsigned steps; /* of the whole search */
};

enum { STEPS = 20000, SPI_RESERVED = 255 };

static bool choose(struct work *w, unsigned type);

static bool
attempt(struct work *w, unsigned type, uint16_t id, uint16_t keybits)
{
	if (++w->steps > STEPS || !fits(w->out, type, id) ||
	    !has_xform(&w->peer, type, id, keybits))
		return false;
	w->out->has &= (uint16_t)~BIT(type);
	/* a type that the peer left out is left out of the answer */
	if ((w->peer_types & BIT(type)) != 0)
		set(w->out, type, id, keybits);
	return choose(w, type + 1);
}

/*
 * Types from this one on. Which id is chosen for one type can rule out ids of a
 * later one (integrity, additional key exchanges), so it may go back.
 */
static bool
choose(struct work *w, unsigned type)
{
	bool any = false;

	if (type == IKE2_T_N)
		return true;
	if (type == IKE2_T_KE && w->ke_here != 0 &&
	    has_xform(&w->own, type, w->ke_here, 0) &&
	    attempt(w, type, w->ke_here, 0))
		return true;
	for (unsigned i = 0; i < w->own.n; i++) {
		const struct ike2_xform *x = &w->own.xf[i];

		if (x->type != type)
			continue;
		any = true;
		if (!x->odd && attempt(w, type, x->id, x->keybits))
			return true;
	}
	/* combined ciphers need no line of policy to go without integrity */
	if (type == IKE2_T_INTEG && any &&
	    is_combined(propose_id(w->out, IKE2_T_ENCR)) &&
	    attempt(w, type, 0, 0))
		return true;
	/* nothing of it here: the peer may say "none" or nothing */
	if (!any && (w->peer_types & BIT(type)) == 0) {
		w->out->has &= (uint16_t)~BIT(type);
		return (type != IKE2_T_INTEG || integ_fits(w->out, 0)) &&
		       choose(w, type + 1);
	}
	return !any && may_be_none(type) && attempt(w, type, 0, 0);
}

/* Does each type have something for itself? Most pairs end here. */
static bool
could(const struct work *w)
{
	unsigned found = 0, here = types_of(&w->own);

	for (unsigned i = 0; i < w->own.n; i++) {
		const struct ike2_xform *x = &w->own.xf[i];

		if (x->type < IKE2_T_N && (found & BIT(x->type)) == 0 &&
		    !x->odd && has_xform(&w->peer, x->type, x->id, x->keybits))
			found |= BIT(x->type);
	}
	/* integrity: it depends on the cipher */
	return ((here & ~BIT(IKE2_T_INTEG)) & ~found) == 0;
}

/* RFC 4303 2.1: SPIs up to 255 are nobody's. */
static bool
spi_fits(const struct ike2_proposal *p)
{
	return (p->proto != IKE2_PROTO_AH && p->proto != IKE2_PROTO_ESP) ||
	       ike2sa_spi32(p) > SPI_RESERVED;
}

static bool
choose_pair(struct work *w, const struct ike2_sa *own, unsigned k,
    const struct ike2_sa *peer, unsigned i)
{
	const struct ike2_proposal *p = &peer->p[i];
	unsigned need = needed(p->proto);

	if (p->proto != own->p[k].proto || need == 0 ||
	    p->spi_len > sizeof(w->out->spi) || !spi_fits(p))
		return false;
	w->own = side_of(own, &own->p[k]);
	w->peer = side_of(peer, p);
	w->peer_types = types_of(&w->peer);
	/* RFC 7296 3.3.6: an unknown type, and one that is missing */
	if ((w->peer_types & 1) != 0 || (need & ~w->peer_types) != 0 ||
	    !could(w))
		return false;
	*w->out = (struct propose){ .num = p->num,
		.own = (uint8_t)k,
		.proto = p->proto,
		.spi_len = p->spi_len };
	if (p->spi_len != 0)
		memcpy(w->out->spi, p->spi, p->spi_len);
	return choose(w, 1);
}

bool
propose_choose(struct propose *out, const struct ike2_sa *own,
    const struct ike2_sa *peer, uint16_t ke_here)
{
	struct work w = { .out = out, .ke_here = ke_here };

	for (unsigned k = 0; k < own->n; k++)
		for (unsigned i = 0; i < peer->n; i++)
			if (choose_pair(&w, own, k, peer, i))
				return true;
	*out = (struct propose){ 0 };
	return false;
}

unsigned
propose_addke(const struct propose *p)
{
	unsigned n = 0;

	for (unsigned t = IKE2_T_ADDKE1; t <= IKE2_T_ADDKE7; t++)
		n += propose_id(p, t) != 0;
	return n;
}

static const char *
check_answer(
    struct propose *out, const struct side *offer, const struct side *got)
{
	unsigned types = types_of(got);

	if ((types & 1) != 0)
		return "the answer has a transform of an unknown type";
	for (unsigned i = 0; i < got->n; i++) {
		const struct ike2_xform *x = &got->xf[i];

		if ((out->has & BIT(x->type)) != 0)
			return "the answer has two transforms of one type";
		if (x->odd || !has_xform(offer, x->type, x->id, x->keybits))
			return "the answer has a transform that was not "
			       "offered";
		set(out, x->type, x->id, x->keybits);
	}
	for (unsigned t = 1; t < IKE2_T_N; t++) {
		uint16_t id = propose_id(out, t);

		if ((types & BIT(t)) == 0 && (types_of(offer) & BIT(t)) != 0 &&
		    !has_xform(offer, t, 0, 0))
			return "the answer lacks a transform of a type";
		if (!fits(out, t, id) &&
		    ((types | needed(out->proto)) & BIT(t)) != 0)
			return "the answer combines what cannot be combined";
	}
	/* a cipher that is not combined, and integrity left out */
	if (out->proto == IKE2_PROTO_IKE &&
	    !integ_fits(out, propose_id(out, IKE2_T_INTEG)))
		return "the answer combines what cannot be combined";
	return NULL;
}

bool
propose_accept(struct propose *out, const struct ike2_sa *offered,
    const struct ike2_sa *answer, const char **why)
{
	const struct ike2_proposal *p = &answer->p[0];
	struct side offer, got;
	unsigned k = 0;

	*out = (struct propose){ 0 };
	*why = "the answer has not one proposal";
	if (answer->n != 1)
		return false;
	while (k < offered->n && offered->p[k].num != p->num)
		k++;
	*why = "the answer has the number of no proposal that was offered";
	if (k == offered->n)
		return false;
	*why = "the answer is of another protocol";
	if (offered->p[k].proto != p->proto || p->spi_len > sizeof(out->spi))
		return false;
	*why = "the answer has a reserved SPI";
	if (!spi_fits(p))
		return false;
	*out = (struct propose){ .num = p->num,
		.own = (uint8_t)k,
		.proto = p->proto,
		.spi_len = p->spi_len };
	if (p->spi_len != 0)
		memcpy(out->spi, p->spi, p->spi_len);
	offer = side_of(offered, &offered->p[k]);
	got = side_of(answer, p);
	*why = check_answer(out, &offer, &got);
	return *why == NULL;
}

bool
propose_answer(struct ike2_sa *sa, const struct propose *p, const uint8_t *spi,
    uint8_t spi_len)
{
	bool ok;

	sa->n = 0;
	sa->nxf = 0;
	ok = ike2sa_add(sa, p->proto, spi, spi_len);
	if (ok)
		sa->p[0].num = p->num;
	for (unsigned t = 1; t < IKE2_T_N; t++)
		if ((p->has & BIT(t)) != 0)
			ok = ok && ike2sa_add_xform(sa, (uint8_t)t, p->xf[t].id,
				       p->xf[t].keybits);
	return ok;
}

uint16_t
propose_group(const struct ike2_sa *own, const struct ike2_sa *peer)
{
	struct propose p;

	if (propose_choose(&p, own, peer, 0))
		return propose_id(&p, IKE2_T_KE);
	return 0;
}
