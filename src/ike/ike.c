/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/ike.h"

#include <errno.h>
#include <stdlib.h>

#include "ike/acquire.h"
#include "ike/adm.h"
#include "ike/auth.h"
#include "ike/authask.h"
#include "ike/child.h"
#include "ike/ikerule.h"
#include "ike/ikesa.h"
#include "ike/info.h"
#include "ike/input.h"
#include "ike/kern.h"
#include "ike/out.h"
#include "ike/say.h"
#include "ike/task.h"

static const struct ike_limits defaults = { .sas = 100000,
	.half_open = 1000,
	.cookie_from = 30,
	.per_peer = 10,
	.children = 64,
	.logs = 10 };

static void
set_limits(struct ike_limits *l)
{
	l->sas = l->sas != 0 ? l->sas : defaults.sas;
	l->half_open = l->half_open != 0 ? l->half_open : defaults.half_open;
	l->cookie_from =
	    l->cookie_from != 0 ? l->cookie_from : defaults.cookie_from;
	l->per_peer = l->per_peer != 0 ? l->per_peer : defaults.per_peer;
	l->children = l->children != 0 ? l->children : defaults.children;
	l->logs = l->logs != 0 ? l->logs : defaults.logs;
}

static void
init_lists(struct ike *ike)
{
	list_init(&ike->sas);
	list_init(&ike->dead);
	list_init(&ike->waits);
	list_init(&ike->lingers);
	for (size_t i = 0; i < HASH_SIZE; i++) {
		list_init(&ike->by_spi[i]);
		list_init(&ike->by_peer[i]);
		list_init(&ike->by_in[i]);
		list_init(&ike->by_out[i]);
	}
	for (size_t i = 0; i < ASK_HASH; i++)
		list_init(&ike->by_ask[i]);
}

static bool
make_room(struct ike *ike)
{
	ike->plain = malloc(BUILD_MAX);
	ike->build = malloc(BUILD_MAX);
	ike->sealed = malloc(BUILD_MAX);
	ike->msg = calloc(1, sizeof(*ike->msg));
	ike->again = calloc(1, sizeof(*ike->again));
	return ike->plain != NULL && ike->build != NULL &&
	       ike->sealed != NULL && ike->msg != NULL && ike->again != NULL &&
	       acts_init(&ike->acts);
}

static void
limit_half_open(struct ike *ike)
{
	struct halfopen_limits *h = &ike->half.limits;
	const struct ike_limits *l = &ike->env.limits;

	h->total = l->half_open < HALFOPEN_SLOTS / 2 ? l->half_open
						     : HALFOPEN_SLOTS / 2;
	h->cookie_from = l->cookie_from;
	h->per_peer = l->per_peer;
}

struct ike *
ike_new(const struct ike_env *env)
{
	struct ike *ike = calloc(1, sizeof(*ike));

	if (ike == NULL)
		return NULL;
	ike->env = *env;
	ike->given = env->limits;
	set_limits(&ike->env.limits);
	limit_half_open(ike);
	init_lists(ike);
	ike->log_tokens = ike->env.limits.logs;
	if (!make_room(ike) ||
	    !env->rng->fill(env->rng->ctx, (uint8_t *)&ike->half.seed,
		sizeof(ike->half.seed))) {
		ike_free(ike);
		return NULL;
	}
	return ike;
}

static void
drop_all(struct ike *ike)
{
	list_each (l, &ike->sas) {
		ikesa_end(list_item(l, struct ikesa, all), ECONNABORTED);
		/* one may take another one with it */
		l_n = ike->sas.next;
	}
	ikesa_bury(ike);
}

static void
wipe(uint8_t *p)
{
	if (p != NULL)
		secret_wipe(p, BUILD_MAX);
	free(p);
}

void
ike_free(struct ike *ike)
{
	if (ike == NULL)
		return;
	if (ike->acts.spare != NULL && ike->acts.spare->pfkey != NULL) {
		drop_all(ike);
		ike->stopping = true;
		(void)kern_tick(ike);
	}
	acts_fini(&ike->acts);
	due_fini(&ike->due);
	cookie_jar_fini(&ike->cookies);
	blob_fini(&ike->authorities);
	wipe(ike->plain);
	wipe(ike->build);
	wipe(ike->sealed);
	free(ike->msg);
	free(ike->again);
	free(ike);
}

static unsigned
number(const struct ike *ike, enum ikecfg_value v)
{
	return (unsigned)ikecfg_value(ike->cfg, NULL, v);
}

/* What the program did not say is the configuration's. */
static void
configure_limits(struct ike *ike)
{
	const struct ike_limits *given = &ike->given;
	struct ike_limits *l = &ike->env.limits;

	if (given->sas == 0)
		l->sas = number(ike, IKECFG_MAX_SAS);
	if (given->half_open == 0)
		l->half_open = number(ike, IKECFG_HALF_OPEN);
	if (given->per_peer == 0)
		l->per_peer = number(ike, IKECFG_HALF_OPEN_PEER);
	if (given->cookie_from == 0)
		l->cookie_from = number(ike, IKECFG_COOKIE_THRESHOLD);
	limit_half_open(ike);
}

/* Rules are found again by their names; those that are gone leave SAs behind. */
static void
configure(struct ike *ike, const struct ike_event *ev)
{
	const struct ikecfg *new = ev->cfg;

	list_each (l, &ike->sas) {
		struct ikesa *sa = list_item(l, struct ikesa, all);

		if (sa->rule != NULL)
			sa->rule = new == NULL ? NULL
					       : ikecfg_by_label(new,
						     ikerule_label(sa->rule));
		if (sa->rule == NULL) {
			say_sa(sa, IKE_LOG_INFO, IKE_CAT_CONFIG,
			    "its rule is gone from ike/config: it ends");
			if (sa->state >= IKESA_UP)
				task_add(sa, TASK_DELETE_IKE, NULL, 0);
		}
	}
	ike->cfg = new;
	if (new != NULL)
		configure_limits(ike);
	if (!blob_set(&ike->authorities, ev->authorities.p, ev->authorities.n))
		say_ike(ike, IKE_LOG_ERROR, IKE_CAT_CERT,
		    "no memory for the authorities' names");
	list_each (l, &ike->sas) {
		struct ikesa *sa = list_item(l, struct ikesa, all);

		if (sa->rule == NULL && sa->state < IKESA_UP)
			ikesa_end(sa, ENOENT);
		else
			task_run(sa);
	}
}

static void
answered(struct ike *ike, const struct ike_event *ev)
{
	struct ikesa *sa = authask_taken(ike, ev->answer.id);

	if (sa != NULL)
		auth_told(sa, ev);
}

/* Its questions are lost; so is what depends on them. */
static void
keystore_down(struct ike *ike)
{
	list_each (l, &ike->sas) {
		struct ikesa *sa = list_item(l, struct ikesa, all);

		if (sa->ask != 0) {
			sa->ask = 0;
			list_remove(&sa->by_ask);
			say_sa(sa, IKE_LOG_ERROR, IKE_CAT_P1,
			    "the keystore went away in the middle of it");
			ikesa_end(sa, EIO);
		}
	}
}

/* One word to each peer, which nobody waits for the answer of. */
static void
stop(struct ike *ike)
{
	ike->stopping = true;
	list_each (l, &ike->sas) {
		struct ikesa *sa = list_item(l, struct ikesa, all);
		struct out o;

		if (sa->state >= IKESA_UP && sa->state < IKESA_DEAD) {
			out_begin(&o, ike);
			ike2w_delete_ike(&o.w);
			free(out_answered(sa));
			out_last_word(sa, &o);
		}
	}
	drop_all(ike);
	(void)kern_tick(ike);
}

static void
ticks(struct ike *ike)
{
	struct due_item *i;

	while ((i = due_first(&ike->due)) != NULL && i->at <= ike->now) {
		struct ikesa *sa =
		    (struct ikesa *)(void *)((char *)i -
					     offsetof(struct ikesa, due));

		info_tick(sa);
		/* whatever went wrong: no time comes twice */
		if (sa->due.at <= ike->now && sa->state != IKESA_DEAD)
			due_set(&ike->due, &sa->due, ike->now + 1);
	}
	ike->linger_at = kern_tick(ike);
}

void
ike_step(struct ike *ike, const struct ike_event *ev, uint64_t now)
{
	if (now > ike->now)
		ike->now = now;
	switch (ev->type) {
	case IKE_EV_DATAGRAM:
		input_datagram(ike, ev);
		break;
	case IKE_EV_PFKEY:
		acquire_heard(ike, ev->pfkey);
		break;
	case IKE_EV_ANSWER:
		answered(ike, ev);
		break;
	case IKE_EV_CONFIG:
		configure(ike, ev);
		break;
	case IKE_EV_ADMIN:
		adm_asked(ike, ev);
		break;
	case IKE_EV_PFKEY_UP:
		ike->pfkey_up = true;
		kern_register(ike);
		break;
	case IKE_EV_PFKEY_DOWN:
		ike->pfkey_up = false;
		acquire_lost(ike);
		break;
	case IKE_EV_KEYSTORE_DOWN:
		keystore_down(ike);
		break;
	case IKE_EV_STOP:
		stop(ike);
		break;
	default:
		break;
	}
	ticks(ike);
	ikesa_bury(ike);
}

const struct ike_action *
ike_take(struct ike *ike)
{
	return acts_take(&ike->acts);
}

uint64_t
ike_deadline(const struct ike *ike)
{
	const struct due_item *i = due_first(&ike->due);
	uint64_t at = i != NULL ? i->at : UINT64_MAX;

	return at < ike->linger_at ? at : ike->linger_at;
}
