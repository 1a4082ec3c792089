/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/keysrv.h"

/* Bytes in d->buf; 0: the message cannot be written, and nothing of it is there. */
static size_t
put(struct pfkeyd *d, const struct pfkey_msg *m)
{
	struct wr w = wr_into(d->buf, sizeof(d->buf));

	if (pfkey_write(&w, m))
		return w.len;
	secret_wipe(d->buf, sizeof(d->buf));
	return 0;
}

static bool
deliver(struct pfkeyd_session *s, size_t n)
{
	struct pfkeyd *d = s->d;

	return n != 0 && d->env.send(d->env.ctx, s->conn, d->buf, n);
}

/* RFC 2367 3.1.11; R159: keys go to the asker alone. */
static void
copy_to_promisc(struct pfkeyd *d, const struct pfkeyd_session *but, size_t n)
{
	list_each (l, &d->sessions) {
		struct pfkeyd_session *s =
		    list_item(l, struct pfkeyd_session, link);

		if (s != but && s->promisc)
			(void)deliver(s, n);
	}
}

static bool
any_promisc(const struct pfkeyd *d, const struct pfkeyd_session *but)
{
	for (struct link *l = d->sessions.next; l != &d->sessions;
	     l = l->next) {
		struct pfkeyd_session *s =
		    list_item(l, struct pfkeyd_session, link);

		if (s != but && s->promisc)
			return true;
	}
	return false;
}

static struct pfkey_msg *
strip_keys(struct pfkey_msg *m)
{
	m->has &= ~(UINT64_C(1) << PFKEY_EXT_KEY_AUTH |
		    UINT64_C(1) << PFKEY_EXT_KEY_ENCRYPT);
	return m;
}

bool
keysrv_reply(struct pfkeyd_session *s, const struct pfkey_msg *m)
{
	struct pfkeyd *d = s->d;
	bool has_keys = pfkey_has(m, PFKEY_EXT_KEY_AUTH) ||
			pfkey_has(m, PFKEY_EXT_KEY_ENCRYPT);
	size_t n = put(d, m);
	bool sent = deliver(s, n);

	if (sent && s->privileged && any_promisc(d, s)) {
		if (has_keys) {
			secret_wipe(d->buf, n);
			d->out = *m;
			n = put(d, strip_keys(&d->out));
		}
		copy_to_promisc(d, s, n);
	}
	if (has_keys)
		secret_wipe(d->buf, n);
	return sent;
}

void
keysrv_broadcast(struct pfkeyd *d, const struct pfkey_msg *m)
{
	size_t n = put(d, m);

	list_each (l, &d->sessions) {
		struct pfkeyd_session *s =
		    list_item(l, struct pfkeyd_session, link);

		if (s->privileged)
			(void)deliver(s, n);
	}
}

void
keysrv_registered(struct pfkeyd *d, const struct pfkey_msg *m)
{
	size_t n = put(d, m);

	list_each (l, &d->sessions) {
		struct pfkeyd_session *s =
		    list_item(l, struct pfkeyd_session, link);
		unsigned types = s->regular | s->extended;

		if (s->promisc || (types >> m->satype & 1) != 0)
			(void)deliver(s, n);
	}
}

unsigned
keysrv_acquire(struct pfkeyd *d, const struct pfkey_msg *m, uint8_t satype)
{
	size_t n = put(d, m);
	unsigned took = 0;

	list_each (l, &d->sessions) {
		struct pfkeyd_session *s =
		    list_item(l, struct pfkeyd_session, link);
		bool listens = satype == 0 ? s->extended != 0
					   : (s->regular >> satype & 1) != 0;

		if ((listens || s->promisc) && deliver(s, n))
			took += listens;
	}
	return took;
}

void
keysrv_error(struct pfkeyd_session *s, int errnum, uint16_t diag)
{
	const struct pfkey_msg *in = &s->d->in;
	struct pfkey_msg *m = &s->d->out;

	*m = (struct pfkey_msg){
		.type = in->type < PFKEY_TYPE_N ? in->type : PFKEY_RESERVED,
		.errnum = (uint8_t)errnum,
		.satype = in->satype,
		.diag = diag,
		.seq = in->seq,
		.pid = in->pid
	};
	(void)keysrv_reply(s, m);
}
