/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ipsecalgs - the table of /etc/inet/ipsecalgs: IPsec protocols, their
 * algorithms and the names that other files may call them by (spec: algs 2, 5).
 */
#ifndef CONF_IPSECALGS_H
#define CONF_IPSECALGS_H

#include "base/wr.h"

#include "conf/lex.h"
#include "model/algmech.h"

#define IPSECALGS_NAMES	 128 /* bytes with NUL */
#define IPSECALGS_MECH	 32  /* CRYPTO_MAX_MECH_NAME */
#define IPSECALGS_NAME	 64  /* one name */
#define IPSECALGS_SIZES	 16
#define IPSECALGS_PROTOS 16
#define IPSECALGS_MAX	 512 /* algorithms in one table */

struct ipsecalgs_sizes {
	unsigned n;
	uint16_t v[IPSECALGS_SIZES];
};

struct ipsecalgs_row {
	uint8_t proto, id;
	char names[IPSECALGS_NAMES]; /* comma separated, primary first */
	char mech[IPSECALGS_MECH];   /* "-": none */
	uint16_t key_incr; /* bits; 0: keys is an enumeration, default first */
	struct ipsecalgs_sizes keys;   /* else: default, minimum, maximum */
	struct ipsecalgs_sizes blocks; /* bytes */
	struct ipsecalgs_sizes params; /* bytes: IV, MAC, salt */
	uint16_t flags;		       /* ALG_VALID ... ALG_GCM */
};

struct ipsecalgs_proto {
	uint8_t num;
	char name[IPSECALGS_NAME];
	bool async;
};

struct ipsecalgs {
	unsigned n_protos;
	struct ipsecalgs_proto proto[IPSECALGS_PROTOS];
	size_t n_rows;
	struct ipsecalgs_row *row; /* owned: ipsecalgs_fini() */
};

/*
 * The whole file. False when anything in it is wrong (every error was given
 * to report) or memory is short (nothing was); t is then empty.
 */
MUST_USE bool ipsecalgs_read(struct ipsecalgs *t, const char *file,
    const void *text, size_t n, conf_report *report, void *ctx);
/* The table of model/alg.h, for a system without the file. False: no memory. */
MUST_USE bool ipsecalgs_builtin(struct ipsecalgs *t);
void ipsecalgs_fini(struct ipsecalgs *t);

/* Any of its names, case-insensitive. NULL: unknown. */
const struct ipsecalgs_row *ipsecalgs_by_name(
    const struct ipsecalgs *t, unsigned proto, const char *name, size_t n);
const struct ipsecalgs_row *ipsecalgs_by_id(
    const struct ipsecalgs *t, unsigned proto, uint8_t id);
/*
 * The primary name, or the number for what the table does not know. buf has
 * room for IPSECALGS_NAME. Returns buf.
 */
const char *ipsecalgs_name(
    char *buf, const struct ipsecalgs *t, unsigned proto, uint8_t id);
/*
 * The name that t is probably a misspelling of, or NULL. buf has room for
 * IPSECALGS_NAME. Returns buf or NULL.
 */
const char *ipsecalgs_nearest(char *buf, const struct ipsecalgs *a,
    unsigned proto, const struct lex_tok *t);

/* The row for model/algmech.h; borrowed from r. */
struct algmech_entry ipsecalgs_entry(const struct ipsecalgs_row *r);

/* As the file has it, one line. */
void ipsecalgs_write_proto(struct wr *w, const struct ipsecalgs_proto *p);
void ipsecalgs_write_row(struct wr *w, const struct ipsecalgs_row *r);
/* As the ipsecalgs command shows it: heading of a protocol; one algorithm. */
void ipsecalgs_print_proto(struct wr *w, const struct ipsecalgs_proto *p);
void ipsecalgs_print_row(struct wr *w, const struct ipsecalgs_row *r);

#endif /* CONF_IPSECALGS_H */
