/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdlib.h>

#include "ike/auth.h"
#include "ike/childin.h"
#include "ike/ikerule.h"
#include "ike/ikesa.h"
#include "ike/kern.h"
#include "ike/keymat.h"
#include "ike/say.h"
#include "ike/task.h"

enum { OUT_WAIT = 2000 /* ms: see child_go_out() */ };

static struct link *
bucket(struct link *table, uint32_t spi)
{
	return &table[(spi ^ spi >> 12) % HASH_SIZE];
}

struct child *
child_new(struct ikesa *sa, uint8_t satype)
{
	struct child *c;

	if (sa->n_children >= sa->ike->env.limits.children)
		return NULL;
	c = calloc(1, sizeof(*c));
	if (c == NULL)
		return NULL;
	c->n = calloc(1, sizeof(*c->n));
	if (c->n == NULL) {
		free(c);
		return NULL;
	}
	list_init(&c->by_in);
	list_init(&c->by_out);
	list_init(&c->wait);
	c->sa = sa;
	c->satype = satype;
	c->out_at = UINT64_MAX;
	c->src.a = sa->local.a;
	c->dst.a = sa->remote.a;
	list_push_tail(&sa->children, &c->link);
	sa->n_children++;
	return c;
}

void
child_end_nego(struct child *c)
{
	struct child_nego *n = c->n;

	if (n == NULL)
		return;
	ke_free(n->ke);
	free(n->ecomb);
	blob_fini(&n->job.text);
	secret_fini(&n->ekey);
	secret_fini(&n->akey);
	secret_wipe(n, sizeof(*n));
	free(n);
	c->n = NULL;
}

/* Nobody remembers c: neither the one that it replaces nor one that replaces
 * it. */
static void
unlink_all(struct child *c)
{
	list_each (l, &c->sa->children) {
		struct child *o = list_item(l, struct child, link);

		if (o->old == c)
			o->old = NULL;
		if (o->theirs == c)
			o->theirs = NULL;
	}
}

static void
bury(struct child *c, int err)
{
	struct ikesa *sa = c->sa;

	kern_forget(c);
	if (err != 0)
		kern_refuse(sa->ike, c->acquire, err);
	task_drop(sa, c);
	if (sa->nego != NULL && sa->nego->child == c)
		sa->nego->child = NULL;
	unlink_all(c);
	child_end_nego(c);
	list_remove(&c->by_in);
	list_remove(&c->by_out);
	list_remove(&c->link);
	sa->n_children--;
	free(c);
}

void
child_end(struct child *c, int err)
{
	kern_delete(c);
	bury(c, err);
}

void
child_end_later(struct child *c)
{
	kern_delete_later(c);
	bury(c, 0);
}

void
child_move(struct child *c, struct ikesa *to)
{
	list_remove(&c->link);
	c->sa->n_children--;
	c->sa = to;
	to->n_children++;
	list_push_tail(&to->children, &c->link);
}

struct child *
child_find(struct ike *ike, uint8_t satype, uint32_t spi,
    const struct addr *dst, bool *inbound)
{
	list_each (l, bucket(ike->by_in, spi)) {
		struct child *c = list_item(l, struct child, by_in);

		*inbound = true;
		if (c->spi_in == spi && c->satype == satype &&
		    addr_equal(&c->src.a, dst))
			return c;
	}
	list_each (l, bucket(ike->by_out, spi)) {
		struct child *c = list_item(l, struct child, by_out);

		*inbound = false;
		if (c->spi_out == spi && c->satype == satype &&
		    addr_equal(&c->dst.a, dst))
			return c;
	}
	return NULL;
}

struct child *
child_by_peer_spi(struct ikesa *sa, uint8_t satype, uint32_t spi_out)
{
	list_each (l, &sa->children) {
		struct child *c = list_item(l, struct child, link);

		if (c->satype == satype && c->spi_out == spi_out &&
		    spi_out != 0)
			return c;
	}
	return NULL;
}

/* A selector for what an address of ACQUIRE says. */
static struct ike2_ts
ts_of(const struct pfkey_addr *a, uint8_t plen)
{
	struct ike2_ts ts = { .proto = a->proto,
		.port_lo = a->port,
		.port_hi = a->port != 0 ? a->port : UINT16_MAX };
	struct prefix p = { a->a, plen };

	prefix_canon(&p);
	ts.lo = ts.hi = p.a;
	for (unsigned i = plen; i < addr_bits(a->a.fam); i++)
		ts.hi.b[i / 8] |= (uint8_t)(0x80 >> i % 8);
	return ts;
}

/* docs/adr/0004: no prefix is the full one, but of no address it is all. */
static struct ike2_ts
ts_inner(const struct pfkey_addr *a)
{
	bool all = a->plen == 0 && addr_is_unspec(&a->a);

	return ts_of(a, all ? 0 : a->plen != 0 ? a->plen : addr_bits(a->a.fam));
}

void
child_set_policy(struct child *c, const struct pfkey_msg *m)
{
	c->src = m->src;
	c->dst = m->dst;
	c->tunnel = pfkey_has(m, PFKEY_EXT_INNER_SRC) &&
		    pfkey_has(m, PFKEY_EXT_INNER_DST);
	if (c->tunnel) {
		c->ts_own = ts_inner(&m->isrc);
		c->ts_peer = ts_inner(&m->idst);
	} else {
		c->ts_own = ts_of(&m->src, addr_bits(m->src.a.fam));
		c->ts_peer = ts_of(&m->dst, addr_bits(m->dst.a.fam));
	}
	c->src.plen = c->dst.plen = 0;
}

bool
child_set_combs(struct child *c, const struct pfkey_msg *m)
{
	size_t size = m->n_ecombs * sizeof(m->ecomb[0]);

	free(c->n->ecomb);
	c->n->n_ecombs = 0;
	c->n->ecomb = malloc(size != 0 ? size : 1);
	if (c->n->ecomb == NULL)
		return false;
	memcpy(c->n->ecomb, m->ecomb, size);
	c->n->n_ecombs = m->n_ecombs;
	return offer_has(c->satype, c->n->ecomb, c->n->n_ecombs);
}

struct child *
child_wanted(struct ikesa *sa, const struct pfkey_msg *acquire, uint8_t satype,
    const char **why)
{
	struct child *c = child_new(sa, satype);

	if (c == NULL) {
		*why = "too many Child SAs, or no memory";
		return NULL;
	}
	c->initiator = true;
	child_set_policy(c, acquire);
	/* outer addresses that IKE itself does not use cannot be had */
	if (!child_set_combs(c, acquire)) {
		*why = "policy names no algorithm that IKEv2 knows";
		bury(c, 0);
		return NULL;
	}
	c->acquire = acquire->seq;
	c->pfs = ikerule_pfs(sa->ike, sa->rule) != NULL;
	c->state = CHILD_SPI;
	kern_getspi(c);
	return c;
}

void
child_rekey(struct child *c)
{
	struct ikesa *sa = c->sa;
	struct child *n;

	if (c->rekeying || c->state != CHILD_UP || sa->state != IKESA_UP)
		return;
	n = child_new(sa, c->satype);
	if (n == NULL)
		return;
	n->initiator = true;
	n->old = c;
	n->src = c->src;
	n->dst = c->dst;
	n->tunnel = c->tunnel;
	n->ts_own = c->ts_own;
	n->ts_peer = c->ts_peer;
	n->pfs = ikerule_pfs(sa->ike, sa->rule) != NULL;
	n->state = CHILD_POLICY;
	c->rekeying = true;
	/* what policy wants by now: algorithms may have changed */
	kern_policy(n, n->tunnel);
}

/* ---- KEYMAT ---- */

static bool
derive(struct child *c, const struct offer_algs *g, const struct nonce *ni,
    const struct nonce *nr, const struct ke_secret *ke,
    struct keymat_child *out)
{
	const struct ikesa *sa = c->sa;
	const struct keymat m = { .crypto = sa->ike->env.crypto,
		.prf = sa->suite.prf,
		.ni = { ni->b, ni->n },
		.nr = { nr->b, nr->n } };
	struct keymat_dh dh = { .shared = { NULL, 0 } };

	if (ke != NULL)
		dh.shared = (struct ike_view){ ke->b, ke->n };
	return keymat_child(&m, &sa->sk_d, ke != NULL ? &dh : NULL,
	    g->ebits / 8, g->abits / 8, out);
}

static void
set_algs(struct child *c, const struct offer_algs *g)
{
	c->encr = g->encr;
	c->auth = g->auth;
	c->ebits = g->ebits;
	c->abits = g->abits;
	c->esn = g->esn;
	c->pfs = g->ke != 0;
}

static void
index_spis(struct child *c)
{
	struct ike *ike = c->sa->ike;

	list_push_tail(bucket(ike->by_in, c->spi_in), &c->by_in);
	list_push_tail(bucket(ike->by_out, c->spi_out), &c->by_out);
}

bool
child_install(struct child *c, const struct offer_algs *g,
    const struct nonce *ni, const struct nonce *nr, const struct ke_secret *ke,
    bool late)
{
	struct ike *ike = c->sa->ike;
	struct keymat_child k;
	bool i = c->initiator;

	set_algs(c, g);
	ikerule_child_life(ike, c->sa->rule, c->n->ecomb, c->n->n_ecombs,
	    &c->soft, &c->hard, &c->idle);
	if (!derive(c, g, ni, nr, ke, &k))
		return false;
	kern_add(c, true, i ? &k.er : &k.ei, i ? &k.ar : &k.ai);
	if (late) {
		c->n->ekey = i ? k.ei : k.er;
		c->n->akey = i ? k.ai : k.ar;
		c->out_at = ike->now + OUT_WAIT;
	} else {
		kern_add(c, false, i ? &k.ei : &k.er, i ? &k.ai : &k.ar);
		child_end_nego(c);
	}
	keymat_child_fini(&k);
	c->state = CHILD_UP;
	ike->stats.children++;
	index_spis(c);
	ikesa_due(c->sa);
	return true;
}

/*
 * RFC 7296 2.8: the responder of a rekey may send on the new SA at once, but
 * the initiator may not have it yet. So it goes on with the old one until the
 * DELETE of that comes, which says that the new one is there; or a moment.
 */
void
child_go_out(struct child *c)
{
	if (c->out_at == UINT64_MAX || c->n == NULL)
		return;
	c->out_at = UINT64_MAX;
	kern_add(c, false, &c->n->ekey, &c->n->akey);
	child_end_nego(c);
	ikesa_due(c->sa);
}

void
child_tick(struct ikesa *sa)
{
	list_each (l, &sa->children) {
		struct child *c = list_item(l, struct child, link);

		if (c->out_at <= sa->ike->now)
			child_go_out(c);
	}
}

void
child_spi_bytes(uint8_t out[4], uint32_t spi)
{
	struct wr w = wr_into(out, 4);

	wr_be32(&w, spi);
}

struct child *
child_mine(struct child *c)
{
	list_each (l, &c->sa->children) {
		struct child *o = list_item(l, struct child, link);

		if (o->old == c && o->initiator && o->state < CHILD_UP)
			return o;
	}
	return NULL;
}

void
child_drop_new(struct child *c)
{
	struct child *old = c->old;

	if (old != NULL) {
		old->rekeying = old->theirs != NULL;
		if (old->gone)
			child_end_later(old);
	}
	/* it may be among the packets' hopes: they hear of the end */
	child_end(c, ECONNREFUSED);
}

/* The SPI is there: what comes next waits for its turn. */
static void
ready(struct child *c)
{
	struct ikesa *sa = c->sa;

	c->state = CHILD_READY;
	if (sa->state < IKESA_UP)
		auth_child_ready(sa);
	else
		task_add(
		    sa, c->old != NULL ? TASK_REKEY_CHILD : TASK_CHILD, c, 0);
}

static void
heard_rekey_policy(struct child *c, const struct pfkey_msg *m)
{
	bool ok = m->errnum == 0 && child_set_combs(c, m);

	if (!ok) {
		say_sa(c->sa, IKE_LOG_INFO, IKE_CAT_P2,
		    "policy has no word any more for the traffic of SPI "
		    "0x%08x: it is not replaced",
		    c->old != NULL ? c->old->spi_in : 0);
		child_drop_new(c);
		return;
	}
	c->state = CHILD_SPI;
	kern_getspi(c);
}

void
child_heard(struct child *c, const struct pfkey_msg *m)
{
	kern_forget(c);
	if (!c->initiator) {
		child_heard_responder(c, m);
		return;
	}
	if (c->state == CHILD_POLICY) {
		heard_rekey_policy(c, m);
		return;
	}
	if (m->errnum != 0 || !pfkey_has(m, PFKEY_EXT_SA)) {
		say_sa(c->sa, IKE_LOG_ERROR, IKE_CAT_PFKEY,
		    "ipsecd gives no SPI (errno %u): no Child SA", m->errnum);
		child_drop_new(c);
		return;
	}
	c->spi_in = m->spi;
	ready(c);
}

void
child_expired(struct child *c, const struct pfkey_msg *m)
{
	struct ikesa *sa = c->sa;

	if (pfkey_has(m, PFKEY_EXT_LIFETIME_HARD)) {
		say_sa(sa, IKE_LOG_INFO, IKE_CAT_P2, "SPI 0x%08x has expired",
		    m->spi);
		/* RFC 7296 2.8: both halves go, and the peer is told */
		if (c->state == CHILD_UP) {
			c->state = CHILD_DELETING;
			task_add(sa, TASK_DELETE_CHILD, c, 0);
		}
		return;
	}
	if (pfkey_has(m, PFKEY_EXT_LIFETIME_SOFT))
		child_rekey(c);
	else /* idle: is the peer there at all (spec: ike 10) */
		task_add(sa, TASK_PROBE, NULL, 0);
}

void
child_tell(struct child *c)
{
	char a[ADDR_TEXT], b[ADDR_TEXT];

	say_sa(c->sa, IKE_LOG_INFO, IKE_CAT_P2,
	    "%s %s mode: SPI 0x%08x in, 0x%08x out, %s to %s%s",
	    c->satype == SATYPE_AH ? "AH" : "ESP",
	    c->tunnel ? "tunnel" : "transport", c->spi_in, c->spi_out,
	    addr_print(a, &c->ts_own.lo), addr_print(b, &c->ts_peer.lo),
	    c->old != NULL ? ", replaces another" : "");
}

struct child *
child_of_add(struct ike *ike, uint32_t seq)
{
	/* seldom: only a refusal looks for it */
	list_each (l, &ike->sas)
		list_each (k, &list_item(l, struct ikesa, all)->children) {
			struct child *c = list_item(k, struct child, link);

			if (c->state >= CHILD_UP && seq != 0 &&
			    (c->add_seq[0] == seq || c->add_seq[1] == seq))
				return c;
		}
	return NULL;
}

void
child_failed(struct child *c)
{
	if (c->state != CHILD_UP)
		return;
	kern_delete(c);
	c->out_at = UINT64_MAX;
	c->state = CHILD_DELETING;
	task_add(c->sa, TASK_DELETE_CHILD, c, 0);
}
