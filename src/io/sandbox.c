/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/sandbox.h"

#include <cap-ng.h>
#include <errno.h>
#include <grp.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

void
sandbox_files(unsigned n)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) != 0 || r.rlim_cur >= n)
		return;
	r.rlim_cur = r.rlim_max < n ? r.rlim_max : n;
	(void)setrlimit(RLIMIT_NOFILE, &r);
}

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
sandbox_keep(const int *caps, size_t n)
{
	capng_clear(CAPNG_SELECT_BOTH);
	for (size_t i = 0; i < n; i++)
		if (capng_update(CAPNG_ADD,
			CAPNG_EFFECTIVE | CAPNG_PERMITTED | CAPNG_BOUNDING_SET,
			(unsigned)caps[i]) != 0)
			return EINVAL;
	if (setgroups(0, NULL) != 0 && errno != EPERM)
		return errno;
	if (capng_apply(CAPNG_SELECT_BOTH) != 0)
		return EPERM;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ? errno : 0;
}

/* What no process of ours needs of a call that it does need. 0: nothing known. */
static unsigned
always(struct scmp_arg_cmp *c, const char *name)
{
	if (strcmp(name, "mmap") == 0 || strcmp(name, "mprotect") == 0)
		*c = SCMP_A2_64(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
	else if (strcmp(name, "tgkill") == 0)
		*c = SCMP_A0_64(
		    SCMP_CMP_MASKED_EQ, UINT32_MAX, (uint64_t)getpid());
	else
		return 0;
	return 1;
}

static int
allow(scmp_filter_ctx f, const char *name, struct scmp_arg_cmp *cmp, unsigned n)
{
	int call = seccomp_syscall_resolve_name(name);

	/* a call that this architecture does not have is not missed */
	if (call == __NR_SCMP_ERROR || call < 0)
		return 0;
	return seccomp_rule_add_array(f, SCMP_ACT_ALLOW, call, n, cmp);
}

static int
allow_only(scmp_filter_ctx f, const struct sandbox_only *o)
{
	/* the kernel reads 32 bits of these */
	struct scmp_arg_cmp cmp[2] = { SCMP_CMP64(o->arg1, SCMP_CMP_MASKED_EQ,
					   UINT32_MAX, o->is1),
		SCMP_CMP64(o->arg2, SCMP_CMP_MASKED_EQ, UINT32_MAX, o->is2) };

	return allow(f, o->name, cmp, o->arg1 == o->arg2 ? 1 : 2);
}

int
sandbox_calls(
    const char *const *names, const struct sandbox_only *only, size_t n)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int err = f == NULL ? -ENOMEM : 0;

	for (size_t i = 0; err == 0 && names[i] != NULL; i++) {
		struct scmp_arg_cmp cmp;
		bool whole = names[i][0] == '*';
		const char *name = names[i] + whole;

		err = allow(f, name, &cmp, whole ? 0 : always(&cmp, name));
	}
	for (size_t i = 0; err == 0 && i < n; i++)
		err = allow_only(f, &only[i]);
	/* of all threads */
	if (err == 0)
		err = seccomp_attr_set(f, SCMP_FLTATR_CTL_TSYNC, 1);
	if (err == 0)
		err = seccomp_load(f);
	if (f != NULL)
		seccomp_release(f);
	return -err;
}
