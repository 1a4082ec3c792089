/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/solipsec/pktline.h"

#include <inttypes.h>

#include "model/alg.h"

bool
pktline_put(FILE *f, json_t *o)
{
	bool good = o != NULL &&
		    json_dumpf(o, f, JSON_COMPACT | JSON_ENSURE_ASCII) == 0 &&
		    fputc('\n', f) != EOF;

	json_decref(o);
	return good;
}

static void
text(json_t *o, const char *key, const char *value)
{
	(void)json_object_set_new(o, key, json_string(value));
}

static void
number(json_t *o, const char *key, uint64_t value)
{
	char buf[24];

	/* a JSON number here is signed */
	if (value <= INT64_MAX) {
		(void)json_object_set_new(
		    o, key, json_integer((json_int_t)value));
		return;
	}
	(void)snprintf(buf, sizeof(buf), "%" PRIu64, value);
	text(o, key, buf);
}

static void
address(json_t *o, const char *key, const struct addr *a)
{
	char buf[ADDR_TEXT];

	text(o, key, addr_print(buf, a));
}

static void
spi(json_t *o, uint32_t value)
{
	char buf[16];

	(void)snprintf(buf, sizeof(buf), "0x%08x", value);
	text(o, "spi", buf);
}

static const char *
protocol(const struct pktway_layer *y)
{
	return y->satype == SATYPE_AH ? "ah" : "esp";
}

static void
algorithms(json_t *o, const struct sa *sa)
{
	const struct alg *e = alg_by_id(ALG_ENCR, sa->encr),
			 *a = alg_by_id(ALG_AUTH, sa->auth);

	if (e != NULL)
		text(o, "encr", e->name);
	if (a != NULL)
		text(o, "auth", a->name);
}

static json_t *
layer(const struct pktway_layer *y)
{
	json_t *o = json_object();

	text(o, "proto", protocol(y));
	if (y->seen) {
		spi(o, y->spi);
		number(o, "seq", y->seq);
	}
	if (y->udp) {
		number(o, "sport", y->sport);
		number(o, "dport", y->dport);
	}
	address(o, "src", &y->src);
	address(o, "dst", &y->dst);
	if (y->sa != NULL) {
		text(o, "mode", sa_is_tunnel(y->sa) ? "tunnel" : "transport");
		algorithms(o, y->sa);
	}
	text(o, "verdict", verdict_name(y->verdict));
	return o;
}

/* The outermost header tells the packet's SPI and number. */
static const struct pktway_layer *
outermost(const struct pktway *w)
{
	if (w->layers == 0)
		return NULL;
	return w->action == PKTWAY_SEALED ? &w->layer[w->layers - 1]
					  : &w->layer[0];
}

static const char *
ip_protocol(char buf[8], const struct pktway *w)
{
	const struct pktway_layer *y = outermost(w);

	if (y != NULL && y->seen)
		return protocol(y);
	switch (w->v.proto) {
	case IPPROTO_ICMP_:
		return "icmp";
	case IPPROTO_TCP_:
		return "tcp";
	case IPPROTO_UDP_:
		return "udp";
	case IPPROTO_ESP_:
		return "esp";
	case IPPROTO_AH_:
		return "ah";
	case IPPROTO_ICMPV6_:
		return "icmp6";
	default:
		(void)snprintf(buf, 8, "%u", w->v.proto);
		return buf;
	}
}

static void
packet(json_t *o, const struct pktread_frame *frame, const struct pktway *w)
{
	static const char *const actions[] = { "none", "opened", "sealed" };
	const struct pktway_layer *y = outermost(w);
	char why[160], buf[8];

	text(o, "action", actions[w->action]);
	text(o, "verdict", verdict_name(w->verdict));
	(void)snprintf(why, sizeof(why), "%s%s",
	    w->why != NULL ? w->why : verdict_text(w->verdict),
	    frame->cut && verdict_is_drop(w->verdict)
		? " (the capture has only the head of this packet)"
		: "");
	text(o, "why", why);
	if (!w->parsed)
		return;
	text(o, "proto", ip_protocol(buf, w));
	if (y != NULL && y->seen) {
		spi(o, y->spi);
		number(o, "seq", y->seq);
	}
	address(o, "src", &w->v.src);
	address(o, "dst", &w->v.dst);
	number(o, "len", w->v.len);
	if (w->v.frag)
		number(o, "frag_off", w->v.frag_off);
	if (w->action != PKTWAY_NONE) {
		address(o, "out_src", &w->result.src);
		address(o, "out_dst", &w->result.dst);
		number(o, "out_proto", w->result.proto);
		number(o, "out_len", w->len);
	}
	if (w->layers != 0) {
		json_t *a = json_array();

		for (unsigned i = 0; i < w->layers; i++)
			(void)json_array_append_new(a, layer(&w->layer[i]));
		(void)json_object_set_new(o, "layers", a);
	}
}

bool
pktline_print(
    FILE *f, const struct pktread_frame *frame, const struct pktway *w)
{
	json_t *o = json_object();
	char when[40];

	number(o, "packet", frame->number);
	(void)snprintf(when, sizeof(when), "%" PRIu64 ".%09" PRIu64,
	    frame->ns / 1000000000u, frame->ns % 1000000000u);
	text(o, "time", when);
	if (w != NULL) {
		packet(o, frame, w);
	} else {
		text(o, "action", "none");
		text(o, "verdict", verdict_name(VERDICT_PASS));
		text(o, "why", frame->why);
	}
	return pktline_put(f, o);
}

const char *
pktline_comment(char buf[PKTLINE_COMMENT], const struct pktread_frame *frame,
    const struct pktway *w)
{
	const struct pktway_layer *y = outermost(w);

	if (y == NULL)
		(void)snprintf(buf, PKTLINE_COMMENT,
		    "packet %" PRIu64 " of the capture, as it was",
		    frame->number);
	else
		(void)snprintf(buf, PKTLINE_COMMENT,
		    "packet %" PRIu64 " of the capture, %s: %s SPI 0x%08x, "
		    "sequence number %" PRIu64,
		    frame->number,
		    w->action == PKTWAY_SEALED ? "sealed" : "opened",
		    y->satype == SATYPE_AH ? "AH" : "ESP", y->spi, y->seq);
	return buf;
}
