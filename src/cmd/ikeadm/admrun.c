/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/ikeadm/admrun.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/secret.h"

#include "cmd/host/host.h"
#include "io/keyfile.h"
#include "model/addr.h"

#define WHY 512

static bool
fail(const struct admrun *r, const char *what, const char *why)
{
	(void)fprintf(
	    r->err, "ikeadm: %s%s%s\n", what, what[0] != '\0' ? ": " : "", why);
	return false;
}

/* spec: ike 7: the wording is the program's own. */
static const char *
sentence(const struct admcmd *c, int err, char buf[WHY], const char *said)
{
	const char *object = admcmd_object_name(c->object);

	switch (err) {
	case ENOENT:
		(void)snprintf(buf, WHY, "there is no such %s", object);
		return buf;
	case EEXIST:
		(void)snprintf(
		    buf, WHY, "a duplicate %s: it is ignored", object);
		return buf;
	case EPERM:
		return c->verb == ADM_SET
			   ? "the privilege level can only be lowered"
			   : "the privilege level does not allow it (\"get "
			     "priv\"), or you are not authorised";
	case EOPNOTSUPP:
		return "this in.iked does not support it";
	default:
		return said;
	}
}

/* The answer, or NULL: it was said why. Takes the question over. */
static json_t *
ask(struct admrun *r, const struct admcmd *c, json_t *question)
{
	char said[WHY] = "", why[WHY];
	int err = 0;
	json_t *answer;

	if (question == NULL) {
		(void)fail(r, "", "the question cannot be put into words");
		return NULL;
	}
	answer = r->ask(r->ctx, question, &err, said, sizeof(said));
	if (answer != NULL)
		return answer; /* cppcheck-suppress returnDanglingLifetime */
	r->lost = err == 0;
	(void)fail(r, "", sentence(c, err, why, said));
	return NULL;
}

/* Ask, and be content. */
static bool
ask_only(struct admrun *r, const struct admcmd *c, json_t *question)
{
	json_t *answer = ask(r, c, question);
	bool ok = answer != NULL;

	if (ok && r->json) {
		(void)json_dumpf(answer, r->show.f, JSON_INDENT(1));
		(void)fprintf(r->show.f, "\n");
	}
	json_decref(answer);
	return ok;
}

/* ---- what is named ---- */

/* The literal of an address, or of a name's first. */
static const char *
address(const struct admrun *r, const char *word, char buf[ADDR_TEXT])
{
	struct addr a;

	if (addr_read(&a, word))
		return addr_print(buf, &a);
	if (!r->show.numeric && host_lookup(word, &a, 1) != 0)
		return addr_print(buf, &a);
	return NULL;
}

/* "0xea9", or 16 digits as they are shown. */
static bool
is_cookie(const char *s)
{
	bool marked = s[0] == '0' && (s[1] | 0x20) == 'x';
	const char *digits = s + (marked ? 2 : 0);
	size_t n = strspn(digits, "0123456789abcdefABCDEF");

	return digits[n] == '\0' && n != 0 && n <= 16 && (marked || n == 16);
}

static json_t *
about_p1(const struct admrun *r, const struct admcmd *c, const char *op)
{
	char local[ADDR_TEXT], remote[ADDR_TEXT];
	const char *a = c->arg[0], *b = c->arg[1], *l, *m;

	if (c->n == 0)
		return json_pack("{s:s}", "op", op);
	if (is_cookie(a) && is_cookie(b))
		return json_pack("{s:s,s:s,s:s}", "op", op, "spi_i",
		    a + (a[1] == 'x' || a[1] == 'X' ? 2 : 0), "spi_r",
		    b + (b[1] == 'x' || b[1] == 'X' ? 2 : 0));
	l = address(r, a, local);
	m = address(r, b, remote);
	if (l == NULL || m == NULL) {
		(void)fail(r, l == NULL ? a : b,
		    "neither an address nor a cookie (0x and hexadecimal "
		    "digits)");
		return NULL;
	}
	return json_pack("{s:s,s:s,s:s}", "op", op, "local", l, "remote", m);
}

static json_t *
about_key(const struct admrun *r, const struct admcmd *c, const char *op)
{
	char local[ADDR_TEXT], remote[ADDR_TEXT];
	const char *lt = "IP", *rt = "IP", *l, *m;

	if (c->n == 0)
		return json_pack("{s:s}", "op", op);
	if (c->n == 4) {
		lt = c->arg[0];
		l = c->arg[1];
		rt = c->arg[2];
		m = c->arg[3];
	} else {
		l = address(r, c->arg[0], local);
		m = address(r, c->arg[1], remote);
		/* a prefix is none, and may well be in an entry */
		l = l != NULL ? l : c->arg[0];
		m = m != NULL ? m : c->arg[1];
	}
	return json_pack("{s:s,s:{s:s,s:s},s:{s:s,s:s}}", "op", op, "local",
	    "type", lt, "id", l, "remote", "type", rt, "id", m);
}

/* ---- show ---- */

static bool
show(struct admrun *r, const struct admcmd *c, json_t *question)
{
	json_t *a = ask(r, c, question);

	if (a == NULL)
		return false;
	r->show.one = c->verb == ADM_GET;
	if (r->json) {
		/* -p: no keys in this either */
		const json_t *keys = json_object_get(a, "preshared");

		for (size_t i = 0; i < json_array_size(keys); i++)
			if (r->show.paranoid)
				(void)json_object_del(
				    json_array_get(keys, i), "key");
		(void)json_dumpf(a, r->show.f, JSON_INDENT(1));
		(void)fprintf(r->show.f, "\n");
	} else {
		switch (c->object) {
		case ADM_DEBUG:
			admshow_debug(&r->show, a);
			break;
		case ADM_PRIV:
			admshow_priv(&r->show, a);
			break;
		case ADM_STATS:
			admshow_stats(&r->show, a);
			break;
		case ADM_DEFAULTS:
			admshow_defaults(&r->show, a);
			break;
		case ADM_P1:
			admshow_p1(&r->show, a);
			break;
		case ADM_RULE:
			admshow_rules(&r->show, a);
			break;
		case ADM_PRESHARED:
			admshow_preshared(&r->show, a);
			break;
		case ADM_GROUPS:
			admshow_algs(&r->show, a, "groups");
			break;
		case ADM_ENCRALGS:
			admshow_algs(&r->show, a, "encralgs");
			break;
		case ADM_AUTHALGS:
			admshow_algs(&r->show, a, "authalgs");
			break;
		default:
			(void)json_dumpf(a, r->show.f, JSON_INDENT(1));
			(void)fprintf(r->show.f, "\n");
			break;
		}
	}
	json_decref(a);
	return true;
}

static bool
get_or_dump(struct admrun *r, const struct admcmd *c)
{
	static const char *const ops[] = { [ADM_DEBUG] = "debug-get",
		[ADM_PRIV] = "priv-get",
		[ADM_STATS] = "stats",
		[ADM_DEFAULTS] = "defaults",
		[ADM_CERTCACHE] = "certcache-dump",
		[ADM_GROUPS] = "groups",
		[ADM_ENCRALGS] = "encralgs",
		[ADM_AUTHALGS] = "authalgs",
		[ADM_LOGOUT] = NULL };
	json_t *q;

	switch (c->object) {
	case ADM_P1:
		q = about_p1(r, c, "p1-dump");
		return q != NULL && show(r, c, q);
	case ADM_PRESHARED:
		return show(r, c, about_key(r, c, "preshared-dump"));
	case ADM_RULE:
		q = c->n == 0 ? json_pack("{s:s}", "op", "rule-dump")
			      : json_pack("{s:s,s:s}", "op", "rule-dump",
				    "label", c->arg[0]);
		return show(r, c, q);
	default:
		return show(r, c, json_pack("{s:s}", "op", ops[c->object]));
	}
}

/* ---- change ---- */

static bool
set_level(struct admrun *r, const struct admcmd *c)
{
	unsigned level;

	if (c->object == ADM_PRIV) {
		if (!admcmd_priv(c->arg[0], &level))
			return fail(r, c->arg[0],
			    "a privilege level is base, modkeys, keymat, or 0 "
			    "to 2");
		return ask_only(r, c,
		    json_pack("{s:s,s:i}", "op", "priv-set", "privilege",
			(int)level));
	}
	if (!admcmd_debug(c->arg[0], &level))
		return fail(r, c->arg[0],
		    "a debug level is a number up to 0x7ff, or names joined "
		    "with + and -: cert key op p1 p2 pfkey pol prop door "
		    "config label all");
	if (c->n == 2)
		return ask_only(r, c,
		    json_pack("{s:s,s:i,s:s}", "op", "debug-set", "level",
			(int)level, "file", c->arg[1]));
	return ask_only(r, c,
	    json_pack("{s:s,s:i}", "op", "debug-set", "level", (int)level));
}

static bool delete (struct admrun *r, const struct admcmd *c)
{
	json_t *q;

	if (c->object == ADM_P1)
		q = about_p1(r, c, "p1-delete");
	else if (c->object == ADM_RULE)
		q = json_pack(
		    "{s:s,s:s}", "op", "rule-delete", "label", c->arg[0]);
	else
		q = about_key(r, c, "preshared-delete");
	return q != NULL && ask_only(r, c, q);
}

/*
 * A whole file of the caller's. Keys: only one that nobody else can read.
 * keyfile_free() when true.
 */
static bool
load(const struct admrun *r, const struct admcmd *c, const char *path,
    struct keyfile *f)
{
	char why[KEYFILE_TEXT];
	FILE *in;

	if (c->object == ADM_PRESHARED) {
		if (keyfile_read(f, path))
			return true;
		return fail(r, path, keyfile_sentence(f, why));
	}
	*f = (struct keyfile){ 0 };
	in = fopen(path, "re");
	f->text = in != NULL ? malloc(KEYFILE_MAX) : NULL;
	if (f->text != NULL)
		f->n = fread(f->text, 1, KEYFILE_MAX, in);
	if (in == NULL || f->text == NULL || ferror(in) ||
	    f->n == KEYFILE_MAX) {
		int err = in != NULL && f->n == KEYFILE_MAX ? EFBIG : errno;

		if (in != NULL)
			(void)fclose(in);
		keyfile_free(f);
		return fail(r, path, strerror(err));
	}
	(void)fclose(in);
	return true;
}

/* Text goes in; how many were new comes back. */
static bool
send_text(struct admrun *r, const struct admcmd *c, const char *op,
    const char *text, size_t n, const char *file)
{
	json_t *body = json_stringn(text, n), *answer;

	if (body == NULL)
		return fail(r, file != NULL ? file : "", "it is no UTF-8 text");
	answer = ask(r, c,
	    file != NULL ? json_pack("{s:s,s:o,s:s}", "op", op, "text", body,
			       "file", file)
			 : json_pack("{s:s,s:o}", "op", op, "text", body));
	if (answer == NULL)
		return false;
	if (json_integer_value(json_object_get(answer, "duplicates")) > 0)
		(void)fprintf(r->err, "ikeadm: %lld duplicates were ignored\n",
		    (long long)json_integer_value(
			json_object_get(answer, "duplicates")));
	json_decref(answer);
	return true;
}

static bool
add_or_read(struct admrun *r, const struct admcmd *c)
{
	bool rule = c->object == ADM_RULE;
	const char *op = c->verb == ADM_ADD
			     ? rule ? "rule-add" : "preshared-add"
			 : rule ? "rule-read"
				: "preshared-read";
	struct keyfile f;
	bool ok;

	/* the files that in.iked has itself */
	if (c->verb == ADM_READ && c->n == 0)
		return ask_only(r, c,
		    json_pack("{s:s,s:s}", "op", "read", "what",
			rule ? "rule" : "preshared"));
	if (c->braces != NULL)
		return send_text(r, c, op, c->braces, strlen(c->braces), NULL);
	if (!load(r, c, c->arg[0], &f))
		return false;
	ok = send_text(r, c, op, f.text, f.n, c->arg[0]);
	keyfile_free(&f);
	return ok;
}

static bool
put_all(int fd, const char *text, size_t n)
{
	for (size_t at = 0; at < n;) {
		ssize_t k = write(fd, text + at, n - at);

		if (k < 0 && errno != EINTR)
			return false;
		at += k > 0 ? (size_t)k : 0;
	}
	return true;
}

/* Either kind of file is the administrator's alone. */
static bool
save(struct admrun *r, const struct admcmd *c)
{
	bool rule = c->object == ADM_RULE;
	json_t *answer = ask(r, c,
	    json_pack("{s:s}", "op", rule ? "rule-write" : "preshared-write"));
	const char *text = json_string_value(json_object_get(answer, "text"));
	struct keyfile_new to;
	int err;

	if (answer == NULL)
		return false;
	err = text != NULL ? keyfile_create(&to, c->arg[0]) : EPROTO;
	if (err == 0) {
		err = put_all(to.fd, text, strlen(text)) ? keyfile_commit(&to)
							 : errno;
		if (err != 0)
			keyfile_abandon(&to);
		(void)close(to.fd);
	}
	json_decref(answer);
	return err == 0 || fail(r, c->arg[0], strerror(err));
}

bool
admrun_command(struct admrun *r, const struct admcmd *c)
{
	switch (c->verb) {
	case ADM_GET:
	case ADM_DUMP:
		return get_or_dump(r, c);
	case ADM_SET:
		return set_level(r, c);
	case ADM_ADD:
	case ADM_READ:
		return add_or_read(r, c);
	case ADM_DEL:
		return delete (r, c);
	case ADM_FLUSH:
		return ask_only(r, c,
		    json_pack("{s:s}", "op",
			c->object == ADM_P1 ? "p1-flush" : "certcache-flush"));
	case ADM_WRITE:
		return save(r, c);
	case ADM_TOKEN:
		return ask_only(r, c,
		    json_pack("{s:s,s:s}", "op",
			c->object == ADM_LOGIN ? "token-login" : "token-logout",
			"token", c->arg[0]));
	case ADM_HELP:
		if (admcmd_help(r->show.f, c->arg[0]))
			return true;
		return fail(r, c->arg[0], "no such command");
	default:
		return true;
	}
}
