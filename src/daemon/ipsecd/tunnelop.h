/* SPDX-License-Identifier: BSD-2-Clause */
/* tunnelop - the ops of the admin socket about tunnel interfaces (ipsecd(8)). */
#ifndef DAEMON_TUNNELOP_H
#define DAEMON_TUNNELOP_H

#include "daemon/ipsecd/admin.h"
#include "daemon/ipsecd/tunnels.h"

int tunnelop_create(
    struct ipsecd *d, const json_t *in, json_t *out, char *err, size_t n);
int tunnelop_modify(
    struct ipsecd *d, const json_t *in, json_t *out, char *err, size_t n);
int tunnelop_delete(
    struct ipsecd *d, const json_t *in, json_t *out, char *err, size_t n);
int tunnelop_list(
    struct ipsecd *d, const json_t *in, json_t *out, char *err, size_t n);

/*
 * What a question says of an interface; strings are borrowed. 0, or EINVAL with
 * a line in err: a key that is not known, a value that does not fit.
 */
int tunnelop_read(struct tunnel_say *s, const json_t *in, char *err, size_t n);

#endif /* DAEMON_TUNNELOP_H */
