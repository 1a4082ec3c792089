/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ikepsk - /etc/inet/secret/ike.preshared: keys by identity (spec: ike 6;
 * ike.preshared(5)). No key is ever in a message. The caller opens the file with
 * io/keyfile and wipes its text.
 */
#ifndef CONF_IKEPSK_H
#define CONF_IKEPSK_H

#include "base/wr.h"

#include "conf/lex.h"
#include "model/ikekey.h"

/*
 * Every error is reported. False: there is one, or memory is short (*errors is 0
 * then); *out is empty. Always ikekeys_fini() out. errors may be NULL.
 */
MUST_USE bool ikepsk_read(struct ikekeys *out, const char *file,
    const void *text, size_t n, conf_report *report, void *ctx,
    unsigned *errors);

/*
 * The entry as ikepsk_read() takes it; show: with the key, otherwise XX for each
 * byte of it, which is not read back. A buffer of IKEPSK_ROOM is enough; who
 * shows keys wipes it.
 */
#define IKEPSK_ROOM 8192
void ikepsk_print(struct wr *w, const struct ikekey *k, bool show);

/* One identity as it is typed behind localid or remoteid. */
void ikepsk_print_who(struct wr *w, const struct ikekey_who *who);
/* The word of localidtype: IP, FQDN, any and so on. */
const char *ikepsk_type_name(const struct ikekey_who *who);
/* The other way. NULL: good, otherwise what was expected. */
const char *ikepsk_read_who(
    struct ikekey_who *out, const char *type, const char *text);

#endif /* CONF_IKEPSK_H */
