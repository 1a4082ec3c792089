/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/ikeadm/admshow.h"

#include <inttypes.h>
#include <string.h>

#include "cmd/host/host.h"
#include "cmd/ikeadm/admcmd.h"
#include "model/ikealg.h"

static const char *
text(const json_t *o, const char *key)
{
	const char *t = json_string_value(json_object_get(o, key));

	return t != NULL ? t : "";
}

static long long
number(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

static bool
is_true(const json_t *o, const char *key)
{
	return json_is_true(json_object_get(o, key));
}

/* What in.iked says may come from a peer: no control characters. */
static void
put(FILE *f, const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			(void)fprintf(f, "\\x%02x", (unsigned char)*s);
		else
			(void)fputc(*s, f);
}

/* An address, and its name. */
static void
put_addr(const struct admshow *s, const char *addr)
{
	const char *name = NULL;
	struct addr a;

	put(s->f, addr);
	if (!s->numeric && addr_read(&a, addr))
		name = host_name(&a);
	if (name != NULL) {
		(void)fprintf(s->f, " (");
		put(s->f, name);
		(void)fprintf(s->f, ")");
	}
}

static void
put_total(const struct admshow *s, const char *what, size_t n)
{
	if (!s->one)
		(void)fprintf(s->f, "Completed dump of %s: %zu\n", what, n);
}

void
admshow_debug(const struct admshow *s, const json_t *answer)
{
	(void)fprintf(
	    s->f, "Current debug level is 0x%llx\n", number(answer, "level"));
}

void
admshow_priv(const struct admshow *s, const json_t *answer)
{
	unsigned level = (unsigned)number(answer, "privilege");

	(void)fprintf(s->f,
	    "Current privilege level is 0x%x, %s privileges enabled\n", level,
	    admcmd_priv_name(level));
}

void
admshow_stats(const struct admshow *s, const json_t *answer)
{
	static const struct {
		const char *head, *key;
	} rows[] = { { "Current:", "current" }, { "Total:", "total" },
		{ "Attempted:", "attempted" }, { "Failed:", "failed" } };
	const json_t *o = json_object_get(answer, "stats");
	const char *library = text(o, "pkcs11");

	(void)fprintf(s->f, "Phase 1 SA counts:\n");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const json_t *p = json_object_get(o, rows[i].key);

		(void)fprintf(s->f,
		    "%-10s initiator: %10lld   responder: %10lld\n",
		    rows[i].head, number(p, "initiator"),
		    number(p, "responder"));
	}
	(void)fprintf(s->f,
	    "           initiator fails include %lld time-out(s)\n",
	    number(o, "timeouts"));
	(void)fprintf(s->f,
	    "Half open: %lld, cookies sent: %lld, messages dropped: %lld\n",
	    number(o, "half_open"), number(o, "cookies_sent"),
	    number(o, "dropped"));
	(void)fprintf(
	    s->f, "Pairs of IPsec SAs: %lld\n", number(o, "children"));
	if (library[0] != '\0') {
		(void)fprintf(s->f, "PKCS#11 library linked in from ");
		put(s->f, library);
		(void)fprintf(s->f, "\n");
	}
}

void
admshow_defaults(const struct admshow *s, const json_t *answer)
{
	const json_t *list = json_object_get(answer, "defaults");

	(void)fprintf(s->f, "%-19s %-8s %-11s %-10s %s\n", "Token", "Source",
	    "Value", "Unit", "Description");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *o = json_array_get(list, i);

		(void)fprintf(s->f, "%-19s %-8s %-11s %-10s %s\n",
		    text(o, "token"), text(o, "source"), text(o, "value"),
		    text(o, "unit"), text(o, "description"));
	}
}

/* ---- phase 1 ---- */

static const char *
alg(const json_t *o, const char *key, unsigned type)
{
	const struct ikealg *a = ikealg_by_id(type, (unsigned)number(o, key));

	return a != NULL ? a->name : number(o, key) == 0 ? "none" : "unknown";
}

/* RFC 7296 3.8 */
static const char *
method(long long m)
{
	switch (m) {
	case IKE_AUTH_RSA:
		return "rsa_sig";
	case IKE_AUTH_PSK:
		return "preshared";
	case IKE_AUTH_DSS:
		return "dss_sig";
	case IKE_AUTH_ECDSA_256:
	case IKE_AUTH_ECDSA_384:
	case IKE_AUTH_ECDSA_521:
		return "ecdsa";
	case IKE_AUTH_SIGNATURE:
		return "signature";
	case 0:
		return "none yet";
	default:
		return "unknown";
	}
}

static void
put_end(const struct admshow *s, const json_t *sa, const char *head,
    const char *key, bool initiator)
{
	const json_t *o = json_object_get(sa, key);
	const char *addr = text(o, "addr");

	(void)fprintf(s->f, "%s AF_INET%s: port %lld, ", head,
	    strchr(addr, ':') != NULL ? "6" : "", number(o, "port"));
	put_addr(s, addr);
	(void)fprintf(s->f, " (%s)\n", initiator ? "Initiator" : "Responder");
}

static void
put_id(const struct admshow *s, const json_t *sa, const char *head,
    const char *key)
{
	const json_t *o = json_object_get(sa, key);

	if (text(o, "id")[0] == '\0')
		return;
	(void)fprintf(s->f, "%s %s, ", head, text(o, "type"));
	put(s->f, text(o, "id"));
	(void)fprintf(s->f, "\n");
}

static void
put_sa(const struct admshow *s, const json_t *o)
{
	const json_t *x = json_object_get(o, "transforms");
	const json_t *auth = json_object_get(o, "auth");
	const json_t *nat = json_object_get(o, "nat");
	bool initiator = is_true(o, "initiator");

	(void)fprintf(s->f, "IKESA: Cookies: Initiator 0x%s  Responder 0x%s\n",
	    text(o, "spi_i"), text(o, "spi_r"));
	(void)fprintf(s->f, "IKESA: The local host is the %s.\n",
	    initiator ? "initiator" : "responder");
	(void)fprintf(s->f, "IKESA: ISAKMP version 2.0; state: ");
	put(s->f, text(o, "state"));
	(void)fprintf(s->f, "\nIKESA: DPD: %s\n",
	    text(o, "dpd")[0] != '\0' ? text(o, "dpd") : "not-initiated");
	if (text(o, "rule")[0] != '\0') {
		(void)fprintf(s->f, "IKESA: Rule: ");
		put(s->f, text(o, "rule"));
		(void)fprintf(s->f, "\n");
	}
	if (is_true(nat, "encapsulated"))
		(void)fprintf(s->f, "IKESA: in UDP, NAT %s\n",
		    is_true(nat, "local")
			? is_true(nat, "remote") ? "at both ends" : "at our end"
		    : is_true(nat, "remote") ? "at the peer's end"
					     : "at no end");
	(void)fprintf(s->f,
	    "XFORM: Auth method: %s, peer's: %s\n"
	    "XFORM: Encryption alg: %s",
	    method(number(auth, "local")), method(number(auth, "remote")),
	    alg(x, "encr", IKEALG_ENCR));
	if (number(x, "encr_bits") != 0)
		(void)fprintf(s->f, "(%lld)", number(x, "encr_bits"));
	(void)fprintf(s->f,
	    "; Authentication alg: %s\nXFORM: PRF: %s; Group: %s\n",
	    alg(x, "integ", IKEALG_INTEG), alg(x, "prf", IKEALG_PRF),
	    alg(x, "ke", IKEALG_KE));
	put_end(s, o, "LOCIP:", "local", initiator);
	put_end(s, o, "REMIP:", "remote", !initiator);
	(void)fprintf(
	    s->f, "LIFTM: SA is %lld s old", number(o, "age_ms") / 1000);
	if (number(o, "rekey_in_ms") != 0)
		(void)fprintf(s->f, ", rekeyed in %lld s",
		    number(o, "rekey_in_ms") / 1000);
	(void)fprintf(
	    s->f, "\nSTATS: %lld pairs of IPsec SAs\n", number(o, "children"));
	(void)fprintf(s->f, "ERRS:  %lld messages sent again\n",
	    number(o, "retransmits"));
	put_id(s, o, "LOCID:", "local_id");
	put_id(s, o, "REMID:", "remote_id");
}

void
admshow_p1(const struct admshow *s, const json_t *answer)
{
	const json_t *list = json_object_get(answer, "p1");

	for (size_t i = 0; i < json_array_size(list); i++) {
		put_sa(s, json_array_get(list, i));
		(void)fprintf(s->f, "\n");
	}
	(void)fprintf(s->f, "Completed dump of phase 1 SAs: %zu\n",
	    json_array_size(list));
}

/* ---- rules ---- */

static void
put_list(const struct admshow *s, const json_t *rule, const char *head,
    const char *key)
{
	const json_t *list = json_object_get(rule, key);

	for (size_t i = 0; i < json_array_size(list); i++) {
		(void)fprintf(s->f, "%s ", head);
		put_addr(s, json_string_value(json_array_get(list, i)));
		(void)fprintf(s->f, "\n");
	}
}

static void
put_sels(const struct admshow *s, const json_t *rule, const char *head,
    const char *key)
{
	const json_t *list = json_object_get(rule, key);

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *o = json_array_get(list, i);

		(void)fprintf(s->f, "%s %s ", head,
		    is_true(o, "excludes") ? "excludes" : "includes");
		if (text(o, "selector")[0] == '\0')
			(void)fprintf(s->f, "any");
		put(s->f, text(o, "selector"));
		(void)fprintf(s->f, "\n");
	}
}

static void
put_xforms(const struct admshow *s, const json_t *rule)
{
	const json_t *list = json_object_get(rule, "xforms");
	size_t n = json_array_size(list);

	(void)fprintf(s->f, "XFRMS: Available Transforms: %zu\n", n);
	for (size_t i = 0; i < n; i++) {
		const json_t *o = json_array_get(list, i);
		const json_t *add = json_object_get(o, "additional");
		long long lo = number(o, "key_min"), hi = number(o, "key_max");

		(void)fprintf(s->f,
		    "XFRMS: %zu: Auth method: %s; Encryption alg: %s", i,
		    text(o, "method"), text(o, "encr"));
		if (lo != 0 && lo == hi)
			(void)fprintf(s->f, "(%lld)", lo);
		else if (lo != 0)
			(void)fprintf(s->f, "(%lld..%lld)", lo, hi);
		(void)fprintf(s->f,
		    "\nXFRMS: %zu: Authentication alg: %s; PRF: %s; Group: "
		    "%lld (%s)",
		    i, text(o, "auth"), text(o, "prf"),
		    number(o, "group_number"), text(o, "group"));
		for (size_t k = 0; k < json_array_size(add); k++)
			(void)fprintf(s->f, " + %s",
			    json_string_value(json_array_get(add, k)));
		(void)fprintf(s->f, "; %lld s\n", number(o, "lifetime"));
	}
}

static void
put_rule(const struct admshow *s, const json_t *o)
{
	const json_t *v = json_object_get(o, "values");

	(void)fprintf(s->f, "GLOBL: Label '");
	put(s->f, text(o, "label"));
	(void)fprintf(
	    s->f, "', key manager cookie %lld\n", number(o, "cookie"));
	(void)fprintf(s->f,
	    "GLOBL: local_idtype=%s, ike_mode=%s, ike_version=%s\n",
	    text(v, "local_id_type"), text(v, "ike_mode"),
	    text(v, "ike_version"));
	(void)fprintf(s->f,
	    "GLOBL: p1_lifetime=%s, p1_softlife=%s, p2_pfs=%s\n",
	    text(v, "p1_lifetime_secs"), text(v, "p1_softlife_secs"),
	    text(v, "p2_pfs"));
	(void)fprintf(s->f,
	    "GLOBL: p2_lifetime=%s, p2_softlife=%s, p2_idletime=%s\n",
	    text(v, "p2_lifetime_secs"), text(v, "p2_softlife_secs"),
	    text(v, "p2_idletime_secs"));
	(void)fprintf(s->f,
	    "GLOBL: p2_lifetime_kb=%s, p2_softlife_kb=%s, keep=%s\n",
	    text(v, "p2_lifetime_kb"), text(v, "p2_softlife_kb"),
	    text(v, "keep"));
	put_list(s, o, "LOCIP:", "local");
	put_list(s, o, "REMIP:", "remote");
	put_sels(s, o, "LOCID:", "local_id");
	put_sels(s, o, "REMID:", "remote_id");
	put_xforms(s, o);
}

void
admshow_rules(const struct admshow *s, const json_t *answer)
{
	const json_t *list = json_object_get(answer, "rules");

	for (size_t i = 0; i < json_array_size(list); i++) {
		put_rule(s, json_array_get(list, i));
		(void)fprintf(s->f, "\n");
	}
	put_total(s, "rules", json_array_size(list));
}

/* ---- preshared keys ---- */

static void
put_who(const struct admshow *s, const json_t *key, const char *side,
    const char *name)
{
	const json_t *o = json_object_get(key, name);
	const char *type = text(o, "type"), *id = text(o, "id");

	if (strcmp(type, "IP") == 0) {
		(void)fprintf(s->f, "%sIP: AF_INET%s: ", side,
		    strchr(id, ':') != NULL ? "6" : "");
		put_addr(s, id);
	} else {
		(void)fprintf(s->f, "%sID: %s, ", side, type);
		put(s->f, id);
	}
	(void)fprintf(s->f, "\n");
}

static void
put_key(const struct admshow *s, const json_t *o)
{
	const char *key = text(o, "key"), *name = text(o, "name");

	if (name[0] != '\0') {
		(void)fprintf(s->f, "PSKEY: %s of ",
		    strcmp(text(o, "what"), "ppk") == 0 ? "Post-quantum key"
							: "Password");
		put(s->f, name);
		(void)fprintf(s->f, "\n");
	} else {
		(void)fprintf(
		    s->f, "PSKEY: For %s-mode exchanges\n", text(o, "mode"));
	}
	if (key[0] != '\0' && !s->paranoid)
		(void)fprintf(s->f,
		    "PSKEY: Pre-shared key (%zu bytes): %s/%lld\n",
		    strlen(key) / 2, key, number(o, "bits"));
	if (name[0] != '\0')
		return;
	put_who(s, o, "LOC", "local");
	put_who(s, o, "REM", "remote");
}

void
admshow_preshared(const struct admshow *s, const json_t *answer)
{
	const json_t *list = json_object_get(answer, "preshared");

	for (size_t i = 0; i < json_array_size(list); i++) {
		put_key(s, json_array_get(list, i));
		(void)fprintf(s->f, "\n");
	}
	put_total(s, "preshared keys", json_array_size(list));
}

/* ---- algorithms ---- */

void
admshow_algs(const struct admshow *s, const json_t *answer, const char *key)
{
	const json_t *list = json_object_get(answer, key);
	bool groups = strcmp(key, "groups") == 0;

	(void)fprintf(s->f, "%6s  %-18s %-9s %s\n", "Number", "Name",
	    "RFC 8247", groups ? "Strength (bits)" : "Key sizes (bits)");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *o = json_array_get(list, i);
		long long lo = number(o, "key_min"), hi = number(o, "key_max");

		(void)fprintf(s->f, "%6lld  %-18s %-9s ", number(o, "number"),
		    text(o, "name"), text(o, "status"));
		if (lo != hi)
			(void)fprintf(s->f, "%lld..%lld\n", lo, hi);
		else
			(void)fprintf(s->f, "%lld\n", number(o, "bits"));
	}
}
