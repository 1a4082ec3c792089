/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/esp.h"

#include "core/mode.h"
#include "core/natt.h"

enum {
	ESP_HEAD = 8,
	ESP_TRAILER = 2,
	PAD_MAX = 255,
	LEN_MAX = 65535,
	ICV_MAX = 64
};

size_t
esp_overhead(const struct sa *sa)
{
	const struct aead_info *ai = aead_info(sa->aead);
	size_t n =
	    ESP_HEAD + ai->iv_len + ai->align - 1u + ESP_TRAILER + ai->icv_len;

	if (sa_is_natt(sa))
		n += NATT_HEAD;
	if (sa_is_tunnel(sa))
		n += sa->dst.fam == FAM_V6 ? 40 : 20;
	return n;
}

/* What goes where in a packet to be. */
struct layout {
	const uint8_t *data; /* what ESP carries */
	size_t n, tfc, pad;
	uint8_t next;
	size_t text; /* n + tfc + pad + trailer: what is encrypted */
	size_t esp;  /* all of ESP */
};

static bool
plan(struct layout *l, const struct sa *sa, const uint8_t *p,
    const struct ip_view *v, const struct seal_opts *o)
{
	const struct aead_info *ai = aead_info(sa->aead);
	bool tunnel = sa_is_tunnel(sa);
	size_t from = tunnel ? 0 : v->ins;

	*l = (struct layout){ .data = p + from, .n = v->len - from };
	if (o->dummy)
		l->next = IPPROTO_NONE_; /* RFC 4303 2.6 */
	else if (!tunnel)
		l->next = v->ins_proto;
	else
		l->next = v->ver == 4 ? IPPROTO_IPIP_ : IPPROTO_IPV6_;
	if (tunnel) /* RFC 4303 2.7: the payload has to tell its own length */
		l->tfc = o->tfc;
	/* RFC 4303 2.4: to the cipher's block, and to 4 bytes */
	l->pad =
	    (ai->align - (l->n + l->tfc + ESP_TRAILER) % ai->align) % ai->align;
	l->pad += o->pad;
	l->text = l->n + l->tfc + l->pad + ESP_TRAILER;
	l->esp = ESP_HEAD + ai->iv_len + l->text + ai->icv_len;
	return l->pad <= PAD_MAX && l->text % ai->align == 0 &&
	       l->esp <= LEN_MAX;
}

static void
put_be32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}

/* ESP header to ICV at e, l->esp bytes. */
static bool
fill(uint8_t *e, const struct layout *l, const struct sa *sa, uint64_t seq,
    const uint8_t *iv)
{
	const struct aead_info *ai = aead_info(sa->aead);
	uint8_t *text = e + ESP_HEAD + ai->iv_len, *pad = text + l->n + l->tfc;

	put_be32(e, sa->spi);
	put_be32(e + 4, (uint32_t)seq);
	if (ai->iv_len != 0)
		memcpy(e + ESP_HEAD, iv, ai->iv_len);
	memcpy(text, l->data, l->n);
	memset(text + l->n, 0, l->tfc);
	for (size_t i = 0; i < l->pad; i++)
		pad[i] = (uint8_t)(i + 1); /* RFC 4303 2.4 */
	pad[l->pad] = (uint8_t)l->pad;
	pad[l->pad + 1] = l->next;

	struct aead_op op = { .key = sa->aead,
		.hdr = e,
		.esn = sa_is_esn(sa),
		.seq_hi = (uint32_t)(seq >> 32),
		.iv = e + ESP_HEAD,
		.in = text,
		.out = text,
		.len = l->text,
		.icv = text + l->text };

	aead_seal(&op, 1);
	return op.ok;
}

/* Give the output back as it was, without what was written behind it. */
static enum verdict
undo(struct wr *out, size_t start, enum verdict why)
{
	if (out->len > start)
		secret_wipe(out->base + start, out->len - start);
	out->len = start;
	out->bad = false;
	return why;
}

enum verdict
esp_seal(const struct sa *sa, struct wr *out, const uint8_t *p,
    const struct ip_view *v, uint64_t seq, const uint8_t *iv,
    const struct seal_opts *o)
{
	static const struct seal_opts none;
	size_t start = out->len, udp = sa_is_natt(sa) ? NATT_HEAD : 0;
	struct layout l;
	struct ip_view now;

	if (o == NULL)
		o = &none;
	/* RFC 4303 3.3.4: transport mode is for whole datagrams */
	if (!sa_is_tunnel(sa) && v->frag)
		return VERDICT_SPD_MALFORMED_FRAG;
	if (!plan(&l, sa, p, v, o))
		return l.esp > LEN_MAX ? VERDICT_TOO_BIG
				       : VERDICT_ESP_BAD_PADLEN;

	enum mode_result m =
	    mode_write(out, sa, p, v, udp != 0 ? IPPROTO_UDP_ : IPPROTO_ESP_,
		udp + l.esp, o->outer, o->outer_id);

	if (m != MODE_OK)
		return undo(out, start,
		    m == MODE_NO_SRC	 ? VERDICT_ESP_NO_SA
		    : m == MODE_TOO_LONG ? VERDICT_TOO_BIG
					 : VERDICT_ESP_NOMEM);
	if (udp != 0)
		natt_write(out, sa, l.esp);

	uint8_t *e = wr_room(out, l.esp);

	if (e == NULL)
		return undo(out, start, VERDICT_ESP_NOMEM);
	if (!fill(e, &l, sa, seq, iv))
		return undo(out, start, VERDICT_ESP_CRYPTO_FAILED);
	if (udp != 0 && !o->udp_csum_zero && out->base[start] >> 4 == 6 &&
	    ip_parse(&now, out->base + start, out->len - start))
		natt_csum(out->base + start, &now);
	return VERDICT_PASS;
}

/* RFC 3948 2.1-2.3: what stands behind the UDP header at v->upper */
static enum verdict
peek_udp(struct esp_head *h, const uint8_t *p, const struct ip_view *v,
    uint16_t natt_port)
{
	struct rd r = rd_from(p, v->len);

	rd_skip(&r, v->upper);
	h->sport = rd_be16(&r);
	h->dport = rd_be16(&r);

	uint16_t total = rd_be16(&r);

	rd_skip(&r, 2); /* RFC 3948 2.1: the checksum does not matter */
	if (!r.bad && h->sport != natt_port && h->dport != natt_port)
		return VERDICT_ESP_NAT_T_IPSEC;

	struct rd body = rd_body(&r, total, NATT_HEAD);

	if (body.bad)
		return VERDICT_ESP_SHORT;
	h->udp = true;
	h->off = (size_t)(body.p - p);
	h->len = rd_left(&body);
	if (h->len == 1 && body.p[0] == 0xff)
		return VERDICT_KEEPALIVE;
	h->spi = rd_be32(&body);
	if (!body.bad && h->spi == 0)
		return VERDICT_IKE;
	h->seq_low = rd_be32(&body);
	return body.bad ? VERDICT_ESP_SHORT : VERDICT_PASS;
}

enum verdict
esp_peek(struct esp_head *h, const uint8_t *p, const struct ip_view *v,
    uint16_t natt_port)
{
	struct rd r = rd_from(p, v->len);

	*h = (struct esp_head){ .off = v->upper, .len = v->len - v->upper };
	if (v->frag) /* RFC 4303 3.4.1 */
		return VERDICT_SPD_MALFORMED_FRAG;
	if (v->proto == IPPROTO_UDP_)
		return peek_udp(h, p, v, natt_port);
	if (v->proto != IPPROTO_ESP_)
		return VERDICT_ESP_NAT_T_IPSEC;
	rd_skip(&r, v->upper);
	h->spi = rd_be32(&r);
	h->seq_low = rd_be32(&r);
	return r.bad ? VERDICT_ESP_SHORT : VERDICT_PASS;
}

/* RFC 4303 2.4, 2.5: n bytes of text; *used: without padding and trailer. */
static enum verdict
unpad(const uint8_t *text, size_t n, bool any, size_t *used)
{
	size_t pad = text[n - ESP_TRAILER];
	uint8_t diff = 0;

	if (pad + ESP_TRAILER > n)
		return VERDICT_ESP_BAD_PADLEN;
	*used = n - ESP_TRAILER - pad;
	for (size_t i = 0; i < pad && !any; i++)
		diff |= (uint8_t)(text[*used + i] ^ (i + 1));
	return diff == 0 ? VERDICT_PASS : VERDICT_ESP_BAD_PADDING;
}

/*
 * The packet in out from start on is head bytes of its old headers (transport
 * mode; none in tunnel mode) and n bytes of decrypted text: make a packet of it.
 */
static enum verdict
finish(const struct sa *sa, struct wr *out, size_t start, size_t head, size_t n,
    const struct ip_view *v, bool any_padding)
{
	uint8_t *pkt = out->base + start, *text = pkt + head;
	uint8_t next = text[n - 1];
	struct ip_view now;
	size_t used;
	enum verdict bad = unpad(text, n, any_padding, &used);

	if (bad != VERDICT_PASS)
		return bad;
	if (next == IPPROTO_NONE_) /* RFC 4303 2.6 */
		return VERDICT_DUMMY;
	if (sa_is_tunnel(sa)) {
		enum mode_result m = mode_inner(pkt, used, next, v, &used);

		if (m != MODE_OK)
			return m == MODE_ECN ? VERDICT_TUN_ECN
					     : VERDICT_ESP_BAD_INNER;
	} else {
		if (!mode_rebuild(pkt, head + used, next, v, &now))
			return VERDICT_ESP_BAD_INNER;
		if (sa_is_natt(sa))
			natt_fix(pkt, &now, sa);
	}
	out->len = start + head + used;
	return VERDICT_PASS;
}

enum verdict
esp_open(const struct sa *sa, struct wr *out, const uint8_t *p,
    const struct ip_view *v, const struct esp_head *h, uint64_t seq)
{
	const struct aead_info *ai = aead_info(sa->aead);
	const uint8_t *e = p + h->off, *text = e + ESP_HEAD + ai->iv_len;
	size_t least = ESP_HEAD + ai->iv_len + ESP_TRAILER + ai->icv_len;
	size_t start = out->len, head = 0;

	if (h->len < least)
		return VERDICT_ESP_SHORT;

	size_t n = h->len - least + ESP_TRAILER;

	if (n % ai->align != 0)
		return VERDICT_ESP_SHORT;
	if (!sa_is_tunnel(sa))
		head = h->off - (h->udp ? NATT_HEAD : 0u);
	wr_bytes(out, p, head);

	uint8_t *to = wr_room(out, n);

	if (to == NULL)
		return undo(out, start, VERDICT_ESP_NOMEM);

	uint8_t icv[ICV_MAX];
	struct aead_op op = { .key = sa->aead,
		.hdr = e,
		.esn = sa_is_esn(sa),
		.seq_hi = (uint32_t)(seq >> 32),
		.iv = e + ESP_HEAD,
		.in = text,
		.out = to,
		.len = n,
		.icv = icv };

	memcpy(icv, text + n, ai->icv_len);
	aead_open(&op, 1);

	enum verdict done =
	    op.ok ? finish(sa, out, start, head, n, v, h->any_padding)
		  : VERDICT_ESP_BAD_AUTH;

	/* one way out, whatever was wrong */
	return done == VERDICT_PASS ? done : undo(out, start, done);
}
