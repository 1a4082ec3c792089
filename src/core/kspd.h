/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kspd - policy that PF_KEY programs of the Linux dialect bring (SPDADD and its
 * like): entries for three directions, each an exact selector. The host's own
 * policy (core/spd.h) is asked first; what it does not name is looked up here
 * (docs/adr/0009). Pure, as the SPD.
 *
 * In the rule of an entry, local and remote are as in model/flow.h; for
 * forwarded packets that came from the network, "local" is their destination.
 */
#ifndef CORE_KSPD_H
#define CORE_KSPD_H

#include "base/list.h"

#include "core/classify.h"
#include "core/sa.h"
#include "core/spd.h"
#include "wire/kame.h"

struct kspd;

struct kspd_entry {
	struct link link, rank; /* in order of id; of precedence */
	struct spd_entry e;
	struct classify_node c;
	struct action acts[2];
	struct kame_policy pol; /* as it was given, id and reqids filled in */
	struct pfkey_addr src, dst; /* the same, prefixes cut to length */
	struct lifetime soft, hard;
	struct now added, used; /* used.mono 0: not yet */
	bool soft_sent;
};

struct kspd *kspd_new(void); /* NULL: no memory */
void kspd_free(struct kspd *d);

/*
 * An entry out of a message's addresses and policy, in no table. 0, or errno:
 * EINVAL what cannot be, EOPNOTSUPP what this host does not do, ENOMEM.
 */
int kspd_make(struct kspd_entry **out, const struct pfkey_addr *src,
    const struct pfkey_addr *dst, const struct kame_policy *pol);
/* Of one that is in no table. NULL is harmless. */
void kspd_drop(struct kspd_entry *e);

/*
 * Put e in: gives it an id unless it has one, and each level "unique" without a
 * number a number. ENOMEM: it is not in. The selector is not there yet.
 */
int kspd_insert(struct kspd *d, struct kspd_entry *e);
/* Take e out; it is the caller's then, and may be put in again. */
void kspd_remove(struct kspd *d, struct kspd_entry *e);
/* The entry with the same selector and direction, or NULL. */
struct kspd_entry *kspd_same(struct kspd *d, const struct kspd_entry *e);
struct kspd_entry *kspd_by_id(struct kspd *d, uint32_t id); /* or NULL */
/* The first with an id greater than this one, or NULL: a walk. */
struct kspd_entry *kspd_after(struct kspd *d, uint32_t id);

/* The entry that decides about a packet: least priority number, then oldest. */
struct spd_entry *kspd_lookup(
    struct kspd *d, enum kame_dir dir, const struct flow *f);
/* Is there one for this direction and family that drops or protects, by ports? */
MUST_USE bool kspd_has_ports(
    const struct kspd *d, enum kame_dir dir, uint8_t fam);
/* Every entry of the direction, in the order in which they are asked. */
void kspd_each(struct kspd *d, enum kame_dir dir,
    void (*f)(void *ctx, struct kspd_entry *e), void *ctx);
size_t kspd_count(const struct kspd *d);
/* Goes up with every change. */
uint64_t kspd_version(const struct kspd *d);

/* Which lifetime (of its own) has the entry reached, if any? */
enum sa_check kspd_age(struct kspd_entry *e, struct now now);

/* The direction of an id: its last three bits are that less one, as in Linux. */
static inline enum kame_dir
kspd_dir(const struct kspd_entry *e)
{
	return (enum kame_dir)e->pol.dir;
}

#endif /* CORE_KSPD_H */
