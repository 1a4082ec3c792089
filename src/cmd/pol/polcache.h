/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * polcache - the entries that were added since ipsecd began, as typed and with
 * their index: policy/ipsecpolicy.conf in the run directory (spec: policy 1, 13).
 * The folder is made by ipsecd: root's, and where there is a managing group, that
 * group's as well, whose members may put anything there.
 *
 *   #INDEX 2            a live entry; a blank line ends it
 *   {laddr a} ...
 *
 *   ;#INDEX 4           a deleted one: each of its lines has a ; before
 *   ;{raddr b} ...
 *   ;
 */
#ifndef CMD_POL_POLCACHE_H
#define CMD_POL_POLCACHE_H

#include "base/rd.h"

struct polcache {
	int lock;		  /* -1: not locked */
	char path[160], tmp[160]; /* of the cache, of its next version */
	char *text;		  /* n bytes; owned */
	size_t n, cap;
	bool no_memory; /* sticky: what could not be put in */
};

/*
 * Become the only ipsecconf that changes policy; waits for another one. The
 * lock file must be as spec: policy 1 says; in a managing group's folder it is
 * the group's. 0 or errno, *what says at what.
 */
int polcache_lock(struct polcache *c, const char **what);
/* Read the cache; no file is an empty one. May be used without the lock. */
int polcache_load(struct polcache *c);
/* Gives the lock back, forgets a version that was not committed. */
void polcache_close(struct polcache *c);

/* An entry of len bytes at the end. */
void polcache_append(
    struct polcache *c, uint64_t index, const char *entry, size_t len);
/* Mark the live entries of that index; tun "": of the host. */
void polcache_delete(struct polcache *c, const char *tun, uint64_t index);
/* Forget the entries of tun ("": of the host), or all of them. */
void polcache_flush(struct polcache *c, const char *tun, bool all);

/*
 * Write the next version beside the cache, then put it in place. Between the
 * two nothing that can fail but for the rename is left. 0 or errno.
 */
int polcache_stage(struct polcache *c);
int polcache_commit(struct polcache *c);

/*
 * The live entries; text is n bytes from the #INDEX line on. f says false to
 * stop.
 */
void polcache_each(const struct polcache *c,
    bool (*f)(
	void *ctx, uint64_t index, const char *tun, const char *text, size_t n),
    void *ctx);
/* The live entries, a line each call of put. */
void polcache_each_line(const struct polcache *c,
    void (*put)(void *ctx, const char *line, size_t n), void *ctx);

#endif /* CMD_POL_POLCACHE_H */
