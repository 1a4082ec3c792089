/* SPDX-License-Identifier: BSD-2-Clause */
/* rules - the configuration as a process has it: ike/config, read. */
#ifndef DAEMON_RULES_H
#define DAEMON_RULES_H

#include "daemon/iked/intake.h"
#include "model/ikecfg.h"
#include "model/ikekey.h"

struct rules {
	struct ikecfg cfg;
};

/*
 * Of the files that came; before: what holds until now, or NULL, so that labels
 * keep their cookies; quiet: another process logs warnings and further errors.
 * NULL: why is one sentence.
 */
struct rules *rules_read(const struct intake *files, const struct rules *before,
    bool quiet, char why[IKEIPC_TEXT]);
/*
 * The keys of the files, none when there is no such file. False: why is one
 * sentence, and out is empty. The owner wipes it with ikekeys_fini().
 */
MUST_USE bool rules_keys(struct ikekeys *out, const struct intake *files,
    bool quiet, char why[IKEIPC_TEXT]);
/* Room for any selector's text. */
#define RULES_SELECTOR 1024
/* As pki/certsel.h reads it. Returns buf. */
const char *rules_selector(
    char buf[RULES_SELECTOR], const struct ikecfg_sel *s);
/* Harmless on NULL. */
void rules_free(struct rules *r);

#endif /* DAEMON_RULES_H */
