/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spd - the security policy database: an ACTIVE and a STANDBY set of policy
 * heads, one for the host and one for each tunnel interface (spec: policy 1,
 * 11-13, 17). A set is changed only while it is STANDBY or by one whole
 * message; the packet path sees it through spd_lookup() alone.
 */
#ifndef CORE_SPD_H
#define CORE_SPD_H

#include "model/rule.h"

struct spd;

/* A rule in the SPD, with its counters. Valid until the SPD changes. */
struct spd_entry {
	struct rule rule; /* index and priority set; actions are shared */
	uint64_t packets, bytes, drops;
};

struct spd *spd_new(void);
void spd_free(struct spd *d);

/*
 * Add one message: dir may be RULE_BOTH and fam FAM_NONE; becomes up to four
 * entries, all or none (policy 11). id: SPD_ACTIVE, SPD_STANDBY. 0 or errno:
 * EEXIST duplicate, ENOMEM, EBUSY other mode of the same tunnel (policy 26),
 * EINVAL with *diag. *index: of the last one made. r stays the caller's.
 */
int spd_add(struct spd *d, int id, const struct rule *r, uint16_t *diag,
    uint64_t *index);
/* tun "": host. ENOENT: no such tunnel policy; ESRCH: no such index. */
int spd_delete(struct spd *d, int id, const char *tun, uint64_t index);
/* all: host and every tunnel; else only tun. ENOENT as above. */
int spd_flush(struct spd *d, int id, const char *tun, bool all);
/* ACTIVE copied to STANDBY, with counters. ENOMEM: STANDBY is empty. */
int spd_clone(struct spd *d);
/*
 * ACTIVE <-> STANDBY. Entries that both have (same index and selectors) go on
 * counting where they were.
 */
void spd_flip(struct spd *d);

/*
 * For a change of ACTIVE itself that may have to be undone: save before, then
 * either restore or forget.
 */
MUST_USE int spd_save(struct spd *d); /* 0 or ENOMEM */
void spd_restore(struct spd *d);
void spd_forget(struct spd *d);

/* The entry with the greatest priority that matches, or NULL. ACTIVE only. */
struct spd_entry *spd_lookup(
    struct spd *d, const char *tun, enum rule_dir dir, const struct flow *f);
/*
 * The same in another set: SPD_STANDBY, or SPD_SAVED: what ACTIVE was at
 * spd_save(), until spd_forget().
 */
enum { SPD_SAVED = 2 };
struct spd_entry *spd_lookup_in(struct spd *d, int id, const char *tun,
    enum rule_dir dir, const struct flow *f);
/* Has the head any rule of that direction and family (FAM_NONE: of any)? */
MUST_USE bool spd_has(
    const struct spd *d, const char *tun, enum rule_dir dir, uint8_t fam);
/* Has it one that drops or protects and asks for ports or an ICMP type? */
MUST_USE bool spd_has_ports(
    const struct spd *d, const char *tun, enum rule_dir dir, uint8_t fam);
/* Has it one that looks at more than addresses, whatever it does? */
MUST_USE bool spd_looks_inside(
    const struct spd *d, const char *tun, enum rule_dir dir, uint8_t fam);
/*
 * The name of the i-th tunnel that has a head in ACTIVE, in order of names;
 * NULL past the last. Valid until the SPD changes.
 */
const char *spd_tunnel(const struct spd *d, size_t i);
/*
 * Every entry, greatest priority first: host, then tunnels; out before in. f
 * says false to stop; it may not change the SPD.
 */
void spd_each(struct spd *d, int id, const char *tun, bool all,
    bool (*f)(void *ctx, struct spd_entry *e), void *ctx);
/*
 * Is there the same entry for the other address family, with the same priority
 * and actions? e is of that set and has no addresses.
 */
MUST_USE bool spd_has_twin(struct spd *d, int id, struct spd_entry *e);
/* Goes up with every change of ACTIVE. */
uint64_t spd_version(const struct spd *d);
size_t spd_count(const struct spd *d, int id);

#endif /* CORE_SPD_H */
