/* SPDX-License-Identifier: BSD-2-Clause */
/* Questions of the admin socket, and the ops that need no kernel for an answer. */
#include <stdlib.h>
#include <string.h>

#include "crypto/be/be.h"
#include "daemon/ipsecd/admin.h"
#include "daemon/ipsecd/ipsecd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct ipsecd d;

static bool
is_mine(const uint8_t *data, size_t size)
{
	json_t *o = json_loadb((const char *)data, size, 0, NULL);
	const char *op = json_string_value(json_object_get(o, "op"));
	bool mine = op == NULL || strncmp(op, "tune-", 5) == 0 ||
		    strcmp(op, "help") == 0;

	json_decref(o);
	return mine;
}

static void
set_up(void)
{
	static const struct sadb_env env = { 0 };

	d.crypto = crypto_new(be_all, NULL, NULL);
	d.sadb = sadb_new(d.crypto, &crypto_rng, &env);
	if (d.sadb == NULL)
		abort();
	tune_defaults(&d);
	d.closed = true; /* nothing is steered */
	d.loop = loop_new();
	log_init("fuzz", false);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *o;
	char *text;

	if (d.sadb == NULL)
		set_up();
	if (!is_mine(data, size))
		return 0;
	text = admin_answer(&d, data, size);
	/* one line, and one that the other side can read */
	if (text == NULL || strchr(text, '\n') != NULL)
		abort();
	o = json_loads(text, 0, NULL);
	if (!json_is_boolean(json_object_get(o, "ok")) ||
	    (json_is_false(json_object_get(o, "ok")) &&
		json_string_length(json_object_get(o, "error")) == 0))
		abort();
	json_decref(o);
	free(text);
	return 0;
}
