/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/adm.h"

#include <errno.h>
#include <stdlib.h>

#include "ike/ikerule.h"
#include "ike/ikesa.h"
#include "ike/table.h"
#include "ike/task.h"

static struct act *
reply(struct ike *ike, const struct ike_event *ev, int err, bool last, size_t n)
{
	struct act *a = act_new(&ike->acts, IKE_ACT_REPLY, n);

	a->a.reply.id = ev->admin.id;
	a->a.reply.err = err;
	a->a.reply.last = last;
	return a;
}

static bool
is_meant(const struct ikesa *sa, const struct ike_event *ev)
{
	if (ev->admin.spi_i != 0 || ev->admin.spi_r != 0)
		return sa->spi_i == ev->admin.spi_i &&
		       sa->spi_r == ev->admin.spi_r;
	return (ev->admin.local.fam == FAM_NONE ||
		   addr_equal(&ev->admin.local, &sa->local.a)) &&
	       (ev->admin.remote.fam == FAM_NONE ||
		   addr_equal(&ev->admin.remote, &sa->remote.a));
}

static void
put_children(struct ike_saview *v, const struct ikesa *sa)
{
	list_each (l, &sa->children) {
		const struct child *c = list_item(l, struct child, link);

		if (c->state < CHILD_UP)
			continue;
		if (v->n_child < sizeof(v->child) / sizeof(v->child[0]))
			v->child[v->n_child] =
			    (struct ike_saview_child){ .satype = c->satype,
				    .spi_in = c->spi_in,
				    .spi_out = c->spi_out,
				    .tunnel = c->tunnel };
		v->n_child++;
	}
}

static void
show(struct ikesa *sa, const struct ike_event *ev)
{
	static const char *const dpd[] = { "not-initiated", "in-progress",
		"successful", "failed" };
	struct act *a = reply(sa->ike, ev, 0, false,
	    sa->id_own.n + sa->id_peer.n + strlen(ikerule_label(sa->rule)) + 1);
	struct ike_saview *v = calloc(1, sizeof(*v));

	if (v == NULL || a->cap == 0) {
		free(v);
		return;
	}
	a->view = v;
	a->a.reply.view = v;
	*v = (struct ike_saview){ .spi_i = sa->spi_i,
		.spi_r = sa->spi_r,
		.local = sa->local,
		.remote = sa->remote,
		.initiator = sa->initiator,
		.natt = sa->natt,
		.local_natted = sa->local_natted,
		.remote_natted = sa->remote_natted,
		.state = table_state_name((enum ikesa_state)sa->state),
		.rule = act_keep_text(a, ikerule_label(sa->rule)),
		.own_method = sa->own_method,
		.peer_method = sa->peer_method,
		.age = sa->ike->now - sa->born,
		.rekey_in =
		    sa->rekey_at != UINT64_MAX && sa->rekey_at > sa->ike->now
			? sa->rekey_at - sa->ike->now
			: 0,
		.retransmits = sa->req.tries,
		.dpd = dpd[sa->dpd & 3] };
	if (sa->suite.encr != NULL) {
		v->encr = sa->suite.encr->id;
		v->encr_bits =
		    (uint16_t)ikealg_keybits(sa->suite.encr, sa->suite.keylen);
		v->prf = sa->suite.prf->id;
		v->ke = sa->suite.ke->id;
		v->integ = sa->suite.integ != NULL ? sa->suite.integ->id : 0;
	}
	if (sa->id_own.n > 1) {
		v->own_id_type = sa->id_own.b[0];
		v->own_id = act_keep(a, sa->id_own.b + 1, sa->id_own.n - 1);
	}
	if (sa->id_peer.n > 1) {
		v->peer_id_type = sa->id_peer.b[0];
		v->peer_id = act_keep(a, sa->id_peer.b + 1, sa->id_peer.n - 1);
	}
	put_children(v, sa);
}

static void
stats(struct ike *ike, const struct ike_event *ev)
{
	struct act *a = reply(ike, ev, 0, true, 0);
	struct ike_stats *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return;
	*s = ike->stats;
	s->half_open = ike->half.n;
	a->stats = s;
	a->a.reply.stats = s;
}

/* False: nothing was done to it. */
static bool
treat(struct ikesa *sa, const struct ike_event *ev)
{
	switch (ev->admin.what) {
	case IKE_ADMIN_DUMP:
		show(sa, ev);
		return true;
	case IKE_ADMIN_DELETE:
	case IKE_ADMIN_FLUSH:
		if (sa->state < IKESA_UP) {
			ikesa_end(sa, ECANCELED);
			return true;
		}
		task_add_first(sa, TASK_DELETE_IKE, NULL);
		task_run(sa);
		return true;
	case IKE_ADMIN_REKEY:
		if (sa->state != IKESA_UP)
			return false;
		task_add(sa, TASK_REKEY_IKE, NULL, 0);
		task_run(sa);
		return true;
	default:
		return false;
	}
}

void
adm_asked(struct ike *ike, const struct ike_event *ev)
{
	unsigned n = 0;

	if (ev->admin.what == IKE_ADMIN_STATS) {
		stats(ike, ev);
		return;
	}
	if (ev->admin.what == IKE_ADMIN_RECORD) {
		ike->recording = ev->admin.on;
		(void)reply(ike, ev, 0, true, 0);
		return;
	}
	list_each (l, &ike->sas) {
		struct ikesa *sa = list_item(l, struct ikesa, all);

		if (ev->admin.what == IKE_ADMIN_FLUSH || is_meant(sa, ev))
			n += treat(sa, ev);
	}
	(void)reply(ike, ev,
	    n != 0 || ev->admin.what == IKE_ADMIN_FLUSH ? 0 : ENOENT, true, 0);
}
