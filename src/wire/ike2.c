/* SPDX-License-Identifier: BSD-2-Clause */
#include "wire/ike2.h"

#include <errno.h>
#include <stdio.h>

#include "base/txt.h"

#include "wire/ike2name.h"

enum {
	CRITICAL = 0x80,
	GENERIC = 4,
	NONCE_MIN = 16,
	NONCE_MAX = 256,
	IPV4_ID = 4,
	IPV6_ID = 16
};

struct walk {
	struct ike2_msg *m;
	struct ike2_bad *bad;
	struct rd r;
	const uint8_t *start; /* of the message, or NULL inside of SK */
	uint8_t type;	      /* of the payload that is read */
	unsigned seen;	      /* payloads, of any type */
};

static enum ike2_result
fail(struct walk *w, enum ike2_result why, const char *what)
{
	w->bad->payload = w->type;
	w->bad->what = what;
	return why;
}

static enum ike2_result
from_errno(struct walk *w, int err)
{
	if (err == 0)
		return IKE2_OK;
	if (err == E2BIG)
		return fail(w, IKE2_TOO_MANY, "has too many parts");
	return fail(w, IKE2_SYNTAX, "is malformed");
}

static struct ike_view
rest(struct rd *r)
{
	size_t n = rd_left(r);

	return (struct ike_view){ rd_take(r, n), n };
}

static enum ike2_result
need(struct walk *w, const struct rd *r)
{
	return rd_end(r) ? IKE2_OK : fail(w, IKE2_SYNTAX, "is too short");
}

/* RFC 7296 3.4 */
static enum ike2_result
read_ke(struct walk *w, struct rd r)
{
	w->m->ke.group = rd_be16(&r);
	rd_skip(&r, 2);
	w->m->ke.data = rest(&r);
	return need(w, &r);
}

/* RFC 7296 3.5 */
static enum ike2_result
read_id(struct walk *w, struct rd r)
{
	struct ike2_id *id = w->type == IKE2_P_IDI ? &w->m->idi : &w->m->idr;
	size_t n;

	id->body = (struct ike_view){ r.p, rd_left(&r) };
	id->type = rd_u8(&r);
	rd_skip(&r, 3);
	id->data = rest(&r);
	n = id->data.n;
	if (!rd_end(&r) || (id->type == IKE2_ID_IPV4 && n != IPV4_ID) ||
	    (id->type == IKE2_ID_IPV6 && n != IPV6_ID) ||
	    (id->type != IKE2_ID_NULL && n == 0))
		return fail(w, IKE2_SYNTAX, "has a length that cannot be");
	return IKE2_OK;
}

/* RFC 7296 3.6, 3.7 */
static enum ike2_result
read_cert(struct walk *w, struct rd r, struct ike2_cert *list, uint8_t *n,
    unsigned max)
{
	if (*n == max)
		return fail(w, IKE2_TOO_MANY, "comes too often");
	list[*n].enc = rd_u8(&r);
	list[(*n)++].data = rest(&r);
	return need(w, &r);
}

/* RFC 7296 3.8, RFC 7427 3 */
static enum ike2_result
read_auth(struct walk *w, struct rd r)
{
	struct ike2_authdata *a = &w->m->auth;

	a->method = rd_u8(&r);
	rd_skip(&r, 3);
	a->alg = (struct ike_view){ r.p, 0 };
	if (a->method == IKE2_AUTH_SIGNATURE) {
		a->alg.n = rd_u8(&r);
		a->alg.p = rd_take(&r, a->alg.n);
	}
	a->data = rest(&r);
	return need(w, &r);
}

/* RFC 7296 2.10 */
static enum ike2_result
read_nonce(struct walk *w, struct rd r)
{
	w->m->nonce = rest(&r);
	if (w->m->nonce.n < NONCE_MIN || w->m->nonce.n > NONCE_MAX)
		return fail(w, IKE2_SYNTAX, "must have 16 to 256 bytes");
	return IKE2_OK;
}

static enum ike2_result
read_note(struct walk *w, struct rd r)
{
	if (w->m->nnote == IKE2_NOTIFIES)
		return fail(w, IKE2_TOO_MANY, "comes too often");
	return from_errno(w, ike2note_parse(&w->m->note[w->m->nnote++], r));
}

/* RFC 7296 3.11 */
static enum ike2_result
read_delete(struct walk *w, struct rd r)
{
	struct ike2_delete *d = &w->m->del[w->m->ndel];
	size_t size;

	if (w->m->ndel == IKE2_DELETES)
		return fail(w, IKE2_TOO_MANY, "comes too often");
	w->m->ndel++;
	d->proto = rd_u8(&r);
	size = rd_u8(&r);
	d->n = rd_be16(&r);
	d->spi = rd_take(&r, d->n * size);
	if (d->proto == IKE2_PROTO_IKE ? size != 0 || d->n != 0
				       : size != 4 || d->n == 0)
		return fail(
		    w, IKE2_SYNTAX, "has SPIs of a wrong size or number");
	if (d->proto < IKE2_PROTO_IKE || d->proto > IKE2_PROTO_ESP)
		return fail(w, IKE2_SYNTAX, "is of an unknown protocol");
	return rd_end(&r) ? IKE2_OK : from_errno(w, EINVAL);
}

static enum ike2_result
read_vendor(struct walk *w, struct rd r)
{
	if (w->m->nvendor == IKE2_VENDORS)
		return fail(w, IKE2_TOO_MANY, "comes too often");
	w->m->vendor[w->m->nvendor++] = rest(&r);
	return IKE2_OK;
}

/* RFC 3748 4: code, identifier, length. What is inside: wire/eap.h */
static enum ike2_result
read_eap(struct walk *w, struct rd r)
{
	w->m->eap = rest(&r);
	if (w->m->eap.n < 4)
		return fail(w, IKE2_SYNTAX, "is too short");
	return IKE2_OK;
}

static enum ike2_result
read_known(struct walk *w, struct rd r)
{
	struct ike2_msg *m = w->m;

	switch (w->type) {
	case IKE2_P_SA:
		return from_errno(w, ike2sa_parse(&m->sa, r));
	case IKE2_P_KE:
		return read_ke(w, r);
	case IKE2_P_IDI:
	case IKE2_P_IDR:
		return read_id(w, r);
	case IKE2_P_CERT:
		return read_cert(w, r, m->cert, &m->ncert, IKE2_CERTS);
	case IKE2_P_CERTREQ:
		return read_cert(w, r, m->certreq, &m->ncertreq, IKE2_CERTREQS);
	case IKE2_P_AUTH:
		return read_auth(w, r);
	case IKE2_P_NONCE:
		return read_nonce(w, r);
	case IKE2_P_NOTIFY:
		return read_note(w, r);
	case IKE2_P_DELETE:
		return read_delete(w, r);
	case IKE2_P_VENDOR:
		return read_vendor(w, r);
	case IKE2_P_TSI:
		return from_errno(w, ike2ts_parse(&m->tsi, r));
	case IKE2_P_TSR:
		return from_errno(w, ike2ts_parse(&m->tsr, r));
	case IKE2_P_CP:
		return from_errno(w, ike2cp_parse(&m->cp, r));
	default:
		return read_eap(w, r);
	}
}

static bool
is_known(uint8_t type)
{
	return (type >= IKE2_P_SA && type <= IKE2_P_EAP) || type == IKE2_P_SKF;
}

static bool
may_repeat(uint8_t type)
{
	return type == IKE2_P_CERT || type == IKE2_P_CERTREQ ||
	       type == IKE2_P_NOTIFY || type == IKE2_P_DELETE ||
	       type == IKE2_P_VENDOR;
}

/* RFC 7296 3.14, RFC 7383 2.5: the last payload; next is of the first inside. */
static enum ike2_result
read_sk(struct walk *w, struct rd r, uint8_t next)
{
	struct ike2_sk *sk = &w->m->sk;

	if (w->start == NULL)
		return fail(w, IKE2_SYNTAX, "cannot be inside of SK");
	if (w->m->norder != 0 || rd_left(&w->r) != 0)
		return fail(w, IKE2_UNPROTECTED,
		    "must be the last payload, and the only one");
	*sk = (struct ike2_sk){ .first = next };
	if (w->type == IKE2_P_SKF) {
		sk->num = rd_be16(&r);
		sk->total = rd_be16(&r);
		if (r.bad || sk->num == 0 || sk->num > sk->total)
			return fail(
			    w, IKE2_UNPROTECTED, "has numbers that cannot be");
	}
	sk->head = (size_t)(r.p - w->start);
	sk->body = rest(&r);
	w->m->has |= IKE2_SET(w->type);
	return IKE2_OK;
}

/* How many of this type were there before. */
static uint8_t
index_of(const struct ike2_msg *m, uint8_t type)
{
	switch (type) {
	case IKE2_P_CERT:
		return m->ncert;
	case IKE2_P_CERTREQ:
		return m->ncertreq;
	case IKE2_P_NOTIFY:
		return m->nnote;
	case IKE2_P_DELETE:
		return m->ndel;
	case IKE2_P_VENDOR:
		return m->nvendor;
	default:
		return 0;
	}
}

/* RFC 7296 3.2: the payload that stands next, with its generic header. */
static enum ike2_result
read_payload(struct walk *w)
{
	struct ike2_msg *m = w->m;
	uint8_t next = rd_u8(&w->r), flags = rd_u8(&w->r);
	struct rd body = rd_body(&w->r, rd_be16(&w->r), GENERIC);
	enum ike2_result res;

	if (body.bad)
		return fail(w, IKE2_SYNTAX, "does not fit into the message");
	if (++w->seen > IKE2_PAYLOADS)
		return fail(w, IKE2_TOO_MANY, "is one payload too many");
	if (w->type == IKE2_P_SK || w->type == IKE2_P_SKF) {
		res = read_sk(w, body, next);
		w->type = IKE2_P_NONE;
		return res;
	}
	if (!is_known(w->type)) {
		/* RFC 7296 2.5: the flag counts for these alone */
		if ((flags & CRITICAL) != 0)
			return fail(
			    w, IKE2_CRITICAL, "is critical and unknown");
		m->nskipped++;
		w->type = next;
		return IKE2_OK;
	}
	if ((m->has & IKE2_SET(w->type)) != 0 && !may_repeat(w->type))
		return fail(w, IKE2_SYNTAX, "comes twice");
	m->has |= IKE2_SET(w->type);
	m->order[m->norder++] =
	    (struct ike2_order){ w->type, index_of(m, w->type) };
	res = read_known(w, body);
	w->type = next;
	return res;
}

static enum ike2_result
walk(struct walk *w)
{
	enum ike2_result res;

	while (w->type != IKE2_P_NONE) {
		if (rd_left(&w->r) == 0)
			return fail(w, IKE2_SYNTAX, "is announced and missing");
		if ((res = read_payload(w)) != IKE2_OK)
			return res;
	}
	if (!rd_end(&w->r))
		return fail(w, IKE2_SYNTAX, "bytes behind the last payload");
	return IKE2_OK;
}

static void
forget(struct ike2_msg *m)
{
	m->has = 0;
	m->ncert = m->ncertreq = m->nnote = m->ndel = 0;
	m->nvendor = m->norder = m->nskipped = 0;
}

enum ike2_result
ike2_parse(struct ike2_msg *m, struct ike2_bad *bad, const uint8_t *b, size_t n)
{
	struct walk w = { .m = m, .bad = bad, .start = b };
	bool whole = ikehdr_parse(&m->hdr, b, n);

	forget(m);
	m->sk = (struct ike2_sk){ 0 };
	*bad = (struct ike2_bad){ .what = "" };
	if (!whole)
		return fail(&w, IKE2_LENGTH, "shorter than a header");
	if (m->hdr.major != 2)
		return fail(&w, IKE2_VERSION, "another major version");
	if (!ikehdr_whole(&m->hdr, n))
		return fail(&w, IKE2_LENGTH, "not as long as its header says");
	/* RFC 7296 3.1 */
	if (m->hdr.spi_i == 0)
		return fail(&w, IKE2_SYNTAX, "the initiator's SPI is zero");
	w.r = rd_from(b + IKEHDR_LEN, n - IKEHDR_LEN);
	w.type = m->hdr.next;
	return walk(&w);
}

enum ike2_result
ike2_parse_inner(struct ike2_msg *m, struct ike2_bad *bad, uint8_t first,
    const uint8_t *b, size_t n)
{
	struct walk w = { .m = m, .bad = bad, .type = first };
	uint64_t outer = m->has & (IKE2_SET(IKE2_P_SK) | IKE2_SET(IKE2_P_SKF));
	enum ike2_result res;

	w.r = ike_view_rd((struct ike_view){ b, n });
	forget(m);
	*bad = (struct ike2_bad){ .what = "" };
	res = walk(&w);
	m->has |= outer;
	return res;
}

uint16_t
ike2_result_notify(enum ike2_result r)
{
	switch (r) {
	case IKE2_VERSION:
		return IKE2_N_INVALID_MAJOR_VERSION;
	case IKE2_CRITICAL:
		return IKE2_N_UNSUPPORTED_CRITICAL_PAYLOAD;
	case IKE2_SYNTAX:
	case IKE2_TOO_MANY:
		return IKE2_N_INVALID_SYNTAX;
	case IKE2_OK:
	case IKE2_LENGTH:
	case IKE2_UNPROTECTED:
		break;
	}
	return 0;
}

const char *
ike2_bad_print(char buf[IKE2_BAD_TEXT], const struct ike2_bad *bad)
{
	char name[IKE2NAME_TEXT];

	if (bad->payload == IKE2_P_NONE)
		(void)snprintf(buf, IKE2_BAD_TEXT, "%s", bad->what);
	else
		(void)snprintf(buf, IKE2_BAD_TEXT, "%s payload: %s",
		    ike2name_text(
			name, ike2name_payload(bad->payload), bad->payload),
		    bad->what);
	return buf;
}

const struct ike2_note *
ike2_note_find(const struct ike2_msg *m, uint16_t type)
{
	for (unsigned i = 0; i < m->nnote; i++)
		if (m->note[i].type == type)
			return &m->note[i];
	return NULL;
}

const struct ike2_note *
ike2_note_error(const struct ike2_msg *m)
{
	for (unsigned i = 0; i < m->nnote; i++)
		if (ike2note_is_error(m->note[i].type))
			return &m->note[i];
	return NULL;
}

uint32_t
ike2_delete_spi(const struct ike2_delete *d, unsigned i)
{
	struct rd r = rd_from(d->spi, (size_t)d->n * 4);

	rd_skip(&r, (size_t)i * 4);
	return rd_be32(&r);
}

const char *
ike2_print(char *buf, size_t size, const struct ike2_msg *m)
{
	struct wr w = wr_into(buf, size - 1);
	char name[IKE2NAME_TEXT];

	for (unsigned i = 0; i < m->norder; i++) {
		uint8_t type = m->order[i].type;
		uint16_t note;

		if (i > 0)
			txt_put(&w, " ");
		if (type != IKE2_P_NOTIFY) {
			txt_put(&w, ike2name_payload(type));
			continue;
		}
		note = m->note[m->order[i].i].type;
		txt_print(&w, "N(%s)",
		    ike2name_text(name, ike2name_notify(note), note));
	}
	buf[w.len] = '\0';
	return buf;
}
