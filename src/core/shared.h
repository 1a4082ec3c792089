/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * shared - an SA that lanes of several threads use at once (docs/adr/0023). Who
 * reads or writes its numbers, window, counters or times stands between
 * shared_enter() and shared_leave(): some ten ns, with no packet's work in between. An
 * SA that one thread has alone costs nothing.
 */
#ifndef CORE_SHARED_H
#define CORE_SHARED_H

#include "core/sa.h"

static inline void
shared_enter(struct sa *sa)
{
	if (!sa->shared)
		return;
	while (__atomic_exchange_n(&sa->busy, 1, __ATOMIC_ACQUIRE) != 0)
		while (__atomic_load_n(&sa->busy, __ATOMIC_RELAXED) != 0)
#if defined(__x86_64__) || defined(__i386__)
			__builtin_ia32_pause();
#else
			continue;
#endif
}

static inline void
shared_leave(struct sa *sa)
{
	if (sa->shared)
		__atomic_store_n(&sa->busy, 0, __ATOMIC_RELEASE);
}

/* replay_check() of its window. */
MUST_USE static inline bool
shared_is_fresh(struct sa *sa, uint32_t low, uint64_t *seq)
{
	bool ok;

	shared_enter(sa);
	ok = replay_is_ahead(&sa->replay, low, seq) ||
	     replay_check(&sa->replay, low, seq);
	shared_leave(sa);
	return ok;
}

/* replay_missed() */
MUST_USE static inline bool
shared_missed(struct sa *sa, uint32_t after, uint64_t *seq)
{
	bool ok;

	shared_enter(sa);
	ok = replay_missed(&sa->replay, after, seq);
	shared_leave(sa);
	return ok;
}

/* replay_commit() */
MUST_USE static inline bool
shared_commit(struct sa *sa, uint64_t seq)
{
	bool ok;

	shared_enter(sa);
	ok = replay_commit(&sa->replay, seq);
	shared_leave(sa);
	return ok;
}

#endif /* CORE_SHARED_H */
