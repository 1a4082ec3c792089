/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/pol/poltext.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_TEXT  (64u << 20) /* bytes of a file that a person may want */
#define MAX_SHOWN 160	      /* bytes of a line below an error */

/* 0 or errno; what was read so far is t's. */
static int
read_all(struct poltext *t, int fd)
{
	size_t cap = 0;

	for (;;) {
		ssize_t got;

		if (cap - t->n < 2) {
			char *p;

			cap = cap == 0 ? 8192 : 2 * cap;
			if (cap > MAX_TEXT)
				return EFBIG;
			p = realloc(t->text, cap);
			if (p == NULL)
				return ENOMEM;
			t->text = p;
		}
		got = read(fd, t->text + t->n, cap - t->n - 1);
		if (got < 0 && errno != EINTR)
			return errno;
		if (got == 0)
			break;
		if (got > 0)
			t->n += (size_t)got;
	}
	t->text[t->n] = '\0';
	return 0;
}

int
poltext_read(struct poltext *t, const char *path)
{
	bool is_stdin = strcmp(path, "-") == 0;
	int fd = STDIN_FILENO, e;

	t->name = is_stdin ? "standard input" : path;
	t->text = NULL;
	t->n = 0;
	if (!is_stdin)
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return errno;
	e = read_all(t, fd);
	if (!is_stdin)
		(void)close(fd);
	if (e != 0)
		poltext_free(t);
	return e;
}

void
poltext_free(struct poltext *t)
{
	free(t->text);
	t->text = NULL;
	t->n = 0;
}

/* The line of the text, from 1; false: not there, or nothing to show. */
static bool
line_of(const struct poltext *t, unsigned line, const char **s, size_t *n)
{
	const char *p = t->text, *end = t->text + t->n;

	for (; line > 1; line--) {
		p = memchr(p, '\n', (size_t)(end - p));
		if (p == NULL)
			return false;
		p++;
	}
	*s = p;
	p = memchr(p, '\n', (size_t)(end - p));
	*n = (size_t)((p != NULL ? p : end) - *s);
	if (*n == 0 || *n > MAX_SHOWN)
		return false;
	for (size_t i = 0; i < *n; i++)
		if (((*s)[i] < ' ' && (*s)[i] != '\t') || (*s)[i] == 0x7f)
			return false;
	return true;
}

void
poltext_report(void *ctx, const struct conf_error *e)
{
	struct poltext *t = ctx;
	char line[CONF_LINE];
	const char *s;
	size_t n;

	if (e->severity == CONF_WARNING)
		t->warnings++;
	if (t->quiet && e->severity != CONF_ERROR)
		return;
	(void)fprintf(stderr, "%s\n", lex_error_print(line, e));
	if (!line_of(t, e->line, &s, &n))
		return;
	(void)fprintf(stderr, "\t%.*s\n\t", (int)n, s);
	/* tabs stay, so that the mark is below whatever their width */
	for (size_t i = 0; i + 1 < e->col && i < n; i++)
		(void)fputc(s[i] == '\t' ? '\t' : ' ', stderr);
	(void)fputs("^\n", stderr);
}

bool
poltext_algs(struct ipsecalgs *out)
{
	const char *path = secure_getenv("SOLIPSEC_IPSECALGS");
	struct poltext t = { .quiet = false };
	bool ok;
	int e = poltext_read(&t, path != NULL ? path : POLTEXT_IPSECALGS);

	if (e == ENOENT) {
		ok = ipsecalgs_builtin(out);
	} else if (e != 0) {
		poltext_say("cannot read %s: %s", t.name, strerror(e));
		return false;
	} else {
		ok = ipsecalgs_read(
		    out, t.name, t.text, t.n, poltext_report, &t);
	}
	poltext_free(&t);
	return ok;
}

void
poltext_say(const char *fmt, ...)
{
	va_list ap;

	(void)fprintf(stderr, "%s: ", program_invocation_short_name);
	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	(void)fputc('\n', stderr);
}
