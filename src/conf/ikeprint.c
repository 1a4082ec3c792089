/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/ikeprint.h"

#include "base/txt.h"

#include "conf/ikeword.h"
#include "conf/ikexform.h"
#include "model/ikealg.h"

void
ikeprint_value(struct wr *w, enum ikecfg_value v, uint64_t n)
{
	const struct ikecfg_row *row = ikeval_row(v);
	const struct ikealg *ke;

	if (row->words != NULL) {
		const struct ikecfg_word *x = row->words;

		while (x->name != NULL && x->v != n)
			x++;
		txt_put(w, x->name != NULL ? x->name : "?");
	} else if (v == IKECFG_ID_TYPE) {
		txt_put(w, ikeid_type_name((unsigned)n));
	} else if (v == IKECFG_REMOTE_AUTH) {
		txt_put(w, ikeval_auth_name((unsigned)n));
	} else if (v == IKECFG_P2_PFS && n > IKE_KE_MODP_8192) {
		ke = ikealg_by_id(IKEALG_KE, (unsigned)n);
		txt_put(w, ke != NULL ? ke->name : "?");
	} else if (row->unit == IKECFG_MS && n % 1000 != 0) {
		txt_print(w, "%llu.%03llu", (unsigned long long)(n / 1000),
		    (unsigned long long)(n % 1000));
	} else {
		txt_print(w, "%llu",
		    (unsigned long long)(row->unit == IKECFG_MS ? n / 1000
								: n));
	}
}

void
ikeprint_addr(struct wr *w, const struct ikecfg_addr *x)
{
	char buf[ADDR_TEXT];

	if (x->form == IKECFG_HOST) {
		ikeword_put_string(w, x->host);
		return;
	}
	txt_put(w, addr_print(buf, &x->lo));
	if (x->form == IKECFG_RANGE)
		txt_print(w, "-%s", addr_print(buf, &x->hi));
	else if (x->len != addr_bits(x->lo.fam))
		txt_print(w, "/%u", x->len);
}

void
ikeprint_sel(struct wr *w, const struct ikecfg_sel *s)
{
	static const char *const heads[] = { [IKECFG_BY_ANY] = "",
		[IKECFG_BY_BARE] = "",
		/* a name that begins like one of the others */
		[IKECFG_BY_SUBJECT] = "SUBJECT=",
		[IKECFG_BY_ISSUER] = "ISSUER=",
		[IKECFG_BY_SLOT] = "SLOT=",
		[IKECFG_BY_EMAIL] = "EMAIL=",
		[IKECFG_BY_IP] = "IP=",
		[IKECFG_BY_DNS] = "DNS=",
		[IKECFG_BY_URI] = "URI=",
		[IKECFG_BY_DN] = "DN=",
		[IKECFG_BY_RID] = "RID=",
		[IKECFG_BY_KEY] = "KEYID=" };

	if (s->not_)
		txt_put(w, "!");
	txt_put(w, heads[s->by]);
	txt_put(w, s->text);
}

static void
put_sel(struct wr *w, const struct ikecfg_sel *s)
{
	char buf[1200];
	struct wr b = wr_into(buf, sizeof(buf) - 1);

	ikeprint_sel(&b, s);
	buf[b.len] = '\0';
	w->bad |= b.bad;
	ikeword_put_selector(w, buf);
}

static void
put_part(struct wr *w, const struct ikecfg_part *p, const char *indent)
{
	for (unsigned v = 0; v < IKECFG_VALUES; v++)
		if ((p->set >> v & 1) != 0) {
			txt_print(
			    w, "%s%s ", indent, ikeword_name(IKEWORD_VALUE, v));
			ikeprint_value(w, (enum ikecfg_value)v, p->v[v]);
			txt_put(w, "\n");
		}
	for (unsigned t = 0; t < IKECFG_TEXTS; t++)
		if (p->text[t] != NULL) {
			txt_print(
			    w, "%s%s ", indent, ikeword_name(IKEWORD_TEXT, t));
			ikeword_put_string(w, p->text[t]);
			txt_put(w, "\n");
		}
	for (unsigned l = 0; l < IKECFG_LISTS; l++)
		for (unsigned i = 0; i < p->n_list[l]; i++) {
			txt_print(
			    w, "%s%s ", indent, ikeword_name(IKEWORD_LIST, l));
			ikeprint_addr(w, &p->list[l][i]);
			txt_put(w, "\n");
		}
	for (unsigned l = 0; l < IKECFG_SELS; l++)
		for (unsigned i = 0; i < p->n_sel[l]; i++) {
			txt_print(
			    w, "%s%s ", indent, ikeword_name(IKEWORD_SEL, l));
			put_sel(w, &p->sel[l][i]);
			txt_put(w, "\n");
		}
	for (unsigned i = 0; i < p->n_xform; i++) {
		txt_print(w, "%sp1_xform\n%s    ", indent, indent);
		ikexform_print(w, &p->xform[i]);
		txt_put(w, "\n");
	}
}

void
ikeprint_rule(struct wr *w, const struct ikecfg_rule *r)
{
	txt_put(w, "{\n    label ");
	ikeword_put_string(w, r->label);
	txt_put(w, "\n");
	put_part(w, &r->part, "    ");
	txt_put(w, "}\n");
}

void
ikeprint_all(struct wr *w, const struct ikecfg *c)
{
	put_part(w, &c->part, "");
	for (unsigned i = 0; i < c->n; i++) {
		if (w->len != 0)
			txt_put(w, "\n");
		ikeprint_rule(w, &c->rule[i]);
	}
}
