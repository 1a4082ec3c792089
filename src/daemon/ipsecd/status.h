/* SPDX-License-Identifier: BSD-2-Clause */
/* status - everything that is counted, as one JSON document (ipsecd(8)). */
#ifndef DAEMON_STATUS_H
#define DAEMON_STATUS_H

#include <jansson.h>
#include <stdint.h>

struct ipsecd;

/* Before the sandbox: the library asks the system for random numbers once. */
void status_prepare(void);
/* Freed by the caller with free(). NULL: no memory. */
char *status_text(struct ipsecd *d);
/*
 * "verdicts" and "packets" of the document alone; the caller's to json_decref().
 */
json_t *status_counts(struct ipsecd *d);
/* Packets that the kernel dropped for policy by itself, in all. */
uint64_t status_kernel_drops(struct ipsecd *d);

#endif /* DAEMON_STATUS_H */
