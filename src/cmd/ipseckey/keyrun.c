/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/ipseckey/keyrun.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cmd/ipseckey/keyalgs.h"
#include "cmd/ipseckey/keyjson.h"
#include "cmd/ipseckey/keysave.h"
#include "cmd/ipseckey/keyshow.h"
#include "conf/saprint.h"
#include "io/keyfile.h"

void
keyrun_init(struct keyrun *r)
{
	*r = (struct keyrun){ .out = stdout, .err = stderr };
	keytalk_init(&r->talk);
}

void
keyrun_fini(struct keyrun *r)
{
	keytalk_fini(&r->talk);
}

static struct keyshow
show(const struct keyrun *r)
{
	return (struct keyshow){ .f = r->out,
		.numeric = r->numeric,
		.verbose = r->verbose,
		.hide_keys = r->paranoid,
		.now = time(NULL) };
}

/* -v: what goes out. keyshow shows no keys of it. */
static void
sent(void *ctx, const struct pfkey_msg *m, size_t n)
{
	struct keyrun *r = ctx;
	struct keyshow s = show(r);

	(void)fprintf(r->out, "Message sent:\n");
	keyshow_message(&s, m, n);
	(void)fprintf(r->out, "\n");
}

__attribute__((format(printf, 3, 4))) static void
complain(struct keyrun *r, const struct ipseckeys_cmd *c, const char *fmt, ...)
{
	va_list ap;

	if (r->quiet)
		return;
	(void)fflush(r->out);
	(void)fprintf(r->err, "ipseckey: ");
	if (r->file != NULL)
		(void)fprintf(r->err, "%s: near line %u: ", r->file, c->line);
	va_start(ap, fmt);
	(void)vfprintf(r->err, fmt, ap);
	va_end(ap);
	(void)fprintf(r->err, "\n");
}

/* "the ESP association with SPI 0x10 to 192.0.2.1", or the type alone. */
static void
name_sa(char *buf, size_t cap, const struct ipseckeys_cmd *c)
{
	char type[32], addr[ADDR_TEXT];
	const struct sa_spec *s = &c->spec;

	if (s->spi == 0)
		(void)snprintf(
		    buf, cap, "SA type %s", keyshow_satype(type, s->satype));
	else
		(void)snprintf(buf, cap,
		    "the %s association with SPI 0x%x to %s",
		    keyshow_satype(type, s->satype), s->spi,
		    addr_print(addr, &s->dst));
}

/* Spec: sa 10. */
static void
refused(struct keyrun *r, const struct ipseckeys_cmd *c)
{
	const struct keytalk *k = &r->talk;
	const char *what = ipseckeys_command(c->op)->name;
	char sa[160];

	name_sa(sa, sizeof(sa), c);
	r->forbidden = k->errnum == EPERM || k->errnum == EACCES;
	switch (k->errnum) {
	case ESRCH:
		if (k->diag == PFKEY_DIAG_PAIR_SA_NOTFOUND)
			complain(
			    r, c, "%s: the pair of %s was not found", what, sa);
		else
			complain(r, c, "%s: %s does not exist", what, sa);
		return;
	case EEXIST:
		complain(r, c, "%s: %s already exists", what, sa);
		return;
	case ENOBUFS:
		complain(r, c,
		    "%s: ipsecd holds as many SAs as it may: delete some, or "
		    "raise the limit (ipsec_max_sas)",
		    what);
		return;
	case EINVAL:
		complain(r, c,
		    "%s: one of the values for %s is incorrect.\n"
		    "  Diagnostic code %u:  %s.",
		    what, sa, k->diag, pfkey_diag_text(k->diag));
		return;
	default:
		if (k->diag == PFKEY_DIAG_NONE)
			complain(
			    r, c, "%s: %s: %s", what, sa, strerror(k->errnum));
		else
			complain(r, c,
			    "%s: %s: %s.\n  Diagnostic code %u:  %s.", what, sa,
			    strerror(k->errnum), k->diag,
			    pfkey_diag_text(k->diag));
	}
}

/* Count the end of c and tell a bad one. */
static void
finish(struct keyrun *r, const struct ipseckeys_cmd *c, enum keytalk_end end)
{
	const char *what = ipseckeys_command(c->op)->name;
	char text[LINK_TEXT];

	if (end == KEYTALK_OK) {
		r->done++;
		return;
	}
	r->failed++;
	switch (end) {
	case KEYTALK_REFUSED:
		refused(r, c);
		break;
	case KEYTALK_LINK:
		r->lost = true;
		r->forbidden = r->talk.to.fault == LINK_DENIED ||
			       r->talk.to.fault == LINK_ZONE;
		(void)fprintf(
		    r->err, "ipseckey: %s\n", link_sentence(&r->talk.to, text));
		break;
	case KEYTALK_TIMED_OUT:
		complain(r, c, "%s: the reply timed out after %d seconds", what,
		    r->talk.timeout_ms / 1000);
		break;
	case KEYTALK_GARBAGE:
		complain(r, c, "%s: ipsecd's answer cannot be read", what);
		break;
	case KEYTALK_TOO_LONG:
	case KEYTALK_OK:
		complain(r, c, "%s: too much for one message", what);
		break;
	}
}

static uint8_t
message_type(enum ipseckeys_op op)
{
	switch (op) {
	case IPSECKEYS_ADD:
		return PFKEY_ADD;
	case IPSECKEYS_UPDATE:
		return PFKEY_UPDATE;
	case IPSECKEYS_UPDATE_PAIR:
		return PFKEY_X_UPDATEPAIR;
	case IPSECKEYS_DELETE:
		return PFKEY_DELETE;
	case IPSECKEYS_DELETE_PAIR:
		return PFKEY_X_DELPAIR;
	case IPSECKEYS_GET:
		return PFKEY_GET;
	default:
		return PFKEY_FLUSH;
	}
}

void
keyrun_list(struct keyrun *r, bool begin)
{
	if (begin)
		(void)fputs("{\"sas\": [\n", r->out);
	else
		(void)fputs(r->listed ? "\n]}\n" : "]}\n", r->out);
	(void)fflush(r->out);
	r->listed = false;
}

/* An SA of get or dump. */
static void
list_one(struct keyrun *r, const struct keyshow *s, const struct pfkey_msg *m,
    size_t n)
{
	if (r->json) {
		if (r->listed)
			(void)fputs(",\n", r->out);
		r->listed = true;
		keyjson_message(s, m, n, false);
		return;
	}
	keyshow_message(s, m, n);
	(void)fprintf(r->out, "\n");
}

static void
from_command(struct pfkey_msg *q, const struct ipseckeys_cmd *c, bool keys)
{
	pfkey_from_spec(q, &c->spec, keys);
	q->more = c->more;
	if (c->more.n_src != 0)
		q->has |= UINT64_C(1) << PFKEY_EXT_MORE_SRC;
	if (c->more.n_dst != 0)
		q->has |= UINT64_C(1) << PFKEY_EXT_MORE_DST;
}

/* A command about one SA, or flush. */
static void
ask(struct keyrun *r, const struct ipseckeys_cmd *c)
{
	struct pfkey_msg q = { .type = message_type(c->op),
		.satype = c->spec.satype };
	bool keys = c->op != IPSECKEYS_GET;
	struct keyshow s = show(r);
	enum keytalk_end end;
	struct pfkey_msg a;

	if (c->op != IPSECKEYS_FLUSH)
		from_command(&q, c, keys);
	end = keytalk_ask(&r->talk, &q, &a);
	if (end == KEYTALK_OK && c->op == IPSECKEYS_GET)
		list_one(r, &s, &a, r->talk.got);
	finish(r, c, end);
}

struct dumping {
	struct keyrun *r;
	struct keyshow s;
	FILE *f; /* save */
	struct keysave k;
};

static void
dump_one(void *ctx, const struct pfkey_msg *m, size_t n)
{
	struct dumping *d = ctx;

	list_one(d->r, &d->s, m, n);
}

static void
dump(struct keyrun *r, const struct ipseckeys_cmd *c)
{
	struct dumping d = { .r = r, .s = show(r) };
	enum keytalk_end end =
	    keytalk_dump(&r->talk, c->spec.satype, dump_one, &d);

	if (end == KEYTALK_OK && !r->json)
		(void)fprintf(
		    r->out, "Dump succeeded for SA type %u.\n", c->spec.satype);
	finish(r, c, end);
}

static void
save_one(void *ctx, const struct pfkey_msg *m, size_t n)
{
	struct dumping *d = ctx;
	char text[SAPRINT_ROOM];
	struct sa_spec s;

	(void)n;
	if (!pfkey_to_spec(&s, m))
		return; /* never: it was read with this length of keys */
	keysave_fit(&d->k, &s);
	if (s.state == SA_LARVAL)
		(void)fprintf(d->f,
		    "# a larval SA with SPI 0x%x, which has no keys\n\n",
		    s.spi);
	else if (saprint_add_as(
		     text, sizeof(text), &s, d->r->paranoid, keyalgs_table()))
		(void)fputs(text, d->f);
	saspec_fini(&s);
	secret_wipe(text, sizeof(text));
}

/* The stream that save writes to; NULL, told: it cannot be written. */
static FILE *
save_open(
    struct keyrun *r, const struct ipseckeys_cmd *c, struct keyfile_new *n)
{
	FILE *f = NULL;
	int err;

	if (c->word[0] == '\0' || strcmp(c->word, "-") == 0)
		return r->out;
	err = keyfile_create(n, c->word);
	if (err == 0 && (f = fdopen(n->fd, "w")) == NULL) {
		err = errno;
		keyfile_abandon(n);
		(void)close(n->fd);
	}
	if (err != 0)
		complain(
		    r, c, "save: cannot write %s: %s", c->word, strerror(err));
	else if (n->mode != 0 && n->mode != 0400)
		complain(r, c,
		    "save: warning: %s was there before, with mode %04o "
		    "instead of 0400",
		    c->word, n->mode);
	return f;
}

/* What is in f goes to its place, if all of it is there. 0 or errno. */
static int
save_close(FILE *f, struct keyfile_new *n, bool whole)
{
	int err = ferror(f) ? EIO : 0;

	if (fflush(f) != 0)
		err = errno;
	if (n->fd < 0)
		return err;
	if (err == 0 && whole)
		err = keyfile_commit(n);
	else
		keyfile_abandon(n);
	(void)fclose(f);
	return err;
}

static void
save(struct keyrun *r, const struct ipseckeys_cmd *c)
{
	static char buffer[BUFSIZ]; /* one that can be wiped */
	struct keyfile_new n = { .fd = -1 };
	struct dumping d = { .r = r };
	enum keytalk_end end = keytalk_open(&r->talk);
	int err;

	/* no file is touched when there is nothing to write into it */
	if (end != KEYTALK_OK) {
		finish(r, c, end);
		return;
	}
	d.f = save_open(r, c, &n);
	if (d.f == NULL) {
		r->failed++;
		return;
	}
	if (d.f != r->out)
		(void)setvbuf(d.f, buffer, _IOFBF, sizeof(buffer));
	(void)fputs(saprint_header, d.f);
	keysave_here(&d.k);
	end = keytalk_dump(&r->talk, c->spec.satype, save_one, &d);
	keysave_fini(&d.k);
	err = save_close(d.f, &n, end == KEYTALK_OK);
	secret_wipe(buffer, sizeof(buffer));
	if (err != 0 && end == KEYTALK_OK) {
		complain(r, c, "save: cannot write %s: %s",
		    n.fd < 0 ? "the output" : c->word, strerror(err));
		r->failed++;
		return;
	}
	finish(r, c, end);
}

/* One that came; end: KEYTALK_OK, or it cannot be read. */
static void
heard(struct keyrun *r, const struct pfkey_msg *m, enum keytalk_end end)
{
	struct keyshow s = show(r);
	char date[64];
	struct tm tm;

	s.hide_keys = true;
	if (r->json) {
		if (end != KEYTALK_OK)
			return;
		keyjson_message(&s, m, r->talk.got, true);
		(void)fprintf(r->out, "\n");
		return;
	}
	if (localtime_r(&s.now, &tm) == NULL ||
	    strftime(date, sizeof(date), "%a %b %e %H:%M:%S %Y", &tm) == 0)
		date[0] = '\0';
	(void)fprintf(
	    r->out, "\nTimestamp: %s\nRead %zu bytes.\n", date, r->talk.got);
	if (end == KEYTALK_OK)
		keyshow_message(&s, m, r->talk.got);
	else
		(void)fprintf(r->out, "It cannot be read.\n");
}

/* Show messages until ipsecd goes away or a signal ends the program. */
static void
monitor(struct keyrun *r, const struct ipseckeys_cmd *c)
{
	bool active = c->op == IPSECKEYS_MONITOR;
	struct pfkey_msg q = { .type = PFKEY_X_PROMISC, .satype = 1 }, m;
	enum keytalk_end end =
	    active ? keytalk_ask(&r->talk, &q, &m) : keytalk_open(&r->talk);

	if (end == KEYTALK_OK && r->json)
		(void)fprintf(r->out, "{\"monitoring\": \"%s\"}\n",
		    active ? "active" : "passive");
	else if (end == KEYTALK_OK)
		(void)fprintf(r->out, "%s monitoring the PF_KEY socket.\n",
		    active ? "Actively" : "Passively");
	while (end == KEYTALK_OK || end == KEYTALK_GARBAGE) {
		(void)fflush(r->out);
		end = keytalk_next(&r->talk, &m);
		if (end != KEYTALK_LINK)
			heard(r, &m, end);
	}
	finish(r, c, end);
}

/* Is word one of the comma separated names? */
static bool
named(const char *names, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = names; *p != '\0'; p += *p == ',') {
		size_t len = strcspn(p, ",");

		if (len == n && memcmp(p, word, n) == 0)
			return true;
		p += len;
	}
	return false;
}

static void
help_rows(struct keyrun *r, const struct ipseckeys_help *(*row)(size_t i),
    const char *only)
{
	const struct ipseckeys_help *h;
	bool found = false;

	for (size_t i = 0; (h = row(i)) != NULL; i++) {
		char name[128];

		if (only != NULL && !named(h->name, only))
			continue;
		(void)snprintf(name, sizeof(name), "%s %s", h->name, h->args);
		(void)fprintf(r->out, "  %-36s %s\n", name, h->text);
		found = true;
	}
	if (!found)
		(void)fprintf(r->out, "There is no command %s.\n", only);
}

static void
help(struct keyrun *r, const struct ipseckeys_cmd *c)
{
	if (strncmp(c->word, "attr", 4) == 0) {
		(void)fprintf(r->out, "Attributes of an SA:\n");
		help_rows(r, ipseckeys_attribute, NULL);
		return;
	}
	if (c->word[0] == '\0')
		(void)fprintf(r->out,
		    "Commands; TYPE is ah, esp or all, \"help attr\" lists the "
		    "attributes:\n");
	help_rows(r, ipseckeys_command, c->word[0] != '\0' ? c->word : NULL);
}

void
keyrun_command(struct keyrun *r, const struct ipseckeys_cmd *c)
{
	r->talk.sent = r->verbose ? sent : NULL;
	r->talk.ctx = r;
	switch (c->op) {
	case IPSECKEYS_DUMP:
		dump(r, c);
		break;
	case IPSECKEYS_SAVE:
		save(r, c);
		break;
	case IPSECKEYS_MONITOR:
	case IPSECKEYS_PMONITOR:
		monitor(r, c);
		break;
	case IPSECKEYS_HELP:
		help(r, c);
		break;
	case IPSECKEYS_QUIT:
		r->quit = true;
		break;
	default:
		ask(r, c);
		break;
	}
	(void)fflush(r->out);
}
