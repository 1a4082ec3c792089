/* SPDX-License-Identifier: BSD-2-Clause */
#include "wire/eap.h"

enum { HEAD = 4, RESERVED = 8, HEX = 2 * EAP_MSC_AUTH_LEN };

/* RFC 5216 3.1 */
enum { TLS_L = 0x80, TLS_M = 0x40, TLS_S = 0x20, TLS_V = 7 };

static struct ike_view
take(struct rd *r, size_t n)
{
	return (struct ike_view){ rd_take(r, n), n };
}

bool
eap_parse(struct eap *e, const uint8_t *b, size_t n)
{
	struct rd r = ike_view_rd((struct ike_view){ b, n }), body;

	*e = (struct eap){ .code = rd_u8(&r) };
	e->id = rd_u8(&r);
	body = rd_body(&r, rd_be16(&r), HEAD);
	if (body.bad || e->code < EAP_REQUEST || e->code > EAP_FAILURE)
		return false;
	if (e->code == EAP_SUCCESS || e->code == EAP_FAILURE)
		return rd_end(&body);
	e->type = rd_u8(&body);
	e->data = take(&body, rd_left(&body));
	return rd_end(&body) && e->type != 0;
}

void
eap_write(struct wr *w, const struct eap *e)
{
	size_t from = w->len, field;

	wr_u8(w, e->code);
	wr_u8(w, e->id);
	field = wr_open16(w);
	if (e->code == EAP_REQUEST || e->code == EAP_RESPONSE) {
		wr_u8(w, e->type);
		wr_bytes(w, e->data.p, e->data.n);
	}
	wr_close16(w, field, from);
}

bool
eap_nak_wants(const struct eap *e, uint8_t type)
{
	return e->code == EAP_RESPONSE && e->type == EAP_NAK && e->data.n > 0 &&
	       memchr(e->data.p, type, e->data.n) != NULL;
}

/* ---- MSCHAPv2 ---- */

static int
hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* "S=" and 40 digits (RFC 2759 5). */
static bool
read_auth(struct rd *r, uint8_t auth[EAP_MSC_AUTH_LEN])
{
	const uint8_t *p = rd_take(r, 2), *hex = rd_take(r, HEX);

	if (p == NULL || hex == NULL || p[0] != 'S' || p[1] != '=')
		return false;
	for (unsigned i = 0; i < EAP_MSC_AUTH_LEN; i++) {
		int hi = hex_digit(hex[2 * i]), lo = hex_digit(hex[2 * i + 1]);

		if (hi < 0 || lo < 0)
			return false;
		auth[i] = (uint8_t)(hi << 4 | lo);
	}
	return true;
}

/* The number behind "X=": up to six digits. False: it is not there. */
static bool
read_number(struct rd *r, char letter, uint32_t *out)
{
	const uint8_t *p = rd_take(r, 2);
	unsigned digits = 0;

	*out = 0;
	if (p == NULL || p[0] != (uint8_t)letter || p[1] != '=')
		return false;
	while (rd_left(r) > 0 && *r->p >= '0' && *r->p <= '9' && digits < 6) {
		*out = *out * 10 + (uint32_t)(rd_u8(r) - '0');
		digits++;
	}
	return digits > 0;
}

/* All behind " M="; nothing when there is none. */
static struct ike_view
read_text(struct rd *r)
{
	while (rd_left(r) >= 3) {
		if (memcmp(r->p, " M=", 3) == 0) {
			rd_skip(r, 3);
			return take(r, rd_left(r));
		}
		rd_skip(r, 1);
	}
	rd_skip(r, rd_left(r));
	return (struct ike_view){ NULL, 0 };
}

/* RFC 2759 6: E= and R= come first. */
static bool
read_failure(struct eap_msc *m, struct rd *r)
{
	if (!read_number(r, 'E', &m->error))
		return false;
	m->retry = rd_left(r) >= 4 && memcmp(r->p, " R=1", 4) == 0;
	m->text = read_text(r);
	return !r->bad;
}

static bool
read_challenge(struct eap_msc *m, struct rd *r)
{
	if (rd_u8(r) != EAP_MSC_CHALLENGE_LEN)
		return false;
	m->challenge = take(r, EAP_MSC_CHALLENGE_LEN);
	m->name = take(r, rd_left(r));
	return rd_end(r) && m->name.n <= EAP_MSC_NAME;
}

static bool
read_response(struct eap_msc *m, struct rd *r)
{
	if (rd_u8(r) != EAP_MSC_CHALLENGE_LEN + RESERVED + EAP_MSC_NT_LEN + 1)
		return false;
	m->challenge = take(r, EAP_MSC_CHALLENGE_LEN);
	rd_skip(r, RESERVED);
	m->nt = take(r, EAP_MSC_NT_LEN);
	rd_skip(r, 1); /* flags */
	m->name = take(r, rd_left(r));
	return rd_end(r) && m->name.n <= EAP_MSC_NAME;
}

bool
eap_msc_parse(struct eap_msc *m, const struct eap *e)
{
	struct rd r = ike_view_rd(e->data), b;
	bool request = e->code == EAP_REQUEST;

	*m = (struct eap_msc){ .op = rd_u8(&r) };
	if (r.bad || e->type != EAP_MSCHAPV2 || e->code > EAP_RESPONSE)
		return false;
	/* the peer's word about the end is one byte */
	if (!request && m->op != EAP_MSC_RESPONSE)
		return (m->op == EAP_MSC_SUCCESS || m->op == EAP_MSC_FAILURE) &&
		       rd_end(&r);
	m->id = rd_u8(&r);
	b = rd_body(&r, rd_be16(&r), HEAD);
	if (b.bad || !rd_end(&r))
		return false;
	switch (m->op) {
	case EAP_MSC_CHALLENGE:
		return read_challenge(m, &b);
	case EAP_MSC_RESPONSE:
		return !request && read_response(m, &b);
	case EAP_MSC_SUCCESS:
		m->has_auth = read_auth(&b, m->auth);
		m->text = read_text(&b);
		return m->has_auth;
	case EAP_MSC_FAILURE:
		return read_failure(m, &b);
	default:
		return false;
	}
}

static void
put_hex(struct wr *w, const uint8_t *p, size_t n)
{
	static const char digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < n; i++) {
		wr_u8(w, (uint8_t)digits[p[i] >> 4]);
		wr_u8(w, (uint8_t)digits[p[i] & 15]);
	}
}

static void
put_number(struct wr *w, uint32_t v)
{
	if (v >= 10)
		put_number(w, v / 10);
	wr_u8(w, (uint8_t)('0' + v % 10));
}

static void
put_text(struct wr *w, struct ike_view text)
{
	if (text.n == 0)
		return;
	wr_bytes(w, " M=", 3);
	wr_bytes(w, text.p, text.n);
}

static void
put_body(struct wr *w, const struct eap_msc *m)
{
	switch (m->op) {
	case EAP_MSC_CHALLENGE:
		wr_u8(w, EAP_MSC_CHALLENGE_LEN);
		wr_bytes(w, m->challenge.p, m->challenge.n);
		wr_bytes(w, m->name.p, m->name.n);
		break;
	case EAP_MSC_RESPONSE:
		wr_u8(w, EAP_MSC_CHALLENGE_LEN + RESERVED + EAP_MSC_NT_LEN + 1);
		wr_bytes(w, m->challenge.p, m->challenge.n);
		wr_zero(w, RESERVED);
		wr_bytes(w, m->nt.p, m->nt.n);
		wr_u8(w, 0);
		wr_bytes(w, m->name.p, m->name.n);
		break;
	case EAP_MSC_SUCCESS:
		wr_bytes(w, "S=", 2);
		put_hex(w, m->auth, sizeof(m->auth));
		put_text(w, m->text);
		break;
	default:
		wr_bytes(w, "E=", 2);
		put_number(w, m->error);
		wr_bytes(w, m->retry ? " R=1" : " R=0", 4);
		/* RFC 2759 6: a challenge and the version are asked for */
		wr_bytes(w, " C=", 3);
		put_hex(w, m->challenge.p, m->challenge.n);
		wr_bytes(w, " V=3", 4);
		put_text(w, m->text);
		break;
	}
}

void
eap_msc_write(struct wr *w, const struct eap_msc *m, bool request)
{
	size_t from = w->len, field;

	wr_u8(w, m->op);
	if (!request && m->op != EAP_MSC_RESPONSE)
		return;
	wr_u8(w, m->id);
	field = wr_open16(w);
	put_body(w, m);
	wr_close16(w, field, from);
}

/* ---- TLS ---- */

bool
eap_tls_parse(struct eap_tls *t, const struct eap *e)
{
	struct rd r = ike_view_rd(e->data);
	uint8_t flags = rd_u8(&r);

	*t = (struct eap_tls){ .start = (flags & TLS_S) != 0,
		.more = (flags & TLS_M) != 0,
		.has_len = (flags & TLS_L) != 0,
		.version = flags & TLS_V };
	if (t->has_len)
		t->len = rd_be32(&r);
	t->data = take(&r, rd_left(&r));
	return rd_end(&r) && t->len <= EAP_TLS_MAX &&
	       (!t->has_len || t->len >= t->data.n);
}

void
eap_tls_write(struct wr *w, const struct eap_tls *t)
{
	wr_u8(w, (uint8_t)((t->has_len ? TLS_L : 0) | (t->more ? TLS_M : 0) |
			   (t->start ? TLS_S : 0) | (t->version & TLS_V)));
	if (t->has_len)
		wr_be32(w, t->len);
	wr_bytes(w, t->data.p, t->data.n);
}
