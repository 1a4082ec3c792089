/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tunfile - /etc/hostname.ip.tunN, /etc/hostname6.ip6.tunN and the like: what
 * tunnel interfaces are to be after the next boot (hostname.ip.tun(5)).
 */
#ifndef CMD_TUNFILE_H
#define CMD_TUNFILE_H

#include "conf/tunconf.h"

#define TUNFILE_TEXT 4096

/* What the files of a link say. */
struct tunfile {
	char link[32];
	uint8_t type;
	struct tunconf conf;
	/* of hostname.LINK and hostname6.LINK: is it there? */
	bool has[2];
	/* texts that tokens of conf point into */
	char *text[2];
};

/*
 * Make what the files say, each link as a whole or not at all. Errors are
 * printed, with file, line and column. The exit status.
 */
int tunfile_apply(char *const *paths, size_t n);
/* The same with all there are in /etc. */
int tunfile_boot(void);

/* f for each link that /etc has files of, in order; its mistakes are printed. */
int tunfile_each(void (*f)(void *ctx, const struct tunfile *t), void *ctx);

/*
 * Write what conf says, beside what the link's files say already when `add`;
 * they are not to be there otherwise. The exit status.
 */
int tunfile_save(const char *link, const struct tunconf *conf, bool add);
/* Could tunfile_save() do it? Printed why not. */
MUST_USE bool tunfile_can_save(const char *link, bool add);
/* Remove the files, if any. The exit status. */
int tunfile_remove(const char *link);

#endif /* CMD_TUNFILE_H */
