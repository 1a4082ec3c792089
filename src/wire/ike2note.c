/* SPDX-License-Identifier: BSD-2-Clause */
#include "wire/ike2note.h"

#include <errno.h>

#include "wire/ike2num.h"

enum { ANY = UINT16_MAX, ANNOUNCE_MIN = 2 };

/* Sizes of data of what is read here or elsewhere; what is not listed is free. */
static const struct {
	uint16_t type, min, max;
} sizes[] = {
	{ IKE2_N_UNSUPPORTED_CRITICAL_PAYLOAD, 1, 1 },
	{ IKE2_N_INVALID_SPI, 4, 4 },
	{ IKE2_N_INVALID_KE_PAYLOAD, 2, 2 },
	{ IKE2_N_SET_WINDOW_SIZE, 4, 4 },
	{ IKE2_N_IPCOMP_SUPPORTED, 3, ANY },
	{ IKE2_N_NAT_DETECTION_SOURCE_IP, 20, 20 },
	{ IKE2_N_NAT_DETECTION_DESTINATION_IP, 20, 20 },
	{ IKE2_N_COOKIE, 1, 64 }, /* RFC 7296 2.6 */
	{ IKE2_N_ADDITIONAL_IP4_ADDRESS, 4, 4 },
	{ IKE2_N_ADDITIONAL_IP6_ADDRESS, 16, 16 },
	{ IKE2_N_COOKIE2, 8, 64 },	    /* RFC 4555 4.2.5 */
	{ IKE2_N_NO_NATS_ALLOWED, 12, 36 }, /* RFC 4555 4.2.6 */
	{ IKE2_N_AUTH_LIFETIME, 4, 4 },
	{ IKE2_N_REDIRECT, 2, ANY },
	{ IKE2_N_REDIRECTED_FROM, 2, 257 },
	{ IKE2_N_TICKET_LT_OPAQUE, 5, ANY },
	{ IKE2_N_TICKET_OPAQUE, 1, ANY },
	{ IKE2_N_QUICK_CRASH_DETECTION, 16, 128 }, /* RFC 6290 4.1 */
	{ IKE2_N_MESSAGE_ID_SYNC, 12, 12 },
	{ IKE2_N_REPLAY_COUNTER_SYNC, 4, 8 },
	{ IKE2_N_SIGNATURE_HASH_ALGORITHMS, 2, ANY },
	{ IKE2_N_PPK_IDENTITY, 2, ANY },
	{ IKE2_N_NO_PPK_AUTH, 1, ANY },
	{ IKE2_N_ADDITIONAL_KEY_EXCHANGE, 1, ANY },
};

static bool
size_fits(uint16_t type, size_t n)
{
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		if (sizes[i].type == type)
			return n >= sizes[i].min && n <= sizes[i].max;
	return true;
}

/*
 * REKEY_SA is nothing without the SA that it means. CHILD_SA_NOT_FOUND says enough
 * as it is: it answers a request that named the SA.
 */
static bool
spi_fits(const struct ike2_note *n)
{
	if (n->type == IKE2_N_CHILD_SA_NOT_FOUND)
		return n->spi.n == 0 || n->spi.n == 4;
	return n->type != IKE2_N_REKEY_SA ||
	       ((n->proto == IKE2_PROTO_AH || n->proto == IKE2_PROTO_ESP) &&
		   n->spi.n == 4);
}

int
ike2note_parse(struct ike2_note *out, struct rd r)
{
	out->proto = rd_u8(&r);
	out->spi.n = rd_u8(&r);
	out->type = rd_be16(&r);
	out->spi.p = rd_take(&r, out->spi.n);
	out->data.n = rd_left(&r);
	out->data.p = rd_take(&r, out->data.n);
	return rd_end(&r) && size_fits(out->type, out->data.n) && spi_fits(out)
		   ? 0
		   : EINVAL;
}

void
ike2note_write(struct wr *w, const struct ike2_note *in)
{
	if (in->spi.n > UINT8_MAX)
		w->bad = true;
	wr_u8(w, in->proto);
	wr_u8(w, (uint8_t)in->spi.n);
	wr_be16(w, in->type);
	wr_bytes(w, in->spi.p, in->spi.n);
	wr_bytes(w, in->data.p, in->data.n);
}

static struct rd
data(const struct ike2_note *n)
{
	return ike_view_rd(n->data);
}

uint32_t
ike2note_spi32(const struct ike2_note *n)
{
	struct rd r = ike_view_rd(n->spi);

	return n->spi.n == 4 ? rd_be32(&r) : 0;
}

uint32_t
ike2note_number(const struct ike2_note *n)
{
	struct rd r = data(n);
	uint32_t v = 0;

	if (n->data.n > 4)
		return 0;
	while (rd_more(&r))
		v = v << 8 | rd_u8(&r);
	return v;
}

bool
ike2note_has_hash(const struct ike2_note *n, uint16_t hash)
{
	struct rd r = data(n);

	while (rd_more(&r)) {
		uint16_t one = rd_be16(&r);

		if (!r.bad && one == hash)
			return true;
	}
	return false;
}

struct addr
ike2note_addr(const struct ike2_note *n)
{
	if (n->type == IKE2_N_ADDITIONAL_IP4_ADDRESS && n->data.n == 4)
		return addr_v4(n->data.p);
	if (n->type == IKE2_N_ADDITIONAL_IP6_ADDRESS && n->data.n == 16)
		return addr_v6(n->data.p);
	return (struct addr){ 0 };
}

bool
ike2note_gateway(struct ike2_gateway *out, const struct ike2_note *n)
{
	struct rd r = data(n);
	size_t len;

	*out = (struct ike2_gateway){ .type = rd_u8(&r) };
	len = rd_u8(&r);
	out->id = (struct ike_view){ rd_take(&r, len), len };
	out->nonce.n = rd_left(&r);
	out->nonce.p = rd_take(&r, out->nonce.n);
	if (!rd_end(&r))
		return false;
	switch (out->type) {
	case IKE2_GW_IPV4:
		return len == 4;
	case IKE2_GW_IPV6:
		return len == 16;
	case IKE2_GW_FQDN:
		return len > 0 && memchr(out->id.p, 0, len) == NULL;
	default:
		return false;
	}
}

void
ike2note_write_gateway(struct wr *w, const struct ike2_gateway *in)
{
	if (in->id.n > UINT8_MAX)
		w->bad = true;
	wr_u8(w, in->type);
	wr_u8(w, (uint8_t)in->id.n);
	wr_bytes(w, in->id.p, in->id.n);
	wr_bytes(w, in->nonce.p, in->nonce.n);
}

bool
ike2note_idsync(struct ike2_idsync *out, const struct ike2_note *n)
{
	struct rd r = data(n);

	out->nonce = rd_be32(&r);
	out->send = rd_be32(&r);
	out->recv = rd_be32(&r);
	return rd_end(&r);
}

void
ike2note_write_idsync(struct wr *w, const struct ike2_idsync *in)
{
	wr_be32(w, in->nonce);
	wr_be32(w, in->send);
	wr_be32(w, in->recv);
}

bool
ike2note_ticket(
    uint32_t *life, struct ike_view *ticket, const struct ike2_note *n)
{
	struct rd r = data(n);

	*life = rd_be32(&r);
	ticket->n = rd_left(&r);
	ticket->p = rd_take(&r, ticket->n);
	return rd_end(&r) && ticket->n > 0;
}

bool
ike2note_ppk_id(uint8_t *type, struct ike_view *id, const struct ike2_note *n)
{
	struct rd r = data(n);

	*type = rd_u8(&r);
	id->n = rd_left(&r);
	id->p = rd_take(&r, id->n);
	return rd_end(&r) && id->n > 0;
}

/*
 * RFC 9593 3.2: length (of the whole) and method; 3 and more: a cert link; more
 * than 3: an AlgorithmIdentifier.
 */
bool
ike2note_announce(
    struct ike2_announce *out, size_t *at, bool *bad, const struct ike2_note *n)
{
	struct rd r = data(n), b;

	*bad = false;
	*out = (struct ike2_announce){ 0 };
	rd_skip(&r, *at);
	if (!r.bad && rd_left(&r) == 0)
		return false;
	b = rd_body(&r, rd_u8(&r), 1);
	out->method = rd_u8(&b);
	if (rd_left(&b) > 0)
		out->cert_link = rd_u8(&b);
	out->alg.n = rd_left(&b);
	out->alg.p = rd_take(&b, out->alg.n);
	*bad = r.bad || b.bad;
	*at = n->data.n - rd_left(&r);
	return !*bad;
}

void
ike2note_write_announce(struct wr *w, const struct ike2_announce *in)
{
	size_t len = ANNOUNCE_MIN;

	if (in->cert_link != 0 || in->alg.n != 0)
		len += 1 + in->alg.n;
	if (len > UINT8_MAX)
		w->bad = true;
	wr_u8(w, (uint8_t)len);
	wr_u8(w, in->method);
	if (len == ANNOUNCE_MIN)
		return;
	wr_u8(w, in->cert_link);
	wr_bytes(w, in->alg.p, in->alg.n);
}
