/* SPDX-License-Identifier: BSD-2-Clause */
#include "crypto/ke.h"

#include <stdlib.h>

#include "base/secret.h"

#include "crypto/backend.h"

struct ke {
	const struct crypto_slot *slot;
	const struct ikealg *group;
	size_t n_own;
	uint8_t own[KE_OWN_MAX]; /* the private value, or what it is made of */
	uint8_t value[];
};

void
ke_secret_fini(struct ke_secret *s)
{
	secret_wipe(s, sizeof(*s));
}

const char *
ke_result_text(enum ke_result r)
{
	static const char *const text[] = { "in order",
		"the peer's value has another length than the group's",
		"the peer's value does not belong to the group (RFC 6989)",
		"it cannot be computed here" };

	return (unsigned)r < sizeof(text) / sizeof(text[0]) ? text[r] : "?";
}

/* Who computes it; NULL: nobody. */
static const struct crypto_slot *
slot_for(const struct crypto *c, const struct ikealg *group)
{
	if (group == NULL || group->type != IKEALG_KE || group->len == 0)
		return NULL;
	for (size_t i = 0; i < c->n; i++)
		if (c->slot[i].be->ke != NULL &&
		    c->slot[i].be->ke->claims(c->slot[i].st, group))
			return &c->slot[i];
	return NULL;
}

bool
ke_usable(const struct crypto *c, const struct ikealg *group)
{
	return slot_for(c, group) != NULL;
}

/*
 * Bytes that a private value is made of. MODP: twice the strength of the group
 * and more (RFC 3526 8, SP 800-56A 5.6.1.1.1); ML-KEM: d | z (FIPS 203 7.1).
 */
static size_t
own_len(const struct ikealg *g)
{
	if ((g->flags & IKEALG_KEM) != 0)
		return 64;
	if (g->id <= IKE_KE_MODP_1536 || g->id == IKE_KE_MODP_2048)
		return 32;
	if (g->id <= IKE_KE_MODP_8192)
		return g->id == IKE_KE_MODP_3072 ? 40 : 56;
	return g->secret_len;
}

/* SP 800-56A 5.6.1.2.2: until it is a value of the group; a few tries do. */
static bool
draw(struct ke *ke, const struct rng *rng)
{
	const struct ikealg *g = ke->group;
	enum ke_result r = KE_INVALID;

	ke->n_own = own_len(g);
	for (unsigned tries = 0; tries < 64 && r == KE_INVALID; tries++) {
		if (!rng->fill(rng->ctx, ke->own, ke->n_own))
			return false;
		if (g->id == IKE_KE_ECP_521) /* 521 bits of 528 */
			ke->own[0] &= 1;
		r = ke->slot->be->ke->value(
		    ke->slot->st, g, ke->own, ke->n_own, ke->value);
	}
	return r == KE_OK;
}

static struct ke *
alloc(const struct crypto *c, const struct ikealg *group)
{
	const struct crypto_slot *slot = slot_for(c, group);
	struct ke *ke =
	    slot != NULL ? calloc(1, sizeof(*ke) + group->len) : NULL;

	if (ke != NULL) {
		ke->slot = slot;
		ke->group = group;
	}
	return ke;
}

struct ke *
ke_new(
    const struct crypto *c, const struct ikealg *group, const struct rng *rng)
{
	struct ke *ke = alloc(c, group);

	if (ke != NULL && draw(ke, rng))
		return ke;
	ke_free(ke);
	return NULL;
}

struct ke *
ke_from(const struct crypto *c, const struct ikealg *group, const uint8_t *own,
    size_t n)
{
	struct ke *ke = n <= KE_OWN_MAX ? alloc(c, group) : NULL;

	if (ke != NULL) {
		ke->n_own = n;
		memcpy(ke->own, own, n);
		if (ke->slot->be->ke->value(
			ke->slot->st, group, own, n, ke->value) == KE_OK)
			return ke;
	}
	ke_free(ke);
	return NULL;
}

void
ke_free(struct ke *ke)
{
	if (ke == NULL)
		return;
	secret_wipe(ke->own, sizeof(ke->own));
	free(ke);
}

const struct ikealg *
ke_group(const struct ke *ke)
{
	return ke->group;
}

const uint8_t *
ke_value(const struct ke *ke)
{
	return ke->value;
}

static enum ke_result
settle(enum ke_result r, struct ke_secret *secret)
{
	if (r != KE_OK)
		ke_secret_fini(secret);
	return r;
}

enum ke_result
ke_finish(const struct ke *ke, const uint8_t *peer, size_t n,
    struct ke_secret *secret)
{
	const struct ikealg *g = ke->group;

	secret->n = 0;
	if (n != g->len2)
		return settle(KE_LENGTH, secret);
	secret->n = g->secret_len;
	return settle(ke->slot->be->ke->shared(
			  ke->slot->st, g, ke->own, ke->n_own, peer, secret->b),
	    secret);
}

/* The responder of Diffie-Hellman does what the initiator does. */
static enum ke_result
respond_dh(const struct crypto *c, const struct ikealg *group,
    const struct rng *rng, const uint8_t *peer, uint8_t *value,
    struct ke_secret *secret)
{
	struct ke *ke = ke_new(c, group, rng);
	enum ke_result r = KE_FAILED;

	if (ke != NULL)
		r = ke_finish(ke, peer, group->len, secret);
	if (r == KE_OK)
		memcpy(value, ke->value, group->len2);
	ke_free(ke);
	return r;
}

enum ke_result
ke_respond(const struct crypto *c, const struct ikealg *group,
    const struct rng *rng, const uint8_t *peer, size_t n, uint8_t *value,
    struct ke_secret *secret)
{
	const struct crypto_slot *slot = slot_for(c, group);
	enum ke_result r = KE_FAILED;
	uint8_t seed[32]; /* FIPS 203 7.2: m */

	secret->n = 0;
	if (slot == NULL)
		return settle(KE_FAILED, secret);
	memset(value, 0, group->len2);
	if (n != group->len)
		return settle(KE_LENGTH, secret);
	if ((group->flags & IKEALG_KEM) == 0)
		return settle(
		    respond_dh(c, group, rng, peer, value, secret), secret);
	secret->n = group->secret_len;
	if (rng->fill(rng->ctx, seed, sizeof(seed)))
		r = slot->be->ke->encap(
		    slot->st, group, seed, peer, value, secret->b);
	secret_wipe(seed, sizeof(seed));
	return settle(r, secret);
}
