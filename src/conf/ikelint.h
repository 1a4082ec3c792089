/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ikelint - what is no error in ike/config, but hardly meant (in.iked -c): weak
 * algorithms, rules that are never used, keys and certificates that are not
 * there, lifetimes that make no sense.
 */
#ifndef CONF_IKELINT_H
#define CONF_IKELINT_H

#include "conf/lex.h"
#include "model/ikecfg.h"
#include "model/ikekey.h"

struct ikelint_env {
	/* NULL: they are not looked at. */
	const struct ikekeys *keys;
	/* Is there a certificate that the selector finds? NULL: not asked. */
	bool (*has_cert)(void *ctx, const struct ikecfg_sel *s);
	void *cert_ctx;
	conf_report *report;
	void *report_ctx;
};

/* Warnings, with c's lines. Returns how many. */
unsigned ikelint_config(
    const struct ikecfg *c, const char *file, const struct ikelint_env *env);
/* Of the keys alone: short ones. file: that of the keys. */
unsigned ikelint_keys(
    const struct ikekeys *k, const char *file, const struct ikelint_env *env);

#endif /* CONF_IKELINT_H */
