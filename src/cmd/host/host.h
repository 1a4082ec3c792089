/* SPDX-License-Identifier: BSD-2-Clause */
/* host - names of hosts for the commands, looked up both ways. */
#ifndef CMD_HOST_HOST_H
#define CMD_HOST_HOST_H

#include "model/addr.h"

/*
 * The addresses of a name or literal, each once; IPv4-mapped ones as IPv4.
 * Returns how many there are, of which at most max are stored; 0: none.
 */
size_t host_lookup(const char *name, struct addr *out, size_t max);

/*
 * The name of an address without the local domain, or NULL. Remembered, so that
 * a listing does not ask again and again; and when the name server does not
 * answer once, it is not asked any more. Valid until the next call.
 */
const char *host_name(const struct addr *a);

#endif /* CMD_HOST_HOST_H */
