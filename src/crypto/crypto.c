/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>

#include "base/wr.h"

#include "crypto/keyhome.h"
#include "crypto/selftest.h"
#include "crypto/way.h"

static void
say3(const struct say *say, const char *a, const char *b, const char *c)
{
	char line[160];
	struct wr w = wr_into(line, sizeof(line) - 1);

	if (say->fn == NULL)
		return;
	wr_bytes(&w, a, strlen(a));
	wr_bytes(&w, b, strlen(b));
	wr_bytes(&w, c, strlen(c));
	line[w.len] = '\0';
	say->fn(say->ctx, line);
}

/* True when the backend gives each answer of those that it claims to. */
static bool
alg_test(const struct crypto_slot *s, const struct alg *a,
    const struct kat *kats, const struct say *say)
{
	bool claimed = s->be->claims(s->st, a, a->key_def), known = false;
	bool ok = true;

	for (const struct kat *k = kats; k->table != 0; k++)
		if (k->table == a->table && k->id == a->id &&
		    s->be->claims(s->st, a, k->bits)) {
			claimed = known = true;
			ok = selftest_run(s, k) && ok;
		}
	if (claimed && !(ok && known))
		say3(
		    say, s->be->name, ": not used, failed its test: ", a->name);
	return ok && known;
}

struct crypto *
crypto_new_tested(const struct crypto_be *const *be, const struct kat *kats,
    const struct say *say)
{
	struct crypto *c = calloc(1, sizeof(*c));
	const struct alg *a;

	if (c == NULL)
		return NULL;
	if ((c->home = keyhome_new()) == NULL) {
		free(c);
		return NULL;
	}
	for (; *be != NULL && c->n < CRYPTO_BE_MAX; be++) {
		struct crypto_slot *s = &c->slot[c->n];

		s->be = *be;
		if ((s->st = s->be->init(say)) == NULL)
			continue;
		c->n++;
		for (size_t i = 0; (a = alg_row(i)) != NULL; i++)
			*slot_pass(s, a) = alg_test(s, a, kats, say);
	}
	return c;
}

struct crypto *
crypto_new(const struct crypto_be *const *be,
    void (*say)(void *ctx, const char *line), void *ctx)
{
	return crypto_new_tested(be, kat_rows, &(struct say){ say, ctx });
}

void
crypto_free(struct crypto *c)
{
	if (c == NULL)
		return;
	keyhome_free(c->home);
	for (size_t i = 0; i < c->n; i++)
		c->slot[i].be->fini(c->slot[i].st);
	free(c->algs);
	free(c);
}

size_t
crypto_backends(const struct crypto *c)
{
	return c->n;
}

bool
crypto_usable(const struct crypto *c, const struct alg *a)
{
	bool ok = false;

	for (size_t i = 0; i < c->n; i++)
		ok |= slot_passed(&c->slot[i], a);
	return ok;
}

const char *
crypto_backend_name(const struct crypto *c, const struct alg *a)
{
	unsigned off = keyhome_off(c->home);
	const char *name = "-";

	for (size_t i = 0; i < c->n; i++)
		if (slot_passed(&c->slot[i], a)) {
			name = c->slot[i].be->name;
			if ((off >> i & 1) == 0)
				break;
		}
	return name;
}

bool
crypto_switch(const struct crypto *c, const char *name, bool on)
{
	unsigned off = keyhome_off(c->home), bits = 0;

	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->slot[i].be->name, name) == 0)
			bits |= 1u << i;
	keyhome_set_off(c->home, on ? off & ~bits : off | bits);
	return bits != 0;
}

bool
crypto_cipher(const struct crypto *c, const struct alg *a, unsigned bits,
    struct cipher_way *w)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct crypto_slot *s = &c->slot[i];

		if (slot_passed(s, a) && s->be->cipher(s->st, a, bits, w))
			return true;
	}
	return false;
}

bool
crypto_mac(const struct crypto *c, const struct alg *a, unsigned bits,
    struct mac_way *w)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct crypto_slot *s = &c->slot[i];

		if (!slot_passed(s, a) || !s->be->mac(s->st, a, bits, w))
			continue;
		if (w->least <= 1 && w->sign != NULL)
			return true;
		way_drop(&w->way);
		*w = (struct mac_way){ 0 };
	}
	return false;
}

bool
crypto_text(
    const struct crypto *c, const struct aead_spec *s, struct aead_way *w)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct crypto_slot *slot = &c->slot[i];

		if (!slot_passed(slot, s->encr) ||
		    !slot->be->aead(slot->st, s, w))
			continue;
		if (w->text != NULL)
			return true;
		way_drop(&w->way);
		*w = (struct aead_way){ 0 };
	}
	return false;
}
