/* SPDX-License-Identifier: BSD-2-Clause */
/* saprint - SAs as commands of ipseckey(8), as `save` writes them (spec: sa 12). */
#ifndef CONF_SAPRINT_H
#define CONF_SAPRINT_H

#include "conf/ipsecalgs.h"
#include "model/saspec.h"

/* Enough for any SA. */
#define SAPRINT_ROOM 6144

/*
 * The SA as an `add` command between comments. Keys in the input convention of
 * struct sa_spec. Direction flags and the pair are said when they are there:
 * Solaris says neither. hide: XX instead of each key byte. False: it does not fit.
 */
MUST_USE bool saprint_add(
    char *buf, size_t cap, const struct sa_spec *s, bool hide);

/* The same with the names of a table; NULL: those of model/alg.h. */
MUST_USE bool saprint_add_as(char *buf, size_t cap, const struct sa_spec *s,
    bool hide, const struct ipsecalgs *names);

/* The head of a saved file. */
extern const char saprint_header[];

#endif /* CONF_SAPRINT_H */
