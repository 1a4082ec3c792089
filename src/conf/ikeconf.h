/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ikeconf - /etc/inet/ike/config: text to struct ikecfg and back (spec: ike 3, 4;
 * ike.config(5)). Pure: names of hosts stay names.
 */
#ifndef CONF_IKECONF_H
#define CONF_IKECONF_H

#include "conf/lex.h"
#include "model/ikecfg.h"

/*
 * The whole file; every error in it is reported. False: it has one, or memory is
 * short (*errors is 0 then); *out is empty. Always ikecfg_fini() out. errors may
 * be NULL.
 */
MUST_USE bool ikeconf_read(struct ikecfg *out, const char *file,
    const void *text, size_t n, conf_report *report, void *ctx,
    unsigned *errors);

/*
 * Rules only, as `ikeadm add rule' has them: what they do not say is as in base,
 * which is only read. out gets base's part and the new rules, without base's.
 */
MUST_USE bool ikeconf_read_rules(struct ikecfg *out, const struct ikecfg *base,
    const char *file, const void *text, size_t n, conf_report *report,
    void *ctx, unsigned *errors);

#endif /* CONF_IKECONF_H */
