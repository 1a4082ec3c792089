/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/ikeval.h"

#include <strings.h>

static const struct ikecfg_word no_yes[] = { { "no", IKECFG_NO },
	{ "yes", IKECFG_YES }, { "off", IKECFG_NO }, { "on", IKECFG_YES },
	{ "false", IKECFG_NO }, { "true", IKECFG_YES }, { 0 } };
static const struct ikecfg_word no_yes_auto[] = { { "no", IKECFG_NO },
	{ "yes", IKECFG_YES }, { "auto", IKECFG_AUTO }, { 0 } };
static const struct ikecfg_word no_yes_force[] = { { "no", IKECFG_NO },
	{ "yes", IKECFG_YES }, { "force", IKECFG_FORCE }, { 0 } };
static const struct ikecfg_word versions[] = { { "1", IKECFG_V1 },
	{ "2", IKECFG_V2 }, { "any", IKECFG_ANY }, { 0 } };
static const struct ikecfg_word modes[] = { { "main", IKECFG_MAIN },
	{ "aggressive", IKECFG_AGGRESSIVE }, { "both", IKECFG_BOTH }, { 0 } };
static const struct ikecfg_word families[] = { { "no", 0 }, { "ipv4", 1 },
	{ "ipv6", 2 }, { "both", 3 }, { 0 } };

#define YEAR (366u * 24u * 3600u)

#define NUM(id, name_, in_rule_, unit_, def_, min_, max_, help_) \
	[id] = { .name = (name_),                                \
		.in_rule = (in_rule_),                           \
		.unit = (unit_),                                 \
		.def = (def_),                                   \
		.min = (min_),                                   \
		.max = (max_),                                   \
		.help = (help_) }
#define WORDS(id, name_, in_rule_, unit_, def_, words_, help_) \
	[id] = { .name = (name_),                              \
		.in_rule = (in_rule_),                         \
		.unit = (unit_),                               \
		.def = (def_),                                 \
		.max = 3,                                      \
		.words = (words_),                             \
		.help = (help_) }

static const struct ikecfg_row rows[IKECFG_VALUES] = {
	NUM(IKECFG_EXPIRE_TIMER, "expire_timer", false, IKECFG_SECONDS, 300, 1,
	    86400, "life of an exchange that does not get done"),
	WORDS(IKECFG_IGNORE_CRLS, "ignore_crls", false, IKECFG_FLAG, 0, no_yes,
	    "no revocation list is asked"),
	WORDS(IKECFG_USE_HTTP, "use_http", false, IKECFG_FLAG, 0, no_yes,
	    "revocation lists are fetched by HTTP"),
	WORDS(IKECFG_USE_OCSP, "use_ocsp", false, IKECFG_FLAG, 0, no_yes,
	    "the state of certificates is asked by OCSP"),
	NUM(IKECFG_RETRY_LIMIT, "retry_limit", false, IKECFG_PLAIN, 5, 1, 100,
	    "times a message is sent again"),
	NUM(IKECFG_RETRY_INIT, "retry_timer_init", false, IKECFG_MS, 500, 10,
	    3600000, "first interval of sending again"),
	NUM(IKECFG_RETRY_MAX, "retry_timer_max", false, IKECFG_MS, 30000, 10,
	    3600000, "longest interval of sending again"),
	/* RFC 7296 2.10: at least 128 bits, and half the key of the PRF */
	NUM(IKECFG_P1_NONCE_LEN, "p1_nonce_len", false, IKECFG_BYTES, 32, 16,
	    256, "nonce of an IKE SA"),
	NUM(IKECFG_P2_NONCE_LEN, "p2_nonce_len", false, IKECFG_BYTES, 32, 16,
	    256, "nonce of an IPsec SA"),
	NUM(IKECFG_MAX_SAS, "max_sas", false, IKECFG_PLAIN, 100000, 1, 10000000,
	    "IKE SAs in all"),
	NUM(IKECFG_HALF_OPEN, "half_open_limit", false, IKECFG_PLAIN, 4096, 1,
	    1000000, "IKE SAs of peers not yet authenticated"),
	NUM(IKECFG_HALF_OPEN_PEER, "half_open_per_peer", false, IKECFG_PLAIN,
	    16, 1, 1000000, "of these, from one address"),
	NUM(IKECFG_COOKIE_THRESHOLD, "cookie_threshold", false, IKECFG_PLAIN,
	    64, 0, 1000000, "so many of these: cookies are asked for"),
	WORDS(IKECFG_VERSION, "ike_version", true, IKECFG_WORDS, IKECFG_ANY,
	    versions, "version of IKE"),
	WORDS(IKECFG_MODE, "ike_mode", true, IKECFG_WORDS, IKECFG_MAIN, modes,
	    "mode of a phase 1 of IKEv1"),
	NUM(IKECFG_ID_TYPE, "local_id_type", true, IKECFG_PLAIN, 1, 1, 11,
	    "type of our identity"),
	NUM(IKECFG_P1_LIFE, "p1_lifetime_secs", true, IKECFG_SECONDS, 14400, 60,
	    YEAR, "life of an IKE SA"),
	NUM(IKECFG_P1_SOFT, "p1_softlife_secs", true, IKECFG_SECONDS, 0, 0,
	    YEAR, "when an IKE SA is rekeyed; 0: at 90%"),
	NUM(IKECFG_REAUTH, "reauth_secs", true, IKECFG_SECONDS, 0, 0, YEAR,
	    "when peers authenticate anew; 0: never"),
	NUM(IKECFG_REKEY_FUZZ, "rekey_fuzz", true, IKECFG_PERCENT, 5, 0, 50,
	    "by how much rekeying is early, at random"),
	NUM(IKECFG_P2_LIFE, "p2_lifetime_secs", true, IKECFG_SECONDS, 28800, 30,
	    YEAR, "life of an IPsec SA"),
	NUM(IKECFG_P2_SOFT, "p2_softlife_secs", true, IKECFG_SECONDS, 0, 0,
	    YEAR, "when an IPsec SA is rekeyed; 0: at 90%"),
	NUM(IKECFG_P2_IDLE, "p2_idletime_secs", true, IKECFG_SECONDS, 0, 0,
	    YEAR, "idle limit of an IPsec SA; 0: none"),
	NUM(IKECFG_P2_KB, "p2_lifetime_kb", true, IKECFG_KB, 0, 0,
	    UINT64_C(1) << 50, "bytes through an IPsec SA; 0: no limit"),
	NUM(IKECFG_P2_SOFT_KB, "p2_softlife_kb", true, IKECFG_KB, 0, 0,
	    UINT64_C(1) << 50, "bytes until it is rekeyed; 0: at 90%"),
	NUM(IKECFG_P2_PFS, "p2_pfs", true, IKECFG_PLAIN, 0, 0, 65535,
	    "key exchange of an IPsec SA; 0: none"),
	WORDS(IKECFG_P2_ESN, "p2_esn", true, IKECFG_WORDS, IKECFG_YES,
	    no_yes_force, "64-bit sequence numbers"),
	WORDS(IKECFG_KEEP, "keep", true, IKECFG_FLAG, 0, no_yes,
	    "SAs are there from the start and always come back"),
	NUM(IKECFG_DPD, "dpd_interval", true, IKECFG_SECONDS, 30, 0, 86400,
	    "silence before a peer is asked for a sign of life; 0: never"),
	NUM(IKECFG_NAT_KEEPALIVE, "nat_keepalive", true, IKECFG_SECONDS, 20, 0,
	    3600, "interval of NAT keepalives; 0: none"),
	WORDS(IKECFG_FRAGMENTATION, "fragmentation", true, IKECFG_FLAG,
	    IKECFG_YES, no_yes, "long messages go in pieces (RFC 7383)"),
	NUM(IKECFG_MTU, "ike_mtu", true, IKECFG_BYTES, 1280, 576, 65535,
	    "longest IP packet of a piece"),
	WORDS(IKECFG_UDP_ENCAP, "force_udp_encap", true, IKECFG_WORDS,
	    IKECFG_AUTO, no_yes_auto, "ESP in UDP also without NAT"),
	WORDS(IKECFG_MOBIKE, "mobike", true, IKECFG_FLAG, IKECFG_YES, no_yes,
	    "addresses may change (RFC 4555)"),
	WORDS(IKECFG_REDIRECT, "redirect", true, IKECFG_FLAG, IKECFG_NO, no_yes,
	    "go where the peer sends us (RFC 5685)"),
	WORDS(IKECFG_CHILDLESS, "childless", true, IKECFG_WORDS, IKECFG_YES,
	    no_yes_force, "IKE SAs without IPsec SA (RFC 6023)"),
	NUM(IKECFG_WINDOW, "window_size", true, IKECFG_PLAIN, 4, 1, 64,
	    "requests of the peer at a time"),
	WORDS(IKECFG_RESUMPTION, "resumption", true, IKECFG_FLAG, IKECFG_NO,
	    no_yes, "sessions may be resumed (RFC 5723)"),
	WORDS(IKECFG_INITIAL_CONTACT, "initial_contact", true, IKECFG_FLAG,
	    IKECFG_YES, no_yes, "older SAs of the peer go away"),
	WORDS(IKECFG_PPK_REQUIRED, "ppk_required", true, IKECFG_FLAG, IKECFG_NO,
	    no_yes, "not without a post-quantum key (RFC 8784)"),
	NUM(IKECFG_REMOTE_AUTH, "remote_auth_method", true, IKECFG_PLAIN, 0, 0,
	    IKECFG_AUTHS - 1, "how the peer authenticates, if otherwise"),
	WORDS(IKECFG_REQUEST_ADDR, "request_addr", true, IKECFG_WORDS, 0,
	    families, "addresses wanted of the peer's pool"),
};

const struct ikecfg_row *
ikeval_row(enum ikecfg_value v)
{
	return &rows[v];
}

static const char *const auths[IKECFG_AUTHS + 1] = {
	[0] = "none",
	[IKECFG_PRESHARED] = "preshared",
	[IKECFG_RSA_SIG] = "rsa_sig",
	[IKECFG_RSA_ENCRYPT] = "rsa_encrypt",
	[IKECFG_DSS_SIG] = "dss_sig",
	[IKECFG_ECDSA] = "ecdsa",
	[IKECFG_ED25519] = "ed25519",
	[IKECFG_ED448] = "ed448",
	[IKECFG_PUBKEY] = "pubkey",
	[IKECFG_EAP_MSCHAPV2] = "eap-mschapv2",
	[IKECFG_EAP_TLS] = "eap-tls",
};

const char *
ikeval_auth_name(unsigned auth)
{
	return auth != 0 && auth < IKECFG_AUTHS ? auths[auth] : "?";
}

enum ikecfg_auth
ikeval_auth_by_name(const char *name)
{
	for (unsigned i = 1; i < IKECFG_AUTHS; i++)
		if (strcasecmp(auths[i], name) == 0)
			return (enum ikecfg_auth)i;
	return (enum ikecfg_auth)0;
}

const char *const *
ikeval_auth_names(void)
{
	return auths + 1;
}
