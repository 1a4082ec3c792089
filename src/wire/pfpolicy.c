/* SPDX-License-Identifier: BSD-2-Clause */
#include "wire/pfpolicy.h"

#include <errno.h>
#include <sys/socket.h>

#include "wire/polattr.h"

#define EXT_HEADER 4

/* One extension's body: r ends with it. False: malformed, or *diag set. */
typedef bool read_fn(struct pfpolicy_msg *m, struct rd *r, uint16_t *diag);
typedef void write_fn(struct wr *w, const struct pfpolicy_msg *m);

static bool
read_port(struct rd *r, uint16_t *min, uint16_t *max)
{
	*min = rd_be16(r);
	*max = rd_be16(r);
	return *min != 0 && *min <= *max;
}

static bool
read_lport(struct pfpolicy_msg *m, struct rd *r, uint16_t *diag)
{
	(void)diag;
	m->rule.sel.has |= SEL_LPORT;
	return read_port(r, &m->rule.sel.lport_min, &m->rule.sel.lport_max);
}

static bool
read_rport(struct pfpolicy_msg *m, struct rd *r, uint16_t *diag)
{
	(void)diag;
	m->rule.sel.has |= SEL_RPORT;
	return read_port(r, &m->rule.sel.rport_min, &m->rule.sel.rport_max);
}

static bool
read_proto(struct pfpolicy_msg *m, struct rd *r, uint16_t *diag)
{
	(void)diag;
	m->rule.sel.has |= SEL_PROTO;
	m->rule.sel.proto = rd_u8(r);
	rd_skip(r, 3);
	return true;
}

/* RFC 4301 4.4.1.1: bits behind the prefix length say nothing. */
static bool
read_addr(
    struct pfpolicy_msg *m, struct rd *r, struct prefix *p, uint16_t *diag)
{
	uint8_t af = rd_u8(r), len = rd_u8(r);
	uint8_t fam = af == AF_INET    ? FAM_V4
		      : af == AF_INET6 ? FAM_V6
				       : FAM_NONE;
	size_t n = addr_bytes(fam), room = n == 4 ? 8 : n;
	const uint8_t *b;

	rd_skip(r, 2);
	if (fam == FAM_NONE || len > addr_bits(fam))
		return false;
	if (rd_left(r) != room || (b = rd_take(r, n)) == NULL) {
		*diag = PFPOLICY_DIAG_BAD_ADDR_LEN;
		return false;
	}
	rd_skip(r, room - n);
	p->a = fam == FAM_V4 ? addr_v4(b) : addr_v6(b);
	p->len = len;
	prefix_canon(p);
	if (m->rule.fam != FAM_NONE && m->rule.fam != fam) {
		*diag = PFPOLICY_DIAG_MIXED_AF;
		return false;
	}
	m->rule.fam = fam;
	return true;
}

static bool
read_laddr(struct pfpolicy_msg *m, struct rd *r, uint16_t *diag)
{
	m->rule.sel.has |= SEL_LADDR;
	return read_addr(m, r, &m->rule.sel.laddr, diag);
}

static bool
read_raddr(struct pfpolicy_msg *m, struct rd *r, uint16_t *diag)
{
	m->rule.sel.has |= SEL_RADDR;
	return read_addr(m, r, &m->rule.sel.raddr, diag);
}

static uint8_t
fam_of_flags(uint32_t flags)
{
	switch (flags & (SPD_RULE_FLAG_IPV4 | SPD_RULE_FLAG_IPV6)) {
	case SPD_RULE_FLAG_IPV4:
		return FAM_V4;
	case SPD_RULE_FLAG_IPV6:
		return FAM_V6;
	default: /* none, or both */
		return FAM_NONE;
	}
}

static bool
read_rule(struct pfpolicy_msg *m, struct rd *r, uint16_t *diag)
{
	const uint32_t known = RULE_BOTH | SPD_RULE_FLAG_TUNNEL |
			       SPD_RULE_FLAG_IPV4 | SPD_RULE_FLAG_IPV6;
	uint32_t flags;
	uint8_t fam;

	m->rule.priority = rd_h32(r);
	flags = rd_h32(r);
	rd_skip(r, 4);
	m->rule.index = rd_h64(r);
	m->rule.dir = flags & RULE_BOTH;
	m->rule.tunnel_mode = (flags & SPD_RULE_FLAG_TUNNEL) != 0;
	fam = fam_of_flags(flags);
	if (fam != FAM_NONE && m->rule.fam != FAM_NONE && m->rule.fam != fam) {
		*diag = PFPOLICY_DIAG_MIXED_AF;
		return false;
	}
	if (fam != FAM_NONE)
		m->rule.fam = fam;
	return (flags & ~known) == 0;
}

static bool
read_ruleset(struct pfpolicy_msg *m, struct rd *r, uint16_t *diag)
{
	(void)diag;
	m->ruleset_count = rd_h32(r);
	m->ruleset_version = rd_h64(r);
	return true;
}

static bool
read_typecode(struct pfpolicy_msg *m, struct rd *r, uint16_t *diag)
{
	struct sel *s = &m->rule.sel;
	uint8_t code, code_end;

	(void)diag;
	s->type_min = rd_u8(r);
	s->type_max = rd_u8(r);
	code = rd_u8(r);
	code_end = rd_u8(r);
	s->has |= SEL_TYPE;
	if (code != 255) { /* 255: any */
		s->has |= SEL_CODE;
		s->code_min = code;
		s->code_max = code_end;
	}
	return s->type_min <= s->type_max && code <= code_end;
}

static bool
read_tun(struct pfpolicy_msg *m, struct rd *r, uint16_t *diag)
{
	size_t n = rd_left(r);
	const uint8_t *p = rd_take(r, n);
	size_t len;

	(void)diag;
	if (p == NULL || (len = strnlen((const char *)p, n)) == n ||
	    len >= RULE_TUN_NAME)
		return false;
	memcpy(m->rule.tun, p, len);
	return true;
}

static bool
is_algs(uint8_t type)
{
	return type >= SPD_ALGLIST && type <= SPD_UPDATEALGS;
}

static void
write_lport(struct wr *w, const struct pfpolicy_msg *m)
{
	wr_be16(w, m->rule.sel.lport_min);
	wr_be16(w, m->rule.sel.lport_max);
}

static void
write_rport(struct wr *w, const struct pfpolicy_msg *m)
{
	wr_be16(w, m->rule.sel.rport_min);
	wr_be16(w, m->rule.sel.rport_max);
}

static void
write_proto(struct wr *w, const struct pfpolicy_msg *m)
{
	wr_u8(w, m->rule.sel.proto);
	wr_zero(w, 3);
}

static void
write_addr(struct wr *w, const struct prefix *p)
{
	wr_u8(w, p->a.fam == FAM_V4 ? AF_INET : AF_INET6);
	wr_u8(w, p->len);
	wr_zero(w, 2);
	wr_bytes(w, p->a.b, addr_bytes(p->a.fam));
}

static void
write_laddr(struct wr *w, const struct pfpolicy_msg *m)
{
	write_addr(w, &m->rule.sel.laddr);
}

static void
write_raddr(struct wr *w, const struct pfpolicy_msg *m)
{
	write_addr(w, &m->rule.sel.raddr);
}

static void
write_action(struct wr *w, const struct pfpolicy_msg *m)
{
	if (is_algs(m->type))
		polattr_write_algs(w, m);
	else
		polattr_write_actions(w, m);
}

/* A question has the flags of Solaris alone unless nothing else says it. */
static uint32_t
family_flag(const struct pfpolicy_msg *m)
{
	bool shown = (m->rule.sel.has & (SEL_LADDR | SEL_RADDR)) != 0 &&
		     m->type != SPD_DUMP && m->type != SPD_LOOKUP;

	if (m->rule.fam == FAM_NONE || shown)
		return 0;
	return m->rule.fam == FAM_V4 ? SPD_RULE_FLAG_IPV4 : SPD_RULE_FLAG_IPV6;
}

static void
write_rule(struct wr *w, const struct pfpolicy_msg *m)
{
	wr_h32(w, m->rule.priority);
	wr_h32(w, (m->rule.dir & RULE_BOTH) |
		      (m->rule.tunnel_mode ? SPD_RULE_FLAG_TUNNEL : 0u) |
		      family_flag(m));
	wr_zero(w, 4);
	wr_h64(w, m->rule.index);
}

static void
write_ruleset(struct wr *w, const struct pfpolicy_msg *m)
{
	wr_h32(w, m->ruleset_count);
	wr_h64(w, m->ruleset_version);
}

static void
write_typecode(struct wr *w, const struct pfpolicy_msg *m)
{
	const struct sel *s = &m->rule.sel;
	bool code = (s->has & SEL_CODE) != 0;

	wr_u8(w, s->type_min);
	wr_u8(w, s->type_max);
	wr_u8(w, code ? s->code_min : 255);
	wr_u8(w, code ? s->code_max : 255);
}

static void
write_tun(struct wr *w, const struct pfpolicy_msg *m)
{
	wr_bytes(w, m->rule.tun, strnlen(m->rule.tun, RULE_TUN_NAME - 1));
	wr_u8(w, 0);
}

#define D(name) PFPOLICY_DIAG_MALFORMED_##name, PFPOLICY_DIAG_DUPLICATE_##name

/* Words are of the whole extension. ACTION has a reader of its own. */
static const struct {
	uint16_t min, max; /* 64-bit words */
	uint16_t malformed, duplicate;
	read_fn *read;
	write_fn *write;
} exts[SPD_EXT_N] = {
	[SPD_EXT_LCLPORT] = { 1, 1, D(LCLPORT), read_lport, write_lport },
	[SPD_EXT_REMPORT] = { 1, 1, D(REMPORT), read_rport, write_rport },
	[SPD_EXT_PROTO] = { 1, 1, D(PROTO), read_proto, write_proto },
	[SPD_EXT_LCLADDR] = { 2, 3, D(LCLADDR), read_laddr, write_laddr },
	[SPD_EXT_REMADDR] = { 2, 3, D(REMADDR), read_raddr, write_raddr },
	[SPD_EXT_ACTION] = { 2, UINT16_MAX, D(ACTION), NULL, write_action },
	[SPD_EXT_RULE] = { 3, 3, D(RULE), read_rule, write_rule },
	[SPD_EXT_RULESET] = { 2, 2, D(RULESET), read_ruleset, write_ruleset },
	[SPD_EXT_ICMP_TYPECODE] = { 1, 1, D(ICMP_TYPECODE), read_typecode,
	    write_typecode },
	[SPD_EXT_TUN_NAME] = { 1, 5, PFPOLICY_DIAG_BAD_EXTLEN,
	    PFPOLICY_DIAG_BAD_EXTLEN, read_tun, write_tun },
};

static int
parse_ext(struct pfpolicy_msg *m, uint16_t *diag, struct rd *r)
{
	uint16_t words = rd_h16(r), type = rd_h16(r);
	struct rd body = rd_body(r, (size_t)words * 8, EXT_HEADER);

	*diag = PFPOLICY_DIAG_BAD_EXTLEN;
	if (body.bad)
		return EINVAL;
	*diag = PFPOLICY_DIAG_UNKNOWN_EXT;
	if (type == 0 || type >= SPD_EXT_N)
		return EINVAL;
	*diag = exts[type].duplicate;
	if (pfpolicy_has(m, type))
		return EINVAL;
	*diag = PFPOLICY_DIAG_BAD_EXTLEN;
	if (words < exts[type].min || words > exts[type].max)
		return EINVAL;
	m->has |= 1u << type;
	if (exts[type].read == NULL && is_algs(m->type))
		return polattr_read_algs(m, diag, &body);
	if (exts[type].read == NULL)
		return polattr_read_actions(m, diag, &body);
	*diag = exts[type].malformed;
	return exts[type].read(m, &body, diag) && rd_end(&body) ? 0 : EINVAL;
}

static int
parse(struct pfpolicy_msg *m, uint16_t *diag, struct rd *r, size_t n)
{
	uint8_t version = rd_u8(r);
	uint16_t words;
	int e = 0;

	m->type = rd_u8(r);
	m->errnum = rd_u8(r);
	m->spdid = rd_u8(r);
	words = rd_h16(r);
	m->diag = rd_h16(r);
	m->seq = rd_h32(r);
	m->pid = rd_h32(r);
	*diag = PFPOLICY_DIAG_NONE;
	if (r->bad || n > PFPOLICY_MAX || (size_t)words * 8 != n)
		return EMSGSIZE;
	if (version != PFPOLICY_VERSION)
		return EPROTONOSUPPORT;
	*diag = PFPOLICY_DIAG_BAD_MSG_TYPE;
	if (m->type < SPD_MIN || m->type > SPD_MAX)
		return EINVAL;
	*diag = PFPOLICY_DIAG_BAD_SPDID;
	if (m->spdid > SPD_STANDBY)
		return EINVAL;
	while (e == 0 && rd_more(r))
		e = parse_ext(m, diag, r);
	if (e != 0)
		return e;
	*diag = PFPOLICY_DIAG_BAD_EXTLEN;
	if (!rd_end(r))
		return EINVAL;
	*diag = PFPOLICY_DIAG_NONE;
	return 0;
}

int
pfpolicy_parse(
    struct pfpolicy_msg *m, uint16_t *diag, const void *msg, size_t n)
{
	struct rd r = rd_from(msg, n);
	int e;

	*m = (struct pfpolicy_msg){ 0 };
	e = parse(m, diag, &r, n);
	if (e != 0)
		pfpolicy_fini(m);
	return e;
}

void
pfpolicy_fini(struct pfpolicy_msg *m)
{
	rule_fini(&m->rule);
}

/* The extensions that the message has, whatever m->has says of selectors. */
static unsigned
has_exts(const struct pfpolicy_msg *m)
{
	static const struct {
		unsigned sel, ext;
	} map[] = {
		{ SEL_LPORT, SPD_EXT_LCLPORT },
		{ SEL_RPORT, SPD_EXT_REMPORT },
		{ SEL_PROTO, SPD_EXT_PROTO },
		{ SEL_LADDR, SPD_EXT_LCLADDR },
		{ SEL_RADDR, SPD_EXT_REMADDR },
		{ SEL_TYPE, SPD_EXT_ICMP_TYPECODE },
	};
	unsigned has = m->has;

	for (unsigned i = 0; i < sizeof(map) / sizeof(map[0]); i++) {
		has &= ~(1u << map[i].ext);
		if ((m->rule.sel.has & map[i].sel) != 0)
			has |= 1u << map[i].ext;
	}
	return has;
}

/* Lengths are known when the last byte is there. */
static void
put_words(struct wr *w, size_t at, size_t from)
{
	size_t words = (w->len - from) / 8;

	if (w->bad || words > UINT16_MAX)
		w->bad = true;
	else
		memcpy(w->base + at, &(uint16_t){ (uint16_t)words }, 2);
}

bool
pfpolicy_write(struct wr *w, const struct pfpolicy_msg *m)
{
	size_t start = w->len;
	unsigned has = has_exts(m);

	wr_u8(w, PFPOLICY_VERSION);
	wr_u8(w, m->type);
	wr_u8(w, m->errnum);
	wr_u8(w, m->spdid);
	wr_h16(w, 0);
	wr_h16(w, m->diag);
	wr_h32(w, m->seq);
	wr_h32(w, m->pid);
	for (unsigned type = 1; type < SPD_EXT_N; type++) {
		size_t at = w->len;

		if ((has >> type & 1) == 0)
			continue;
		wr_h16(w, 0);
		wr_h16(w, (uint16_t)type);
		exts[type].write(w, m);
		wr_align(w, at, 8);
		put_words(w, at, at);
	}
	put_words(w, start + 4, start);
	return !w->bad && w->len - start <= PFPOLICY_MAX;
}

const char *
pfpolicy_type_text(unsigned type)
{
	static const char *const text[SPD_TYPE_N] = {
		[SPD_FLUSH] = "FLUSH",
		[SPD_ADDRULE] = "ADDRULE",
		[SPD_DELETERULE] = "DELETERULE",
		[SPD_FLIP] = "FLIP",
		[SPD_LOOKUP] = "LOOKUP",
		[SPD_DUMP] = "DUMP",
		[SPD_CLONE] = "CLONE",
		[SPD_ALGLIST] = "ALGLIST",
		[SPD_DUMPALGS] = "DUMPALGS",
		[SPD_UPDATEALGS] = "UPDATEALGS",
	};

	return type >= SPD_MIN && type <= SPD_MAX ? text[type] : "unknown";
}

const char *
pfpolicy_diag_text(unsigned diag)
{
	static const char *const text[PFPOLICY_DIAG_N] = {
#undef D
#define D(name, text) text,
		PFPOLICY_DIAGS(D)
#undef D
	};

	return diag < PFPOLICY_DIAG_N ? text[diag] : "unknown diagnostic";
}
