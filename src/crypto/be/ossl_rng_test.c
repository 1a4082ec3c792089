/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/test.h"

#include "crypto/be/be.h"

static void
fill(uint8_t *p, size_t n)
{
	assert_true(crypto_rng.fill(crypto_rng.ctx, p, n));
}

/* More than the stock holds, in pieces of every size: nothing comes twice. */
static void
test_pieces(void **state)
{
	static uint8_t all[600][16];

	(void)state;
	for (size_t i = 0; i < 600; i++) {
		fill(all[i], i % 17);
		for (size_t j = i % 17; j < 16; j++)
			assert_int_equal(all[i][j], 0);
	}
	for (size_t i = 0; i < 600; i++)
		for (size_t j = 0; j < i; j++)
			if (i % 17 >= 8 && j % 17 >= 8)
				assert_memory_not_equal(all[i], all[j], 8);
}

/* A child does not get what its parent gets. */
static void
test_fork(void **state)
{
	uint8_t first[16], ours[16], theirs[16];
	int p[2], status;
	pid_t pid;

	(void)state;
	fill(first, sizeof(first)); /* there is a stock */
	assert_int_equal(pipe(p), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		bool ok = crypto_rng.fill(crypto_rng.ctx, ours, 16) &&
			  write(p[1], ours, 16) == 16;

		_exit(ok ? 0 : 1);
	}
	fill(ours, sizeof(ours));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(read(p[0], theirs, 16), 16);
	assert_memory_not_equal(ours, theirs, 16);
	assert_memory_not_equal(ours, first, 16);
	(void)close(p[0]);
	(void)close(p[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_fork),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
