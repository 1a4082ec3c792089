/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/saattr.h"

#include <stddef.h>

#include "conf/savalue.h"

#define FIELD(f)                                      \
	.off = (uint16_t)offsetof(struct sa_spec, f), \
	.size = (uint16_t)sizeof(((struct sa_spec *)0)->f)

/* clang-format off */
static const struct saattr attrs[] = {
	{ { "spi", "NUMBER", "security parameters index, not 0" },
	    SLOT_SPI, K_NUMBER, .name = true, FIELD(spi) },
	{ { "pair-spi", "NUMBER", "SPI of the SA of the other direction" },
	    SLOT_PAIR_SPI, K_NUMBER, FIELD(pair_spi) },
	{ { "replay", "NUMBER", "anti-replay window in packets, 0 to 65536" },
	    SLOT_REPLAY, K_WINDOW, FIELD(window) },
	{ { "replay_value", "NUMBER", "sequence number to start after" },
	    SLOT_REPLAY_VALUE, K_NUMBER, FIELD(replay_value) },
	{ { "esn", "", "64-bit sequence numbers (RFC 4303 2.2.1)" },
	    SLOT_ESN, K_FLAG, .flag = SAF_ESN },
	{ { "state", "STATE", "mature (default), dying or dead" },
	    SLOT_STATE, K_STATE, FIELD(state) },
	{ { "auth_alg,authalg", "ALGORITHM", "authentication algorithm" },
	    SLOT_AUTH_ALG, K_ALG, FIELD(auth) },
	{ { "encr_alg,encralg", "ALGORITHM", "encryption algorithm" },
	    SLOT_ENCR_ALG, K_ALG, FIELD(encr) },
	{ { "encap", "udp", "encapsulation for NAT traversal" },
	    SLOT_ENCAP, K_ENCAP, .name = false },
	{ { "soft_alloc", "NUMBER", "packets until a new SA is wanted" },
	    SLOT_SOFT_ALLOC, K_NUMBER, FIELD(soft.allocs) },
	{ { "soft_bytes", "NUMBER", "bytes until a new SA is wanted" },
	    SLOT_SOFT_BYTES, K_NUMBER, FIELD(soft.bytes) },
	{ { "soft_addtime", "SECONDS", "time from adding until a new SA is wanted" },
	    SLOT_SOFT_ADDTIME, K_NUMBER, FIELD(soft.addtime) },
	{ { "soft_usetime", "SECONDS", "time from first use until a new SA is wanted" },
	    SLOT_SOFT_USETIME, K_NUMBER, FIELD(soft.usetime) },
	{ { "hard_alloc", "NUMBER", "packets until the SA ends" },
	    SLOT_HARD_ALLOC, K_NUMBER, FIELD(hard.allocs) },
	{ { "hard_bytes", "NUMBER", "bytes until the SA ends" },
	    SLOT_HARD_BYTES, K_NUMBER, FIELD(hard.bytes) },
	{ { "hard_addtime", "SECONDS", "time from adding until the SA ends" },
	    SLOT_HARD_ADDTIME, K_NUMBER, FIELD(hard.addtime) },
	{ { "hard_usetime", "SECONDS", "time from first use until the SA ends" },
	    SLOT_HARD_USETIME, K_NUMBER, FIELD(hard.usetime) },
	{ { "idle_addtime", "SECONDS", "time without use, from adding" },
	    SLOT_IDLE_ADDTIME, K_NUMBER, FIELD(idle.addtime) },
	{ { "idle_usetime", "SECONDS", "time without use, from the last use" },
	    SLOT_IDLE_USETIME, K_NUMBER, FIELD(idle.usetime) },
	{ { "src,saddr,srcaddr", "ADDRESS", "source of the SA" },
	    SLOT_SRC, K_ADDR, .name = true },
	{ { "src6,saddr6,srcaddr6", "ADDRESS", "the same, IPv6 only" },
	    SLOT_SRC, K_ADDR, .name = true, .v6 = true },
	{ { "dst,daddr,dstaddr", "ADDRESS", "destination of the SA; a name stands for all its addresses" },
	    SLOT_DST, K_ADDR, .name = true },
	{ { "dst6,daddr6,dstaddr6", "ADDRESS", "the same, IPv6 only" },
	    SLOT_DST, K_ADDR, .name = true, .v6 = true },
	{ { "more_src", "ADDRESS,...", "further sources of an SCTP association (RFC 3554)" },
	    SLOT_MORE_SRC, K_MORE, .name = false },
	{ { "more_dst", "ADDRESS,...", "further destinations" },
	    SLOT_MORE_DST, K_MORE, .name = false },
	{ { "sport", "NUMBER", "source port" },
	    SLOT_SPORT, K_NUMBER, .name = true, FIELD(sport) },
	{ { "dport", "NUMBER", "destination port" },
	    SLOT_DPORT, K_NUMBER, .name = true, FIELD(dport) },
	{ { "proto,ulp", "NUMBER", "upper-layer protocol" },
	    SLOT_PROTO, K_NUMBER, .name = true, FIELD(proto) },
	{ { "isrc,innersrc,proxy,proxyaddr", "ADDRESS[/LEN]", "inner source (tunnel mode)" },
	    SLOT_ISRC, K_INNER, FIELD(isrc) },
	{ { "isrc6,innersrc6,proxy6,proxyaddr6", "ADDRESS[/LEN]", "the same, IPv6 only" },
	    SLOT_ISRC, K_INNER, .v6 = true, FIELD(isrc) },
	{ { "idst,innerdst", "ADDRESS[/LEN]", "inner destination (tunnel mode)" },
	    SLOT_IDST, K_INNER, FIELD(idst) },
	{ { "idst6,innerdst6", "ADDRESS[/LEN]", "the same, IPv6 only" },
	    SLOT_IDST, K_INNER, .v6 = true, FIELD(idst) },
	{ { "isport,innersport", "NUMBER", "inner source port" },
	    SLOT_ISPORT, K_NUMBER, FIELD(isport) },
	{ { "idport,innerdport", "NUMBER", "inner destination port" },
	    SLOT_IDPORT, K_NUMBER, FIELD(idport) },
	{ { "iproto,iulp", "NUMBER", "inner upper-layer protocol" },
	    SLOT_IPROTO, K_NUMBER, FIELD(iproto) },
	{ { "nat_loc", "ADDRESS", "our IPv4 address before a NAT" },
	    SLOT_NAT_LOC, K_NAT, FIELD(natt_loc) },
	{ { "nat_rem", "ADDRESS", "the peer's IPv4 address before a NAT" },
	    SLOT_NAT_REM, K_NAT, FIELD(natt_rem) },
	{ { "nat_lport", "NUMBER", "our UDP port" },
	    SLOT_NAT_LPORT, K_NUMBER, FIELD(natt_lport) },
	{ { "nat_rport", "NUMBER", "the peer's UDP port" },
	    SLOT_NAT_RPORT, K_NUMBER, FIELD(natt_rport) },
	{ { "authkey", "HEX[/BITS]", "authentication key" },
	    SLOT_AUTHKEY, K_KEY, FIELD(akey) },
	{ { "encrkey", "HEX[/BITS]", "encryption key; with the salt of a combined algorithm behind it" },
	    SLOT_ENCRKEY, K_KEY, FIELD(ekey) },
	{ { "reserved_bits", "NUMBER", "how many bits at the end of encrkey are an initial IV; before encrkey" },
	    SLOT_RESERVED_BITS, K_IVBITS, FIELD(ekey_iv_bits) },
	{ { "srcidtype", "TYPE IDENTITY", "identity of the source" },
	    SLOT_SRCID, K_IDENT, FIELD(sid) },
	{ { "dstidtype", "TYPE IDENTITY", "identity of the destination" },
	    SLOT_DSTID, K_IDENT, FIELD(did) },
	{ { "inbound", "", "the SA is for packets that come in" },
	    SLOT_INBOUND, K_FLAG, .name = true, .flag = SAF_INBOUND },
	{ { "outbound", "", "the SA is for packets that go out" },
	    SLOT_OUTBOUND, K_FLAG, .name = true, .flag = SAF_OUTBOUND },
	{ { "label,outer-label,implicit-label", "LABEL", "refused: labels are not supported" },
	    SLOT_REFUSED, K_LABEL, .name = false },
	{ { "next-hop", "ADDRESS", "refused: the host's routes decide" },
	    SLOT_REFUSED, K_ROUTE, .name = false },
	{ { "flags,dpd,sens_level,sens_map,integ_level,integ_map", "VALUE", "refused: reserved" },
	    SLOT_REFUSED, K_REFUSED, .name = false },
	{ { "current_alloc,current_bytes,current_addtime,current_usetime", "NUMBER", "refused: reserved" },
	    SLOT_REFUSED, K_REFUSED, .name = false },
};
/* clang-format on */

#define N_ATTRS (sizeof(attrs) / sizeof(attrs[0]))

const struct saattr *
saattr_row(size_t i)
{
	return i < N_ATTRS ? &attrs[i] : NULL;
}

/* Is t one of the comma separated names? */
static bool
is_one_of(const struct lex_tok *t, const char *names)
{
	while (*names != '\0') {
		size_t n = strcspn(names, ",");

		if (t->n == n && memcmp(t->s, names, n) == 0)
			return true;
		names += n;
		names += *names == ',';
	}
	return false;
}

const struct saattr *
saattr_find(const struct lex_tok *t)
{
	if (t->kind != LEX_WORD)
		return NULL;
	for (size_t i = 0; i < N_ATTRS; i++)
		if (is_one_of(t, attrs[i].help.name))
			return &attrs[i];
	return NULL;
}

bool
saattr_secret(const struct lex_tok *t)
{
	size_t hex = 0;

	for (size_t i = 0; i < t->n; i++)
		hex += memchr("0123456789abcdefABCDEFxX/", t->s[i], 25) != NULL;
	/* an SPI may be shown; a longer word with only few others may be a key */
	return t->n > 10 && hex * 4 >= t->n * 3;
}

void
saattr_skip(struct saattr_line *l)
{
	while (lex_peek(&l->lx).kind != LEX_EOL)
		(void)lex_next(&l->lx);
}

#define N_WORDS 96

/* Report that t is no attribute, with the nearest one that may stand here. */
static void
unknown(struct saattr_line *l, const struct lex_tok *t, bool name_only)
{
	char text[1024];
	const char *words[N_WORDS + 1];
	size_t n = 0, used = 0;

	if (saattr_secret(t)) {
		lex_error(&l->lx, t, "expected an attribute's name here");
		return;
	}
	for (size_t i = 0; i < N_ATTRS; i++) {
		const char *p = attrs[i].help.name;

		if ((name_only && !attrs[i].name) ||
		    attrs[i].slot == SLOT_REFUSED)
			continue;
		while (*p != '\0' && n < N_WORDS) {
			size_t len = strcspn(p, ",");

			if (used + len + 1 > sizeof(text))
				break;
			memcpy(text + used, p, len);
			text[used + len] = '\0';
			words[n++] = text + used;
			used += len + 1;
			p += len;
			p += *p == ',';
		}
	}
	words[n] = NULL;
	lex_expected(&l->lx, t, words, "an attribute");
}

/* True when the attribute a at t is not for this line; reported. */
static bool
refused(struct saattr_line *l, const struct saattr *a, const struct lex_tok *t,
    bool name_only)
{
	if (a->kind == K_LABEL)
		lex_error(&l->lx, t,
		    "labels are not supported: there are no Trusted Extensions "
		    "here");
	else if (a->kind == K_ROUTE)
		lex_error(&l->lx, t,
		    "an SA has no next hop here: the routes of the host decide "
		    "where its packets go");
	else if (a->kind == K_REFUSED)
		lex_error(&l->lx, t, "%.*s is reserved and cannot be set",
		    (int)t->n, t->s);
	else if (name_only && !a->name)
		lex_error(&l->lx, t,
		    "%.*s does not go with %.*s, which only names an SA",
		    (int)t->n, t->s, (int)l->at.n, l->at.s);
	else
		return false;
	return true;
}

void
saattr_read(struct saattr_line *l, bool name_only)
{
	struct lex_tok t;

	while ((t = lex_peek(&l->lx)).kind != LEX_EOL && t.kind != LEX_END) {
		const struct saattr *a = saattr_find(&t);

		(void)lex_next(&l->lx);
		if (a == NULL || refused(l, a, &t, name_only)) {
			if (a == NULL)
				unknown(l, &t, name_only);
			/* its value would only be a second error */
			while ((t = lex_peek(&l->lx)).kind != LEX_EOL &&
			       t.kind != LEX_END && saattr_find(&t) == NULL)
				(void)lex_next(&l->lx);
			continue;
		}
		if (saattr_saw(l, a->slot))
			lex_error(&l->lx, &t,
			    "only one %.*s can be given; the first is in line "
			    "%u",
			    (int)t.n, t.s, l->where[a->slot].line);
		l->seen |= UINT64_C(1) << a->slot;
		l->where[a->slot] = t;
		savalue_read(l, a, &t);
	}
}
