/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/ipsecd/audit.h"

#include "base/txt.h"

#include "core/ah.h"

int
audit_level(enum verdict v, bool inbound)
{
	switch (v) {
	case VERDICT_ESP_NO_SA:
	case VERDICT_AH_NO_SA:
		return inbound ? LOG_LEVEL_DEBUG : 0;
	case VERDICT_ESP_EARLY_REPLAY:
	case VERDICT_AH_EARLY_REPLAY:
	case VERDICT_ESP_REPLAY: /* outbound: the numbers are used up */
	case VERDICT_AH_REPLAY:
	case VERDICT_ESP_IV_WRAP:
	case VERDICT_AH_IV_WRAP:
	case VERDICT_ESP_BAD_AUTH:
	case VERDICT_AH_BAD_AUTH:
	case VERDICT_ESP_CRYPTO_FAILED:
	case VERDICT_AH_CRYPTO_FAILED:
	case VERDICT_SPD_AH_INNERMISMATCH:
	case VERDICT_SPD_ESP_INNERMISMATCH:
		return LOG_LEVEL_WARN;
	case VERDICT_ESP_SHORT:
	case VERDICT_ESP_BAD_PADLEN:
	case VERDICT_ESP_BAD_PADDING:
	case VERDICT_ESP_BAD_INNER:
	case VERDICT_ESP_NAT_T_IPSEC:
	case VERDICT_AH_BAD_LENGTH:
	case VERDICT_AH_BAD_V4_OPTS:
	case VERDICT_AH_BAD_V6_HDRS:
	case VERDICT_AH_BAD_INNER:
	case VERDICT_SPD_MALFORMED_FRAG:
		return inbound ? LOG_LEVEL_WARN : 0;
	default:
		return 0;
	}
}

/* The SA of the verdict, or NULL. */
static const struct sa *
blamed(const struct path_result *r)
{
	return strncmp(verdict_name(r->verdict), "ah_", 3) == 0 ? r->ah
								: r->esp;
}

/*
 * The header nearest to the wire as the packet has it. False: the packet is none
 * of IPsec. A fragment or a cut header may have no number in it.
 */
static bool
put_header(
    struct wr *w, const uint8_t *p, const struct ip_view *v, uint16_t natt_port)
{
	struct ah_head a;
	struct esp_head e;
	enum verdict why;

	if (v->proto == IPPROTO_AH_) {
		why = ah_peek(&a, p, v);
		txt_put(w, "AH");
		if (why == VERDICT_PASS)
			txt_print(w, " SPI 0x%08x number %u", a.spi, a.seq_low);
		return true;
	}
	if (v->proto != IPPROTO_ESP_ && v->proto != IPPROTO_UDP_)
		return false;
	why = esp_peek(&e, p, v, natt_port);
	if (v->proto == IPPROTO_UDP_ && !e.udp)
		return false;
	txt_put(w, e.udp ? "ESP in UDP" : "ESP");
	if (why == VERDICT_PASS)
		txt_print(w, " SPI 0x%08x number %u", e.spi, e.seq_low);
	return true;
}

static void
put_sa(struct wr *w, const struct sa *sa)
{
	txt_print(w, "%s SPI 0x%08x",
	    sa->spec.satype == SATYPE_AH ? "AH" : "ESP", sa->spec.spi);
}

/* What is known of the SA that is at its end. */
static void
put_outbound(struct wr *w, const struct sa *sa)
{
	if (sa == NULL)
		return;
	put_sa(w, sa);
	txt_print(w, " last number %llu", (unsigned long long)sa->seq);
}

static bool
put_inbound(struct wr *w, const struct path_result *r, const uint8_t *p,
    const struct ip_view *v, uint16_t natt_port)
{
	if (!put_header(w, p, v, natt_port))
		return false;
	/* AH was opened, ESP in it is what fails */
	if (v->proto == IPPROTO_AH_ && blamed(r) != NULL &&
	    blamed(r) == r->esp) {
		txt_put(w, ", in it ");
		put_sa(w, r->esp);
	}
	return true;
}

bool
audit_line(char line[AUDIT_LINE], const struct path_result *r, bool inbound,
    const uint8_t *p, size_t n, uint16_t natt_port)
{
	struct wr w = wr_into(line, AUDIT_LINE - 1);
	char src[ADDR_TEXT], dst[ADDR_TEXT];
	struct ip_view v;

	if (!ip_parse(&v, p, n))
		return false;
	txt_print(&w,
	    "%s packet dropped (%s), %s: ", inbound ? "inbound" : "outbound",
	    verdict_name(r->verdict), verdict_text(r->verdict));
	if (!inbound)
		put_outbound(&w, blamed(r));
	else if (!put_inbound(&w, r, p, &v, natt_port))
		return false;
	txt_print(
	    &w, ", %s to %s", addr_print(src, &v.src), addr_print(dst, &v.dst));
	if (v.ver == 6)
		txt_print(&w, ", flow label 0x%05x", v.flow);
	if (w.bad)
		return false;
	line[w.len] = '\0';
	return true;
}

void
audit_drop(struct audit *a, const struct path_result *r, bool inbound,
    const uint8_t *p, size_t n, uint16_t natt_port)
{
	enum log_level level = (enum log_level)audit_level(r->verdict, inbound);
	struct log_rate *rate = &a->rate[inbound][r->verdict];
	char line[AUDIT_LINE];

	/* a flood costs no more than counting it */
	if (level != 0 && log_due(rate, level) &&
	    audit_line(line, r, inbound, p, n, natt_port))
		log_limit(rate, level, "%s", line);
}
