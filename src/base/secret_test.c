/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/secret.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/test.h"

static void
test_equal(void **state)
{
	uint8_t a[32], b[32];

	(void)state;
	memset(a, 7, sizeof(a));
	memcpy(b, a, sizeof(b));
	assert_true(secret_equal(a, b, sizeof(a)));
	for (size_t bit = 0; bit < sizeof(a) * 8; bit++) {
		b[bit / 8] ^= (uint8_t)(1u << (bit % 8));
		assert_false(secret_equal(a, b, sizeof(a)));
		b[bit / 8] ^= (uint8_t)(1u << (bit % 8));
	}
	assert_true(secret_equal(a, b, 0));
	/* as long as it was asked to look, and no farther */
	for (size_t n = 0; n < sizeof(a); n++) {
		b[n] ^= 1;
		assert_true(secret_equal(a, b, n));
		assert_false(secret_equal(a, b, n + 1));
		b[n] ^= 1;
	}
}

static void
test_set_and_wipe(void **state)
{
	static const uint8_t zero[SECRET_MAX];
	uint8_t long_key[SECRET_MAX + 1] = { 1 };
	struct secret s;

	(void)state;
	memset(&s, 0xff, sizeof(s));
	assert_true(secret_set(&s, (const uint8_t *)"\xab\xcd", 12));
	assert_int_equal(s.bits, 12);
	assert_memory_equal(s.b, "\xab\xcd\0", 3);
	assert_false(secret_set(&s, long_key, sizeof(long_key) * 8));
	secret_fini(&s);
	assert_int_equal(s.bits, 0);
	assert_memory_equal(s.b, zero, sizeof(s.b));
}

#define PATTERN "a pattern that is left behind"
#define STACK	(256u << 10)

/* A sanitizer would have the array elsewhere. */
__attribute__((noinline, no_sanitize("address"))) static void
leave_it(void)
{
	char b[32768];

	/* deeper than what ends a thread goes */
	memcpy(b + 1024, PATTERN, sizeof(PATTERN));
	__asm__ volatile("" : : "r"(b) : "memory");
}

static void *
leave(void *wipe)
{
	leave_it();
	if (wipe != NULL)
		secret_wipe_stack();
	return NULL;
}

/* Is it on a thread's stack when the thread has ended? */
static bool
is_left(bool wipe)
{
	pthread_attr_t attr;
	pthread_t t;
	void *stack = NULL;
	bool found;

	assert_int_equal(posix_memalign(&stack, 4096, STACK), 0);
	memset(stack, 0, STACK);
	assert_int_equal(pthread_attr_init(&attr), 0);
	assert_int_equal(pthread_attr_setstack(&attr, stack, STACK), 0);
	assert_int_equal(
	    pthread_create(&t, &attr, leave, wipe ? stack : NULL), 0);
	assert_int_equal(pthread_join(t, NULL), 0);
	found = memmem(stack, STACK, PATTERN, sizeof(PATTERN)) != NULL;
	(void)pthread_attr_destroy(&attr);
	free(stack);
	return found;
}

static void
test_stack(void **state)
{
	(void)state;
	assert_true(is_left(false));
	assert_false(is_left(true));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_equal),
		cmocka_unit_test(test_set_and_wipe),
		cmocka_unit_test(test_stack),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
