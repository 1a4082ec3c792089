/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/ikeop/keyop.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/ikepsk.h"
#include "model/ikeval.h"

/* As printed; bytes that JSON does not take become ?. */
static json_t *
who_json(const struct ikekey_who *who)
{
	char buf[IKEID_TEXT];
	struct wr w = wr_into(buf, sizeof(buf));
	json_t *text;

	ikepsk_print_who(&w, who);
	text = json_stringn(buf, w.len);
	if (text == NULL) {
		for (size_t i = 0; i < w.len; i++)
			if ((unsigned char)buf[i] >= 0x80)
				buf[i] = '?';
		text = json_stringn(buf, w.len);
	}
	return json_pack(
	    "{s:s,s:o}", "type", ikepsk_type_name(who), "id", text);
}

static json_t *
key_json(const struct ikekey *k, bool show)
{
	static const char *const whats[] = { "preshared", "ppk", "eap" };
	static const char *const modes[] = { "main", "main", "aggressive",
		"both" };
	json_t *o = json_pack("{s:s,s:s,s:i}", "what", whats[k->what], "mode",
	    modes[k->mode <= IKECFG_BOTH ? k->mode : 0], "bits", k->key.bits);
	char hex[2 * SECRET_MAX + 1];

	if (o == NULL)
		return NULL;
	if (k->what == IKEKEY_PRESHARED) {
		(void)json_object_set_new(o, "local", who_json(&k->own));
		(void)json_object_set_new(o, "remote", who_json(&k->peer));
	} else {
		(void)json_object_set_new(o, "name", json_string(k->name));
	}
	if (!show)
		return o;
	for (size_t i = 0; i < secret_bytes(k->key.bits); i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", k->key.b[i]);
	hex[2 * secret_bytes(k->key.bits)] = '\0';
	(void)json_object_set_new(o, "key", json_string(hex));
	secret_wipe(hex, sizeof(hex));
	return o;
}

/* One end of a question; the type may be left out of an address. */
static bool
read_end(
    struct keyop *k, const json_t *in, const char *key, struct ikekey_who *who)
{
	const json_t *o = json_object_get(in, key);
	const char *type = json_string_value(json_object_get(o, "type"));
	const char *id = json_string_value(json_object_get(o, "id"));
	const char *expected;

	if (id == NULL) {
		(void)snprintf(k->err, sizeof(k->err), "`%s' is missing", key);
		return false;
	}
	expected = ikepsk_read_who(who, type != NULL ? type : "ip", id);
	if (expected != NULL)
		(void)snprintf(
		    k->err, sizeof(k->err), "`%s': expected %s", key, expected);
	return expected == NULL;
}

/* The key of a question. NULL: *err says why. */
static const struct ikekey *
named(struct keyop *k, const json_t *in, int *err)
{
	struct ikekey x = { .what = IKEKEY_PRESHARED };
	const struct ikekey *found;

	*err = EINVAL;
	if (!read_end(k, in, "local", &x.own) ||
	    !read_end(k, in, "remote", &x.peer))
		return NULL;
	*err = ENOENT;
	found = ikekeys_same(k->keys, &x);
	return found;
}

static int
dump(struct keyop *k, const json_t *in, json_t *out)
{
	bool show = k->privilege >= KEYOP_KEYMAT;
	json_t *list = json_array();
	const struct ikekey *one;
	int err = 0;

	if (json_object_get(in, "local") != NULL) {
		one = named(k, in, &err);
		if (one != NULL)
			(void)json_array_append_new(list, key_json(one, show));
		err = one != NULL ? 0 : err;
	} else {
		for (unsigned i = 0; i < k->keys->n; i++)
			(void)json_array_append_new(
			    list, key_json(&k->keys->key[i], show));
	}
	(void)json_object_set_new(out, "preshared", list);
	return err;
}

static void
keep_first(void *ctx, const struct conf_error *e)
{
	struct keyop *k = ctx;
	char line[CONF_LINE];

	if (k->err[0] == '\0' && e->severity == CONF_ERROR)
		(void)snprintf(k->err, sizeof(k->err), "%.*s",
		    (int)sizeof(k->err) - 1, lex_error_print(line, e));
}

static int
read_text(struct keyop *k, const json_t *in, struct ikekeys *more)
{
	const json_t *o = json_object_get(in, "text");
	const char *file = json_string_value(json_object_get(in, "file"));

	*more = (struct ikekeys){ 0 };
	if (!json_is_string(o)) {
		(void)snprintf(k->err, sizeof(k->err), "`text' is missing");
		return EINVAL;
	}
	if (ikepsk_read(more, file != NULL ? file : "input",
		json_string_value(o), json_string_length(o), keep_first, k,
		NULL))
		return 0;
	return k->err[0] != '\0' ? EINVAL : ENOMEM;
}

static int
add(struct keyop *k, const json_t *in, json_t *out)
{
	unsigned added = 0, all;
	struct ikekeys more;
	int err = read_text(k, in, &more);

	all = more.n;
	for (unsigned i = 0; i < more.n && err == 0; i++) {
		if (ikekeys_same(k->keys, &more.key[i]) != NULL)
			continue;
		if (!ikekeys_add(k->keys, &more.key[i]))
			err = ENOMEM;
		added += err == 0;
	}
	ikekeys_fini(&more);
	(void)json_object_set_new(out, "added", json_integer(added));
	(void)json_object_set_new(out, "duplicates", json_integer(all - added));
	return err != 0 ? err : added == 0 && all != 0 ? EEXIST : 0;
}

static int
replace(struct keyop *k, const json_t *in, json_t *out)
{
	struct ikekeys more;
	int err = read_text(k, in, &more);

	if (err != 0)
		return err;
	ikekeys_fini(k->keys);
	*k->keys = more;
	(void)json_object_set_new(out, "keys", json_integer(more.n));
	return 0;
}

static int
delete_one(struct keyop *k, const json_t *in, json_t *out)
{
	int err;
	const struct ikekey *x = named(k, in, &err);

	(void)out;
	if (x == NULL)
		return err;
	ikekeys_del(k->keys, (unsigned)(x - k->keys->key));
	return 0;
}

static int
write_all(struct keyop *k, const json_t *in, json_t *out)
{
	size_t room = ((size_t)k->keys->n + 1) * IKEPSK_ROOM;
	char *buf = malloc(room);
	json_t *text = NULL;
	struct wr w;

	(void)in;
	if (buf == NULL)
		return ENOMEM;
	w = wr_into(buf, room);
	for (unsigned i = 0; i < k->keys->n; i++)
		ikepsk_print(
		    &w, &k->keys->key[i], k->privilege >= KEYOP_KEYMAT);
	if (!w.bad)
		text = json_stringn(buf, w.len);
	secret_wipe(buf, room);
	free(buf);
	if (text == NULL)
		return EILSEQ;
	(void)json_object_set_new(out, "text", text);
	return 0;
}

static const struct {
	const char *name, *help;
	int (*run)(struct keyop *k, const json_t *in, json_t *out);
} ops[] = {
	{ "preshared-add", "more preshared keys", add },
	{ "preshared-delete", "take a preshared key away", delete_one },
	{ "preshared-dump", "preshared keys, or one", dump },
	{ "preshared-read", "other keys in place of these", replace },
	{ "preshared-write", "preshared keys as text", write_all },
};

#define N_OPS (sizeof(ops) / sizeof(ops[0]))

int
keyop_answer(struct keyop *k, const json_t *in, json_t *out)
{
	const char *op = json_string_value(json_object_get(in, "op"));

	k->err[0] = '\0';
	for (size_t i = 0; op != NULL && i < N_OPS; i++) {
		if (strcmp(op, ops[i].name) != 0)
			continue;
		/* spec: ike 7: nothing about keys at level 0 */
		if (k->privilege < KEYOP_MODKEYS)
			return EPERM;
		return ops[i].run(k, in, out);
	}
	return -1;
}

const char *
keyop_name(size_t i, const char **help)
{
	if (i >= N_OPS)
		return NULL;
	*help = ops[i].help;
	return ops[i].name;
}
