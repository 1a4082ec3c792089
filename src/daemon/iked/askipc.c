/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/iked/askipc.h"

_Static_assert(IKE_ASK_CERTS <= IKEIPC_CERTS, "certificates of a question");
_Static_assert(IKE_ASK_HASHES <= IKEIPC_HASHES, "hashes of a question");

static struct ikeipc_bytes
bytes(const struct ike_bytes *b)
{
	return (struct ikeipc_bytes){ b->p, b->n };
}

bool
askipc_write_ask(struct wr *w, const struct ike_ask *ask)
{
	static const uint8_t ops[] = { [IKE_ASK_SIGN] = IKEIPC_SIGN,
		[IKE_ASK_VERIFY] = IKEIPC_VERIFY,
		[IKE_ASK_ID] = IKEIPC_ID,
		[IKE_ASK_DROP] = IKEIPC_DROP };
	struct ikeipc_msg m = { .type = IKEIPC_ASK, .id = ask->id };
	struct ikeipc_ask *a = &m.ask;

	if (ask->n_hash > IKE_ASK_HASHES || ask->n_cert > IKE_ASK_CERTS)
		return false;
	a->op = ops[ask->type];
	a->initiator = ask->initiator;
	a->local = ask->local.a;
	a->remote = ask->remote.a;
	a->local_port = ask->local.port;
	a->remote_port = ask->remote.port;
	a->prf = ask->prf;
	a->own_id_type = ask->own_id_type;
	a->peer_id_type = ask->peer_id_type;
	a->method = ask->method;
	if (ask->rule != NULL)
		a->rule = (struct ikeipc_bytes){ (const uint8_t *)ask->rule,
			strlen(ask->rule) };
	a->own_id = bytes(&ask->own_id);
	a->peer_id = bytes(&ask->peer_id);
	a->octets = bytes(&ask->octets);
	a->authorities = bytes(&ask->authorities);
	a->auth = bytes(&ask->auth);
	a->n_hash = ask->n_hash;
	memcpy(a->hash, ask->hash, ask->n_hash * sizeof(a->hash[0]));
	a->n_cert = ask->n_cert;
	for (unsigned i = 0; i < ask->n_cert; i++) {
		a->cert[i].encoding = ask->cert_encoding[i];
		a->cert[i].der = bytes(&ask->cert[i]);
	}
	return ikeipc_write(w, &m);
}

bool
askipc_read_told(struct ike_event *ev, const void *b, size_t n)
{
	static const enum ike_told verdicts[] = { [IKEIPC_OK] = IKE_TOLD_OK,
		[IKEIPC_NO] = IKE_TOLD_NO,
		[IKEIPC_NONE] = IKE_TOLD_NONE };
	struct ikeipc_msg m;
	size_t len;

	if (!ikeipc_parse(&m, b, n) || m.type != IKEIPC_TOLD)
		return false;
	*ev = (struct ike_event){ .type = IKE_EV_ANSWER };
	ev->answer.id = m.id;
	ev->answer.told = verdicts[m.told.verdict];
	ev->answer.method = m.told.method;
	ev->answer.data.p = m.told.data.p;
	ev->answer.data.n = m.told.data.n;
	len = m.told.why.n < sizeof(ev->answer.why) - 1
		  ? m.told.why.n
		  : sizeof(ev->answer.why) - 1;
	if (len != 0)
		memcpy(ev->answer.why, m.told.why.p, len);
	ev->answer.why[len] = '\0';
	ev->answer.n_cert = m.told.n_cert;
	for (unsigned i = 0; i < m.told.n_cert; i++) {
		ev->answer.cert[i].p = m.told.cert[i].der.p;
		ev->answer.cert[i].n = m.told.cert[i].der.n;
	}
	return true;
}
