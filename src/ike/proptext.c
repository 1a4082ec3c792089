/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/proptext.h"

#include "base/txt.h"

#include "model/ikealg.h"
#include "wire/ike2name.h"
#include "wire/ike2num.h"

/* Text that is cut where it does not fit, with room for a NUL. */
static struct wr
begin(char *buf, size_t size)
{
	return wr_into(buf, size > 0 ? size - 1 : 0);
}

static const char *
end(char *buf, size_t size, const struct wr *w)
{
	if (size > 0)
		buf[w->len] = '\0';
	return buf;
}

static void
put_xform(struct wr *w, const struct ike2_xform *x)
{
	const struct ikealg *a = ikealg_by_id(x->type, x->id);

	if (x->id == 0 && x->type != IKE2_T_ESN && x->type != IKE2_T_ENCR &&
	    x->type != IKE2_T_PRF)
		txt_put(w, "none");
	else if (a != NULL)
		txt_put(w, a->name);
	else
		txt_print(w, "%u", x->id);
	if (x->keybits != 0)
		txt_print(w, "(%u)", x->keybits);
	if (x->odd)
		txt_put(w, "(with an unknown attribute)");
}

/* Those of one type, in their order. False: there are none. */
static bool
put_type(struct wr *w, const struct ike2_sa *sa, const struct ike2_proposal *p,
    unsigned type)
{
	bool any = false;

	for (unsigned i = 0; i < p->n; i++) {
		const struct ike2_xform *x = &sa->xf[p->first + i];

		if (x->type != type)
			continue;
		if (any)
			txt_put(w, "/");
		put_xform(w, x);
		any = true;
	}
	return any;
}

static bool
has_type(const struct ike2_sa *sa, const struct ike2_proposal *p, unsigned type)
{
	for (unsigned i = 0; i < p->n; i++)
		if (sa->xf[p->first + i].type == type)
			return true;
	return false;
}

static void
put_type_name(struct wr *w, unsigned type)
{
	char name[IKE2NAME_TEXT];

	txt_put(w, ike2name_text(name, ike2name_xform_type(type), type));
}

static void
put_proposal(
    struct wr *w, const struct ike2_sa *sa, const struct ike2_proposal *p)
{
	char name[IKE2NAME_TEXT];

	txt_print(w, "%u: %s", p->num,
	    ike2name_text(name, ike2name_proto(p->proto), p->proto));
	for (unsigned type = 0; type <= UINT8_MAX; type++) {
		if (!has_type(sa, p, type))
			continue;
		txt_put(w, " ");
		put_type_name(w, type);
		txt_put(w, "=");
		(void)put_type(w, sa, p, type);
	}
}

const char *
proptext_print(char *buf, size_t size, const struct ike2_sa *sa)
{
	struct wr w = begin(buf, size);

	for (unsigned i = 0; i < sa->n; i++) {
		if (i > 0)
			txt_put(&w, "; ");
		put_proposal(&w, sa, &sa->p[i]);
	}
	return end(buf, size, &w);
}

const char *
proptext_one(char *buf, size_t size, const struct propose *p)
{
	struct wr w = begin(buf, size);
	char name[IKE2NAME_TEXT];

	txt_put(&w, ike2name_text(name, ike2name_proto(p->proto), p->proto));
	for (unsigned t = 1; t < IKE2_T_N; t++) {
		if ((p->has & 1U << t) == 0)
			continue;
		txt_put(&w, " ");
		put_type_name(&w, t);
		txt_put(&w, "=");
		put_xform(&w, &p->xf[t]);
	}
	return end(buf, size, &w);
}

/* Do the two have a transform of the type in common, or neither one at all? */
static bool
agree(const struct ike2_sa *own, const struct ike2_proposal *p,
    const struct ike2_sa *peer, const struct ike2_proposal *q, unsigned type)
{
	bool here = has_type(own, p, type), there = has_type(peer, q, type);

	for (unsigned i = 0; i < p->n; i++) {
		const struct ike2_xform *x = &own->xf[p->first + i];

		for (unsigned k = 0; x->type == type && k < q->n; k++) {
			const struct ike2_xform *y = &peer->xf[q->first + k];

			if (y->type == type && y->id == x->id &&
			    y->keybits == x->keybits && !x->odd && !y->odd)
				return true;
		}
	}
	return !here && !there;
}

/* In how many types they differ; another protocol is further than any. */
static unsigned
distance(const struct ike2_sa *own, const struct ike2_proposal *p,
    const struct ike2_sa *peer, const struct ike2_proposal *q)
{
	unsigned n = p->proto == q->proto ? 0 : 1000;

	for (unsigned type = 0; type <= UINT8_MAX; type++)
		n += !agree(own, p, peer, q, type);
	return n;
}

static void
put_difference(struct wr *w, const struct ike2_sa *own,
    const struct ike2_proposal *p, const struct ike2_sa *peer,
    const struct ike2_proposal *q)
{
	const char *sep = "";

	for (unsigned type = 0; type <= UINT8_MAX; type++) {
		if (agree(own, p, peer, q, type))
			continue;
		txt_put(w, sep);
		put_type_name(w, type);
		txt_put(w, " offered ");
		if (!put_type(w, peer, q, type))
			txt_put(w, "nothing");
		txt_put(w, ", accepted ");
		if (!put_type(w, own, p, type))
			txt_put(w, "nothing");
		sep = "; ";
	}
	if (*sep == '\0')
		txt_put(w, "each type fits, but not together");
}

const char *
proptext_explain(char *buf, size_t size, const struct ike2_sa *own,
    const struct ike2_sa *peer)
{
	struct wr w = begin(buf, size);
	const struct ike2_proposal *p = NULL, *q = NULL;
	unsigned best = UINT32_MAX;
	char a[IKE2NAME_TEXT], b[IKE2NAME_TEXT];

	for (unsigned k = 0; k < own->n; k++)
		for (unsigned i = 0; i < peer->n; i++) {
			unsigned d =
			    distance(own, &own->p[k], peer, &peer->p[i]);

			if (d >= best)
				continue;
			best = d;
			p = &own->p[k];
			q = &peer->p[i];
		}
	if (p == NULL) {
		txt_put(&w, own->n == 0 ? "nothing is accepted here"
					: "nothing is offered");
	} else if (p->proto != q->proto) {
		txt_print(&w, "%s is offered, %s is accepted",
		    ike2name_text(a, ike2name_proto(q->proto), q->proto),
		    ike2name_text(b, ike2name_proto(p->proto), p->proto));
	} else {
		txt_print(&w, "nearest is proposal %u: ", q->num);
		put_difference(&w, own, p, peer, q);
	}
	return end(buf, size, &w);
}
