/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/ikekey.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/test.h"

static struct ikekey_who
who(const char *text)
{
	struct ikekey_who w = { .form = IKEKEY_ANY };
	const char *slash = strchr(text, '/');
	char head[64];

	if (strcmp(text, "any") == 0)
		return w;
	if (slash != NULL) {
		(void)snprintf(
		    head, sizeof(head), "%.*s", (int)(slash - text), text);
		w.form = IKEKEY_PREFIX;
		w.p.len = (uint8_t)strtoul(slash + 1, NULL, 10);
		assert_true(addr_read(&w.p.a, head));
		return w;
	}
	w.form = IKEKEY_ID;
	if (!ikeid_read(&w.id, IKEID_IPV4, text))
		assert_true(ikeid_read(&w.id, IKEID_FQDN, text));
	return w;
}

static bool
add(struct ikekeys *k, const char *own, const char *peer, uint8_t key)
{
	struct ikekey x = { .what = IKEKEY_PRESHARED };

	x.own = who(own);
	x.peer = who(peer);
	assert_true(secret_set(&x.key, &key, 8));

	bool ok = ikekeys_add(k, &x);

	assert_int_equal(x.key.b[0], 0);
	return ok;
}

static int
find(const struct ikekeys *k, const char *own, const char *local,
    const char *peer, const char *remote)
{
	struct ikeid o = { 0 }, p = { 0 };
	struct addr l = { 0 }, r = { 0 };
	const struct ikekey *x;

	if (own != NULL)
		o = who(own).id;
	if (peer != NULL)
		p = who(peer).id;
	if (local != NULL)
		assert_true(addr_read(&l, local));
	if (remote != NULL)
		assert_true(addr_read(&r, remote));
	x = ikekeys_find(k, &o, &l, &p, &r);
	return x != NULL ? x->key.b[0] : 0;
}

static void
test_find(void **state)
{
	struct ikekeys k = { 0 };

	(void)state;
	assert_int_equal(find(&k, "a", "10.0.0.1", "b", "10.0.0.2"), 0);
	assert_true(add(&k, "any", "10.0.0.0/8", 1));
	assert_true(add(&k, "10.0.0.1", "10.0.0.0/24", 2));
	assert_true(add(&k, "10.0.0.1", "10.0.0.2", 3));
	assert_true(add(&k, "10.0.0.1", "peer.example", 4));
	assert_false(add(&k, "10.0.0.1", "PEER.example", 5));
	assert_int_equal(k.n, 4);
	assert_int_equal(
	    find(&k, "10.0.0.1", NULL, "10.0.0.2", "192.0.2.1"), 3);
	assert_int_equal(find(&k, NULL, "10.0.0.1", NULL, "10.0.0.2"), 3);
	assert_int_equal(find(&k, NULL, "10.0.0.1", NULL, "10.0.0.3"), 2);
	assert_int_equal(find(&k, NULL, "10.0.0.9", NULL, "10.0.0.2"), 1);
	assert_int_equal(find(&k, NULL, "10.0.0.1", NULL, "10.9.0.3"), 1);
	assert_int_equal(find(&k, NULL, "10.0.0.1", NULL, "11.9.0.3"), 0);
	assert_int_equal(
	    find(&k, NULL, "10.0.0.1", "peer.example", "10.0.0.2"), 4);
	/* whoever says another name is somebody else, wherever he is */
	assert_int_equal(find(&k, NULL, "10.0.0.1", "peer", "10.0.0.2"), 0);
	assert_int_equal(find(&k, "me", "10.0.0.1", "peer.example", NULL), 0);
	assert_int_equal(find(&k, NULL, NULL, NULL, NULL), 0);
	assert_true(add(&k, "any", "any", 6));
	assert_int_equal(find(&k, NULL, "10.0.0.1", "peer", "10.0.0.2"), 6);
	ikekeys_del(&k, 2);
	assert_int_equal(find(&k, NULL, "10.0.0.1", NULL, "10.0.0.2"), 2);
	ikekeys_fini(&k);
}

static void
test_named(void **state)
{
	struct ikekeys k = { 0 };
	struct ikekey x = { .what = IKEKEY_PPK, .name = "one" };

	(void)state;
	assert_true(secret_set(&x.key, (const uint8_t *)"a", 8));
	assert_true(ikekeys_add(&k, &x));
	x = (struct ikekey){ .what = IKEKEY_EAP, .name = "one" };
	assert_true(ikekeys_add(&k, &x));
	x = (struct ikekey){ .what = IKEKEY_EAP, .name = "one" };
	assert_false(ikekeys_add(&k, &x));
	assert_int_equal(ikekeys_named(&k, IKEKEY_PPK, "one")->key.b[0], 'a');
	assert_non_null(ikekeys_named(&k, IKEKEY_EAP, "one"));
	assert_null(ikekeys_named(&k, IKEKEY_EAP, "two"));
	assert_null(ikekeys_named(&k, IKEKEY_PRESHARED, ""));
	assert_int_equal(find(&k, NULL, "10.0.0.1", NULL, "10.0.0.2"), 0);
	ikekeys_fini(&k);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
