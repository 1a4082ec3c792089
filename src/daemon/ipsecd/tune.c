/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/ipsecd/tune.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/lex.h"
#include "daemon/ipsecd/audit.h"
#include "daemon/ipsecd/ipsecd.h"

#define FIELD(s, f) offsetof(struct s, f), sizeof(((struct s *)0)->f)
#define U32_MAX	    UINT64_C(0xffffffff)

static void
debug_changed(struct ipsecd *d)
{
	const struct tune_own *t = &d->tune;

	log_set_debug(d->debug || t->esp_debug != 0 || t->ah_debug != 0 ||
		      t->keysock_debug != 0 || t->spdsock_debug != 0);
}

static void
keysock_changed(struct ipsecd *d)
{
	if (d->control != NULL)
		control_key_news(d->control, d->tune.keysock_max_buf);
}

static void
share_changed(struct ipsecd *d)
{
	if (d->pump != NULL)
		pump_set_share(d->pump, d->tune.crypto_cpu_share);
}

static void
offload_changed(struct ipsecd *d)
{
	if (d->pump != NULL)
		pump_set_offload(d->pump, d->tune.offload);
}

static void
kernel_changed(struct ipsecd *d)
{
	/* where it is not, there is nothing to switch */
	if (d->crypto != NULL)
		(void)!crypto_switch(
		    d->crypto, "gcmx", d->tune.gcm_kernel != 0);
}

#define OWN_BUFFER                                                      \
	"a Unix socket has no such mark: its buffer holds the longest " \
	"message, and what waits beyond it is bounded by keysock_max_buf"
#define NO_NEWS                                                              \
	"PF_POLICY here has only answers, and they are never lost: nothing " \
	"has to be bounded by a buffer"

/* spec: sa 24, services 11: AH and ESP have these alike. */
#define PROTOCOL(p, home, P, own)                                              \
	{ p "_age_interval", NULL, "ms",                                       \
		"between two looks at the lifetimes of " P " SAs", 125, 32000, \
		500, 8000, TUNE_DAEMON, FIELD(tune_own, own##_age_interval),   \
		ipsecd_age_changed, NULL },                                    \
	    { p "_reap_delay", NULL, "s",                                      \
		    "that a dead " P " SA can still be seen", 1, 10, 1, 0,     \
		    home, FIELD(sadb_tune, reap_delay), NULL, NULL },          \
	    { p "_replay_size", NULL, "packets",                               \
		    "the replay window that " P " proposals ask for", 1, 256,  \
		    64, 0, home, FIELD(sadb_tune, replay_size), NULL, NULL },  \
	    { p "_larval_timeout", NULL, "s", "that a larval " P " SA lives",  \
		    1, 1800, 90, 0, home, FIELD(sadb_tune, larval_timeout),    \
		    NULL, NULL },                                              \
	    { p "_default_soft_bytes", NULL, "bytes",                          \
		    "soft lifetime that " P " proposals name; 0: none", 0,     \
		    U32_MAX, 0, 0, home, FIELD(sadb_tune, soft.bytes), NULL,   \
		    NULL },                                                    \
	    { p "_default_hard_bytes", NULL, "bytes",                          \
		    "hard lifetime that " P " proposals name; 0: none", 0,     \
		    U32_MAX, 0, 0, home, FIELD(sadb_tune, hard.bytes), NULL,   \
		    NULL },                                                    \
	    { p "_default_soft_addtime", NULL, "s",                            \
		    "soft lifetime that " P " proposals name; 0: none", 0,     \
		    U32_MAX, 24000, 0, home, FIELD(sadb_tune, soft.addtime),   \
		    NULL, NULL },                                              \
	    { p "_default_hard_addtime", NULL, "s",                            \
		    "hard lifetime that " P " proposals name; 0: none", 0,     \
		    U32_MAX, 28800, 0, home, FIELD(sadb_tune, hard.addtime),   \
		    NULL, NULL },                                              \
	    { p "_default_soft_usetime", NULL, "s",                            \
		    "soft lifetime from first use that " P                     \
		    " proposals name; 0: none",                                \
		    0, U32_MAX, 0, 0, home, FIELD(sadb_tune, soft.usetime),    \
		    NULL, NULL },                                              \
	    { p "_default_hard_usetime", NULL, "s",                            \
		    "hard lifetime from first use that " P                     \
		    " proposals name; 0: none",                                \
		    0, U32_MAX, 0, 0, home, FIELD(sadb_tune, hard.usetime),    \
		    NULL, NULL },                                              \
	{                                                                      \
		p "_debug", NULL, "", "1 to 3: more in the log of ipsecd", 0,  \
		    3, 0, 0, TUNE_DAEMON, FIELD(tune_own, own##_debug),        \
		    debug_changed, NULL                                        \
	}

#define SWITCH(name, alias, help, value, home, ...)          \
	{                                                    \
		name, alias, "", help, 0, 1, value, 0, home, \
		    FIELD(__VA_ARGS__), NULL, NULL           \
	}
#define MEANINGLESS(name, alias, unit, min, max, value, why)                  \
	{                                                                     \
		name, alias, unit, "without a meaning here", min, max, value, \
		    0, TUNE_NOWHERE, 0, 0, NULL, why                          \
	}

static const struct tune_row rows[] = {
	PROTOCOL("ipsecesp", TUNE_ESP, "ESP", esp),
	{ "ipsecesp_acquire_timeout", NULL, "s",
	    "that packets wait for key management, for ESP alone or with AH", 1,
	    300, 15, 0, TUNE_PATH, FIELD(path_tune, acquire_timeout), NULL,
	    NULL },
	SWITCH("ipsecesp_log_unknown_spi", NULL,
	    "1: log packets of which no ESP SA is known", 0, TUNE_AUDIT, audit,
	    log_unknown_spi),
	{ "ipsecesp_padding_check", NULL, "",
	    "of ESP padding: 0 nothing, 1 its length, 2 its contents", 0, 2, 2,
	    1, TUNE_PATH, FIELD(path_tune, padding_check), NULL, NULL },
	{ "ipsecesp_esn_resync", NULL, "packets",
	    "of failed ones in a row, after which 64-bit numbers are looked "
	    "for far ahead; 0: never",
	    0, 65535, 256, 0, TUNE_PATH, FIELD(path_tune, esn_resync), NULL,
	    NULL },
	{ "ipsecesp_nat_keepalive_interval", NULL, "s",
	    "without traffic, after which a NAT is reminded; 0: never", 0, 600,
	    20, 0, TUNE_PATH, FIELD(path_tune, nat_keepalive), NULL, NULL },
	PROTOCOL("ipsecah", TUNE_AH, "AH", ah),
	{ "ipsecah_acquire_timeout", NULL, "s",
	    "that packets wait for key management, for AH alone", 1, 300, 15, 0,
	    TUNE_PATH, FIELD(path_tune, ah_acquire_timeout), NULL, NULL },
	SWITCH("ipsecah_log_unknown_spi", NULL,
	    "1: log packets of which no AH SA is known", 0, TUNE_AUDIT, audit,
	    ah_log_unknown_spi),
	{ "keysock_max_buf", NULL, "bytes",
	    "of messages that may wait for a slow PF_KEY listener", 65536,
	    1073741824, 262144, 0, TUNE_DAEMON,
	    FIELD(tune_own, keysock_max_buf), keysock_changed, NULL },
	{ "crypto_cpu_share", NULL, "%",
	    "of one CPU that packets and their cryptography may use; 100: all",
	    1, 100, 100, 0, TUNE_DAEMON, FIELD(tune_own, crypto_cpu_share),
	    share_changed, NULL },
	{ "ipsec_offload", "_ipsec_offload", "",
	    "sum of what is used beyond one packet a system call: see "
	    "solipsec-tune(8)",
	    0, PUMP_ALL, PUMP_ALL, 0, TUNE_DAEMON, FIELD(tune_own, offload),
	    offload_changed, NULL },
	{ "ipsec_gcm_kernel", "_ipsec_gcm_kernel", "",
	    "1: short packets under AES-GCM are computed several at a time; 0: "
	    "by the libraries alone",
	    0, 1, 1, 0, TUNE_DAEMON, FIELD(tune_own, gcm_kernel),
	    kernel_changed, NULL },
	{ "keysock_debug", NULL, "", "1 to 3: more in the log of ipsecd", 0, 3,
	    0, 0, TUNE_DAEMON, FIELD(tune_own, keysock_debug), debug_changed,
	    NULL },
	MEANINGLESS(
	    "keysock_xmit_hiwat", NULL, "bytes", 4096, 65536, 8192, OWN_BUFFER),
	MEANINGLESS(
	    "keysock_xmit_lowat", NULL, "bytes", 0, 65536, 1024, OWN_BUFFER),
	MEANINGLESS(
	    "keysock_recv_hiwat", NULL, "bytes", 4096, 65536, 8192, OWN_BUFFER),
	{ "ipsec_override_persocket_policy", "_ipsec_override_persocket_policy",
	    "",
	    "1: an entry of the system's policy goes before what a socket asks",
	    0, 1, 0, 0, TUNE_PATH, FIELD(path_tune, override_sockets),
	    ipsecd_policy_changed, NULL },
	{ "ipsec_latch", NULL, "",
	    "1: connections keep the policy that they began with", 0, 1, 1, 0,
	    TUNE_PATH, FIELD(path_tune, latch), ipsecd_policy_changed, NULL },
	{ "spdsock_debug", NULL, "", "1 to 3: more in the log of ipsecd", 0, 3,
	    0, 0, TUNE_DAEMON, FIELD(tune_own, spdsock_debug), debug_changed,
	    NULL },
	MEANINGLESS("spdsock_max_buf", NULL, "bytes", 65536, 1073741824, 262144,
	    NO_NEWS),
	MEANINGLESS(
	    "spdsock_xmit_hiwat", NULL, "bytes", 4096, 65536, 8192, NO_NEWS),
	MEANINGLESS(
	    "spdsock_xmit_lowat", NULL, "bytes", 0, 65536, 1024, NO_NEWS),
	MEANINGLESS(
	    "spdsock_recv_hiwat", NULL, "bytes", 4096, 65536, 8192, NO_NEWS),
	{ "icmp_accept_clear_messages", "_icmp_accept_clear_messages", "",
	    "1: harmless ICMP may come in the clear whatever policy wants", 0,
	    1, 1, 0, TUNE_PATH, FIELD(path_tune, icmp_accept_clear_messages),
	    ipsecd_policy_changed, NULL },
	{ "igmp_accept_clear_messages", "_igmp_accept_clear_messages", "",
	    "1: IGMP may come in the clear whatever policy wants", 0, 1, 1, 0,
	    TUNE_PATH, FIELD(path_tune, igmp_accept_clear_messages),
	    ipsecd_policy_changed, NULL },
	{ "pim_accept_clear_messages", "_pim_accept_clear_messages", "",
	    "1: PIM may come in the clear whatever policy wants", 0, 1, 1, 0,
	    TUNE_PATH, FIELD(path_tune, pim_accept_clear_messages),
	    ipsecd_policy_changed, NULL },
	{ "ipsec_loopback_policy", "_ipsec_loopback_policy", "",
	    "1: policy is also about what the host sends to itself", 0, 1, 1, 0,
	    TUNE_DAEMON, FIELD(tune_own, loopback_policy),
	    ipsecd_policy_changed, NULL },
	{ "ip_strict_dst_multihoming", "_strict_dst_multihoming", "",
	    "1: drop IPv4 packets for an address of another device than the "
	    "one they came in by",
	    0, 1, 0, 0, TUNE_DAEMON, FIELD(tune_own, strict_v4),
	    ipsecd_policy_changed, NULL },
	{ "ip6_strict_dst_multihoming", NULL, "",
	    "1: drop IPv6 packets for an address of another device than the "
	    "one they came in by",
	    0, 1, 0, 0, TUNE_DAEMON, FIELD(tune_own, strict_v6),
	    ipsecd_policy_changed, NULL },
	{ "ipsec_open_in_place", "_ipsec_open_in_place", "",
	    "1: what was protected comes by its own device, for servers that "
	    "are bound to one",
	    0, 1, 0, 0, TUNE_DAEMON, FIELD(tune_own, in_place),
	    ipsecd_policy_changed, NULL },
	{ "ipsec_max_sas", "_ipsec_max_sas", "",
	    "SAs at once, of AH and ESP together", 1, 10000000, SADB_MAX_SAS, 0,
	    TUNE_ESP, FIELD(sadb_tune, max_sas), NULL, NULL },
	{ "ipsec_policy_log_interval", "_ipsec_policy_log_interval", "ms",
	    "between two lines about packets that fail policy; 0: none", 0,
	    999999, 0, 0, TUNE_AUDIT, FIELD(audit, policy_interval), NULL,
	    NULL },
};

#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

const struct tune_row *
tune_row(size_t i)
{
	return i < N_ROWS ? &rows[i] : NULL;
}

const struct tune_row *
tune_find(const char *name)
{
	/* of the names of /dev/ip some have the driver in front */
	if (strncmp(name, "ip_i", 4) == 0)
		name += 3;
	for (size_t i = 0; i < N_ROWS; i++)
		if (strcmp(rows[i].name, name) == 0 ||
		    (rows[i].alias != NULL && strcmp(rows[i].alias, name) == 0))
			return &rows[i];
	return NULL;
}

const char *
tune_nearest(const char *name)
{
	struct lex_tok t = { .s = name, .n = strlen(name) };
	const char *words[N_ROWS + 1];

	if (t.n > 64)
		return NULL;
	for (size_t i = 0; i < N_ROWS; i++)
		words[i] = rows[i].name;
	words[N_ROWS] = NULL;
	return lex_nearest(&t, words);
}

void
tune_driver(char *buf, size_t cap, const struct tune_row *r)
{
	static const char *const drivers[] = { "ipsecesp", "ipsecah", "keysock",
		"spdsock" };
	const char *found = "ip";

	for (size_t i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++)
		if (strncmp(r->name, drivers[i], strlen(drivers[i])) == 0)
			found = drivers[i];
	(void)snprintf(buf, cap, "%s", found);
}

/* The field; NULL: there is none, or its home is not there yet. */
static void *
field(struct ipsecd *d, const struct tune_row *r)
{
	void *home[TUNE_HOMES] = {
		[TUNE_ESP] =
		    d->sadb != NULL ? sadb_tuning(d->sadb, SATYPE_ESP) : NULL,
		[TUNE_AH] =
		    d->sadb != NULL ? sadb_tuning(d->sadb, SATYPE_AH) : NULL,
		[TUNE_PATH] = &d->path.tune,
		[TUNE_AUDIT] = d->pump != NULL ? pump_audit(d->pump) : NULL,
		[TUNE_DAEMON] = &d->tune,
	};

	return home[r->home] != NULL ? (char *)home[r->home] + r->at : NULL;
}

uint64_t
tune_get(struct ipsecd *d, const struct tune_row *r)
{
	const void *p = field(d, r);
	uint64_t u64;
	uint32_t u32;
	uint8_t u8;

	if (p == NULL)
		return r->value;
	switch (r->size) {
	case sizeof(u8):
		memcpy(&u8, p, sizeof(u8));
		return u8;
	case sizeof(u32):
		memcpy(&u32, p, sizeof(u32));
		return u32;
	default:
		memcpy(&u64, p, sizeof(u64));
		return u64;
	}
}

static void
store(struct ipsecd *d, const struct tune_row *r, uint64_t v)
{
	void *p = field(d, r);
	uint32_t u32 = (uint32_t)v;
	uint8_t u8 = (uint8_t)v;

	if (p == NULL)
		return;
	if (r->size == sizeof(u8))
		memcpy(p, &u8, sizeof(u8));
	else if (r->size == sizeof(u32))
		memcpy(p, &u32, sizeof(u32));
	else
		memcpy(p, &v, sizeof(v));
}

void
tune_defaults(struct ipsecd *d)
{
	for (size_t i = 0; i < N_ROWS; i++)
		if (rows[i].home != TUNE_NOWHERE)
			store(d, &rows[i], rows[i].value);
}

int
tune_check(const struct tune_row *r, uint64_t v, char *err, size_t n)
{
	if (r->home == TUNE_NOWHERE) {
		(void)snprintf(
		    err, n, "%s cannot be set here: %s", r->name, r->refusal);
		return EOPNOTSUPP;
	}
	if (v >= r->min && v <= r->max)
		return 0;
	(void)snprintf(err, n, "%s: %llu is out of range, %llu to %llu%s%s",
	    r->name, (unsigned long long)v, (unsigned long long)r->min,
	    (unsigned long long)r->max, r->unit[0] != '\0' ? " " : "", r->unit);
	return ERANGE;
}

void
tune_set(struct ipsecd *d, const struct tune_row *r, uint64_t v)
{
	store(d, r, v);
	if (r->changed != NULL)
		r->changed(d);
}

uint32_t
tune_first_workers(const char *text)
{
	unsigned long v;
	char *end;

	if (text == NULL)
		return 0;
	v = strtoul(text, &end, 10);
	if (text[0] >= '0' && text[0] <= '9' && *end == '\0' &&
	    v <= PUMP_WORKERS)
		return (uint32_t)v;
	log_say(LOG_LEVEL_WARN, "SOLIPSEC_WORKERS=%s: not 0 to %d", text,
	    PUMP_WORKERS);
	return 0;
}

uint32_t
tune_first_offload(const char *text)
{
	unsigned long v;
	char *end;

	if (text == NULL)
		return PUMP_ALL;
	v = strtoul(text, &end, 10);
	if (text[0] >= '0' && text[0] <= '9' && *end == '\0' && v <= PUMP_ALL)
		return (uint32_t)v;
	log_say(
	    LOG_LEVEL_WARN, "SOLIPSEC_OFFLOAD=%s: not 0 to %d", text, PUMP_ALL);
	return PUMP_ALL;
}
