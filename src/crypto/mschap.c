/* SPDX-License-Identifier: BSD-2-Clause */
#include "crypto/mschap.h"

#include "base/secret.h"
#include "base/wr.h"

#include "crypto/desblock.h"
#include "crypto/md4.h"
#include "crypto/sha1.h"

/* Strings of RFC 2759 8.7 and RFC 3079 3.3; without the NUL. */
static const char server_to_client[] =
    "Magic server to client signing constant";
static const char pad_more[] = "Pad to make it do more than one iteration";
static const char master[] = "This is the MPPE Master Key";
static const char client_sends[] = "On the client side, this is the send key; "
				   "on the server side, it is the receive key.";
static const char server_sends[] =
    "On the client side, this is the receive key; "
    "on the server side, it is the send key.";

/* One character; 0 with r->bad when it is not UTF-8 (RFC 3629 3). */
static uint32_t
utf8(struct rd *r)
{
	static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 };
	uint8_t b = rd_u8(r);
	unsigned more = b < 0x80 ? 0 : b < 0xe0 ? 1 : b < 0xf0 ? 2 : 3;
	uint32_t c = more == 0 ? b : b & (0x3fU >> more);

	if ((b >= 0x80 && b < 0xc2) || b > 0xf4)
		r->bad = true;
	for (unsigned i = 0; i < more; i++) {
		uint8_t next = rd_u8(r);

		if ((next & 0xc0) != 0x80)
			r->bad = true;
		c = c << 6 | (next & 0x3f);
	}
	if (c < least[more] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		r->bad = true;
	return c;
}

static void
put16(struct wr *w, uint32_t c)
{
	wr_u8(w, (uint8_t)c);
	wr_u8(w, (uint8_t)(c >> 8));
}

bool
mschap_hash(const uint8_t *password, size_t n, uint8_t hash[MSCHAP_HASH])
{
	uint8_t wide[2 * MSCHAP_PASSWORD];
	struct wr w = wr_into(wide, sizeof(wide));
	struct rd r = rd_from(n != 0 ? (const void *)password : "", n);
	bool ok;

	memset(hash, 0, MSCHAP_HASH);
	while (rd_more(&r)) {
		uint32_t c = utf8(&r);

		if (c >= 0x10000) {
			put16(&w, 0xd800 + ((c - 0x10000) >> 10));
			c = 0xdc00 + ((c - 0x10000) & 0x3ff);
		}
		put16(&w, c);
	}
	ok = rd_end(&r) && !w.bad;
	if (ok)
		md4_sum(wide, w.len, hash);
	secret_wipe(wide, sizeof(wide));
	return ok;
}

/* RFC 2759 8.2 */
static void
challenge(const struct mschap *m, uint8_t out[8])
{
	struct sha1 s;
	uint8_t sum[SHA1_LEN];

	sha1_init(&s);
	sha1_add(&s, m->peer, MSCHAP_CHALLENGE);
	sha1_add(&s, m->server, MSCHAP_CHALLENGE);
	sha1_add(&s, m->name, m->n_name);
	sha1_end(&s, sum);
	memcpy(out, sum, 8);
}

/* RFC 2759 8.5 */
void
mschap_response(const struct mschap *m, const uint8_t hash[MSCHAP_HASH],
    uint8_t out[MSCHAP_RESPONSE])
{
	uint8_t key[21] = { 0 }, text[8];

	memcpy(key, hash, MSCHAP_HASH);
	challenge(m, text);
	for (unsigned i = 0; i < 3; i++)
		desblock_encrypt(key + 7UL * i, text, out + 8UL * i);
	secret_wipe(key, sizeof(key));
}

/* RFC 2759 8.7 */
void
mschap_auth(const struct mschap *m, const uint8_t hash[MSCHAP_HASH],
    const uint8_t response[MSCHAP_RESPONSE], uint8_t out[MSCHAP_AUTH])
{
	uint8_t twice[MD4_LEN], text[8], sum[SHA1_LEN];
	struct sha1 s;

	md4_sum(hash, MSCHAP_HASH, twice);
	sha1_init(&s);
	sha1_add(&s, twice, sizeof(twice));
	sha1_add(&s, response, MSCHAP_RESPONSE);
	sha1_add(&s, server_to_client, sizeof(server_to_client) - 1);
	sha1_end(&s, sum);
	challenge(m, text);
	sha1_init(&s);
	sha1_add(&s, sum, sizeof(sum));
	sha1_add(&s, text, sizeof(text));
	sha1_add(&s, pad_more, sizeof(pad_more) - 1);
	sha1_end(&s, out);
	secret_wipe(twice, sizeof(twice));
	secret_wipe(sum, sizeof(sum));
}

/* RFC 3079 3.4: GetAsymmetricStartKey of 16 bytes. */
static void
start_key(const uint8_t *key, const char *magic, size_t n, uint8_t out[16])
{
	uint8_t pad1[40], pad2[40], sum[SHA1_LEN];
	struct sha1 s;

	memset(pad1, 0, sizeof(pad1));
	memset(pad2, 0xf2, sizeof(pad2));
	sha1_init(&s);
	sha1_add(&s, key, 16);
	sha1_add(&s, pad1, sizeof(pad1));
	sha1_add(&s, magic, n);
	sha1_add(&s, pad2, sizeof(pad2));
	sha1_end(&s, sum);
	memcpy(out, sum, 16);
	secret_wipe(sum, sizeof(sum));
}

void
mschap_msk(const uint8_t hash[MSCHAP_HASH],
    const uint8_t response[MSCHAP_RESPONSE], uint8_t out[MSCHAP_MSK])
{
	uint8_t twice[MD4_LEN], sum[SHA1_LEN];
	struct sha1 s;

	/* RFC 3079 3.4: GetMasterKey */
	md4_sum(hash, MSCHAP_HASH, twice);
	sha1_init(&s);
	sha1_add(&s, twice, sizeof(twice));
	sha1_add(&s, response, MSCHAP_RESPONSE);
	sha1_add(&s, master, sizeof(master) - 1);
	sha1_end(&s, sum);
	memset(out, 0, MSCHAP_MSK);
	start_key(sum, client_sends, sizeof(client_sends) - 1, out);
	start_key(sum, server_sends, sizeof(server_sends) - 1, out + 16);
	secret_wipe(twice, sizeof(twice));
	secret_wipe(sum, sizeof(sum));
}
