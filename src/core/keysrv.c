/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/keysrv.h"

#include "core/keykame.h"

#define KEYS                                             \
	(UINT64_C(1) << PFKEY_EXT_KEY_AUTH | UINT64_C(1) \
						 << PFKEY_EXT_KEY_ENCRYPT)

/* What goes out next; nothing of it is written yet. */
static void
begin(struct pfkeyd *d)
{
	d->form[0].made = d->form[1].made = false;
	d->form[0].n = d->form[1].n = 0;
}

static void
end(struct pfkeyd *d, bool has_keys)
{
	for (int i = 0; has_keys && i < 2; i++)
		if (d->form[i].made)
			secret_wipe(d->form[i].b, sizeof(d->form[i].b));
	begin(d);
}

/* Nothing of a message that cannot be written is there. */
static void
keep(struct keysrv_form *f, const struct wr *w, bool ok)
{
	f->made = true;
	f->n = ok ? w->len : 0;
	if (!ok)
		secret_wipe(f->b, sizeof(f->b));
}

static const struct keysrv_form *
form_of(struct pfkeyd *d, const struct pfkey_msg *m, bool linux_)
{
	struct keysrv_form *f = &d->form[linux_];
	struct wr w = wr_into(f->b, sizeof(f->b));

	if (f->made)
		return f;
	if (linux_)
		keep(f, &w,
		    keykame_from(&d->kout, m) && kame_write(&w, &d->kout));
	else
		keep(f, &w, pfkey_write(&w, m));
	return f;
}

/* To the other dialect some things are not said. */
static bool
hears(const struct pfkeyd_session *s, const struct pfkey_msg *m)
{
	return !s->is_linux || keykame_hears(s, m);
}

static bool
deliver(struct pfkeyd_session *s, const struct pfkey_msg *m)
{
	struct pfkeyd *d = s->d;
	const struct keysrv_form *f = form_of(d, m, s->is_linux);

	return f->n != 0 && d->env.send(d->env.ctx, s->conn, f->b, f->n);
}

/* RFC 2367 3.1.11; R159: keys go to the asker alone. */
static void
copy_to_promisc(struct pfkeyd *d, const struct pfkeyd_session *but,
    const struct pfkey_msg *m)
{
	list_each (l, &d->sessions) {
		struct pfkeyd_session *s =
		    list_item(l, struct pfkeyd_session, link);

		if (s != but && s->promisc)
			(void)deliver(s, m);
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

bool
keysrv_reply(struct pfkeyd_session *s, const struct pfkey_msg *m)
{
	struct pfkeyd *d = s->d;
	bool has_keys = (m->has & KEYS) != 0, sent;

	begin(d);
	sent = deliver(s, m);
	if (sent && s->privileged && any_promisc(d, s)) {
		if (has_keys) {
			end(d, true);
			if (m != &d->out)
				d->out = *m;
			d->out.has &= ~KEYS;
			m = &d->out;
		}
		copy_to_promisc(d, s, m);
	}
	end(d, has_keys);
	return sent;
}

void
keysrv_broadcast(struct pfkeyd *d, const struct pfkey_msg *m)
{
	begin(d);
	list_each (l, &d->sessions) {
		struct pfkeyd_session *s =
		    list_item(l, struct pfkeyd_session, link);

		if (s->privileged && hears(s, m))
			(void)deliver(s, m);
	}
	end(d, false);
}

void
keysrv_registered(struct pfkeyd *d, const struct pfkey_msg *m)
{
	begin(d);
	list_each (l, &d->sessions) {
		struct pfkeyd_session *s =
		    list_item(l, struct pfkeyd_session, link);
		unsigned types = s->regular | s->extended;

		if (s->promisc || (types >> m->satype & 1) != 0)
			(void)deliver(s, m);
	}
	end(d, false);
}

unsigned
keysrv_acquire(struct pfkeyd *d, const struct pfkey_msg *m, uint8_t satype)
{
	unsigned took = 0;

	begin(d);
	list_each (l, &d->sessions) {
		struct pfkeyd_session *s =
		    list_item(l, struct pfkeyd_session, link);
		bool listens = satype == 0 ? s->extended != 0
					   : (s->regular >> satype & 1) != 0;

		/* the other dialect names policy that it has: keykame_acquire() */
		if (s->is_linux)
			continue;
		if ((listens || s->promisc) && deliver(s, m))
			took += listens;
	}
	end(d, false);
	return took;
}

unsigned
keysrv_linux(struct pfkeyd *d, struct pfkeyd_session *to,
    const struct kame_msg *k, bool registered)
{
	struct keysrv_form *f = &d->form[1];
	struct wr w = wr_into(f->b, sizeof(f->b));
	unsigned took = 0;

	begin(d);
	keep(f, &w, kame_write(&w, k));
	list_each (l, &d->sessions) {
		struct pfkeyd_session *s =
		    list_item(l, struct pfkeyd_session, link);
		bool meant = to == NULL ? s->privileged &&
					      (!registered || s->regular != 0)
					: s == to;

		if (!s->is_linux || f->n == 0 ||
		    (!meant && !(s->promisc && s->privileged)))
			continue;
		if (d->env.send(d->env.ctx, s->conn, f->b, f->n))
			took += meant;
	}
	end(d, false);
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
