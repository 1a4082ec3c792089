/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/saprint.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "conf/savalue.h"
#include "model/alg.h"

const char saprint_header[] =
    "# Security associations, written by the save command of ipseckey(8).\n\n";

/* Text into a buffer; full: something did not fit. */
struct text {
	char *p;
	size_t len, cap;
	bool full;
	const struct ipsecalgs *names;
};

__attribute__((format(printf, 2, 3))) static void
put(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(t->p + t->len, t->cap - t->len, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= t->cap - t->len)
		t->full = true;
	else
		t->len += (size_t)n;
}

static void
put_alg(struct text *t, const char *what, enum alg_table table, unsigned id)
{
	const struct alg *a = alg_by_id(table, id);
	char name[IPSECALGS_NAME];

	if (id == 0)
		return;
	if (t->names != NULL)
		put(t, "%s %s ", what,
		    ipsecalgs_name(name, t->names, table, (uint8_t)id));
	else if (a != NULL)
		put(t, "%s %s ", what, a->name);
	else
		put(t, "%s %u ", what, id);
}

static void
put_number(struct text *t, const char *name, const char *unit, uint64_t v)
{
	if (v != 0)
		put(t, "%s_%s %" PRIu64 " ", name, unit, v);
}

static void
put_life(struct text *t, const char *name, const struct lifetime *l)
{
	if (l->allocs == 0 && l->bytes == 0 && l->addtime == 0 &&
	    l->usetime == 0)
		return;
	put(t, "\t");
	put_number(t, name, "alloc", l->allocs);
	put_number(t, name, "bytes", l->bytes);
	put_number(t, name, "addtime", l->addtime);
	put_number(t, name, "usetime", l->usetime);
	put(t, " \\\n");
}

/* The name of the address, the address, its port; nothing of what is unset. */
static void
put_addr(struct text *t, const char *name, const struct prefix *p,
    const char *port_name, unsigned port)
{
	char buf[ADDR_TEXT];

	bool any = addr_is_unspec(&p->a) && p->len == addr_bits(p->a.fam);

	if (any && port == 0)
		return;
	put(t, "   ");
	if (!any) {
		put(t, " %s %s", name, addr_print(buf, &p->a));
		if (p->len != addr_bits(p->a.fam))
			put(t, "/%u", p->len);
	}
	if (port != 0)
		put(t, " %s %u", port_name, port);
	put(t, " \\\n");
}

static void
put_host(struct text *t, const char *name, const struct addr *a,
    const char *port_name, unsigned port)
{
	struct prefix p = prefix_host(a);

	put_addr(t, name, &p, port_name, port);
}

/*
 * An inner address is there also when it is any: it alone says that this is a
 * tunnel-mode SA.
 */
static void
put_inner(struct text *t, const char *name, const struct sa_spec *s,
    const struct prefix *p, const char *port_name, unsigned port)
{
	struct prefix any = { .a.fam = p->a.fam != FAM_NONE ? p->a.fam
							    : s->dst.fam };

	put_addr(t, name, addr_is_unspec(&p->a) ? &any : p, port_name, port);
}

/* RFC 3554 */
static void
put_more(struct text *t, const char *name, const struct addr *a, unsigned n)
{
	char buf[ADDR_TEXT];

	if (n == 0)
		return;
	put(t, "    %s ", name);
	for (unsigned i = 0; i < n; i++)
		put(t, "%s%s", i == 0 ? "" : ",", addr_print(buf, &a[i]));
	put(t, " \\\n");
}

static void
put_addrs(struct text *t, const struct sa_spec *s)
{
	if (s->proto != 0)
		put(t, "    proto %u \\\n", s->proto);
	put_host(t, "src", &s->src, "sport", s->sport);
	put_host(t, "dst", &s->dst, "dport", s->dport);
	if (s->more != NULL) {
		put_more(t, "more_src", s->more->src, s->more->n_src);
		put_more(t, "more_dst", s->more->dst, s->more->n_dst);
	}
	if (s->iproto != 0)
		put(t, "    iproto %u \\\n", s->iproto);
	if ((s->flags & SAF_TUNNEL) != 0) {
		put_inner(t, "isrc", s, &s->isrc, "isport", s->isport);
		put_inner(t, "idst", s, &s->idst, "idport", s->idport);
	}
	if ((s->flags & SAF_NATT_LOC) != 0)
		put_host(
		    t, "nat_loc", &s->natt_loc, "nat_lport", s->natt_lport);
	if ((s->flags & SAF_NATT_REM) != 0)
		put_host(
		    t, "nat_rem", &s->natt_rem, "nat_rport", s->natt_rport);
}

static void
put_key(struct text *t, const char *name, const struct secret *k, bool hide)
{
	if (k->bits == 0)
		return;
	put(t, "\t%s ", name);
	for (size_t i = 0; i < secret_bytes(k->bits); i++) {
		if (hide)
			put(t, "XX");
		else
			put(t, "%02x", k->b[i]);
	}
	put(t, "/%u \\\n", k->bits);
}

/* Can it stand between quotes in a line? */
static bool
is_plain(const struct sa_ident *id)
{
	for (size_t i = 0; i < id->len; i++) {
		uint8_t c = (uint8_t)id->id[i];

		if (c < ' ' || c == 0x7f || c == '"')
			return false;
	}
	return id->len != 0;
}

static void
put_ident(struct text *t, const char *name, const struct sa_ident *id)
{
	const char *type = savalue_ident_name(id->type);

	if (id->type == 0)
		return;
	if (type != NULL)
		put(t, "\t%s %s ", name, type);
	else
		put(t, "\t%s %u ", name, id->type);
	if (id->type == 4 || id->type == 5 || !is_plain(id))
		put(t, "CANNOT-BE-SAVED \\\n");
	else
		put(t,
		    memchr(id->id, ' ', id->len) != NULL ? "\"%.*s\" \\\n"
							 : "%.*s \\\n",
		    (int)id->len, id->id);
}

bool
saprint_add(char *buf, size_t cap, const struct sa_spec *s, bool hide)
{
	return saprint_add_as(buf, cap, s, hide, NULL);
}

bool
saprint_add_as(char *buf, size_t cap, const struct sa_spec *s, bool hide,
    const struct ipsecalgs *names)
{
	static const char *const states[] = { "LARVAL", "MATURE", "DYING",
		"DEAD", "ACTIVE_ELSEWHERE", "IDLE", "ACTIVE" };
	struct text t = { .p = buf, .cap = cap, .names = names };

	put(&t, "# begin assoc\n");
	if (s->state != SA_MATURE)
		put(&t, "# WARNING: this SA was %s, and will be MATURE.\n",
		    s->state < sizeof(states) / sizeof(states[0])
			? states[s->state]
			: "in an unknown state");
	put(&t, "add %s  \\\n", s->satype == SATYPE_AH ? "ah" : "esp");
	put(&t, "    spi 0x%x ", s->spi);
	put_alg(&t, "encr_alg", ALG_ENCR, s->encr);
	put_alg(&t, "auth_alg", ALG_AUTH, s->auth);
	put(&t, "replay %u ", s->window);
	if ((s->flags & SAF_ESN) != 0)
		put(&t, "esn ");
	if (s->pair_spi != 0)
		put(&t, "pair-spi 0x%x ", s->pair_spi);
	if ((s->flags & SAF_INBOUND) != 0)
		put(&t, "inbound ");
	if ((s->flags & SAF_OUTBOUND) != 0)
		put(&t, "outbound ");
	if ((s->flags & (SAF_NATT_LOC | SAF_NATT_REM)) != 0)
		put(&t, "encap udp ");
	put(&t, " \\\n");
	if (s->replay_value != 0)
		put(&t, "    replay_value %" PRIu64 " \\\n", s->replay_value);
	put_life(&t, "hard", &s->hard);
	put_life(&t, "soft", &s->soft);
	put_life(&t, "idle", &s->idle);
	put_addrs(&t, s);
	put_key(&t, "authkey", &s->akey, hide);
	put_key(&t, "encrkey", &s->ekey, hide);
	put_ident(&t, "srcidtype", &s->sid);
	put_ident(&t, "dstidtype", &s->did);
	put(&t, "\n# end assoc\n\n");
	return !t.full;
}
