/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/solipsec/pktway.h"

#include "crypto/be/be.h"

static const struct now start = { .mono = 1 };

static void
addresses(struct pktway_layer *y, const struct ip_view *v)
{
	y->src = v->src;
	y->dst = v->dst;
}

static enum verdict
open_esp(struct pktway_layer *y, struct wr *out, const uint8_t *p,
    const struct ip_view *v, uint16_t natt_port,
    struct sa *(*find)(void *ctx, const struct pktway_layer *y), void *ctx)
{
	struct esp_head h;
	struct sa *sa;
	enum verdict why = esp_peek(&h, p, v, natt_port);

	if (why != VERDICT_PASS)
		return why;
	y->seen = true;
	y->spi = h.spi;
	y->seq = h.seq_low;
	y->udp = h.udp;
	y->sport = h.sport;
	y->dport = h.dport;
	y->sa = sa = find(ctx, y);
	if (sa == NULL)
		return VERDICT_ESP_NO_SA;
	if (h.udp != sa_is_natt(sa))
		return VERDICT_ESP_NAT_T_IPSEC;
	if (!replay_check(&sa->replay, h.seq_low, &y->seq))
		return VERDICT_ESP_EARLY_REPLAY;
	why = esp_open(sa, out, p, v, &h, y->seq);
	/* a dummy counts for the window, too (RFC 4303 2.6) */
	if ((why == VERDICT_PASS || why == VERDICT_DUMMY) &&
	    !replay_commit(&sa->replay, y->seq))
		return VERDICT_ESP_REPLAY;
	return why;
}

static enum verdict
open_ah(struct pktway_layer *y, struct wr *out, const uint8_t *p,
    const struct ip_view *v,
    struct sa *(*find)(void *ctx, const struct pktway_layer *y), void *ctx)
{
	struct ah_head h;
	struct sa *sa;
	enum verdict why = ah_peek(&h, p, v);

	if (why != VERDICT_PASS)
		return why;
	y->seen = true;
	y->spi = h.spi;
	y->seq = h.seq_low;
	y->sa = sa = find(ctx, y);
	if (sa == NULL)
		return VERDICT_AH_NO_SA;
	if (!replay_check(&sa->replay, h.seq_low, &y->seq))
		return VERDICT_AH_EARLY_REPLAY;
	why = ah_open(sa, out, p, v, &h, y->seq);
	if (why == VERDICT_PASS && !replay_commit(&sa->replay, y->seq))
		return VERDICT_AH_REPLAY;
	return why;
}

enum verdict
pktway_open_one(struct pktway_layer *y, struct wr *out, const uint8_t *p,
    const struct ip_view *v, uint16_t natt_port,
    struct sa *(*find)(void *ctx, const struct pktway_layer *y), void *ctx)
{
	*y = (struct pktway_layer){
		.satype = v->proto == IPPROTO_AH_ ? SATYPE_AH : SATYPE_ESP
	};
	addresses(y, v);
	y->verdict = v->proto == IPPROTO_AH_
			 ? open_ah(y, out, p, v, find, ctx)
			 : open_esp(y, out, p, v, natt_port, find, ctx);
	return y->verdict;
}

static struct sa *
find_inbound(void *ctx, const struct pktway_layer *y)
{
	const struct pktsa_list *l = ctx;

	return pktsa_inbound(l, y->satype, y->spi, &y->src, &y->dst);
}

/*
 * Is there something for IPsec to open? Of a later fragment of a UDP datagram
 * that cannot be told.
 */
static bool
is_protected(const struct ip_view *v, const uint8_t *p, uint16_t natt_port)
{
	struct flow f;

	if (v->proto == IPPROTO_ESP_ || v->proto == IPPROTO_AH_)
		return true;
	ip_flow(&f, v, p, true);
	return v->proto == IPPROTO_UDP_ && f.has_ports &&
	       (f.lport == natt_port || f.rport == natt_port);
}

/* The packet as it came; false: the verdict is there already. */
static bool
begin(struct pktway *w, const uint8_t *p, size_t n)
{
	w->action = PKTWAY_NONE;
	w->verdict = VERDICT_PASS;
	w->why = NULL;
	w->layers = 0;
	w->p = p;
	w->len = n;
	w->parsed = ip_parse(&w->v, p, n);
	w->result = w->v;
	if (!w->parsed)
		w->verdict = VERDICT_SPD_MALFORMED_PACKET;
	return w->parsed;
}

/* What wr has is the packet now. False: it is none. */
static bool
next(struct pktway *w, const struct wr *out, enum pktway_action action)
{
	w->action = action;
	w->p = out->base;
	w->len = out->len;
	if (ip_parse(&w->result, w->p, w->len))
		return true;
	w->verdict = VERDICT_SPD_MALFORMED_PACKET;
	return false;
}

void
pktway_open(struct pktway *w, const struct pktsa_list *l, const uint8_t *p,
    size_t n, uint16_t natt_port)
{
	union {
		const struct pktsa_list *l;
		void *ctx;
	} find = { .l = l };

	if (!begin(w, p, n))
		return;
	if (!is_protected(&w->v, p, natt_port)) {
		w->why = w->v.frag && w->v.proto == IPPROTO_UDP_
			     ? "a later fragment of UDP: it does not tell "
			       "whether ESP is in it"
			     : "not protected: there is nothing to open";
		return;
	}
	while (w->layers < PKTWAY_LAYERS &&
	       is_protected(&w->result, w->p, natt_port)) {
		struct wr out =
		    wr_into(w->buf[w->layers % 2], sizeof(w->buf[0]));
		enum verdict why = pktway_open_one(&w->layer[w->layers], &out,
		    w->p, &w->result, natt_port, find_inbound, find.ctx);

		w->layers++;
		/* what a tunnel carries may be protected for somebody else */
		if (w->layers > 1 && w->layer[w->layers - 1].sa == NULL &&
		    sa_is_tunnel(w->layer[w->layers - 2].sa)) {
			w->why = "opened; what is protected inside is for "
				 "somebody else";
			return;
		}
		w->verdict = why;
		if (why != VERDICT_PASS) {
			w->action = PKTWAY_NONE;
			return;
		}
		if (!next(w, &out, PKTWAY_OPENED))
			return;
	}
	w->why = "opened";
}

/* Seal the packet of w by sa. False: the verdict says why not. */
static bool
seal_one(struct pktway *w, struct sa *sa)
{
	bool ah = sa_is_ah(sa);
	struct pktway_layer *y = &w->layer[w->layers];
	struct seal_opts o = { .outer_id = w->outer_id++ };
	struct wr out = wr_into(w->buf[w->layers % 2], sizeof(w->buf[0]));
	uint8_t iv[16];

	*y = (struct pktway_layer){ .satype = sa->satype,
		.seen = true,
		.spi = sa->spi,
		.sa = sa,
		.udp = sa_is_natt(sa) };
	w->layers++;
	y->verdict = sa_next(sa, &crypto_rng, &y->seq, iv);
	if (y->verdict == VERDICT_PASS &&
	    sa_account(sa, w->result.len, start) == SA_HARD)
		y->verdict =
		    ah ? VERDICT_AH_BYTES_EXPIRE : VERDICT_ESP_BYTES_EXPIRE;
	if (y->verdict == VERDICT_PASS)
		y->verdict =
		    ah ? ah_seal(sa, &out, w->p, &w->result, y->seq, iv, &o)
		       : esp_seal(sa, &out, w->p, &w->result, y->seq, iv, &o);
	w->verdict = y->verdict;
	if (y->verdict != VERDICT_PASS || !next(w, &out, PKTWAY_SEALED)) {
		w->action = PKTWAY_NONE;
		return false;
	}
	addresses(y, &w->result);
	return true;
}

/* The SA for the packet of w: tunnel mode first, for the packet as it came. */
static struct sa *
find_outbound(
    const struct pktway *w, const struct pktsa_list *l, uint8_t satype)
{
	struct flow f;
	struct sa *sa = NULL;

	ip_flow(&f, &w->result, w->p, true);
	if (w->layers == 0)
		sa = pktsa_outbound(l, satype, &f, true);
	return sa != NULL ? sa : pktsa_outbound(l, satype, &f, false);
}

/* RFC 4301 of old, figure 19-1 of the Solaris guide: ESP first, then AH. */
void
pktway_seal(
    struct pktway *w, const struct pktsa_list *l, const uint8_t *p, size_t n)
{
	static const uint8_t order[] = { SATYPE_ESP, SATYPE_AH };
	struct sa *sa;

	if (!begin(w, p, n))
		return;
	if (w->v.proto == IPPROTO_ESP_ || w->v.proto == IPPROTO_AH_) {
		w->why = "protected already";
		return;
	}
	for (size_t i = 0; i < sizeof(order); i++) {
		sa = find_outbound(w, l, order[i]);
		if (sa != NULL && !seal_one(w, sa))
			return;
	}
	w->why = w->layers != 0 ? "sealed" : "no SA goes with these addresses";
}
