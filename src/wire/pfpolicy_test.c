/* SPDX-License-Identifier: BSD-2-Clause */
#include "wire/pfpolicy.h"

#include <errno.h>
#include <net/pfpolicy.h>
#include <sys/socket.h>

#include "base/test.h"

/* A message built from the public structs, as a program of others would. */
struct pub {
	_Alignas(8) uint8_t b[4096];
	size_t n;
};

static void
pub_add(struct pub *p, const void *ext, size_t n)
{
	struct spd_msg base;

	memcpy(p->b + p->n, ext, n);
	p->n += n;
	memcpy(&base, p->b, sizeof(base));
	base.spd_msg_len = (uint16_t)(p->n / 8);
	memcpy(p->b, &base, sizeof(base));
}

static struct pub
pub_new(uint8_t type)
{
	struct pub p = { 0 };
	struct spd_msg m = { .spd_msg_version = PF_POLICY_V1,
		.spd_msg_type = type,
		.spd_msg_spdid = SPD_STANDBY,
		.spd_msg_seq = 7,
		.spd_msg_pid = 4711 };

	pub_add(&p, &m, sizeof(m));
	return p;
}

static void
pub_attrs(
    struct pub *p, uint16_t count, const struct spd_attribute *a, size_t n)
{
	struct spd_ext_actions x = { .spd_actions_len = (uint16_t)(1 + n),
		.spd_actions_exttype = SPD_EXT_ACTION,
		.spd_actions_count = count };

	pub_add(p, &x, sizeof(x));
	pub_add(p, a, n * sizeof(*a));
}

static const struct spd_portrange lport = { 1, SPD_EXT_LCLPORT, 0x1700,
	0x1700 };
static const struct spd_portrange rport = { 1, SPD_EXT_REMPORT, 0x0100,
	0xffff };
static const struct spd_proto proto = { .spd_proto_len = 1,
	.spd_proto_exttype = SPD_EXT_PROTO,
	.spd_proto_number = 6 };
static const struct spd_typecode typecode = { 1, SPD_EXT_ICMP_TYPECODE, 133,
	137, 255, 255 };
static const struct spd_ruleset_ext ruleset = { 2, SPD_EXT_RULESET, 3,
	0x1122334455667788 };
static const struct spd_rule rule = { .spd_rule_len = 3,
	.spd_rule_type = SPD_EXT_RULE,
	.spd_rule_priority = 0x004ffffe,
	.spd_rule_flags = SPD_RULE_FLAG_OUTBOUND | SPD_RULE_FLAG_TUNNEL,
	.spd_rule_index = 0x100000002 };
static const struct {
	struct spd_address a;
	uint8_t b[8];
} laddr4 = { { 2, SPD_EXT_LCLADDR, AF_INET, 24, 0 }, { 192, 168, 116, 0 } },
  raddr4 = { { 2, SPD_EXT_REMADDR, AF_INET, 32, 0 }, { 192, 168, 13, 213 } };
static const struct {
	struct spd_address a;
	uint8_t b[16];
} raddr6 = { { 3, SPD_EXT_REMADDR, AF_INET6, 128, 0 },
	{ 0x20, 1, 0xee, 0xee, [15] = 3 } };
static const struct {
	uint16_t len, type;
	char name[12];
} tun = { 2, SPD_EXT_TUN_NAME, "ip.tun0" };
static const struct spd_attribute act[] = {
	{ SPD_ATTR_EMPTY, 0 },
	{ SPD_ATTR_TYPE, SPD_ACTTYPE_IPSEC },
	{ SPD_ATTR_FLAGS, SPD_APPLY_ESP | SPD_APPLY_ESPA },
	{ SPD_ATTR_ESP_ENCR, EALG_AES },
	{ SPD_ATTR_ENCR_MINBITS, 128 },
	{ SPD_ATTR_ENCR_MAXBITS, 256 },
	{ SPD_ATTR_ESP_AUTH, AALG_SHA1HMAC },
	{ SPD_ATTR_ESPA_MINBITS, 160 },
	{ SPD_ATTR_ESPA_MAXBITS, 160 },
	{ SPD_ATTR_NEXT, 0 },
	{ SPD_ATTR_EMPTY, 0 },
	{ SPD_ATTR_TYPE, SPD_ACTTYPE_PASS },
	{ SPD_ATTR_FLAGS, 0 },
	{ SPD_ATTR_END, 0 },
};
#define N_ACT (sizeof(act) / sizeof(act[0]))

static void
test_sizes(void **state)
{
	(void)state;
	assert_int_equal(sizeof(struct spd_msg), PFPOLICY_HEADER);
	assert_int_equal(sizeof(struct spd_rule), 24);
	assert_int_equal(offsetof(struct spd_rule, spd_rule_index), 16);
	assert_int_equal(sizeof(struct spd_address), 8);
	assert_int_equal(sizeof(struct spd_proto), 8);
	assert_int_equal(sizeof(struct spd_portrange), 8);
	assert_int_equal(sizeof(struct spd_typecode), 8);
	assert_int_equal(sizeof(struct spd_ext_actions), 8);
	assert_int_equal(sizeof(struct spd_attribute), 8);
	assert_int_equal(sizeof(struct spd_ruleset_ext), 16);
	assert_int_equal(
	    PFPOLICY_DIAG_N, SPD_DIAGNOSTIC_NO_TUNNEL_SELECTORS + 1);
	assert_int_equal(PFPOLICY_DIAG_INVALID_RULE_INDEX,
	    SPD_DIAGNOSTIC_INVALID_RULE_INDEX);
	assert_int_equal(PFPOLICY_DIAG_DUPLICATE_ICMP_TYPECODE,
	    SPD_DIAGNOSTIC_DUPLICATE_ICMP_TYPECODE);
	assert_int_equal(PFPOLICY_DIAG_UNSUPP_ESP_AUTH_KEYSIZE,
	    SPD_DIAGNOSTIC_UNSUPP_ESP_AUTH_KEYSIZE);
}

/* Written in ascending order of type: then the writer gives the same bytes. */
static void
test_layout(void **state)
{
	struct pub p = pub_new(SPD_ADDRULE);
	struct pfpolicy_msg m;
	uint8_t out[4096];
	struct wr w = wr_into(out, sizeof(out));
	uint16_t diag;
	char text[ADDR_TEXT];

	(void)state;
	pub_add(&p, &lport, sizeof(lport));
	pub_add(&p, &rport, sizeof(rport));
	pub_add(&p, &proto, sizeof(proto));
	pub_add(&p, &laddr4, sizeof(laddr4));
	pub_add(&p, &raddr4, sizeof(raddr4));
	pub_attrs(&p, 2, act, N_ACT);
	pub_add(&p, &rule, sizeof(rule));
	pub_add(&p, &typecode, sizeof(typecode));
	pub_add(&p, &tun, sizeof(tun));
	assert_int_equal(pfpolicy_parse(&m, &diag, p.b, p.n), 0);
	assert_int_equal(diag, PFPOLICY_DIAG_NONE);
	assert_int_equal(m.type, SPD_ADDRULE);
	assert_int_equal(m.spdid, SPD_STANDBY);
	assert_int_equal(m.seq, 7);
	assert_int_equal(m.pid, 4711);
	assert_int_equal(m.rule.sel.lport_min, 23);
	assert_int_equal(m.rule.sel.lport_max, 23);
	assert_int_equal(m.rule.sel.rport_min, 1);
	assert_int_equal(m.rule.sel.rport_max, 65535);
	assert_int_equal(m.rule.sel.proto, 6);
	assert_int_equal(m.rule.fam, FAM_V4);
	assert_string_equal(
	    prefix_print(text, &m.rule.sel.laddr), "192.168.116.0/24");
	assert_string_equal(
	    prefix_print(text, &m.rule.sel.raddr), "192.168.13.213/32");
	assert_int_equal(m.rule.sel.type_min, 133);
	assert_int_equal(m.rule.sel.type_max, 137);
	assert_int_equal(m.rule.sel.has & SEL_CODE, 0);
	assert_int_equal(m.rule.priority, 0x004ffffe);
	assert_int_equal(m.rule.dir, RULE_OUT);
	assert_true(m.rule.tunnel_mode);
	assert_int_equal(m.rule.index, 0x100000002);
	assert_string_equal(m.rule.tun, "ip.tun0");
	assert_int_equal(m.rule.n_actions, 2);
	assert_int_equal(m.rule.actions[0].esp_max, 256);
	assert_int_equal(m.rule.actions[0].espa_alg, AALG_SHA1HMAC);
	assert_int_equal(m.rule.actions[1].type, ACT_PASS);
	assert_int_equal(m.rule.actions[1].esp_alg, 0);

	assert_true(pfpolicy_write(&w, &m));
	assert_int_equal(w.len, p.n);
	assert_memory_equal(out, p.b, p.n);
	pfpolicy_fini(&m);
}

static void
test_ipv6_and_ruleset(void **state)
{
	struct pub p = pub_new(SPD_DUMP);
	struct pfpolicy_msg m;
	uint8_t out[4096];
	struct wr w = wr_into(out, sizeof(out));
	uint16_t diag;

	(void)state;
	pub_add(&p, &raddr6, sizeof(raddr6));
	pub_add(&p, &ruleset, sizeof(ruleset));
	assert_int_equal(pfpolicy_parse(&m, &diag, p.b, p.n), 0);
	assert_int_equal(m.rule.fam, FAM_V6);
	assert_int_equal(m.rule.sel.raddr.len, 128);
	assert_int_equal(m.ruleset_count, 3);
	assert_int_equal(m.ruleset_version, 0x1122334455667788);
	assert_true(pfpolicy_write(&w, &m));
	assert_int_equal(w.len, p.n);
	assert_memory_equal(out, p.b, p.n);
	pfpolicy_fini(&m);
}

/* An address with bits behind its prefix is the same selector without them. */
static void
test_canonical_prefix(void **state)
{
	struct pub p = pub_new(SPD_ADDRULE);
	struct pfpolicy_msg m;
	uint8_t a[16];
	uint16_t diag;
	char text[ADDR_TEXT];

	(void)state;
	memcpy(a, &laddr4, sizeof(a));
	a[11] = 99;
	pub_add(&p, a, sizeof(a));
	assert_int_equal(pfpolicy_parse(&m, &diag, p.b, p.n), 0);
	assert_string_equal(
	    prefix_print(text, &m.rule.sel.laddr), "192.168.116.0/24");
	pfpolicy_fini(&m);
}

static void
expect(const struct pub *p, int e, uint16_t want)
{
	struct pfpolicy_msg m;
	uint16_t diag;

	assert_int_equal(pfpolicy_parse(&m, &diag, p->b, p->n), e);
	assert_int_equal(diag, want);
	assert_null(m.rule.actions);
}

static void
test_base_mistakes(void **state)
{
	struct pub p = pub_new(SPD_FLUSH);
	struct pfpolicy_msg m;
	uint16_t diag;

	(void)state;
	for (size_t n = 0; n < PFPOLICY_HEADER; n++)
		assert_int_equal(pfpolicy_parse(&m, &diag, p.b, n), EMSGSIZE);
	p.b[4] = 3; /* length field says more */
	expect(&p, EMSGSIZE, PFPOLICY_DIAG_NONE);
	p = pub_new(SPD_FLUSH);
	p.b[0] = 2;
	expect(&p, EPROTONOSUPPORT, PFPOLICY_DIAG_NONE);
	p = pub_new(0);
	expect(&p, EINVAL, PFPOLICY_DIAG_BAD_MSG_TYPE);
	p = pub_new(SPD_MAX + 1);
	expect(&p, EINVAL, PFPOLICY_DIAG_BAD_MSG_TYPE);
	p = pub_new(SPD_FLUSH);
	p.b[3] = 2;
	expect(&p, EINVAL, PFPOLICY_DIAG_BAD_SPDID);
	/* what can be answered is kept */
	assert_int_equal(pfpolicy_parse(&m, &diag, p.b, p.n), EINVAL);
	assert_int_equal(m.seq, 7);
	assert_int_equal(m.pid, 4711);
	assert_int_equal(m.type, SPD_FLUSH);
}

/* One byte or two of a good extension changed. */
static const struct {
	const void *ext;
	uint8_t n;
	uint8_t at, value, at2, value2;
	uint16_t diag;
} mistakes[] = {
	{ &lport, 8, 2, 0, 2, 0, PFPOLICY_DIAG_UNKNOWN_EXT },
	{ &lport, 8, 2, SPD_EXT_MAX + 1, 2, SPD_EXT_MAX + 1,
	    PFPOLICY_DIAG_UNKNOWN_EXT },
	{ &lport, 8, 0, 0, 0, 0, PFPOLICY_DIAG_BAD_EXTLEN },
	{ &lport, 8, 0, 2, 0, 2, PFPOLICY_DIAG_BAD_EXTLEN },
	{ &lport, 8, 1, 1, 1, 1, PFPOLICY_DIAG_BAD_EXTLEN },
	{ &lport, 8, 4, 0, 5, 0, PFPOLICY_DIAG_MALFORMED_LCLPORT },
	{ &lport, 8, 6, 0, 7, 22, PFPOLICY_DIAG_MALFORMED_LCLPORT },
	{ &rport, 8, 4, 0, 5, 0, PFPOLICY_DIAG_MALFORMED_REMPORT },
	{ &laddr4, 16, 4, 77, 4, 77, PFPOLICY_DIAG_MALFORMED_LCLADDR },
	{ &laddr4, 16, 5, 33, 5, 33, PFPOLICY_DIAG_MALFORMED_LCLADDR },
	{ &laddr4, 16, 4, AF_INET6, 4, AF_INET6, PFPOLICY_DIAG_BAD_ADDR_LEN },
	{ &raddr6, 24, 4, AF_INET, 5, 32, PFPOLICY_DIAG_BAD_ADDR_LEN },
	{ &raddr6, 24, 5, 129, 5, 129, PFPOLICY_DIAG_MALFORMED_REMADDR },
	{ &rule, 24, 8, 0x20, 8, 0x20, PFPOLICY_DIAG_MALFORMED_RULE },
	{ &typecode, 8, 5, 132, 5, 132, PFPOLICY_DIAG_MALFORMED_ICMP_TYPECODE },
	{ &typecode, 8, 6, 3, 7, 2, PFPOLICY_DIAG_MALFORMED_ICMP_TYPECODE },
	{ &ruleset, 16, 0, 1, 0, 1, PFPOLICY_DIAG_BAD_EXTLEN },
};

/* The family of a rule that has no addresses, in questions and answers. */
static void
test_family(void **state)
{
	struct spd_rule r = rule;
	struct pub p = pub_new(SPD_ADDRULE);
	struct pfpolicy_msg m, back;
	uint8_t buf[256];
	uint16_t diag;

	(void)state;
	r.spd_rule_flags = SPD_RULE_FLAG_INBOUND | SPD_RULE_FLAG_IPV6;
	pub_add(&p, &r, sizeof(r));
	assert_int_equal(pfpolicy_parse(&m, &diag, p.b, p.n), 0);
	assert_int_equal(m.rule.fam, FAM_V6);
	for (int i = 0; i < 2; i++) {
		struct wr w = wr_into(buf, sizeof(buf));

		m.type = i == 0 ? SPD_ADDRULE : SPD_DUMP;
		assert_true(pfpolicy_write(&w, &m));
		assert_int_equal(pfpolicy_parse(&back, &diag, buf, w.len), 0);
		assert_int_equal(back.rule.fam, FAM_V6);
		/* beside an address it is only in answers */
		m.rule.sel.has = SEL_RADDR;
		m.rule.sel.raddr = (struct prefix){ .a.fam = FAM_V6 };
		w = wr_into(buf, sizeof(buf));
		assert_true(pfpolicy_write(&w, &m));
		assert_int_equal(pfpolicy_parse(&back, &diag, buf, w.len), 0);
		assert_int_equal(back.rule.fam, FAM_V6);
		m.rule.sel.has = 0;
	}
	/* both flags: both families */
	p = pub_new(SPD_ADDRULE);
	r.spd_rule_flags |= SPD_RULE_FLAG_IPV4;
	pub_add(&p, &r, sizeof(r));
	assert_int_equal(pfpolicy_parse(&m, &diag, p.b, p.n), 0);
	assert_int_equal(m.rule.fam, FAM_NONE);
	/* a flag against the address, in either order */
	r.spd_rule_flags = SPD_RULE_FLAG_INBOUND | SPD_RULE_FLAG_IPV4;
	for (int i = 0; i < 2; i++) {
		p = pub_new(SPD_ADDRULE);
		if (i == 0)
			pub_add(&p, &r, sizeof(r));
		pub_add(&p, &raddr6, sizeof(raddr6));
		if (i == 1)
			pub_add(&p, &r, sizeof(r));
		expect(&p, EINVAL, PFPOLICY_DIAG_MIXED_AF);
	}
}

static void
test_extension_mistakes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		struct pub p = pub_new(SPD_ADDRULE);
		uint8_t x[24];

		memcpy(x, mistakes[i].ext, mistakes[i].n);
		x[mistakes[i].at] = mistakes[i].value;
		x[mistakes[i].at2] = mistakes[i].value2;
		pub_add(&p, x, mistakes[i].n);
		expect(&p, EINVAL, mistakes[i].diag);
	}
}

static void
test_duplicates(void **state)
{
	static const struct {
		const void *ext;
		uint8_t n;
		uint16_t diag;
	} twice[] = {
		{ &lport, 8, PFPOLICY_DIAG_DUPLICATE_LCLPORT },
		{ &rport, 8, PFPOLICY_DIAG_DUPLICATE_REMPORT },
		{ &proto, 8, PFPOLICY_DIAG_DUPLICATE_PROTO },
		{ &laddr4, 16, PFPOLICY_DIAG_DUPLICATE_LCLADDR },
		{ &raddr4, 16, PFPOLICY_DIAG_DUPLICATE_REMADDR },
		{ &rule, 24, PFPOLICY_DIAG_DUPLICATE_RULE },
		{ &ruleset, 16, PFPOLICY_DIAG_DUPLICATE_RULESET },
		{ &typecode, 8, PFPOLICY_DIAG_DUPLICATE_ICMP_TYPECODE },
		{ &tun, 16, PFPOLICY_DIAG_BAD_EXTLEN },
	};
	struct pub p;

	(void)state;
	for (size_t i = 0; i < sizeof(twice) / sizeof(twice[0]); i++) {
		p = pub_new(SPD_ADDRULE);
		pub_add(&p, twice[i].ext, twice[i].n);
		pub_add(&p, twice[i].ext, twice[i].n);
		expect(&p, EINVAL, twice[i].diag);
	}
	p = pub_new(SPD_ADDRULE);
	pub_attrs(&p, 2, act, N_ACT);
	pub_attrs(&p, 2, act, N_ACT);
	expect(&p, EINVAL, PFPOLICY_DIAG_DUPLICATE_ACTION);
	p = pub_new(SPD_ADDRULE);
	pub_add(&p, &laddr4, sizeof(laddr4));
	pub_add(&p, &raddr6, sizeof(raddr6));
	expect(&p, EINVAL, PFPOLICY_DIAG_MIXED_AF);
}

static void
test_tunnel_name(void **state)
{
	struct pub p = pub_new(SPD_FLUSH);
	struct {
		uint16_t len, type;
		char name[36];
	} t = { 5, SPD_EXT_TUN_NAME, "" };
	struct pfpolicy_msg m;
	uint16_t diag;

	(void)state;
	pub_add(&p, &t, sizeof(t));
	assert_int_equal(pfpolicy_parse(&m, &diag, p.b, p.n), 0);
	assert_true(pfpolicy_has(&m, SPD_EXT_TUN_NAME));
	assert_string_equal(m.rule.tun, "");

	memset(t.name, 'x', RULE_TUN_NAME - 1);
	p = pub_new(SPD_FLUSH);
	pub_add(&p, &t, sizeof(t));
	assert_int_equal(pfpolicy_parse(&m, &diag, p.b, p.n), 0);
	assert_int_equal(strlen(m.rule.tun), RULE_TUN_NAME - 1);

	memset(t.name, 'x', RULE_TUN_NAME);
	p = pub_new(SPD_FLUSH);
	pub_add(&p, &t, sizeof(t));
	expect(&p, EINVAL, PFPOLICY_DIAG_BAD_EXTLEN);
	memset(t.name, 'x', sizeof(t.name));
	p = pub_new(SPD_FLUSH);
	pub_add(&p, &t, sizeof(t));
	expect(&p, EINVAL, PFPOLICY_DIAG_BAD_EXTLEN);
}

/* A rule of hundreds of alternatives is one message; more than fit is refused. */
static void
test_long_rule(void **state)
{
	static uint8_t out[PFPOLICY_MAX + 8], again[PFPOLICY_MAX + 8];
	struct pfpolicy_msg m = { .type = SPD_ADDRULE,
		.has = 1u << SPD_EXT_RULE | 1u << SPD_EXT_ACTION };
	struct pfpolicy_msg back;
	struct action a = { .type = ACT_IPSEC,
		.flags = ACT_AH | ACT_ESP | ACT_ESPA,
		.ah_alg = AALG_SHA256HMAC,
		.ah_min = 256,
		.ah_max = 256,
		.esp_alg = EALG_AES,
		.esp_min = 128,
		.esp_max = 256,
		.espa_alg = AALG_SHA1HMAC,
		.espa_min = 160,
		.espa_max = 160 };
	struct wr w, w2;
	uint16_t diag;

	(void)state;
	for (unsigned i = 0; i < 512; i++) {
		a.ah_alg = (uint8_t)(1 + i % 200);
		assert_true(rule_add_action(&m.rule, &a));
	}
	w = wr_into(out, sizeof(out));
	assert_true(pfpolicy_write(&w, &m));
	assert_int_equal(pfpolicy_parse(&back, &diag, out, w.len), 0);
	assert_int_equal(back.rule.n_actions, 512);
	w2 = wr_into(again, sizeof(again));
	assert_true(pfpolicy_write(&w2, &back));
	assert_int_equal(w.len, w2.len);
	assert_memory_equal(out, again, w.len);
	pfpolicy_fini(&back);

	while (m.rule.n_actions < RULE_MAX_ACTIONS)
		assert_true(rule_add_action(&m.rule, &a));
	w = wr_into(out, sizeof(out));
	assert_false(pfpolicy_write(&w, &m));
	pfpolicy_fini(&m);
}

static void
test_write_needs_room(void **state)
{
	struct pfpolicy_msg m = { .type = SPD_DUMP, .has = 1u << SPD_EXT_RULE };
	uint8_t out[40];

	(void)state;
	for (size_t n = 0; n < sizeof(out); n++) {
		struct wr w = wr_into(out, n);

		assert_false(pfpolicy_write(&w, &m));
	}
	struct wr w = wr_into(out, sizeof(out));

	assert_true(pfpolicy_write(&w, &m));
	assert_int_equal(w.len, sizeof(out));
}

static void
test_texts(void **state)
{
	(void)state;
	for (unsigned d = 0; d < PFPOLICY_DIAG_N; d++)
		assert_true(strlen(pfpolicy_diag_text(d)) > 3);
	assert_string_equal(
	    pfpolicy_diag_text(PFPOLICY_DIAG_N), "unknown diagnostic");
	assert_string_equal(pfpolicy_type_text(SPD_FLIP), "FLIP");
	assert_string_equal(pfpolicy_type_text(0), "unknown");
	assert_string_equal(pfpolicy_type_text(SPD_MAX + 1), "unknown");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_layout),
		cmocka_unit_test(test_ipv6_and_ruleset),
		cmocka_unit_test(test_canonical_prefix),
		cmocka_unit_test(test_base_mistakes),
		cmocka_unit_test(test_family),
		cmocka_unit_test(test_extension_mistakes),
		cmocka_unit_test(test_duplicates),
		cmocka_unit_test(test_tunnel_name),
		cmocka_unit_test(test_long_rule),
		cmocka_unit_test(test_write_needs_room),
		cmocka_unit_test(test_texts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
