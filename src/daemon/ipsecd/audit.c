/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/ipsecd/audit.h"

#include <stdio.h>

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
	txt_print(w, "%s SPI 0x%08x", sa->satype == SATYPE_AH ? "AH" : "ESP",
	    sa->spi);
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

bool
audit_is_policy(enum verdict v)
{
	switch (v) {
	case VERDICT_SPD_GOT_SECURE:
	case VERDICT_SPD_GOT_CLEAR:
	case VERDICT_SPD_BAD_AHALG:
	case VERDICT_SPD_GOT_AH:
	case VERDICT_SPD_BAD_ESPEALG:
	case VERDICT_SPD_BAD_ESPAALG:
	case VERDICT_SPD_GOT_ESP:
	case VERDICT_SPD_GOT_SELFENCAP:
	case VERDICT_SPD_BAD_SELFENCAP:
	case VERDICT_SPD_AHESP_DIFFID:
	case VERDICT_SPD_NO_POLICY:
	case VERDICT_SPD_EXPLICIT:
		return true;
	default:
		return false;
	}
}

/* What is there to say now? False: nothing, or not yet; then it is counted. */
static bool
policy_due(struct audit *a, uint64_t n, uint64_t now)
{
	if (a->policy_interval == 0 || n == 0)
		return false;
	a->policy_left += n;
	if (now < a->policy_next)
		return false;
	a->policy_next = now + a->policy_interval;
	a->policy_left -= n;
	return true;
}

/* The text goes with a count of what was not told since the last one. */
static void
say_policy(struct audit *a, const char *line)
{
	if (a->policy_left != 0)
		log_say(LOG_LEVEL_WARN, "%s (%llu more since the last line)",
		    line, (unsigned long long)a->policy_left);
	else
		log_say(LOG_LEVEL_WARN, "%s", line);
	a->policy_left = 0;
}

void
audit_kernel(struct audit *a, uint64_t n, uint64_t now)
{
	uint64_t more = n > a->kernel_seen ? n - a->kernel_seen : 0;
	char line[AUDIT_LINE];

	a->kernel_seen = n;
	if (!policy_due(a, more, now))
		return;
	(void)snprintf(line, sizeof(line),
	    "%llu packets dropped for policy by the kernel's rules, see "
	    "solipsec stat",
	    (unsigned long long)more);
	say_policy(a, line);
}

/*
 * Addresses, protocol and ports of what was dropped; of a protected packet those
 * nearest to the wire.
 */
static void
policy_drop(struct audit *a, const struct path_result *r, bool inbound,
    const uint8_t *p, size_t n, uint64_t now)
{
	char line[AUDIT_LINE], src[ADDR_TEXT], dst[ADDR_TEXT];
	struct wr w = wr_into((uint8_t *)line, sizeof(line) - 1);
	struct ip_view v;
	struct flow f;

	if (!policy_due(a, 1, now))
		return;
	txt_print(&w, "%s packet dropped for policy (%s), %s",
	    inbound ? "inbound" : "outbound", verdict_name(r->verdict),
	    verdict_text(r->verdict));
	if (ip_parse(&v, p, n)) {
		ip_flow(&f, &v, p, !inbound);
		txt_print(
		    &w, ": protocol %u, %s", f.proto, addr_print(src, &v.src));
		if (f.has_ports)
			txt_print(&w, " port %u", inbound ? f.rport : f.lport);
		txt_print(&w, " to %s", addr_print(dst, &v.dst));
		if (f.has_ports)
			txt_print(&w, " port %u", inbound ? f.lport : f.rport);
	}
	if (r->rule != 0)
		txt_print(
		    &w, ", policy entry %llu", (unsigned long long)r->rule);
	line[w.len] = '\0';
	say_policy(a, line);
}

/* The level of audit_level() as the tunables have it. */
static int
level_of(const struct audit *a, enum verdict v, bool inbound)
{
	int level = audit_level(v, inbound);

	if (level == LOG_LEVEL_DEBUG &&
	    ((v == VERDICT_ESP_NO_SA && a->log_unknown_spi) ||
		(v == VERDICT_AH_NO_SA && a->ah_log_unknown_spi)))
		return LOG_LEVEL_WARN;
	return level;
}

void
audit_drop(struct audit *a, const struct path_result *r, bool inbound,
    const uint8_t *p, size_t n, uint16_t natt_port, uint64_t now)
{
	enum log_level level = (enum log_level)level_of(a, r->verdict, inbound);
	struct log_rate *rate = &a->rate[inbound][r->verdict];
	char line[AUDIT_LINE];

	if (audit_is_policy(r->verdict))
		policy_drop(a, r, inbound, p, n, now);
	/* a flood costs no more than counting it */
	if (level != 0 && log_due(rate, level) &&
	    audit_line(line, r, inbound, p, n, natt_port))
		log_limit(rate, level, "%s", line);
}
