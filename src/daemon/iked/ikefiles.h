/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ikefiles - the files that in.iked works by, read all at once. What holds keys is
 * read only when nobody else can.
 */
#ifndef DAEMON_IKEFILES_H
#define DAEMON_IKEFILES_H

#include <limits.h>

#include "daemon/iked/intake.h"

#define IKEFILES_INET	   "/etc/inet"
#define IKEFILES_CONFIG	   "ike/config"
#define IKEFILES_PRESHARED "secret/ike.preshared"
#define IKEFILES_CERTS	   "ike/publickeys"
#define IKEFILES_CRLS	   "ike/crls"
#define IKEFILES_KEYS	   "secret/ike.privatekeys"

#define IKEFILES_TEXT (PATH_MAX + 320)

/*
 * The configuration, which has to be there, and of the folder inet what there is:
 * preshared keys, certificates, CRLs, private keys. False: why is one sentence;
 * t is empty. The owner of t wipes it with intake_clear().
 */
MUST_USE bool ikefiles_read(struct intake *t, const char *config,
    const char *inet, char why[IKEFILES_TEXT]);

#endif /* DAEMON_IKEFILES_H */
