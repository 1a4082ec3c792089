/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/ikecfg.h"

#include <stdlib.h>
#include <strings.h>

/* ---- what holds ---- */

uint64_t
ikecfg_value(
    const struct ikecfg *c, const struct ikecfg_rule *r, enum ikecfg_value v)
{
	uint64_t bit = UINT64_C(1) << v;

	if (r != NULL && (r->part.set & bit) != 0)
		return r->part.v[v];
	if ((c->part.set & bit) != 0)
		return c->part.v[v];
	return ikeval_row(v)->def;
}

const char *
ikecfg_text(
    const struct ikecfg *c, const struct ikecfg_rule *r, enum ikecfg_text t)
{
	if (r != NULL && r->part.text[t] != NULL)
		return r->part.text[t];
	return c->part.text[t];
}

const struct ikecfg_addr *
ikecfg_list(const struct ikecfg *c, const struct ikecfg_rule *r,
    enum ikecfg_list l, unsigned *n)
{
	const struct ikecfg_part *p =
	    r != NULL && r->part.n_list[l] != 0 ? &r->part : &c->part;

	*n = p->n_list[l];
	return p->list[l];
}

const struct ikecfg_xform *
ikecfg_xforms(const struct ikecfg *c, const struct ikecfg_rule *r, unsigned *n)
{
	const struct ikecfg_part *p =
	    r != NULL && r->part.n_xform != 0 ? &r->part : &c->part;

	*n = p->n_xform;
	return p->xform;
}

unsigned
ikecfg_auths(const struct ikecfg *c, const struct ikecfg_rule *r)
{
	unsigned n, bits = 0;
	const struct ikecfg_xform *x = ikecfg_xforms(c, r, &n);

	for (unsigned i = 0; i < n; i++)
		bits |= 1u << x[i].auth;
	return bits;
}

uint64_t
ikecfg_soft(const struct ikecfg *c, const struct ikecfg_rule *r,
    enum ikecfg_value hard, enum ikecfg_value soft)
{
	uint64_t h = ikecfg_value(c, r, hard), s = ikecfg_value(c, r, soft);

	if (s == 0)
		s = h / 10 * 9 + h % 10 * 9 / 10;
	return s < h ? s : h;
}

static bool
at_most(const struct addr *a, const struct addr *b)
{
	return memcmp(a->b, b->b, sizeof(a->b)) <= 0;
}

bool
ikecfg_addr_match(const struct ikecfg_addr *x, const struct addr *a)
{
	if (x->form != IKECFG_HOST)
		return x->lo.fam == a->fam && at_most(&x->lo, a) &&
		       at_most(a, &x->hi);
	for (unsigned i = 0; i < x->n_ip; i++)
		if (addr_equal(&x->ip[i], a))
			return true;
	return false;
}

static bool
any_match(const struct ikecfg_rule *r, enum ikecfg_list l, const struct addr *a)
{
	if (a->fam == FAM_NONE)
		return true;
	for (unsigned i = 0; i < r->part.n_list[l]; i++)
		if (ikecfg_addr_match(&r->part.list[l][i], a))
			return true;
	return false;
}

const struct ikecfg_rule *
ikecfg_match(const struct ikecfg *c, const struct ikecfg_rule *after,
    const struct addr *local, const struct addr *remote, unsigned versions)
{
	size_t i = after == NULL ? 0 : (size_t)(after - c->rule) + 1;

	for (; i < c->n; i++) {
		const struct ikecfg_rule *r = &c->rule[i];

		if ((ikecfg_value(c, r, IKECFG_VERSION) & versions) != 0 &&
		    any_match(r, IKECFG_LOCAL_ADDR, local) &&
		    any_match(r, IKECFG_REMOTE_ADDR, remote))
			return r;
	}
	return NULL;
}

const struct ikecfg_rule *
ikecfg_by_label(const struct ikecfg *c, const char *label)
{
	for (unsigned i = 0; i < c->n; i++)
		if (strcmp(c->rule[i].label, label) == 0)
			return &c->rule[i];
	return NULL;
}

const struct ikecfg_rule *
ikecfg_by_cookie(const struct ikecfg *c, uint32_t cookie)
{
	for (unsigned i = 0; i < c->n && cookie != 0; i++)
		if (c->rule[i].cookie == cookie)
			return &c->rule[i];
	return NULL;
}

static bool
same_dn(const struct ikeid *id, const char *text)
{
	struct ikeid want;

	return id->type == IKEID_DN && ikeid_read(&want, IKEID_DN, text) &&
	       ikeid_same_dn(&want, id);
}

/* As an identity of that type. */
static bool
same_as(const struct ikeid *id, enum ikeid_type type, const char *text)
{
	struct ikeid want;

	/* the family is the text's */
	return ikeid_read(&want, type, text) && ikeid_equal(&want, id);
}

/* True where the selector cannot be answered from an identity. */
static bool
of_certificate(const struct ikecfg_sel *s)
{
	return s->by == IKECFG_BY_ISSUER || s->by == IKECFG_BY_SLOT ||
	       s->by == IKECFG_BY_URI || s->by == IKECFG_BY_RID;
}

static bool
sel_takes(const struct ikecfg_sel *s, const struct ikeid *id)
{
	switch (s->by) {
	case IKECFG_BY_ANY:
		return true;
	case IKECFG_BY_SUBJECT:
	case IKECFG_BY_DN:
		return same_dn(id, s->text);
	case IKECFG_BY_EMAIL:
		return same_as(id, IKEID_EMAIL, s->text);
	case IKECFG_BY_IP:
		return same_as(id, IKEID_IPV4, s->text);
	case IKECFG_BY_DNS:
		return same_as(id, IKEID_FQDN, s->text);
	case IKECFG_BY_KEY:
		return same_as(id, IKEID_KEY, s->text);
	case IKECFG_BY_BARE:
		return same_as(id, IKEID_IPV4, s->text) ||
		       same_as(id, IKEID_FQDN, s->text) ||
		       same_as(id, IKEID_EMAIL, s->text) ||
		       same_as(id, IKEID_KEY, s->text);
	default:
		return false;
	}
}

bool
ikecfg_takes_id(const struct ikecfg_rule *r, const struct ikeid *id)
{
	unsigned n = r->part.n_sel[IKECFG_REMOTE_ID];
	const struct ikecfg_sel *s = r->part.sel[IKECFG_REMOTE_ID];
	bool wanted = false, found = false;

	for (unsigned i = 0; i < n; i++) {
		bool ask_cert = of_certificate(&s[i]);

		if (s[i].not_) {
			if (!ask_cert && sel_takes(&s[i], id))
				return false;
		} else {
			wanted = true;
			found |= ask_cert || sel_takes(&s[i], id);
		}
	}
	return found || !wanted;
}

/* What a bare name is where nobody says it. */
static enum ikeid_type
look_of(const char *text)
{
	struct addr a;

	if (addr_read(&a, text))
		return IKEID_IPV4;
	return strchr(text, '@') != NULL ? IKEID_EMAIL : IKEID_FQDN;
}

/* The type of identity that a selector names. said: IKEID_NONE: by its look. */
static enum ikeid_type
type_of(const struct ikecfg_sel *s, enum ikeid_type said)
{
	switch (s->by) {
	case IKECFG_BY_EMAIL:
		return IKEID_EMAIL;
	case IKECFG_BY_IP:
		return IKEID_IPV4;
	case IKECFG_BY_DNS:
		return IKEID_FQDN;
	case IKECFG_BY_KEY:
		return IKEID_KEY;
	case IKECFG_BY_SUBJECT:
	case IKECFG_BY_DN:
		return IKEID_DN;
	case IKECFG_BY_BARE:
		return said != IKEID_NONE ? said : look_of(s->text);
	default:
		return IKEID_NONE;
	}
}

bool
ikecfg_own_id(const struct ikecfg *c, const struct ikecfg_rule *r,
    const struct addr *local, struct ikeid *out)
{
	const struct ikecfg_sel *s = r->part.n_sel[IKECFG_LOCAL_ID] != 0
					 ? r->part.sel[IKECFG_LOCAL_ID]
					 : NULL;
	bool said = ((r->part.set | c->part.set) &
			(UINT64_C(1) << IKECFG_ID_TYPE)) != 0;
	enum ikeid_type want =
	    said ? (enum ikeid_type)ikecfg_value(c, r, IKECFG_ID_TYPE)
		 : IKEID_NONE;
	enum ikeid_type is = s != NULL ? type_of(s, want) : IKEID_NONE;

	if (s == NULL || s->by == IKECFG_BY_ANY) {
		*out = ikeid_addr(local);
		return !said || want == IKEID_IPV4 || want == IKEID_IPV6;
	}
	/* what it says itself has to be of the type that is wanted, if one is */
	if (is == IKEID_NONE || (said && is != want))
		return false;
	/* a certificate's subject is taken from it, byte by byte */
	if (is == IKEID_DN &&
	    (ikecfg_auths(c, r) & ~(1u << IKECFG_PRESHARED)) != 0)
		return false;
	return ikeid_read(out, is, s->text);
}

/* ---- making and changing ---- */

void
ikecfg_addr_fini(struct ikecfg_addr *x)
{
	free(x->host);
	free(x->ip);
	*x = (struct ikecfg_addr){ 0 };
}

static void
part_fini(struct ikecfg_part *p)
{
	for (unsigned t = 0; t < IKECFG_TEXTS; t++)
		free(p->text[t]);
	for (unsigned l = 0; l < IKECFG_LISTS; l++) {
		for (unsigned i = 0; i < p->n_list[l]; i++)
			ikecfg_addr_fini(&p->list[l][i]);
		free(p->list[l]);
	}
	for (unsigned l = 0; l < IKECFG_SELS; l++) {
		for (unsigned i = 0; i < p->n_sel[l]; i++)
			free(p->sel[l][i].text);
		free(p->sel[l]);
	}
	free(p->xform);
	*p = (struct ikecfg_part){ 0 };
}

void
ikecfg_rule_fini(struct ikecfg_rule *r)
{
	free(r->label);
	part_fini(&r->part);
	*r = (struct ikecfg_rule){ 0 };
}

void
ikecfg_fini(struct ikecfg *c)
{
	for (unsigned i = 0; i < c->n; i++)
		ikecfg_rule_fini(&c->rule[i]);
	free(c->rule);
	part_fini(&c->part);
	*c = (struct ikecfg){ 0 };
}

/* Room for one more behind n of `size` bytes; it grows at the powers of two. */
static void *
one_more(void *p, unsigned n, size_t size)
{
	if ((n & (n - 1)) != 0)
		return p;
	return realloc(p, (n == 0 ? 1 : 2 * (size_t)n) * size);
}

bool
ikecfg_add_rule(struct ikecfg *c, struct ikecfg_rule *r)
{
	struct ikecfg_rule *p = one_more(c->rule, c->n, sizeof(*p));

	if (p == NULL) {
		ikecfg_rule_fini(r);
		return false;
	}
	c->rule = p;
	r->cookie = ++c->last_cookie;
	p[c->n++] = *r;
	*r = (struct ikecfg_rule){ 0 };
	return true;
}

bool
ikecfg_add_addr(
    struct ikecfg_part *p, enum ikecfg_list l, struct ikecfg_addr *x)
{
	struct ikecfg_addr *v = one_more(p->list[l], p->n_list[l], sizeof(*v));

	if (v == NULL) {
		ikecfg_addr_fini(x);
		return false;
	}
	p->list[l] = v;
	v[p->n_list[l]++] = *x;
	*x = (struct ikecfg_addr){ 0 };
	return true;
}

bool
ikecfg_add_sel(struct ikecfg_part *p, enum ikecfg_sels l, struct ikecfg_sel *s)
{
	struct ikecfg_sel *v = one_more(p->sel[l], p->n_sel[l], sizeof(*v));

	if (v == NULL) {
		free(s->text);
		*s = (struct ikecfg_sel){ 0 };
		return false;
	}
	p->sel[l] = v;
	v[p->n_sel[l]++] = *s;
	*s = (struct ikecfg_sel){ 0 };
	return true;
}

bool
ikecfg_add_xform(struct ikecfg_part *p, const struct ikecfg_xform *x)
{
	struct ikecfg_xform *v = one_more(p->xform, p->n_xform, sizeof(*v));

	if (v == NULL)
		return false;
	p->xform = v;
	v[p->n_xform++] = *x;
	return true;
}

static bool
copy_text(char **dst, const char *src)
{
	size_t n = src != NULL ? strlen(src) + 1 : 0;

	*dst = src != NULL ? malloc(n) : NULL;
	if (*dst != NULL)
		memcpy(*dst, src, n);
	return *dst != NULL || src == NULL;
}

static bool
copy_addr(struct ikecfg_addr *dst, const struct ikecfg_addr *src)
{
	*dst = *src;
	dst->ip = NULL;
	dst->n_ip = 0;
	if (!copy_text(&dst->host, src->host))
		return false;
	if (src->n_ip == 0)
		return true;
	dst->ip = malloc(src->n_ip * sizeof(*dst->ip));
	if (dst->ip == NULL) {
		ikecfg_addr_fini(dst);
		return false;
	}
	memcpy(dst->ip, src->ip, src->n_ip * sizeof(*dst->ip));
	dst->n_ip = src->n_ip;
	return true;
}

static bool
copy_part(struct ikecfg_part *dst, const struct ikecfg_part *src)
{
	bool ok = true;

	*dst = (struct ikecfg_part){ .set = src->set };
	memcpy(dst->v, src->v, sizeof(dst->v));
	for (unsigned t = 0; t < IKECFG_TEXTS; t++)
		ok = copy_text(&dst->text[t], src->text[t]) && ok;
	for (unsigned l = 0; l < IKECFG_LISTS; l++)
		for (unsigned i = 0; i < src->n_list[l] && ok; i++) {
			struct ikecfg_addr x;

			ok = copy_addr(&x, &src->list[l][i]) &&
			     ikecfg_add_addr(dst, (enum ikecfg_list)l, &x);
		}
	for (unsigned l = 0; l < IKECFG_SELS; l++)
		for (unsigned i = 0; i < src->n_sel[l] && ok; i++) {
			struct ikecfg_sel s = src->sel[l][i];

			ok = copy_text(&s.text, src->sel[l][i].text) &&
			     ikecfg_add_sel(dst, (enum ikecfg_sels)l, &s);
		}
	for (unsigned i = 0; i < src->n_xform && ok; i++)
		ok = ikecfg_add_xform(dst, &src->xform[i]);
	if (!ok)
		part_fini(dst);
	return ok;
}

bool
ikecfg_copy(struct ikecfg *dst, const struct ikecfg *src)
{
	bool ok;

	*dst = (struct ikecfg){ 0 };
	ok = copy_part(&dst->part, &src->part);
	for (unsigned i = 0; i < src->n && ok; i++) {
		struct ikecfg_rule r = { .line = src->rule[i].line };

		ok = copy_text(&r.label, src->rule[i].label) &&
		     copy_part(&r.part, &src->rule[i].part);
		if (!ok)
			ikecfg_rule_fini(&r);
		else
			ok = ikecfg_add_rule(dst, &r);
		if (ok)
			dst->rule[i].cookie = src->rule[i].cookie;
	}
	dst->last_cookie = src->last_cookie;
	if (!ok)
		ikecfg_fini(dst);
	return ok;
}

bool
ikecfg_del_rule(struct ikecfg *c, const char *label)
{
	for (unsigned i = 0; i < c->n; i++) {
		if (strcmp(c->rule[i].label, label) != 0)
			continue;
		ikecfg_rule_fini(&c->rule[i]);
		c->n--;
		for (; i < c->n; i++)
			c->rule[i] = c->rule[i + 1];
		return true;
	}
	return false;
}

void
ikecfg_keep_cookies(struct ikecfg *c, const struct ikecfg *old)
{
	c->last_cookie = old->last_cookie;
	for (unsigned i = 0; i < c->n; i++) {
		const struct ikecfg_rule *was =
		    ikecfg_by_label(old, c->rule[i].label);

		c->rule[i].cookie =
		    was != NULL ? was->cookie : ++c->last_cookie;
	}
}

/* ---- names of hosts ---- */

const char *
ikecfg_host(const struct ikecfg *c, unsigned i)
{
	for (unsigned r = 0; r < c->n; r++)
		for (unsigned l = 0; l < IKECFG_LISTS; l++) {
			const struct ikecfg_part *p = &c->rule[r].part;

			for (unsigned k = 0; k < p->n_list[l]; k++)
				if (p->list[l][k].form == IKECFG_HOST &&
				    i-- == 0)
					return p->list[l][k].host;
		}
	return NULL;
}

static bool
resolve_one(struct ikecfg_addr *x, const struct addr *a, unsigned n)
{
	struct addr *p = NULL;

	if (n > IKECFG_HOST_ADDRS)
		n = IKECFG_HOST_ADDRS;
	if (n == x->n_ip && (n == 0 || memcmp(x->ip, a, n * sizeof(*a)) == 0))
		return false;
	if (n != 0) {
		p = calloc(IKECFG_HOST_ADDRS, sizeof(*p));
		if (p == NULL)
			return false;
		memcpy(p, a, n * sizeof(*p));
	}
	free(x->ip);
	x->ip = p;
	x->n_ip = (uint8_t)n;
	return true;
}

bool
ikecfg_resolved(
    struct ikecfg *c, const char *host, const struct addr *a, unsigned n)
{
	bool changed = false;

	for (unsigned r = 0; r < c->n; r++)
		for (unsigned l = 0; l < IKECFG_LISTS; l++) {
			struct ikecfg_part *p = &c->rule[r].part;

			for (unsigned k = 0; k < p->n_list[l]; k++) {
				struct ikecfg_addr *x = &p->list[l][k];

				if (x->form == IKECFG_HOST &&
				    strcasecmp(x->host, host) == 0)
					changed |= resolve_one(x, a, n);
			}
		}
	return changed;
}
