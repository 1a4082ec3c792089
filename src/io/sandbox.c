/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/sandbox.h"

#include <cap-ng.h>
#include <errno.h>
#include <grp.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

bool
sandbox_memory(void)
{
	struct rlimit none = { 0, 0 };
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };
	bool ok = true;
	int err = 0, what = MCL_CURRENT;

	if (setrlimit(RLIMIT_CORE, &none) != 0) {
		ok = false;
		err = errno;
	}
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
		ok = false;
		err = errno;
	}
	/* under the limit, MCL_FUTURE would make later allocations fail */
	if (setrlimit(RLIMIT_MEMLOCK, &all) == 0)
		what |= MCL_FUTURE;
	else
		ok = false;
	if (mlockall(what) != 0)
		ok = false;
	if (!ok && err == 0)
		err = errno;
	errno = err;
	return ok;
}

int
sandbox_drop(uid_t uid, gid_t gid, const int *caps, size_t n)
{
	capng_clear(CAPNG_SELECT_BOTH);
	for (size_t i = 0; i < n; i++)
		if (capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED,
			(unsigned)caps[i]) != 0)
			return EINVAL;
	if (uid != 0) {
		if (capng_change_id((int)uid, (int)gid,
			CAPNG_DROP_SUPP_GRP | CAPNG_CLEAR_BOUNDING) != 0)
			return EPERM;
	} else {
		if (setgroups(0, NULL) != 0 && errno != EPERM)
			return errno;
		if (capng_apply(CAPNG_SELECT_BOTH) != 0)
			return EPERM;
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return errno;
	/* a change of user sets it back */
	return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ? errno : 0;
}

int
sandbox_calls(const char *const *names)
{
	scmp_filter_ctx c = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int err = c == NULL ? -ENOMEM : 0;

	for (size_t i = 0; err == 0 && names[i] != NULL; i++) {
		int call = seccomp_syscall_resolve_name(names[i]);

		/* a call that this architecture does not have is not missed */
		if (call == __NR_SCMP_ERROR || call < 0)
			continue;
		err = seccomp_rule_add(c, SCMP_ACT_ALLOW, call, 0);
	}
	if (err == 0)
		err = seccomp_load(c);
	if (c != NULL)
		seccomp_release(c);
	return -err;
}
