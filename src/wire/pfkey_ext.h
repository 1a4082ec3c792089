/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pfkey_ext - the extensions of PF_KEY, one table row each: how long, how read,
 * how written, and which diagnostic a mistake gets (spec: pfkey 3, 5). Only
 * wire/pfkey.c, its parts and wire/kame.c include this.
 */
#ifndef WIRE_PFKEY_EXT_H
#define WIRE_PFKEY_EXT_H

#include "wire/pfkey.h"

struct pfkey_row {
	/*
	 * The reader gets what follows the length and type. It returns 0, or the
	 * diagnostic; bytes that it leaves over are a mistake too. The writer
	 * leaves length, type and padding to its caller; false: a value does
	 * not fit into its field.
	 */
	uint16_t (*read)(
	    struct pfkey_msg *m, const struct pfkey_row *row, struct rd *b);
	bool (*write)(struct wr *w, const struct pfkey_msg *m,
	    const struct pfkey_row *row);
	uint16_t at;  /* offset in struct pfkey_msg, for shared functions */
	uint16_t len; /* bytes of the whole extension; 0: it varies */
	uint16_t malformed, duplicate; /* diagnostics */
	uint16_t bad_af, bad_prefix; /* of addresses; bad_prefix 0: unchecked */
};

/* NULL for a type that is not known. */
const struct pfkey_row *pfkey_ext_row(unsigned type);

/* PROPOSAL, EPROP, SUPPORTED: wire/pfkey_prop.c. */
uint16_t pfkey_prop_read(
    struct pfkey_msg *m, const struct pfkey_row *row, struct rd *b);
bool pfkey_prop_write(
    struct wr *w, const struct pfkey_msg *m, const struct pfkey_row *row);
uint16_t pfkey_prop_read_ext(
    struct pfkey_msg *m, const struct pfkey_row *row, struct rd *b);
bool pfkey_prop_write_ext(
    struct wr *w, const struct pfkey_msg *m, const struct pfkey_row *row);
uint16_t pfkey_prop_read_algs(
    struct pfkey_msg *m, const struct pfkey_row *row, struct rd *b);
bool pfkey_prop_write_algs(
    struct wr *w, const struct pfkey_msg *m, const struct pfkey_row *row);

#endif /* WIRE_PFKEY_EXT_H */
