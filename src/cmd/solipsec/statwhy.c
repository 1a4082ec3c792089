/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/solipsec/statwhy.h"

#include <string.h>

#define NUMBER "%" JSON_INTEGER_FORMAT

#define SAME_POLICY                                                     \
	"Compare `ipsecconf -ln` of both ends: they ask for different " \
	"protection."
#define SAME_KEYS                                                              \
	"Compare `ipseckey dump` of both ends: SPI, algorithms and keys have " \
	"to be the same."
#define BROKEN                                                                \
	"Somebody sends what is broken, or attacks; with `tcpdump` find out " \
	"who."
#define MEMORY "The system has too little memory."
#define REPLAY                                                                 \
	"A few are normal where packets overtake each other: a larger window " \
	"(`replay`) helps. Many: somebody sends recorded packets, or the "     \
	"other end has started to count anew; then renew its keys."
#define EXPIRED                                                                \
	"Normal at the end of an SA's life. When no new SA comes: look after " \
	"key management, or give manual SAs no lifetimes."
#define WAITS                                                                \
	"Key management is too slow or fails: look into its log. `solipsec " \
	"tune ipsecesp_acquire_timeout` is how long packets wait."
#define NORMAL_FRAGS \
	"Some are normal where packets are lost; many may be an attack."

static const struct {
	const char *reason, *advice;
} advice[] = {
	{ "too_big",
	    "Nothing: the sender was told the size that fits, and sends "
	    "smaller packets." },
	{ "spd_explicit",
	    "Policy says so: `ipsecconf -ln` shows which entry drops." },
	{ "spd_got_secure",
	    "The other end protects what is to be in the clear here: "
	    "compare `ipsecconf -ln` of both ends." },
	{ "spd_got_clear",
	    "The other end does not protect what policy wants protected "
	    "here. Load the same policy there; has it keys (`ipseckey "
	    "dump`)? Or it is somebody else who pretends to be it." },
	{ "spd_loopback_mismatch",
	    "Policy is for local traffic, too: give the server's and the "
	    "client's side of it the same action, or both `pass`; or `solipsec "
	    "tune ipsec_loopback_policy=0`." },
	{ "spd_bad_ahalg", SAME_POLICY },
	{ "spd_got_ah", SAME_POLICY },
	{ "spd_bad_espealg", SAME_POLICY },
	{ "spd_bad_espaalg", SAME_POLICY },
	{ "spd_got_esp", SAME_POLICY },
	{ "spd_got_selfencap", SAME_POLICY },
	{ "spd_bad_selfencap", SAME_POLICY },
	{ "spd_ahesp_diffid",
	    "AH and ESP SAs come from different peers: key management has "
	    "to make both with one identity." },
	{ "spd_ah_badid",
	    "The peer of this connection is another one than at its "
	    "beginning: end the connection." },
	{ "spd_esp_badid",
	    "The peer of this connection is another one than at its "
	    "beginning: end the connection." },
	{ "spd_no_socket",
	    "The program that it is for has just ended, or asks for "
	    "protection that the other end does not give." },
	{ "spd_ah_innermismatch",
	    "An SA was used for a flow that it is not for: compare the "
	    "addresses and ports of its `ipseckey dump`." },
	{ "spd_esp_innermismatch",
	    "An SA was used for a flow that it is not for: compare the "
	    "addresses and ports of its `ipseckey dump`." },
	{ "spd_no_policy",
	    "A tunnel with policy carries only what an entry names: add one "
	    "(`ipsecconf -ln -i ip.tunN`), or correct routes." },
	{ "tun_loop",
	    "A tunnel's packets are routed into the tunnel: the route to "
	    "its tdst has to be another." },
	{ "tun_limit",
	    "More tunnels in one another than encaplimit allows: look for a "
	    "loop of routes." },
	{ "tun_ecn", "A router marked congestion on a packet that could not be "
		     "marked inside (RFC 6040): the sender is to blame." },
	{ "spd_nomem", MEMORY },
	{ "spd_malformed_packet", BROKEN },
	{ "spd_malformed_frag",
	    "Policy by ports, and a fragment has none: name no ports for "
	    "what is fragmented, or have programs send smaller packets." },
	{ "spd_overlap_frag", BROKEN },
	{ "spd_evil_frag", BROKEN },
	{ "spd_max_frags", NORMAL_FRAGS },
	{ "spd_expired_frags", NORMAL_FRAGS },
	{ "sadb_acquire_nomem", MEMORY },
	{ "sadb_acquire_toofull", WAITS },
	{ "sadb_acquire_timeout", WAITS },
	{ "sadb_acquire_nokm",
	    "Policy wants an SA that is not there, and nothing makes one: "
	    "load keys with `ipseckey -f`, or start key management." },
	{ "sadb_inlarval_replace", WAITS },
	{ "sadb_inlarval_timeout", WAITS },
	{ "esp_no_sa",
	    "The other end uses an SA that is not here (any more): " SAME_KEYS
	    " `solipsec tune ipsecesp_log_unknown_spi=1` shows its SPI." },
	{ "esp_nomem", MEMORY },
	{ "esp_short", BROKEN },
	{ "esp_early_replay", REPLAY },
	{ "esp_replay", REPLAY },
	{ "esp_bytes_expire", EXPIRED },
	{ "esp_bad_padlen", SAME_KEYS },
	{ "esp_bad_padding",
	    SAME_KEYS " An old peer may pad in its own way: `solipsec tune "
		      "ipsecesp_padding_check=1`." },
	{ "esp_bad_auth", SAME_KEYS " Or packets are forged." },
	{ "esp_crypto_failed",
	    "See the log, and `solipsec stat -a` for algorithms that are "
	    "absent." },
	{ "esp_bad_inner", SAME_KEYS },
	{ "esp_nat_t_ipsec",
	    "There is a NAT on the way for one end only: key management has "
	    "to find it, and `nat_loc`, `nat_rem` of manual SAs to be right." },
	{ "esp_nat_t_ka", "Nothing: a NAT on the way is kept awake." },
	{ "esp_iv_wrap", EXPIRED },
	{ "ah_no_sa",
	    "The other end uses an SA that is not here (any more): " SAME_KEYS
	    " `solipsec tune ipsecah_log_unknown_spi=1` shows its SPI." },
	{ "ah_nomem", MEMORY },
	{ "ah_bad_length", SAME_KEYS },
	{ "ah_bad_v4_opts", BROKEN },
	{ "ah_bad_v6_hdrs", BROKEN },
	{ "ah_early_replay", REPLAY },
	{ "ah_replay", REPLAY },
	{ "ah_bytes_expire", EXPIRED },
	{ "ah_bad_auth",
	    SAME_KEYS " Or a NAT is on the way, which AH cannot pass." },
	{ "ah_crypto_failed",
	    "See the log, and `solipsec stat -a` for algorithms that are "
	    "absent." },
	{ "ah_bad_inner", SAME_KEYS },
	{ "ah_iv_wrap", EXPIRED },
	/* ipsecd:0:edges */
	{ "closed",
	    "An earlier ipsecd was killed, and policy is not loaded since: "
	    "`ipsecconf -a /etc/inet/ipsecinit.conf`." },
	{ "tun_full", "The host is too slow for what arrives." },
	{ "wire_full", "The host is too slow for what it sends." },
	{ "tun_error", "The device is down or gone: see the log." },
	{ "wire_error", "No route, or the link is down: see the log." },
	{ "unreadable", BROKEN },
	{ "steer_guard",
	    "A program named a device (SO_BINDTODEVICE), or other rules of "
	    "nf_tables or `ip rule` lead protected traffic past ipsecd." },
	{ "steer_stray",
	    "A program or route sends to ipsec0 what no policy is for." },
};

const char *
statwhy_advice(const char *reason)
{
	for (size_t i = 0; i < sizeof(advice) / sizeof(advice[0]); i++)
		if (strcmp(advice[i].reason, reason) == 0)
			return advice[i].advice;
	return NULL;
}

static const char *
text_of(const json_t *o, const char *key)
{
	const char *t = json_string_value(json_object_get(o, key));

	return t != NULL ? t : "";
}

static json_int_t
number(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

/* Those of a list of the status document that dropped, the worst first. */
static json_t *
worst(const json_t *list)
{
	json_t *some = json_array();

	for (size_t i = 0; i < json_array_size(list); i++) {
		json_t *o = json_array_get(list, i);
		json_int_t n = number(o, "drops");
		size_t at = 0;

		while (at < json_array_size(some) &&
		       number(json_array_get(some, at), "drops") >= n)
			at++;
		if (n != 0)
			(void)json_array_insert(some, at, o);
	}
	return some;
}

static const json_t *
edges_of(const json_t *answer)
{
	const json_t *list = json_object_get(answer, "kstats");

	for (size_t i = 0; i < json_array_size(list); i++)
		if (strcmp(text_of(json_array_get(list, i), "name"), "edges") ==
		    0)
			return json_object_get(
			    json_array_get(list, i), "statistics");
	return NULL;
}

json_t *
statwhy_document(const json_t *answer, const json_t *status)
{
	json_t *drops = json_deep_copy(json_object_get(answer, "drops"));
	json_t *edges = json_array();
	static const char *const names[] = { "closed", "tun_full", "wire_full",
		"tun_error", "wire_error", "unreadable", "steer_guard",
		"steer_stray" };

	for (size_t i = 0; i < json_array_size(drops); i++) {
		json_t *o = json_array_get(drops, i);
		const char *a = statwhy_advice(text_of(o, "reason"));

		if (a != NULL)
			(void)json_object_set_new(o, "advice", json_string(a));
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		json_int_t n = number(edges_of(answer), names[i]);

		if (n != 0)
			(void)json_array_append_new(
			    edges, json_pack("{s:s,s:I,s:s}", "reason",
				       names[i], "packets", n, "advice",
				       statwhy_advice(names[i])));
	}
	return json_pack("{s:o,s:o,s:o,s:o}", "drops", drops, "edges", edges,
	    "entries", worst(json_object_get(status, "entries")), "sas",
	    worst(json_object_get(status, "sas")));
}

#define MARGIN 10
#define WIDTH  78

/* Words in lines of their own, indented. */
static void
print_text(FILE *f, const char *s)
{
	size_t at = 0;

	while (*s != '\0') {
		size_t n = strcspn(s, " ");

		if (at == 0 || at + 1 + n > WIDTH) {
			(void)fprintf(
			    f, "%s%*s", at == 0 ? "" : "\n", MARGIN, "");
			at = MARGIN;
		} else {
			(void)fputc(' ', f);
			at++;
		}
		(void)fprintf(f, "%.*s", (int)n, s);
		at += n;
		s += n + (s[n] == ' ');
	}
	(void)fputc('\n', f);
}

static void
print_drops(FILE *f, const json_t *list)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *o = json_array_get(list, i);

		(void)fprintf(f, "\n%8" JSON_INTEGER_FORMAT "  %s%s\n",
		    number(o, "packets"), text_of(o, "reason"),
		    strcmp(text_of(o, "direction"), "in") == 0	  ? ", inbound"
		    : strcmp(text_of(o, "direction"), "out") == 0 ? ", outbound"
								  : "");
		if (text_of(o, "text")[0] != '\0')
			print_text(f, text_of(o, "text"));
		if (text_of(o, "advice")[0] != '\0')
			print_text(f, text_of(o, "advice"));
	}
}

static void
print_entries(FILE *f, const json_t *list)
{
	if (json_array_size(list) != 0)
		(void)fprintf(f, "\nby policy entry (ipsecconf -ln)\n");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *o = json_array_get(list, i);
		const char *tun = text_of(o, "tunnel");

		(void)fprintf(f,
		    "%8" JSON_INTEGER_FORMAT "  %s%s" NUMBER
		    ", %sbound, IPv" NUMBER "\n",
		    number(o, "drops"), tun, tun[0] != '\0' ? "," : "#INDEX ",
		    number(o, "index"), text_of(o, "dir"), number(o, "family"));
	}
}

static void
print_sas(FILE *f, const json_t *list)
{
	if (json_array_size(list) != 0)
		(void)fprintf(f, "\nby SA (ipseckey dump)\n");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *o = json_array_get(list, i);

		(void)fprintf(f,
		    "%8" JSON_INTEGER_FORMAT "  %s %s, %s to %s, %s\n",
		    number(o, "drops"), text_of(o, "type"), text_of(o, "spi"),
		    text_of(o, "src"), text_of(o, "dst"), text_of(o, "state"));
	}
}

void
statwhy_print(FILE *f, const json_t *document)
{
	const json_t *drops = json_object_get(document, "drops");
	const json_t *edges = json_object_get(document, "edges");
	json_int_t sum = 0;

	for (size_t i = 0; i < json_array_size(drops); i++)
		sum += number(json_array_get(drops, i), "packets");
	for (size_t i = 0; i < json_array_size(edges); i++)
		sum += number(json_array_get(edges, i), "packets");
	if (sum == 0) {
		(void)fprintf(f, "No packet was dropped.\n");
		return;
	}
	(void)fprintf(f, NUMBER " packet%s dropped, by reason:\n", sum,
	    sum == 1 ? " was" : "s were");
	print_drops(f, drops);
	print_drops(f, edges);
	print_entries(f, json_object_get(document, "entries"));
	print_sas(f, json_object_get(document, "sas"));
}
