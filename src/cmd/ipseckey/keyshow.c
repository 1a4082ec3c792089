/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/ipseckey/keyshow.h"

#include <ctype.h>
#include <inttypes.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/ipseckey/keyalgs.h"
#include "cmd/ipseckey/keyder.h"
#include "cmd/ipseckey/keyhost.h"
#include "cmd/ipseckey/keylife.h"
#include "cmd/ipseckey/keyprop.h"
#include "model/alg.h"

const char *
keyshow_satype(char buf[32], unsigned satype)
{
	static const char *const names[] = { "<unspecified/all>", NULL, "AH",
		"ESP", NULL, "RSVP", "OSPFv2", "RIPv2", "Mobile IP" };

	if (satype < sizeof(names) / sizeof(names[0]) && names[satype] != NULL)
		return names[satype];
	(void)snprintf(buf, 32, "<unknown %u>", satype);
	return buf;
}

const char *
keyshow_alg(char buf[32], bool auth, unsigned id)
{
	const char *name = keyalgs_name(auth ? ALG_AUTH : ALG_ENCR, id);

	if (name != NULL)
		return name;
	(void)snprintf(buf, 32, id == 0 ? "<none>" : "<unknown %u>", id);
	return buf;
}

static void
base(const struct keyshow *s, const struct pfkey_msg *m, size_t n)
{
	const char *type = pfkey_type_text(m->type);
	char buf[32], number[32];

	(void)snprintf(number, sizeof(number), "Unknown (%u)", m->type);
	(void)fprintf(s->f, "Base message (version %d) type %s, SA type %s.\n",
	    PFKEY_VERSION, type != NULL ? type : number,
	    keyshow_satype(buf, m->satype));
	if (m->errnum != 0)
		(void)fprintf(s->f,
		    "Error %s from PF_KEY.\n  Diagnostic code %u:  %s.\n",
		    strerror(m->errnum), m->diag, pfkey_diag_text(m->diag));
	(void)fprintf(s->f, "Message length %zu bytes, seq=%u, pid=%u.\n", n,
	    m->seq, m->pid);
}

const char *
keyshow_state(unsigned state)
{
	static const char *const states[] = { "LARVAL", "MATURE", "DYING",
		"DEAD", "ACTIVE_ELSEWHERE", "IDLE" };

	return state < sizeof(states) / sizeof(states[0]) ? states[state]
							  : NULL;
}

static void
state_and_window(const struct keyshow *s, const struct pfkey_msg *m)
{
	const char *state = keyshow_state(m->state);

	(void)fprintf(s->f,
	    "SA: SADB_ASSOC spi=0x%x, replay window size=%u, state=", m->spi,
	    pfkey_has(m, PFKEY_EXT_WINDOW) ? m->window : m->replay);
	if (state != NULL)
		(void)fprintf(s->f, "%s\n", state);
	else
		(void)fprintf(s->f, "<unknown %u>\n", m->state);
}

void
keyshow_flags(
    uint32_t have, void (*word)(void *ctx, const char *name), void *ctx)
{
	static const struct {
		uint32_t flag;
		const char *name;
	} names[] = {
		{ SAF_PFS, "PFS" }, { SAF_NOREPLAY, "NOREPLAY" },
		{ SAF_USED, "X_USED" }, { SAF_PAIRED, "X_PAIRED" },
		{ SAF_OUTBOUND, "X_OUTBOUND" }, { SAF_INBOUND, "X_INBOUND" },
		{ SAF_UNIQUE, "X_UNIQUE" }, { SAF_AALG1, "X_AALG1" },
		{ SAF_AALG2, "X_AALG2" }, { SAF_EALG1, "X_EALG1" },
		{ SAF_EALG2, "X_EALG2" }, { SAF_NATT_LOC, "X_NATT_LOC" },
		{ SAF_NATT_REM, "X_NATT_REM" }, { SAF_TUNNEL, "X_TUNNEL" },
		{ SAF_NATTED, "X_NATTED" },
		{ SAF_ESN, "X_ESN" }, /* not of Solaris */
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if ((have & names[i].flag) != 0)
			word(ctx, names[i].name);
}

static void
print_flag(void *ctx, const char *name)
{
	(void)fprintf(ctx, "%s ", name);
}

static void
flags(const struct keyshow *s, uint32_t have)
{
	(void)fprintf(s->f, "SA: flags=0x%x < ", have);
	keyshow_flags(have, print_flag, s->f);
	(void)fprintf(s->f, ">\n");
}

static void
association(const struct keyshow *s, const struct pfkey_msg *m)
{
	char buf[32];

	state_and_window(s, m);
	if (m->auth != 0)
		(void)fprintf(s->f, "SA: Authentication algorithm = %s\n",
		    keyshow_alg(buf, true, m->auth));
	if (m->encr != 0)
		(void)fprintf(s->f, "SA: Encryption algorithm = %s\n",
		    keyshow_alg(buf, false, m->encr));
	flags(s, m->sa_flags);
}

static void
address(const struct keyshow *s, const char *tag, const char *what,
    const struct pfkey_addr *a)
{
	const struct protoent *p;
	char buf[ADDR_TEXT];

	(void)fprintf(s->f, "%s: %s address (proto=%u", tag, what, a->proto);
	if (!s->numeric) {
		p = a->proto != 0 ? getprotobynumber(a->proto) : NULL;
		(void)fprintf(s->f, "/%s",
		    a->proto == 0 ? "<unspecified>"
		    : p != NULL	  ? p->p_name
				  : "<unknown>");
	}
	(void)fprintf(s->f, ")\n%s: AF_INET%s: port %u, %s", tag,
	    a->a.fam == FAM_V6 ? "6" : "", a->port, addr_print(buf, &a->a));
	if (a->plen != 0)
		(void)fprintf(s->f, "/%u", a->plen);
	if (!s->numeric)
		(void)fprintf(s->f, " (%s)", keyhost_name(&a->a));
	(void)fprintf(s->f, ".\n");
}

static void
hex(const struct keyshow *s, bool hide, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (hide)
			(void)fprintf(s->f, "XX");
		else
			(void)fprintf(s->f, "%02x", p[i]);
	}
}

/*
 * With a salt: key[salt]/bits+saltbits (spec: sa 6, output convention). Only
 * what was asked for by get or dump shows its key.
 */
static void
key(const struct keyshow *s, const struct pfkey_msg *m, const char *tag,
    const char *what, const struct pfkey_key *k)
{
	unsigned salt = pfkey_is_output(m) ? k->reserved : 0;
	bool hide = s->hide_keys || !pfkey_is_output(m);
	size_t n = secret_bytes(k->bits);

	(void)fprintf(s->f, "%s: %s key.\n%s: ", tag, what, tag);
	hex(s, hide, k->b, n);
	if (salt != 0) {
		(void)fprintf(s->f, "[");
		hex(s, hide, k->b + n, secret_bytes(salt));
		(void)fprintf(s->f, "]");
	}
	(void)fprintf(s->f, "/%u", k->bits);
	if (salt != 0)
		(void)fprintf(s->f, "+%u", salt);
	(void)fprintf(s->f, "\n");
}

/* Text of somebody else: nothing that could upset a terminal or fake a line. */
static void
foreign(const struct keyshow *s, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint8_t c = (uint8_t)p[i];

		if (c >= 0x20 && c < 0x7f && c != '\\')
			(void)fputc(c, s->f);
		else
			(void)fprintf(s->f, "\\%03o", c);
	}
}

const char *
keyshow_ident(char buf[32], unsigned type)
{
	static const char *const types[] = { "<reserved>", "prefix", "FQDN",
		"user-FQDN (mbox)", "ASN.1 DER distinguished name",
		"ASN.1 DER general name", "key ID", "address range" };

	if (type < sizeof(types) / sizeof(types[0]))
		return types[type];
	(void)snprintf(buf, 32, "<unknown %u>", type);
	return buf;
}

static void
identity(const struct keyshow *s, const char *tag, const char *what,
    const struct sa_ident *id)
{
	char buf[32], der[KEYDER_TEXT];

	(void)fprintf(s->f,
	    "%s: %s identity, uid=%" PRIu64 ", type %s\n%s: ", tag, what,
	    id->uid, keyshow_ident(buf, id->type), tag);
	if (keyder_print(der, id))
		(void)fprintf(s->f, "%s", der);
	else if (id->type == 4 || id->type == 5)
		for (size_t i = 0; i < id->len; i++)
			(void)fprintf(s->f, "%02x", (uint8_t)id->id[i]);
	else
		foreign(s, id->id, id->len);
	(void)fprintf(s->f, "\n");
}

/* in.iked writes what its cookies mean: COOKIE<TAB>LABEL lines. */
#define KMC_MAP "/var/run/ipsec_kmc_map"

static void
cookie(const struct keyshow *s, const struct pfkey_msg *m)
{
	char line[256], *end = NULL, label[256] = "<unknown>";
	FILE *f = fopen(KMC_MAP, "re");

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (isdigit((uint8_t)line[0]) &&
		    strtoull(line, &end, 10) == m->kmc && *end == '\t') {
			end[strcspn(end, "\n")] = '\0';
			(void)snprintf(label, sizeof(label), "%s", end + 1);
		}
	if (f != NULL)
		(void)fclose(f);
	(void)fprintf(s->f, "KMC: Protocol %u, cookie=\"", m->kmp);
	foreign(s, label, strlen(label));
	(void)fprintf(s->f, "\" (%" PRIu64 ")\n", m->kmc);
}

/* RFC 3554 */
static void
further(const struct keyshow *s, const char *tag, const char *what,
    const struct addr *a, unsigned n)
{
	char buf[ADDR_TEXT];

	(void)fprintf(s->f, "%s: Further %s addresses:\n", tag, what);
	for (unsigned i = 0; i < n; i++) {
		(void)fprintf(s->f, "%s: AF_INET%s: %s", tag,
		    a[i].fam == FAM_V6 ? "6" : "", addr_print(buf, &a[i]));
		if (!s->numeric)
			(void)fprintf(s->f, " (%s)", keyhost_name(&a[i]));
		(void)fprintf(s->f, ".\n");
	}
}

static void
addresses(const struct keyshow *s, const struct pfkey_msg *m)
{
	static const struct {
		enum pfkey_ext ext;
		const char *tag, *what;
		size_t at;
	} rows[] = {
		{ PFKEY_EXT_ADDRESS_SRC, "SRC", "Source",
		    offsetof(struct pfkey_msg, src) },
		{ PFKEY_EXT_ADDRESS_DST, "DST", "Destination",
		    offsetof(struct pfkey_msg, dst) },
		{ PFKEY_EXT_INNER_SRC, "INS", "Inner source",
		    offsetof(struct pfkey_msg, isrc) },
		{ PFKEY_EXT_INNER_DST, "IND", "Inner destination",
		    offsetof(struct pfkey_msg, idst) },
		{ PFKEY_EXT_NATT_LOC, "NLC", "NAT-T local",
		    offsetof(struct pfkey_msg, natt_loc) },
		{ PFKEY_EXT_NATT_REM, "NRM", "NAT-T remote",
		    offsetof(struct pfkey_msg, natt_rem) },
	};
	struct pfkey_addr a;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (pfkey_has(m, rows[i].ext)) {
			memcpy(&a, (const uint8_t *)m + rows[i].at, sizeof(a));
			address(s, rows[i].tag, rows[i].what, &a);
		}
	if (pfkey_has(m, PFKEY_EXT_MORE_SRC))
		further(s, "MSR", "source", m->more.src, m->more.n_src);
	if (pfkey_has(m, PFKEY_EXT_MORE_DST))
		further(s, "MDS", "destination", m->more.dst, m->more.n_dst);
}

/* RFC 2367 2.3.6; its length was looked at when the message was read. */
static void
sensitivity(const struct keyshow *s, const char *tag, const char *what,
    const struct pfkey_blob *b)
{
	struct rd r = rd_from(b->b, b->n);
	unsigned level, words, integ, iwords;
	uint32_t dpd;

	rd_skip(&r, 4);
	dpd = rd_h32(&r);
	level = rd_u8(&r);
	words = rd_u8(&r);
	integ = rd_u8(&r);
	iwords = rd_u8(&r);
	(void)fprintf(s->f,
	    "%s: %s, protection domain %u, level %u, integrity level %u, "
	    "flags=0x%x\n",
	    tag, what, dpd, level, integ, rd_h32(&r));
	for (unsigned i = 0; i < words + iwords && rd_more(&r); i++)
		(void)fprintf(s->f, "%s: %s bitmap %016" PRIx64 "\n", tag,
		    i < words ? "Sensitivity" : "Integrity", rd_h64(&r));
}

static void
keys(const struct keyshow *s, const struct pfkey_msg *m)
{
	if (pfkey_has(m, PFKEY_EXT_KEY_AUTH))
		key(s, m, "AKY", "Authentication", &m->akey);
	if (pfkey_has(m, PFKEY_EXT_KEY_ENCRYPT))
		key(s, m, "EKY", "Encryption", &m->ekey);
	if (pfkey_has(m, PFKEY_EXT_IDENTITY_SRC))
		identity(s, "SID", "Source", &m->sid);
	if (pfkey_has(m, PFKEY_EXT_IDENTITY_DST))
		identity(s, "DID", "Destination", &m->did);
	if (pfkey_has(m, PFKEY_EXT_SENSITIVITY))
		sensitivity(s, "SNS", "Sensitivity", &m->sens);
	if (pfkey_has(m, PFKEY_EXT_OUTER_SENS))
		sensitivity(s, "OSN", "Outer sensitivity", &m->outer_sens);
}

static void
others(const struct keyshow *s, const struct pfkey_msg *m)
{
	if (pfkey_has(m, PFKEY_EXT_SPIRANGE))
		(void)fprintf(s->f, "SPR: SA SPI range, min=0x%x, max=0x%x\n",
		    m->spi_min, m->spi_max);
	if (pfkey_has(m, PFKEY_EXT_KM_COOKIE))
		cookie(s, m);
	if (pfkey_has(m, PFKEY_EXT_PAIR))
		(void)fprintf(s->f, "OTH: Paired with spi=0x%x\n", m->pair_spi);
	if (pfkey_has(m, PFKEY_EXT_REPLAY_VALUE))
		(void)fprintf(s->f, "RPL: Replay value %" PRIu64 "\n",
		    m->replay64 != 0 ? m->replay64 : m->replay32);
	if (pfkey_has(m, PFKEY_EXT_EDUMP))
		(void)fprintf(s->f,
		    "EDP: Only associations idle for %" PRIu64 " seconds\n",
		    m->edump_timeout);
}

void
keyshow_message(const struct keyshow *s, const struct pfkey_msg *m, size_t n)
{
	base(s, m, n);
	if (pfkey_has(m, PFKEY_EXT_SA))
		association(s, m);
	addresses(s, m);
	keys(s, m);
	keyprop_show(s, m);
	others(s, m);
	keylife_show(s, m);
}
