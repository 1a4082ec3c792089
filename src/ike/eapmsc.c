/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/eapmsc.h"

#include "base/secret.h"

bool
eapmsc_peer(struct eapmsc *m, const struct rng *rng, struct ike_view name,
    const uint8_t hash[MSCHAP_HASH])
{
	memset(m, 0, sizeof(*m));
	if (name.n > sizeof(m->name) ||
	    !rng->fill(rng->ctx, m->own, sizeof(m->own)))
		return false;
	if (name.n != 0)
		memcpy(m->name, name.p, name.n);
	m->n_name = (uint16_t)name.n;
	memcpy(m->hash, hash, sizeof(m->hash));
	return true;
}

bool
eapmsc_server(struct eapmsc *m, const struct rng *rng)
{
	memset(m, 0, sizeof(*m));
	m->server = true;
	return rng->fill(rng->ctx, m->own, sizeof(m->own));
}

void
eapmsc_fini(struct eapmsc *m)
{
	secret_wipe(m, sizeof(*m));
	m->state = EAPMSC_OVER;
}

struct ike_view
eapmsc_user(struct ike_view name)
{
	const uint8_t *slash =
	    name.n > 0 ? memrchr(name.p, '\\', name.n) : NULL;

	if (slash == NULL)
		return name;
	return (struct ike_view){ slash + 1,
		name.n - (size_t)(slash + 1 - name.p) };
}

static bool
say(struct wr *w, uint8_t code, uint8_t id, const struct eap_msc *what)
{
	uint8_t data[512];
	struct wr d = wr_into(data, sizeof(data));
	struct eap e = { .code = code, .id = id, .type = EAP_MSCHAPV2 };

	eap_msc_write(&d, what, code == EAP_REQUEST);
	e.data = (struct ike_view){ data, d.len };
	if (d.bad)
		return false;
	eap_write(w, &e);
	return !w->bad;
}

/* The name stays in m while this is used. */
static struct mschap
computed_with(const struct eapmsc *m)
{
	struct ike_view user =
	    eapmsc_user((struct ike_view){ m->name, m->n_name });

	return (struct mschap){ .server = m->server ? m->own : m->other,
		.peer = m->server ? m->other : m->own,
		.name = user.p,
		.n_name = user.n };
}

/* ---- peer ---- */

static enum eapmsc_result
answer_challenge(
    struct eapmsc *m, struct wr *w, uint8_t id, const struct eap_msc *in)
{
	struct eap_msc out = { .op = EAP_MSC_RESPONSE,
		.id = in->id,
		.challenge = { m->own, sizeof(m->own) },
		.nt = { m->nt, sizeof(m->nt) },
		.name = { m->name, m->n_name } };
	struct mschap c;

	memcpy(m->other, in->challenge.p, sizeof(m->other));
	c = computed_with(m);
	mschap_response(&c, m->hash, m->nt);
	if (!say(w, EAP_RESPONSE, id, &out))
		return EAPMSC_FAILED;
	m->state = EAPMSC_CHALLENGED;
	m->id = id;
	m->msc = in->id;
	return EAPMSC_SEND;
}

/* RFC 2759 5: a server that does not know the password is no server. */
static enum eapmsc_result
hear_success(
    struct eapmsc *m, struct wr *w, uint8_t id, const struct eap_msc *in)
{
	struct eap_msc out = { .op = EAP_MSC_SUCCESS };
	struct mschap c = computed_with(m);
	uint8_t want[MSCHAP_AUTH];

	mschap_auth(&c, m->hash, m->nt, want);
	m->state = EAPMSC_OVER;
	if (!secret_equal(want, in->auth, sizeof(want)) ||
	    !say(w, EAP_RESPONSE, id, &out))
		return EAPMSC_FAILED;
	mschap_msk(m->hash, m->nt, m->msk);
	m->good = true;
	return EAPMSC_DONE;
}

static enum eapmsc_result
hear_failure(struct eapmsc *m, struct wr *w, uint8_t id)
{
	struct eap_msc out = { .op = EAP_MSC_FAILURE };

	m->state = EAPMSC_OVER;
	(void)!say(w, EAP_RESPONSE, id, &out);
	return EAPMSC_FAILED;
}

static enum eapmsc_result
peer_hear(struct eapmsc *m, struct wr *w, uint8_t id, const struct eap_msc *in)
{
	if (in->op == EAP_MSC_CHALLENGE && m->state == EAPMSC_BEGIN)
		return answer_challenge(m, w, id, in);
	if (m->state != EAPMSC_CHALLENGED || in->id != m->msc)
		return EAPMSC_DROP;
	if (in->op == EAP_MSC_SUCCESS)
		return hear_success(m, w, id, in);
	if (in->op == EAP_MSC_FAILURE)
		return hear_failure(m, w, id);
	return EAPMSC_DROP;
}

/* ---- server ---- */

bool
eapmsc_ask(struct eapmsc *m, struct wr *w, uint8_t id)
{
	static const uint8_t us[] = "solipsec";
	struct eap_msc out = { .op = EAP_MSC_CHALLENGE,
		.id = id,
		.challenge = { m->own, sizeof(m->own) },
		.name = { us, sizeof(us) - 1 } };

	if (!m->server || m->state != EAPMSC_BEGIN ||
	    !say(w, EAP_REQUEST, id, &out))
		return false;
	m->state = EAPMSC_CHALLENGED;
	m->id = m->msc = id;
	return true;
}

static bool
is_right(struct eapmsc *m, const struct eap_msc *in,
    const struct eapmsc_users *users)
{
	uint8_t want[MSCHAP_RESPONSE];
	struct mschap c;
	bool known;

	memcpy(m->other, in->challenge.p, sizeof(m->other));
	memcpy(m->nt, in->nt.p, sizeof(m->nt));
	if (in->name.n != 0)
		memcpy(m->name, in->name.p, in->name.n);
	m->n_name = (uint16_t)in->name.n;
	/* the same work for somebody who is not known */
	known = users->find(users->ctx, in->name, m->hash);
	c = computed_with(m);
	mschap_response(&c, m->hash, want);
	return secret_equal(want, m->nt, sizeof(want)) && known;
}

static enum eapmsc_result
judge(struct eapmsc *m, struct wr *w, const struct eap_msc *in,
    const struct eapmsc_users *users)
{
	static const uint8_t text[] = "Authentication failed";
	struct eap_msc out = { .op = EAP_MSC_FAILURE,
		.id = m->msc,
		.error = EAP_MSC_E_AUTHENTICATION,
		.challenge = { m->own, sizeof(m->own) },
		.text = { text, sizeof(text) - 1 } };
	struct mschap c;

	m->good = is_right(m, in, users);
	if (m->good) {
		c = computed_with(m);
		out = (struct eap_msc){ .op = EAP_MSC_SUCCESS, .id = m->msc };
		mschap_auth(&c, m->hash, m->nt, out.auth);
	}
	m->state = EAPMSC_JUDGED;
	m->id++;
	return say(w, EAP_REQUEST, m->id, &out) ? EAPMSC_SEND : EAPMSC_FAILED;
}

static enum eapmsc_result
server_hear(struct eapmsc *m, struct wr *w, uint8_t id,
    const struct eap_msc *in, const struct eapmsc_users *users)
{
	if (id != m->id)
		return EAPMSC_DROP;
	if (m->state == EAPMSC_CHALLENGED && in->op == EAP_MSC_RESPONSE &&
	    in->id == m->msc && users != NULL)
		return judge(m, w, in, users);
	if (m->state != EAPMSC_JUDGED ||
	    in->op != (m->good ? EAP_MSC_SUCCESS : EAP_MSC_FAILURE))
		return EAPMSC_DROP;
	m->state = EAPMSC_OVER;
	if (!m->good)
		return EAPMSC_FAILED;
	mschap_msk(m->hash, m->nt, m->msk);
	return EAPMSC_DONE;
}

enum eapmsc_result
eapmsc_hear(struct eapmsc *m, struct wr *w, const struct eap *e,
    const struct eapmsc_users *users)
{
	struct eap_msc in;

	/* a peer hears requests, a server responses */
	if (e->code != (m->server ? EAP_RESPONSE : EAP_REQUEST) ||
	    m->state == EAPMSC_OVER || !eap_msc_parse(&in, e))
		return EAPMSC_DROP;
	return m->server ? server_hear(m, w, e->id, &in, users)
			 : peer_hear(m, w, e->id, &in);
}
