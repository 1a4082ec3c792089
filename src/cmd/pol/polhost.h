/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * polhost - names of hosts, networks, services and protocols, looked up both
 * ways as conf/ipsecinit and conf/ruletext want it. ctx is not used.
 */
#ifndef CMD_POL_POLHOST_H
#define CMD_POL_POLHOST_H

#include "conf/ipsecinit.h"

/* As struct ipsecinit_env has them. */
size_t polhost_resolve(
    void *ctx, const char *name, struct prefix *out, size_t max);
bool polhost_service(void *ctx, const char *name, uint16_t *port);
bool polhost_protocol(void *ctx, const char *name, uint8_t *proto);
/* Those of the files, each looked through once; NULL: no memory. */
const char *const *polhost_known(void *ctx, enum ipsecinit_names which);

/*
 * As struct ruletext_env has them: a name that reads back as the number, or
 * NULL. Valid until the next call of the same function.
 */
const char *polhost_name(void *ctx, const struct addr *a);
const char *polhost_service_name(void *ctx, uint16_t port);
const char *polhost_protocol_name(void *ctx, uint8_t proto);

#endif /* CMD_POL_POLHOST_H */
