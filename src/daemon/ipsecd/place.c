/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/ipsecd/place.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/ipsecd/ipsecd.h"
#include "io/pidlock.h"
#include "io/rundir.h"

static bool
fail(const char *what)
{
	log_say(LOG_LEVEL_ERR, "%s: %s", what, strerror(errno));
	return false;
}

/* Room for the longest name behind d->dir. */
#define NAME_ROOM 40

static const char *
in_dir(const struct ipsecd *d, const char *name)
{
	static char path[PATH_MAX + NAME_ROOM];

	(void)snprintf(path, sizeof(path), "%s/%s", d->dir, name);
	return path;
}

/* What ipsecconf remembers of a policy that is not there (any more). */
static void
forget_policy(const struct ipsecd *d)
{
	static const char *const names[] = { "ipsecpolicy.conf",
		"ipsecpolicy.conf.new", "ipsecconf.lock" };
	char name[NAME_ROOM];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(
		    name, sizeof(name), RUNDIR_POLICY "/%s", names[i]);
		(void)unlink(in_dir(d, name));
	}
}

static bool
make_folder(const char *path, mode_t mode, uid_t user, gid_t group)
{
	errno = rundir_make(path, mode, user, group);
	if (errno != EPERM)
		return errno == 0 || fail(path);
	log_say(LOG_LEVEL_ERR,
	    "%s: another user made this folder, or all may write in it", path);
	return false;
}

bool
place_take(struct ipsecd *d, uid_t user, gid_t group)
{
	pid_t other;

	(void)snprintf(d->dir, sizeof(d->dir), "%s", rundir_path());
	if (strncmp(d->dir, RUNDIR_ROOT "/", sizeof(RUNDIR_ROOT)) == 0 &&
	    mkdir(RUNDIR_ROOT, 0755) != 0 && errno != EEXIST)
		return fail(RUNDIR_ROOT);
	if (mkdir(d->dir, 0755) != 0 && errno != EEXIST)
		return fail(d->dir);
	/* before the folder is changed, which may be another ipsecd's */
	d->pid_fd = pidlock_take(in_dir(d, "ipsecd.pid"), &other);
	if (d->pid_fd >= 0) {
		d->pid_held = true;
		if (!make_folder(d->dir, 0755, user, getegid()) ||
		    !make_folder(in_dir(d, RUNDIR_POLICY),
			group != 0 ? 0770 : 0700, user, group))
			return false;
		forget_policy(d);
		return true;
	}
	if (errno != EWOULDBLOCK)
		return fail(in_dir(d, "ipsecd.pid"));
	log_say(LOG_LEVEL_ERR,
	    "another ipsecd (process %ld) serves this network namespace",
	    (long)other);
	return false;
}

void
place_leave(struct ipsecd *d)
{
	if (!d->pid_held)
		return;
	(void)unlink(in_dir(d, "ipsecd.pid"));
	(void)close(d->pid_fd);
	if (d->keep)
		return;
	forget_policy(d);
	(void)rmdir(in_dir(d, RUNDIR_POLICY));
	(void)rmdir(d->dir); /* the last one out takes the folders away */
	(void)rmdir(RUNDIR_ROOT);
}
