/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/ikesa.h"

#include <stdlib.h>

#include "ike/child.h"
#include "ike/ikerule.h"
#include "ike/say.h"
#include "ike/skfrag.h"
#include "ike/task.h"

static struct link *
bucket(struct link *table, uint64_t key)
{
	/* random numbers of our own; the peer's only while half-open */
	return &table[(key ^ key >> 32 ^ key >> 17) % HASH_SIZE];
}

static bool
draw_spi(struct ike *ike, uint64_t *spi)
{
	uint8_t b[8];

	for (int i = 0; i < 16; i++) {
		struct rd r = rd_from(b, sizeof(b));

		if (!ike->env.rng->fill(ike->env.rng->ctx, b, sizeof(b)))
			return false;
		*spi = rd_be64(&r);
		if (*spi != 0 && ikesa_find(ike, *spi) == NULL)
			return true;
	}
	return false;
}

static void
init_links(struct ikesa *sa)
{
	list_init(&sa->all);
	list_init(&sa->by_spi);
	list_init(&sa->by_peer);
	list_init(&sa->by_ask);
	list_init(&sa->tasks);
	list_init(&sa->children);
}

struct ikesa *
ikesa_new(struct ike *ike, enum ikesa_state state, const struct ike_end *local,
    const struct ike_end *remote, bool natt)
{
	bool initiator = state == IKESA_INIT_I;
	struct ikesa *sa;
	uint64_t spi;

	if (ike->n_sas >= ike->env.limits.sas || !due_reserve(&ike->due, 1) ||
	    !draw_spi(ike, &spi))
		return NULL;
	sa = calloc(1, sizeof(*sa));
	if (sa == NULL)
		return NULL;
	sa->nego = calloc(1, sizeof(*sa->nego));
	if (sa->nego == NULL) {
		free(sa);
		return NULL;
	}
	init_links(sa);
	sa->ike = ike;
	sa->state = (uint8_t)state;
	sa->initiator = initiator;
	*(initiator ? &sa->spi_i : &sa->spi_r) = spi;
	sa->local = *local;
	sa->remote = *remote;
	sa->natt = natt;
	sa->born = sa->heard_at = ike->now;
	sa->due.at = UINT64_MAX;
	sa->req.due = sa->rekey_at = UINT64_MAX;
	sa->end_at = ike->now + ikerule_expire(ike);
	window_init(&sa->win, 0, 0, 1);
	list_push_tail(&ike->sas, &sa->all);
	list_push_tail(bucket(ike->by_spi, spi), &sa->by_spi);
	ike->n_sas++;
	return sa;
}

struct ikesa *
ikesa_find(struct ike *ike, uint64_t own_spi)
{
	list_each (l, bucket(ike->by_spi, own_spi)) {
		struct ikesa *sa = list_item(l, struct ikesa, by_spi);

		if (ikesa_own_spi(sa) == own_spi)
			return sa;
	}
	return NULL;
}

struct ikesa *
ikesa_find_peer(struct ike *ike, uint64_t spi_i, const struct ike_end *remote)
{
	list_each (l, bucket(ike->by_peer, spi_i)) {
		struct ikesa *sa = list_item(l, struct ikesa, by_peer);

		if (sa->spi_i == spi_i && addr_equal(&sa->remote.a, &remote->a))
			return sa;
	}
	return NULL;
}

struct ikesa *
ikesa_find_up(struct ike *ike, const struct addr *local,
    const struct addr *remote, const struct ikecfg_rule *rule)
{
	struct ikesa *found = NULL;

	list_each (l, &ike->sas) {
		struct ikesa *sa = list_item(l, struct ikesa, all);

		if (!addr_equal(&sa->remote.a, remote) ||
		    (local->fam != FAM_NONE &&
			!addr_equal(&sa->local.a, local)) ||
		    (rule != NULL && sa->rule != rule) ||
		    (sa->is_rekey && sa->state < IKESA_UP) || sa->of != NULL ||
		    sa->no_more_children)
			continue;
		if (sa->state == IKESA_UP)
			return sa;
		if (sa->state < IKESA_UP && sa->initiator)
			found = sa;
	}
	return found;
}

void
ikesa_index_peer(struct ikesa *sa)
{
	list_push_tail(bucket(sa->ike->by_peer, sa->spi_i), &sa->by_peer);
}

void
ikesa_not_half(struct ikesa *sa)
{
	if (!sa->half_counted)
		return;
	halfopen_drop(&sa->ike->half, &sa->half_at);
	sa->half_counted = false;
}

void
ikesa_up(struct ikesa *sa)
{
	struct ike *ike = sa->ike;
	uint64_t life = ikerule_ike_life(ike, sa->rule);

	ikesa_not_half(sa);
	sa->state = IKESA_UP;
	sa->end_at = UINT64_MAX;
	sa->rekey_at = UINT64_MAX;
	if (life != 0) {
		/* the initiator first, so that both seldom do it at once */
		sa->rekey_at = ike->now + life / 10 * (sa->initiator ? 8 : 9);
		sa->end_at = ike->now + life;
	}
	sa->dpd = 0;
	ike->stats.current[!sa->initiator]++;
	ike->stats.total[!sa->initiator]++;
	sa->counted_up = true;
	ikesa_due(sa);
}

static void
nego_free(struct nego *n)
{
	if (n == NULL)
		return;
	ke_free(n->ke);
	blob_fini(&n->init_i);
	blob_fini(&n->init_r);
	blob_fini(&n->cookie);
	blob_fini(&n->certreq);
	blob_fini(&n->auth);
	for (unsigned i = 0; i < n->n_cert; i++)
		blob_fini(&n->cert[i]);
	blob_fini(&n->job.text);
	secret_wipe(n, sizeof(*n));
	free(n);
}

void
ikesa_end_nego(struct ikesa *sa)
{
	nego_free(sa->nego);
	sa->nego = NULL;
}

static uint64_t
sooner(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

void
ikesa_due(struct ikesa *sa)
{
	uint64_t at = sooner(sa->end_at, sa->rekey_at);

	if (sa->state == IKESA_DEAD)
		at = UINT64_MAX;
	else {
		uint64_t dpd = ikerule_dpd(sa->ike, sa->rule);

		if (sa->req.out)
			at = sooner(at, sa->req.due);
		else if (sa->state == IKESA_UP && dpd != 0)
			at = sooner(at, sa->heard_at + dpd);
		list_each (l, &sa->tasks) {
			const struct task *t = list_item(l, struct task, link);

			if (!sa->req.out)
				at = sooner(at, t->not_before);
		}
		list_each (l, &sa->children)
			at = sooner(
			    at, list_item(l, struct child, link)->out_at);
	}
	due_set(&sa->ike->due, &sa->due, at);
}

/* Whatever another SA remembers of this one. */
static void
unlink_rekey(struct ikesa *sa)
{
	list_each (l, &sa->ike->sas) {
		struct ikesa *o = list_item(l, struct ikesa, all);

		if (o->mine == sa)
			o->mine = NULL;
		if (o->theirs == sa)
			o->theirs = NULL;
		if (o->of == sa)
			o->of = NULL;
		if (o->nego != NULL && o->nego->old == sa)
			o->nego->old = NULL;
	}
}

static void
drop_ask(struct ikesa *sa)
{
	struct act *a;

	list_remove(&sa->by_ask);
	if (sa->ask == 0)
		return;
	a = act_new(&sa->ike->acts, IKE_ACT_ASK, 0);
	a->a.ask.type = IKE_ASK_DROP;
	a->a.ask.id = sa->ask;
	a->a.ask.rule = "";
	sa->ask = 0;
}

void
ikesa_end(struct ikesa *sa, int err)
{
	struct ike *ike = sa->ike;
	struct ikesa *mine = sa->mine;

	if (sa->state == IKESA_DEAD)
		return;
	ikesa_not_half(sa);
	if (sa->counted_up)
		ike->stats.current[!sa->initiator]--;
	drop_ask(sa);
	task_drop_all(sa, err);
	list_each (l, &sa->children)
		child_end(list_item(l, struct child, link), err);
	if (sa->is_rekey || sa->mine != NULL || sa->theirs != NULL)
		unlink_rekey(sa);
	sa->state = IKESA_DEAD;
	ikesa_due(sa);
	list_remove(&sa->by_spi);
	list_remove(&sa->by_peer);
	list_remove(&sa->all);
	list_push_tail(&ike->dead, &sa->all);
	ike->n_sas--;
	/* what it was to become */
	if (mine != NULL)
		ikesa_end(mine, err);
}

void
ikesa_bury(struct ike *ike)
{
	list_each (l, &ike->dead) {
		struct ikesa *sa = list_item(l, struct ikesa, all);

		list_remove(l);
		ikesa_end_nego(sa);
		window_fini(&sa->win);
		packets_fini(&sa->req.p);
		secret_fini(&sa->sk_d);
		secret_fini(&sa->sk_pi);
		secret_fini(&sa->sk_pr);
		ikeseal_fini(&sa->seal);
		ikeseal_fini(&sa->open);
		blob_fini(&sa->id_own);
		blob_fini(&sa->id_peer);
		skfrag_free(sa->frags);
		free(sa);
	}
}
