/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/solipsec/pktsa.h"

#include <stdio.h>
#include <stdlib.h>

#include "cmd/ipseckey/keylist.h"
#include "cmd/solipsec/jsonsa.h"
#include "crypto/be/be.h"
#include "io/keyfile.h"
#include "wire/pfkey.h"

/* Time stands still: the lifetimes of captures are those of bytes and packets. */
static const struct now start = { .mono = 1 };

bool
pktsa_add(struct pktsa_list *l, const struct sa_spec *s, uint64_t line,
    char text[PKTSA_TEXT])
{
	struct pktsa sa = { .line = line };
	uint16_t diag;

	if (l->n == l->cap) {
		size_t cap = l->cap != 0 ? 2 * l->cap : 16;
		struct pktsa *p = realloc(l->sa, cap * sizeof(*p));

		if (p == NULL) {
			(void)snprintf(text, PKTSA_TEXT, "no memory");
			return false;
		}
		l->sa = p;
		l->cap = cap;
	}
	sa.in = sa_new(l->crypto, &crypto_rng, s, start, &diag);
	if (sa.in != NULL)
		sa.out = sa_new(l->crypto, &crypto_rng, s, start, &diag);
	if (sa.out == NULL) {
		sa_free(sa.in);
		(void)snprintf(text, PKTSA_TEXT, "%s (diagnostic %u)",
		    diag != 0 ? pfkey_diag_text(diag) : "no memory", diag);
		return false;
	}
	l->sa[l->n++] = sa;
	return true;
}

void
pktsa_fini(struct pktsa_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		sa_free(l->sa[i].in);
		sa_free(l->sa[i].out);
	}
	free(l->sa);
	l->sa = NULL;
	l->n = l->cap = 0;
}

/* The add commands of the file; others of it have no meaning here. */
static bool
add_all(struct pktsa_list *l, const char *path, const struct keylist *k)
{
	char text[PKTSA_TEXT];
	bool good = true;

	for (size_t i = 0; i < k->n; i++)
		if (k->c[i].op == IPSECKEYS_ADD &&
		    !pktsa_add(l, &k->c[i].spec, k->c[i].line, text)) {
			(void)fprintf(stderr,
			    "solipsec: %s: near line %u: SPI 0x%x: %s\n", path,
			    k->c[i].line, k->c[i].spec.spi, text);
			good = false;
		}
	if (good && l->n == 0)
		(void)fprintf(
		    stderr, "solipsec: %s: no add command in it\n", path);
	return good && l->n != 0;
}

bool
pktsa_read_keys(struct pktsa_list *l, const char *path)
{
	struct keylist k = { .err = stderr, .who = "solipsec" };
	char why[KEYFILE_TEXT];
	struct keyfile f;
	bool good;

	if (!keyfile_read(&f, path)) {
		(void)fprintf(stderr, "solipsec: %s: %s\n", path,
		    keyfile_sentence(&f, why));
		return false;
	}
	good = keylist_read(&k, path, IPSECKEYS_FILE, true, f.text, f.n) &&
	       add_all(l, path, &k);
	keyfile_free(&f);
	keylist_fini(&k);
	return good;
}

/*
 * One SA object, or a case of a vector file: there a receiver with extended
 * numbers is told where they stand.
 */
static bool
add_json(struct pktsa_list *l, const char *path, const json_t *o, size_t i)
{
	const json_t *inner = json_object_get(o, "sa");
	struct jsonsa_err e = { .bad = false };
	char text[PKTSA_TEXT];
	struct sa_spec s;
	uint64_t seq;

	jsonsa_spec(&e, inner != NULL ? inner : o, &s);
	seq = jsonsa_number(&e, o, "seq", UINT64_MAX, 0);
	if (inner != NULL && (s.flags & SAF_ESN) != 0 && seq != 0)
		s.replay_value = seq - 1;
	if (!e.bad && !pktsa_add(l, &s, i + 1, text))
		jsonsa_fail(&e, "SPI 0x%x: %s", s.spi, text);
	saspec_fini(&s);
	if (e.bad)
		(void)fprintf(
		    stderr, "solipsec: %s: SA %zu: %s\n", path, i + 1, e.why);
	return !e.bad;
}

/* {"sas": [...]}, {"vectors": [...]}, an array of either, or one SA. */
static const json_t *
sa_array(const json_t *doc)
{
	const json_t *a = json_object_get(doc, "sas");

	if (a == NULL)
		a = json_object_get(doc, "vectors");
	return a != NULL ? a : doc;
}

bool
pktsa_read_json(struct pktsa_list *l, const char *path)
{
	json_t *doc = jsonsa_load(path);
	const json_t *a = sa_array(doc), *o, *sas;
	bool good = true;
	size_t i, j;

	if (doc == NULL)
		return false;
	if (json_is_object(a))
		good = add_json(l, path, a, 0);
	json_array_foreach(a, i, o)
	{
		sas = json_object_get(o, "sas"); /* a bundle */
		for (j = 0; j < json_array_size(sas); j++)
			good = add_json(l, path, json_array_get(sas, j), i) &&
			       good;
		if (sas == NULL)
			good = add_json(l, path, o, i) && good;
	}
	json_decref(doc);
	if (good && l->n == 0)
		(void)fprintf(stderr, "solipsec: %s: no SA in it\n", path);
	return good && l->n != 0;
}

/* a: of the SA; unspecified goes with any. */
static bool
goes_with(const struct addr *a, const struct addr *with)
{
	return addr_is_unspec(a) || addr_equal(a, with);
}

struct sa *
pktsa_inbound(const struct pktsa_list *l, uint8_t satype, uint32_t spi,
    const struct addr *src, const struct addr *dst)
{
	/* the source of a packet may be that of a NAT */
	for (size_t i = l->n; i-- > 0;) {
		struct sa *sa = l->sa[i].in;

		if (sa->spi != spi || sa->satype != satype ||
		    !goes_with(&sa->dst, dst))
			continue;
		if (goes_with(&sa->src, src) || sa_is_natt(sa))
			return sa;
	}
	return NULL;
}

static bool
prefix_goes_with(const struct prefix *p, const struct addr *a)
{
	return p->a.fam == FAM_NONE || prefix_match(p, a);
}

static bool
selects(uint8_t proto, uint16_t sport, uint16_t dport, const struct flow *f)
{
	if (proto != 0 && proto != f->proto)
		return false;
	if (sport != 0 && !(f->has_ports && sport == f->lport))
		return false;
	return dport == 0 || (f->has_ports && dport == f->rport);
}

static bool
takes(const struct sa *sa, const struct flow *f, bool tunnel)
{
	const struct sa_extra *s = sa_extra(sa);

	if (tunnel)
		return prefix_goes_with(&s->isrc, &f->local) &&
		       prefix_goes_with(&s->idst, &f->remote) &&
		       selects(s->iproto, s->isport, s->idport, f);
	return goes_with(&sa->src, &f->local) &&
	       goes_with(&sa->dst, &f->remote) &&
	       selects(sa_extra(sa)->proto, sa_extra(sa)->sport,
		   sa_extra(sa)->dport, f);
}

struct sa *
pktsa_outbound(const struct pktsa_list *l, uint8_t satype, const struct flow *f,
    bool tunnel)
{
	struct sa *found = NULL;

	for (size_t i = l->n; i-- > 0;) {
		struct sa *sa = l->sa[i].out;

		if (sa->satype != satype || sa_is_tunnel(sa) != tunnel ||
		    !takes(sa, f, tunnel))
			continue;
		if (!addr_is_unspec(&sa->src))
			return sa;
		if (found == NULL)
			found = sa;
	}
	return found;
}
