/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/acquire.h"

#include <errno.h>

#include "ike/child.h"
#include "ike/ikerule.h"
#include "ike/ikesa.h"
#include "ike/init.h"
#include "ike/kern.h"
#include "ike/offer.h"
#include "ike/say.h"
#include "ike/task.h"

static void
refuse(struct ike *ike, const struct pfkey_msg *m, const char *why, int err)
{
	char a[ADDR_TEXT], b[ADDR_TEXT];

	say_ike(ike, IKE_LOG_WARN, IKE_CAT_POL,
	    "traffic from %s to %s wants an SA, but %s",
	    addr_print(a, &m->src.a), addr_print(b, &m->dst.a), why);
	kern_refuse(ike, m->seq, err);
}

/* Is it asked for already? The packets of this ACQUIRE wait for that one. */
static bool
is_under_way(struct ikesa *sa, const struct pfkey_msg *m, uint8_t satype)
{
	list_each (l, &sa->children) {
		struct child *c = list_item(l, struct child, link);

		if (c->initiator && c->state < CHILD_UP && c->old == NULL &&
		    c->satype == satype && c->acquire == m->seq)
			return true;
	}
	return false;
}

static void
want(struct ikesa *sa, const struct pfkey_msg *m, uint8_t satype)
{
	const char *why;
	struct child *c;

	if (!offer_has(satype, m->ecomb, m->n_ecombs) ||
	    is_under_way(sa, m, satype))
		return;
	c = child_wanted(sa, m, satype, &why);
	if (c == NULL) {
		refuse(sa->ike, m, why, ENOBUFS);
		return;
	}
	if (sa->state < IKESA_AUTH_I && sa->nego != NULL &&
	    sa->nego->child == NULL)
		sa->nego->child = c;
}

static void
heard_acquire(struct ike *ike, const struct pfkey_msg *m)
{
	const struct ikecfg_rule *r =
	    ikerule_for(ike, NULL, &m->src.a, &m->dst.a);
	struct ikesa *sa;
	const char *why;

	if (m->errnum != 0 || m->satype != SATYPE_UNSPEC ||
	    !pfkey_has(m, PFKEY_EXT_EPROP) || ike->stopping)
		return;
	if (r == NULL) {
		refuse(ike, m, "no rule of ike/config is for these addresses",
		    ENOENT);
		return;
	}
	sa = ikesa_find_up(ike, &m->src.a, &m->dst.a, NULL);
	if (sa == NULL)
		sa = init_begin(ike, r, &m->src.a, &m->dst.a, &why);
	if (sa == NULL) {
		refuse(ike, m, why, ENOBUFS);
		return;
	}
	/* IKEv2 has one protocol in an SA: both are two pairs */
	want(sa, m, SATYPE_ESP);
	want(sa, m, SATYPE_AH);
}

static void
heard_expire(struct ike *ike, const struct pfkey_msg *m)
{
	bool inbound;
	struct child *c =
	    child_find(ike, m->satype, m->spi, &m->dst.a, &inbound);

	if (c != NULL)
		child_expired(c, m);
}

/* The answer to something of ours. */
static bool
heard_answer(struct ike *ike, const struct pfkey_msg *m)
{
	list_each (l, &ike->waits) {
		struct child *c = list_item(l, struct child, wait);

		if (c->wait_seq == m->seq) {
			child_heard(c, m);
			return true;
		}
	}
	return false;
}

static void
heard_failure(struct ike *ike, const struct pfkey_msg *m)
{
	struct child *c;

	/* what is deleted twice is gone all the same */
	if (m->type == PFKEY_DELETE || m->type == PFKEY_ACQUIRE)
		return;
	say_ike(ike, IKE_LOG_ERROR, IKE_CAT_PFKEY,
	    "ipsecd refuses %s: errno %u, %s", pfkey_type_text(m->type),
	    m->errnum, pfkey_diag_text(m->diag));
	if (m->type != PFKEY_UPDATE && m->type != PFKEY_ADD)
		return;
	c = child_of_add(ike, m->seq);
	if (c != NULL)
		child_failed(c);
}

void
acquire_heard(struct ike *ike, const struct pfkey_msg *m)
{
	bool ours = m->pid == ike->env.pid;

	switch (m->type) {
	case PFKEY_ACQUIRE:
		/* of its own ipsecd gives pid 0 */
		if (m->pid == 0)
			heard_acquire(ike, m);
		return;
	case PFKEY_EXPIRE:
		heard_expire(ike, m);
		return;
	default:
		break;
	}
	if (!ours)
		return;
	if (heard_answer(ike, m))
		return;
	if (m->errnum != 0)
		heard_failure(ike, m);
	else if (m->type == PFKEY_GETSPI)
		kern_drop_spi(ike, m); /* nobody wants it any more */
}

void
acquire_lost(struct ike *ike)
{
	list_each (l, &ike->waits) {
		struct child *c = list_item(l, struct child, wait);
		const struct pfkey_msg none = { .errnum = ENOTCONN };

		child_heard(c, &none);
		/* that may have changed the list */
		l_n = ike->waits.next;
	}
}
