/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/ah.h"

#include "core/ahmute.h"
#include "core/mode.h"

enum { AH_HEAD = 12, ICV_FIELD_MAX = 80, LEN_MAX = 65535 };

/* IV and ICV, without padding (RFC 4543 4: the IV is the head of the field). */
static size_t
icv_field(const struct sa *sa)
{
	const struct mac_info *mi = mac_info(sa->mac);

	return (size_t)mi->iv_len + mi->icv_len;
}

/* RFC 4302 2.2, 3.3.3.2.1: a multiple of 4 bytes in IPv4, of 8 in IPv6. */
static size_t
ah_size(const struct sa *sa, size_t align)
{
	return (AH_HEAD + icv_field(sa) + align - 1) / align * align;
}

size_t
ah_overhead(const struct sa *sa)
{
	size_t n = ah_size(sa, 8);

	if (sa_is_tunnel(sa))
		n += sa->dst.fam == FAM_V6 ? 40 : 20;
	return n;
}

static enum verdict
undo(struct wr *out, size_t start, enum verdict why)
{
	out->len = start;
	out->bad = false;
	return why;
}

/* The pieces that the ICV is over; the high sequence half is kept here. */
struct pieces {
	struct mac_part part[5];
	size_t n;
	uint8_t hi[4];
};

static void
add(struct pieces *s, const uint8_t *p, size_t n)
{
	s->part[s->n++] = (struct mac_part){ .p = p, .n = n };
}

/* head: muted headers; ah: the AH header; end: of the packet. */
static void
gather(struct pieces *s, const struct sa *sa, const uint8_t *head,
    size_t n_head, const uint8_t *ah, const uint8_t *end, uint64_t seq)
{
	static const uint8_t zero[ICV_FIELD_MAX];
	const struct mac_info *mi = mac_info(sa->mac);
	size_t field = icv_field(sa);

	s->n = 0;
	add(s, head, n_head);
	/* RFC 4543 4: of its ICV field GMAC takes only the tag as zero */
	add(s, ah, AH_HEAD + (size_t)mi->iv_len);
	add(s, zero, mi->icv_len);
	/* the padding of the field is covered as it is (RFC 4302 3.3.3.2.1) */
	add(s, ah + AH_HEAD + field, (size_t)(end - ah) - AH_HEAD - field);
	if (!sa_is_esn(sa))
		return;

	/* RFC 4302 3.3.3.2.2: behind the payload */
	struct wr w = wr_into(s->hi, sizeof(s->hi));

	wr_be32(&w, (uint32_t)(seq >> 32));
	add(s, s->hi, sizeof(s->hi));
}

/*
 * Sign the packet at pkt, `all` bytes, whose first n_head bytes are headers. They
 * are muted in place and then restored from `old` and the fields kept here.
 */
static enum verdict
sign(const struct sa *sa, uint8_t *pkt, size_t n_head, size_t all, uint64_t seq,
    const uint8_t *iv)
{
	const struct mac_info *mi = mac_info(sa->mac);
	uint8_t icv[ICV_FIELD_MAX];
	struct pieces s;
	enum verdict why = ahmute_headers(pkt, n_head, pkt[0] >> 4);

	uint8_t *field = pkt + n_head + AH_HEAD;

	if (why != VERDICT_PASS)
		return why;
	if (mi->iv_len != 0)
		memcpy(field, iv, mi->iv_len);
	gather(&s, sa, pkt, n_head, pkt + n_head, pkt + all, seq);
	if (!mac_sign(sa->mac, icv, iv, s.part, s.n))
		return VERDICT_AH_CRYPTO_FAILED;
	memcpy(field + mi->iv_len, icv, mi->icv_len);
	return VERDICT_PASS;
}

/* Write the headers once more, over the muted ones. */
static enum mode_result
headers(struct wr *out, const struct sa *sa, const uint8_t *p,
    const struct ip_view *v, size_t payload, const struct seal_opts *o)
{
	if (o->bundle)
		return mode_transport(out, p, v, IPPROTO_AH_, payload);
	return mode_write(
	    out, sa, p, v, IPPROTO_AH_, payload, o->outer, o->outer_id);
}

enum verdict
ah_seal(const struct sa *sa, struct wr *out, const uint8_t *p,
    const struct ip_view *v, uint64_t seq, const uint8_t *iv,
    const struct seal_opts *o)
{
	static const struct seal_opts none;
	uint8_t outer = v->ver, next = v->ins_proto;

	if (o == NULL)
		o = &none;

	bool tunnel = sa_is_tunnel(sa) && !o->bundle;
	size_t start = out->len, from = tunnel ? 0 : v->ins;

	/* RFC 4302 3.3.4: AH is for whole datagrams in transport mode */
	if (!tunnel && v->has_frag)
		return VERDICT_SPD_MALFORMED_FRAG;
	if (tunnel) {
		next = v->ver == 4 ? IPPROTO_IPIP_ : IPPROTO_IPV6_;
		outer = o->outer != NULL ? o->outer->dst.fam : sa->dst.fam;
	}

	size_t size = ah_size(sa, outer == 6 ? 8 : 4);
	size_t payload = size + v->len - from;
	enum mode_result m = headers(out, sa, p, v, payload, o);

	if (m != MODE_OK)
		return undo(out, start,
		    m == MODE_NO_SRC	 ? VERDICT_AH_NO_SA
		    : m == MODE_TOO_LONG ? VERDICT_TOO_BIG
					 : VERDICT_AH_NOMEM);

	size_t n_head = out->len - start;

	wr_u8(out, next);
	wr_u8(out, (uint8_t)(size / 4 - 2));
	wr_be16(out, 0); /* RFC 4302 2.3 */
	wr_be32(out, sa->spi);
	wr_be32(out, (uint32_t)seq);
	wr_zero(out, size - AH_HEAD);
	wr_bytes(out, p + from, v->len - from);
	if (out->bad)
		return undo(out, start, VERDICT_AH_NOMEM);

	size_t all = out->len - start;
	enum verdict why = sign(sa, out->base + start, n_head, all, seq, iv);

	if (why != VERDICT_PASS)
		return undo(out, start, why);
	/* the headers as they go out, over the muted ones */
	out->len = start;
	m = headers(out, sa, p, v, payload, o);
	out->len = start + all;
	return m == MODE_OK ? VERDICT_PASS : undo(out, start, VERDICT_AH_NOMEM);
}

enum verdict
ah_peek(struct ah_head *h, const uint8_t *p, const struct ip_view *v)
{
	struct rd r = rd_from(p, v->len);

	*h = (struct ah_head){ .off = v->upper };
	if (v->frag) /* RFC 4302 3.4.1 */
		return VERDICT_SPD_MALFORMED_FRAG;
	rd_skip(&r, v->upper);
	h->next = rd_u8(&r);
	h->len = ((size_t)rd_u8(&r) + 2) * 4;
	rd_skip(&r, 2); /* RFC 4302 2.3: ignored but for the ICV */
	h->spi = rd_be32(&r);
	h->seq_low = rd_be32(&r);
	rd_body(&r, h->len, AH_HEAD);
	return r.bad || v->proto != IPPROTO_AH_ ? VERDICT_AH_BAD_LENGTH
						: VERDICT_PASS;
}

/* Checks the ICV; out's room behind start is scratch. */
static enum verdict
verify(const struct sa *sa, struct wr *out, const uint8_t *p,
    const struct ip_view *v, const struct ah_head *h, uint64_t seq)
{
	const struct mac_info *mi = mac_info(sa->mac);
	const uint8_t *ah = p + h->off, *field = ah + AH_HEAD;
	uint8_t *head = wr_room(out, h->off);
	struct pieces s;

	if (head == NULL)
		return VERDICT_AH_NOMEM;
	memcpy(head, p, h->off);

	enum verdict why = ahmute_headers(head, h->off, v->ver);

	if (why != VERDICT_PASS)
		return why;
	gather(&s, sa, head, h->off, ah, p + v->len, seq);
	return mac_verify(sa->mac, field + mi->iv_len, field, s.part, s.n)
		   ? VERDICT_PASS
		   : VERDICT_AH_BAD_AUTH;
}

/* The packet without AH, into out. */
static enum verdict
strip(const struct sa *sa, struct wr *out, const uint8_t *p,
    const struct ip_view *v, const struct ah_head *h)
{
	size_t start = out->len, end = h->off + h->len, n;
	struct ip_view now;
	/* ESP of the same tunnel has the outer header: see seal_opts.bundle */
	bool tunnel = sa_is_tunnel(sa) && h->next != IPPROTO_ESP_;
	enum mode_result m = MODE_OK;

	if (!tunnel)
		wr_bytes(out, p, h->off);
	wr_bytes(out, p + end, v->len - end);
	if (out->bad)
		return VERDICT_AH_NOMEM;
	n = out->len - start;
	if (tunnel)
		m = mode_inner(out->base + start, n, h->next, v, &n);
	else if (!mode_rebuild(out->base + start, n, h->next, v, &now))
		m = MODE_BAD_INNER;
	if (m != MODE_OK)
		return m == MODE_ECN ? VERDICT_TUN_ECN : VERDICT_AH_BAD_INNER;
	out->len = start + n;
	return VERDICT_PASS;
}

enum verdict
ah_open(const struct sa *sa, struct wr *out, const uint8_t *p,
    const struct ip_view *v, const struct ah_head *h, uint64_t seq)
{
	size_t start = out->len;

	/* RFC 4302 3.3.3.2.1; some pad to 8 bytes in IPv4 too, which is covered */
	if (h->len != ah_size(sa, 8) &&
	    (v->ver != 4 || h->len != ah_size(sa, 4)))
		return VERDICT_AH_BAD_LENGTH;

	enum verdict why = verify(sa, out, p, v, h, seq);

	undo(out, start, why);
	if (why == VERDICT_PASS)
		why = strip(sa, out, p, v, h);
	return why == VERDICT_PASS ? why : undo(out, start, why);
}
