/* SPDX-License-Identifier: BSD-2-Clause */
#include "twohosts.h"

#include <err.h>
#include <stdlib.h>

#include "core/conn.h"
#include "core/fragcache.h"
#include "core/kspd.h"
#include "core/larval.h"
#include "crypto/be/be.h"
#include "wire/pfkey.h"
#include "wire/pfpolicy.h"

#define TUN "ip.tun0"

/* the sender, the first of the receivers, their gateways */
#define FROM	  UINT32_C(0x0a010001)
#define TO	  UINT32_C(0x0b000000)
#define GATE_FROM UINT32_C(0xc0a87410)
#define GATE_TO	  UINT32_C(0x0c000000)
#define SPI	  UINT32_C(0x10000)

const struct now twohosts_now = { .mono = 5000, .wall = 1700000000 };

static struct addr
v4(uint32_t a)
{
	const uint8_t b[4] = { (uint8_t)(a >> 24), (uint8_t)(a >> 16),
		(uint8_t)(a >> 8), (uint8_t)a };

	return addr_v4(b);
}

static bool
is_local(void *ctx, const struct addr *a)
{
	const struct onehost *h = ctx;

	return (a->b[0] == 0x0b || a->b[0] == 0x0c) != h->sender;
}

static void
expired(void *ctx, struct sa *sa, int which)
{
	(void)ctx;
	(void)sa;
	(void)which;
}

static uint32_t
mtu(void *ctx, const struct addr *dst)
{
	(void)ctx;
	(void)dst;
	return 9000;
}

static bool
acquire(void *ctx, uint32_t seq, const struct rule *r, const struct flow *f,
    const struct addr *src, const struct addr *dst)
{
	(void)ctx;
	(void)seq;
	(void)r;
	(void)f;
	(void)src;
	(void)dst;
	return false;
}

struct crypto *
twohosts_crypto(void)
{
	static struct crypto *c;

	if (c == NULL && (c = crypto_new(be_all, NULL, NULL)) == NULL)
		errx(1, "no memory");
	return c;
}

static void
host_init(struct onehost *h, bool sender)
{
	static const struct hash_seed seed = { { 1, 2 } };
	static const struct conn_env nothing;
	struct sadb_env env = { is_local, expired, h };
	struct path *p = &h->path;

	*h = (struct onehost){ .sender = sender };
	*p = (struct path){ .spd = spd_new(),
		.kspd = kspd_new(),
		.sadb = sadb_new(twohosts_crypto(), &crypto_rng, &env),
		.rng = &crypto_rng,
		.larval = larval_new(),
		.frags = fragcache_new(&crypto_rng),
		.conns = conn_new(&seed, CONN_MAX, &nothing),
		.env = { .mtu = mtu,
		    .acquire = acquire,
		    .is_local = is_local,
		    .ctx = h },
		.tune = { .padding_check = 2,
		    .esn_resync = 256,
		    .icmp_accept_clear_messages = true,
		    .igmp_accept_clear_messages = true,
		    .pim_accept_clear_messages = true,
		    .acquire_timeout = 15,
		    .natt_port = 4500 } };
	if (p->spd == NULL || p->kspd == NULL || p->sadb == NULL ||
	    p->larval == NULL || p->frags == NULL || p->conns == NULL)
		errx(1, "no memory");
	sadb_tuning(p->sadb, SATYPE_ESP)->max_sas = UINT32_MAX;
}

static void
add_rule(const struct twohosts *h, struct spd *spd)
{
	const struct suite *s = h->form.suite;
	struct action a = { .type = ACT_IPSEC,
		.ah_alg = s->ah,
		.esp_alg = s->encr,
		.espa_alg = s->espa };
	struct rule r = { .dir = RULE_BOTH,
		.priority = RULE_PRIO_BASE,
		.tunnel_mode = h->form.tunnel };
	uint64_t index;
	uint16_t diag;

	a.flags = (uint8_t)((s->ah ? ACT_AH : 0) | (s->encr ? ACT_ESP : 0) |
			    (s->espa ? ACT_ESPA : 0));
	memcpy(r.tun, h->tun, strlen(h->tun) + 1);
	if (!rule_add_action(&r, &a))
		errx(1, "no memory");
	if (spd_add(spd, SPD_ACTIVE, &r, &diag, &index) != 0)
		errx(1, "a rule was refused");
	rule_fini(&r);
}

static void
set_key(struct secret *k, unsigned bits, unsigned number)
{
	uint8_t b[SECRET_MAX];

	suite_key(b, sizeof(b), number);
	if (!secret_set(k, b, bits))
		errx(1, "a key does not fit");
}

static struct sa_spec
spec_of(const struct form *f, unsigned i, bool inbound)
{
	const struct suite *s = f->suite;
	struct sa_spec x = { .satype = s->ah ? SATYPE_AH : SATYPE_ESP,
		.spi = SPI + i,
		.state = SA_MATURE,
		.window = 64,
		.auth = s->ah ? s->ah : s->espa,
		.encr = s->encr,
		.flags = inbound ? SAF_INBOUND : SAF_OUTBOUND,
		.src = v4(f->tunnel ? GATE_FROM : FROM),
		.dst = v4((f->tunnel ? GATE_TO : TO) + i) };

	if (s->encr != 0)
		set_key(&x.ekey,
		    s->bits + alg_by_id(ALG_ENCR, s->encr)->salt_len * 8u, i);
	if (x.auth != 0)
		set_key(&x.akey, alg_by_id(ALG_AUTH, x.auth)->key_def, i);
	if (f->tunnel) {
		x.flags |= SAF_TUNNEL;
		x.isrc = (struct prefix){ v4(FROM), 32 };
		x.idst = (struct prefix){ v4(TO + i), 32 };
	}
	if (f->udp) {
		x.flags |= SAF_NATT_LOC | SAF_NATT_REM;
		x.natt_loc = inbound ? x.dst : x.src;
		x.natt_rem = inbound ? x.src : x.dst;
	}
	return x;
}

static void
add_sas(struct twohosts *h)
{
	uint16_t diag = 0;
	struct sa *sa;

	for (unsigned i = 0; i < h->form.sas; i++)
		for (int in = 0; in < 2; in++) {
			struct path *p = in ? &h->to.path : &h->from.path;
			struct sa_spec s = spec_of(&h->form, i, in != 0);

			if (sadb_add(p->sadb, &s, twohosts_now, &diag, &sa) !=
			    0)
				errx(1, "an SA was refused: %s",
				    pfkey_diag_text(diag));
			saspec_fini(&s);
		}
}

void
twohosts_init(struct twohosts *h, const struct form *form)
{
	*h = (struct twohosts){ .form = *form, .tun = form->tunnel ? TUN : "" };
	host_init(&h->from, true);
	host_init(&h->to, false);
	add_rule(h, h->from.path.spd);
	add_rule(h, h->to.path.spd);
	add_sas(h);
}

static void
host_fini(struct onehost *h)
{
	struct path *p = &h->path;

	larval_free(p->larval);
	fragcache_free(p->frags);
	conn_free(p->conns);
	sadb_free(p->sadb);
	kspd_free(p->kspd);
	spd_free(p->spd);
}

void
twohosts_fini(struct twohosts *h)
{
	host_fini(&h->from);
	host_fini(&h->to);
}

void
twohosts_packet(const struct twohosts *h, uint8_t *p, size_t n, uint8_t proto)
{
	struct ip_new ip = { .src = v4(FROM),
		.dst = v4(TO),
		.ttl = 64,
		.df = true,
		.proto = proto,
		.id = 7 };
	struct wr w = wr_into(p, n);

	(void)h;
	ip_write(&w, &ip, n - 20);
	wr_be16(&w, 40000);
	wr_be16(&w, 5201);
	if (proto == IPPROTO_UDP_) {
		wr_be16(&w, (uint16_t)(n - 20));
		wr_be16(&w, 0);
	} else {
		wr_be32(&w, 1);
		wr_be32(&w, 1);
		wr_be16(&w, 0x5010);
		wr_be16(&w, 65535);
		wr_be32(&w, 0);
	}
	while (!w.bad && w.len < n)
		wr_u8(&w, (uint8_t)(w.len * 3));
	if (w.bad)
		errx(1, "a packet of %zu bytes is too small", n);
}

void
twohosts_aim(uint8_t *p, unsigned sa)
{
	struct addr a = v4(TO + sa);

	memcpy(p + 16, a.b, 4);
	ip_csum_header(p, 20);
}
