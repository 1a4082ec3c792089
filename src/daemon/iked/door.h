/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * door - what ikeadm asks in.iked: over RUNDIR_IKE_ADMIN (io/rundir.h), one JSON
 * object a question and one an answer, which ends in a newline. Root may, and the
 * group that may manage IPsec.
 *
 *	{"op":"help"}			-> "ops": [{"op", "help"}]
 *	{"op":"p1-dump", WHICH}		-> "p1": [{...}]
 *	{"op":"p1-delete", WHICH}	ENOENT: there is no such SA
 *	{"op":"p1-rekey", WHICH}
 *	{"op":"p1-flush"}		every IKE SA
 *	{"op":"stats"}			-> "stats": {...}
 *	{"op":"debug-get"}		-> "level"
 *	{"op":"debug-set","level":N}	the bits of ikeadm's debug mask
 *	{"op":"read"}			the files are read again, as after SIGHUP
 *
 * WHICH: "local" and "remote", addresses; or "spi_i" and "spi_r", as they are in
 * "p1", hexadecimal; or nothing: all. An answer has "ok"; when that is false,
 * "errno" and "error" as well.
 */
#ifndef DAEMON_DOOR_H
#define DAEMON_DOOR_H

#include "ike/ike.h"
#include "io/loop.h"

/* Who may ask without being root. */
#define DOOR_GROUP "solipsec"

struct door;
struct engproc;

/* NULL: no memory. */
struct door *door_new(struct loop *l, struct engproc *e);
void door_free(struct door *d);
/* fd listens; it is the door's from now on. False: errno says why. */
MUST_USE bool door_open(struct door *d, int fd);
/* An IKE_ACT_REPLY. */
void door_reply(struct door *d, const struct ike_action *a);
/*
 * The answer to one question, without a newline, freed by the caller; NULL: no
 * memory. What the socket gives to and takes from its peers.
 */
char *door_answer(struct door *d, const void *msg, size_t n);

#endif /* DAEMON_DOOR_H */
