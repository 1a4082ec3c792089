/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * path_drop - reasons to drop that need something broken: memory, the library of
 * cryptography, a peer that seals nonsense. The linker sends some calls of the
 * path here (--wrap), so that they can fail.
 */
#include "core/ah.h"
#include "core/esp.h"
#include "core/frag.h"
#include "core/fragcache.h"
#include "core/path.h"
#include "core/path_fix_test.h"

#define TUN "ip.tun0"

static uint8_t pkt[PATH_ROOM];

/* --- what fails --- */

static struct {
	bool malloc, calloc, mac, room;
} broken;

void *__real_malloc(size_t n);
void *__wrap_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
bool __real_mac_sign(const struct mac *m, uint8_t *icv, const uint8_t *iv,
    const struct mac_part *part, size_t n);
bool __wrap_mac_sign(const struct mac *m, uint8_t *icv, const uint8_t *iv,
    const struct mac_part *part, size_t n);
enum verdict __real_esp_seal(const struct sa *sa, struct wr *out,
    const uint8_t *p, const struct ip_view *v, uint64_t seq, const uint8_t *iv,
    const struct seal_opts *o);
enum verdict __wrap_esp_seal(const struct sa *sa, struct wr *out,
    const uint8_t *p, const struct ip_view *v, uint64_t seq, const uint8_t *iv,
    const struct seal_opts *o);
enum verdict __real_ah_seal(const struct sa *sa, struct wr *out,
    const uint8_t *p, const struct ip_view *v, uint64_t seq, const uint8_t *iv,
    const struct seal_opts *o);
enum verdict __wrap_ah_seal(const struct sa *sa, struct wr *out,
    const uint8_t *p, const struct ip_view *v, uint64_t seq, const uint8_t *iv,
    const struct seal_opts *o);

void *
__wrap_malloc(size_t n)
{
	return broken.malloc ? NULL : __real_malloc(n);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return broken.calloc ? NULL : __real_calloc(n, size);
}

bool
__wrap_mac_sign(const struct mac *m, uint8_t *icv, const uint8_t *iv,
    const struct mac_part *part, size_t n)
{
	return !broken.mac && __real_mac_sign(m, icv, iv, part, n);
}

/* The path's own buffers are large enough for everything. */
static struct wr
less_room(const struct wr *out)
{
	return broken.room ? wr_into(out->base, 30) : *out;
}

enum verdict
__wrap_esp_seal(const struct sa *sa, struct wr *out, const uint8_t *p,
    const struct ip_view *v, uint64_t seq, const uint8_t *iv,
    const struct seal_opts *o)
{
	*out = less_room(out);
	return __real_esp_seal(sa, out, p, v, seq, iv, o);
}

enum verdict
__wrap_ah_seal(const struct sa *sa, struct wr *out, const uint8_t *p,
    const struct ip_view *v, uint64_t seq, const uint8_t *iv,
    const struct seal_opts *o)
{
	*out = less_room(out);
	return __real_ah_seal(sa, out, p, v, seq, iv, o);
}

static bool
dry(void *ctx, uint8_t *p, size_t n)
{
	(void)ctx;
	memset(p, 0, n);
	return false;
}

static const struct rng no_rng = { .fill = dry };

/* --- */

/* v was the verdict of r, and was counted once. */
#define dropped(h, dir, r, v)                                          \
	do {                                                           \
		assert_verdict(r, VERDICT_##v);                        \
		assert_int_equal((h)->p.stats.n[dir][VERDICT_##v], 1); \
		assert_int_equal((r).to, PATH_NOWHERE);                \
	} while (0)

static struct sa_spec
esp(void)
{
	return sa_of(7, ENIGMA4, PARTYM4, EALG_NULL, AALG_SHA256HMAC);
}

static struct sa_spec
ah(void)
{
	return sa_of(8, ENIGMA4, PARTYM4, 0, AALG_SHA1HMAC);
}

static size_t
begin(struct action a)
{
	again();
	install_both(RULE_BOTH, "", a);
	return udp(pkt, ENIGMA4, PARTYM4, 1, 2, 92);
}

static size_t
begin_esp(void)
{
	return begin(ipsec(0, EALG_NULL, AALG_SHA256HMAC));
}

static size_t
begin_ah(void)
{
	return begin(ipsec(AALG_SHA1HMAC, 0, 0));
}

static void
test_library_fails(void **state)
{
	struct sa_spec s =
	    sa_of(7, ENIGMA4, PARTYM4, EALG_AES, AALG_SHA256HMAC);
	size_t n = begin(ipsec(0, EALG_AES, AALG_SHA256HMAC));
	struct path_result o;
	struct sa_spec a = ah();

	(void)state;
	/* no random IV */
	add_sa(&enigma, &s);
	enigma.p.rng = &no_rng;
	o = out(&enigma, "", pkt, n);
	dropped(&enigma, 0, o, ESP_CRYPTO_FAILED);
	assert_int_equal(enigma.p.stats.proto[0].out_discards, 1);
	n = begin_ah();
	add_sa(&enigma, &a);
	broken.mac = true;
	o = out(&enigma, "", pkt, n);
	broken.mac = false;
	dropped(&enigma, 0, o, AH_CRYPTO_FAILED);
	assert_int_equal(enigma.p.stats.proto[1].out_discards, 1);
	/* the next one is as good as ever */
	assert_verdict(out(&enigma, "", pkt, n), VERDICT_PASS);
}

static void
test_no_room(void **state)
{
	struct sa_spec e = esp(), a = ah();
	size_t n = begin_esp();
	struct path_result o;

	(void)state;
	add_sa(&enigma, &e);
	broken.room = true;
	o = out(&enigma, "", pkt, n);
	broken.room = false;
	dropped(&enigma, 0, o, ESP_NOMEM);
	n = begin_ah();
	add_sa(&enigma, &a);
	broken.room = true;
	o = out(&enigma, "", pkt, n);
	broken.room = false;
	dropped(&enigma, 0, o, AH_NOMEM);
}

/* The first IV comes up again: the key is used up. */
static void
test_iv_wrap(void **state)
{
	struct sa_spec e = sa_of(7, ENIGMA4, PARTYM4, EALG_AES_GCM_16, 0);
	struct sa_spec a = sa_of(8, ENIGMA4, PARTYM4, 0, AALG_AES_GMAC);
	size_t n = begin(ipsec(0, EALG_AES_GCM_16, 0));
	struct sa *sa = add_sa(&enigma, &e);
	struct path_result o;

	(void)state;
	sa->iv_used = true;
	o = out(&enigma, "", pkt, n);
	dropped(&enigma, 0, o, ESP_IV_WRAP);
	assert_int_equal(sa->state, SA_DEAD);
	n = begin(ipsec(AALG_AES_GMAC, 0, 0));
	sa = add_sa(&enigma, &a);
	sa->iv_used = true;
	o = out(&enigma, "", pkt, n);
	dropped(&enigma, 0, o, AH_IV_WRAP);
	assert_int_equal(sa->state, SA_DEAD);
}

/* RFC 4302 3.3.2: numbers end. */
static void
test_last_number(void **state)
{
	struct sa_spec a = ah();
	size_t n = begin_ah();
	struct path_result o;

	(void)state;
	a.replay_value = UINT32_MAX - 1;
	add_sa(&enigma, &a);
	assert_verdict(out(&enigma, "", pkt, n), VERDICT_PASS);
	o = out(&enigma, "", pkt, n);
	dropped(&enigma, 0, o, AH_REPLAY);
}

/* What is on the wire gets the ICV that it should have. */
static void
sign_again(const struct sa *sa, size_t n)
{
	struct ip_view v;
	struct esp_head h;
	uint8_t icv[64];
	size_t icv_len = aead_info(sa->aead)->icv_len;

	assert_true(ip_parse(&v, wire, n));
	assert_int_equal(esp_peek(&h, wire, &v, 4500), VERDICT_PASS);
	struct aead_op op = { .key = sa->aead,
		.hdr = wire + h.off,
		.iv = wire + h.off + 8,
		.in = wire + h.off + 8,
		.out = wire + h.off + 8,
		.len = n - icv_len - h.off - 8,
		.icv = icv };

	aead_seal(&op, 1);
	memcpy(wire + n - icv_len, icv, icv_len);
}

static void
test_authentic_nonsense(void **state)
{
	struct sa_spec e = esp(), a = ah();
	size_t n = begin_esp();
	struct sa *sa = share(&e);
	struct path_result o = out(&enigma, "", pkt, n), r;

	(void)state;
	assert_verdict(o, VERDICT_PASS);
	wire[o.len - aead_info(sa->aead)->icv_len - 2] = 255;
	sign_again(sa, o.len);
	r = in(&partym, wire, o.len);
	dropped(&partym, 1, r, ESP_BAD_PADLEN);
	/* partym takes it for a tunnel's, with a packet inside */
	n = begin_esp();
	add_sa(&enigma, &e);
	e.flags |= SAF_TUNNEL;
	e.isrc.a.fam = e.idst.a.fam = FAM_V4;
	add_sa(&partym, &e);
	o = out(&enigma, "", pkt, n);
	r = in(&partym, wire, o.len);
	dropped(&partym, 1, r, ESP_BAD_INNER);
	n = begin_ah();
	add_sa(&enigma, &a);
	a.flags |= SAF_TUNNEL;
	a.isrc.a.fam = a.idst.a.fam = FAM_V4;
	add_sa(&partym, &a);
	o = out(&enigma, "", pkt, n);
	r = in(&partym, wire, o.len);
	dropped(&partym, 1, r, AH_BAD_INNER);
}

/* An AH header where it cannot be told what routers change on the way. */
static void
test_odd_headers(void **state)
{
	struct sa_spec a4 = ah();
	struct sa_spec a6 = sa_of(9, ENIGMA6, PARTYM6, 0, AALG_SHA1HMAC);
	size_t n = begin_ah();
	struct path_result o, r;

	(void)state;
	share(&a4);
	share(&a6);
	/* router alert, of length 0 when it comes */
	memmove(pkt + 24, pkt + 20, n - 20);
	n += 4;
	pkt[0] = 0x46;
	pkt[3] = (uint8_t)n;
	memcpy(pkt + 20, "\x94\x04\x00\x00", 4);
	o = out(&enigma, "", pkt, n);
	assert_verdict(o, VERDICT_PASS);
	wire[21] = 0;
	r = in(&partym, wire, o.len);
	dropped(&partym, 1, r, AH_BAD_V4_OPTS);
	/* a hop-by-hop header with an option that is longer than it */
	n = udp(pkt, ENIGMA6, PARTYM6, 1, 2, 92);
	memmove(pkt + 48, pkt + 40, n - 40);
	n += 8;
	pkt[5] = (uint8_t)(n - 40);
	pkt[6] = 0;
	memcpy(pkt + 40, "\x11\x00\x1e\x09\x00\x00\x00\x00", 8);
	o = out(&enigma, "", pkt, n);
	dropped(&enigma, 0, o, AH_BAD_V6_HDRS);
}

static struct sa_ident
ident(const char *text)
{
	struct sa_ident i = { .type = 2, .len = (uint16_t)strlen(text) };

	memcpy(i.id, text, i.len);
	return i;
}

static void
test_other_peers(void **state)
{
	struct sa_spec e = esp(), a = ah();
	size_t n = begin(ipsec(AALG_SHA1HMAC, EALG_NULL, AALG_SHA256HMAC));
	struct path_result o, r;

	(void)state;
	add_sa(&enigma, &e);
	add_sa(&enigma, &a);
	e.sid = ident("one");
	a.sid = ident("another");
	add_sa(&partym, &e);
	add_sa(&partym, &a);
	o = out(&enigma, "", pkt, n);
	r = in(&partym, wire, o.len);
	dropped(&partym, 1, r, SPD_AHESP_DIFFID);
	/* the SA is for TCP */
	n = begin_ah();
	a = ah();
	add_sa(&enigma, &a);
	a.proto = IPPROTO_TCP_;
	add_sa(&partym, &a);
	o = out(&enigma, "", pkt, n);
	r = in(&partym, wire, o.len);
	dropped(&partym, 1, r, SPD_AH_INNERMISMATCH);
}

/* --- fragments that wait --- */

static struct path_result
piece(uint16_t id, uint16_t off8, bool more, size_t n)
{
	struct ip_new h = { .src = A("10.1.0.1"),
		.dst = A("10.2.0.1"),
		.ttl = 64,
		.proto = IPPROTO_UDP_,
		.id = id };
	struct wr w = wr_into(pkt, PATH_ROOM);

	ip_write(&w, &h, n);
	wr_zero(&w, n);
	assert_false(w.bad);
	pkt[6] = (uint8_t)((more ? 0x20 : 0) | off8 >> 8);
	pkt[7] = (uint8_t)off8;
	return out(&enigma, TUN, pkt, w.len);
}

/* A tunnel whose policy asks for a port, so that fragments wait. */
static void
begin_pieces(void)
{
	struct action a = ipsec(0, EALG_NULL, AALG_SHA256HMAC);
	struct rule r = rule_of(RULE_BOTH, TUN, &a);

	again();
	r.sel.has = SEL_PROTO | SEL_RPORT;
	r.sel.proto = IPPROTO_UDP_;
	r.sel.rport_min = r.sel.rport_max = 2;
	install(&enigma, r);
	host_know(&enigma);
	enigma.ends[0] = enigma.a4;
	enigma.ends[1] = partym.a4;
	enigma.p.frags = fragcache_new(&crypto_rng);
	assert_non_null(enigma.p.frags);
}

static void
end_pieces(void)
{
	fragcache_free(enigma.p.frags);
	enigma.p.frags = NULL;
}

static void
test_pieces(void **state)
{
	const uint64_t *count = enigma.p.stats.n[0];
	struct path_result o;

	(void)state;
	begin_pieces();
	assert_verdict(piece(1, 0, true, 64), VERDICT_HOLD);
	assert_verdict(piece(1, 4, true, 64), VERDICT_SPD_OVERLAP_FRAG);
	assert_int_equal(count[VERDICT_SPD_OVERLAP_FRAG], 2); /* both */
	o = piece(2, 1, true, 64);
	dropped(&enigma, 0, o, SPD_EVIL_FRAG);
	/* one datagram more than may wait: the oldest goes */
	for (unsigned i = 0; i <= FRAGCACHE_DATAGRAMS; i++)
		assert_verdict(
		    piece((uint16_t)(100 + i), 0, true, 64), VERDICT_HOLD);
	assert_int_equal(count[VERDICT_SPD_MAX_FRAGS], 1);
	fragcache_age(
	    enigma.p.frags, now.mono + FRAGCACHE_LIFE, &enigma.p.stats);
	assert_int_equal(count[VERDICT_SPD_EXPIRED_FRAGS], FRAGCACHE_DATAGRAMS);
	assert_int_equal(fragcache_waiting(enigma.p.frags), 0);
	end_pieces();
}

static void
test_no_memory(void **state)
{
	struct path_result o;

	(void)state;
	begin_pieces();
	broken.malloc = broken.calloc = true;
	o = piece(1, 0, true, 64);
	broken.malloc = broken.calloc = false;
	dropped(&enigma, 0, o, SPD_NOMEM);
	assert_int_equal(fragcache_waiting(enigma.p.frags), 0);
	assert_verdict(piece(1, 0, true, 64), VERDICT_HOLD);
	end_pieces();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    test_library_fails, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_room, setup, teardown),
		cmocka_unit_test_setup_teardown(test_iv_wrap, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_last_number, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_authentic_nonsense, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_odd_headers, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_other_peers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_pieces, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_no_memory, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
