/* SPDX-License-Identifier: BSD-2-Clause */
/* ikeprint - a configuration of IKE as the text that conf/ikeconf.h reads. */
#ifndef CONF_IKEPRINT_H
#define CONF_IKEPRINT_H

#include "base/wr.h"

#include "model/ikecfg.h"

/*
 * Reading what this wrote gives an equal configuration. w is bad when there was
 * no room.
 */
void ikeprint_all(struct wr *w, const struct ikecfg *c);
void ikeprint_rule(struct wr *w, const struct ikecfg_rule *r);

/* As it is typed: a value, and an address of a list. */
void ikeprint_value(struct wr *w, enum ikecfg_value v, uint64_t n);
void ikeprint_addr(struct wr *w, const struct ikecfg_addr *x);
/* "" for one that accepts any; no quotes around it. */
void ikeprint_sel(struct wr *w, const struct ikecfg_sel *s);

#endif /* CONF_IKEPRINT_H */
