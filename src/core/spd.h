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
	struct rule rule; /* index and priority set */
	uint64_t packets, bytes, drops;
};

struct spd *spd_new(void);
void spd_free(struct spd *d);

/*
 * Add one message: dir may be RULE_BOTH and fam FAM_NONE; becomes up to four
 * entries, all or none (policy 11). id: SPD_ACTIVE, SPD_STANDBY. 0 or errno:
 * EEXIST duplicate, ENOMEM, EINVAL with *diag. *index: of the last one made.
 */
int spd_add(struct spd *d, int id, const struct rule *r, uint16_t *diag,
    uint64_t *index);
/* tun "": host. ENOENT: no such tunnel policy; ESRCH: no such index. */
int spd_delete(struct spd *d, int id, const char *tun, uint64_t index);
/* all: host and every tunnel; else only tun. ENOENT as above. */
int spd_flush(struct spd *d, int id, const char *tun, bool all);
int spd_clone(struct spd *d); /* ACTIVE copied to STANDBY, with counters */
void spd_flip(struct spd *d); /* ACTIVE <-> STANDBY */

/* The entry with the greatest priority that matches, or NULL. ACTIVE only. */
struct spd_entry *spd_lookup(
    struct spd *d, const char *tun, enum rule_dir dir, const struct flow *f);
/* Has the head any rule of that direction and family? */
MUST_USE bool spd_has(
    const struct spd *d, const char *tun, enum rule_dir dir, uint8_t fam);
/* Every entry, greatest priority first: host, then tunnels; out before in. */
void spd_each(struct spd *d, int id, const char *tun, bool all,
    bool (*f)(void *ctx, struct spd_entry *e), void *ctx);
/* Goes up with every change of ACTIVE. */
uint64_t spd_version(const struct spd *d);
size_t spd_count(const struct spd *d, int id);

#endif /* CORE_SPD_H */
