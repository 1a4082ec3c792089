/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/log.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "io/clock.h"

#define LINE_MAX_ 1024

static struct {
	const char *name;
	bool debug, terminal;
	unsigned long lost; /* lines since the last one that was written */
} to = { .name = "solipsec" };

void
log_init(const char *name, bool debug)
{
	to.name = name;
	__atomic_store_n(&to.debug, debug, __ATOMIC_RELAXED);
	to.terminal = isatty(STDERR_FILENO) == 1;
}

void
log_set_debug(bool debug)
{
	__atomic_store_n(&to.debug, debug, __ATOMIC_RELAXED);
}

bool
log_is_debug(void)
{
	return to.debug;
}

/* A pipe that can take something takes a line whole. */
static bool
is_ready(void)
{
	struct pollfd p = { .fd = STDERR_FILENO, .events = POLLOUT };

	return poll(&p, 1, 0) == 1 && (p.revents & POLLOUT) != 0;
}

/* One write a line, so that lines of several processes do not mix. */
static void
put(enum log_level level, uint64_t left_out, const char *fmt, va_list ap)
{
	char line[LINE_MAX_ + 128];
	int n = to.terminal ? snprintf(line, 64, "%.32s: ", to.name)
			    : snprintf(line, 64, "<%d>", (int)level);
	int m = vsnprintf(line + n, LINE_MAX_ - 64, fmt, ap);
	unsigned long lost;

	if (m < 0)
		return;
	if (m >= LINE_MAX_ - 64)
		m = LINE_MAX_ - 65;
	/* one line: a message never holds another */
	for (int i = n; i < n + m; i++)
		if ((unsigned char)line[i] < ' ')
			line[i] = ' ';
	n += m;
	if (left_out != 0)
		n += snprintf(line + n, 48, " (%llu more left out)",
		    (unsigned long long)left_out);
	lost = __atomic_exchange_n(&to.lost, 0, __ATOMIC_RELAXED);
	if (lost != 0)
		n += snprintf(line + n, 48, " (%lu lines were lost)", lost);
	line[n++] = '\n';
	/* several threads may have something to say */
	if (!is_ready() || write(STDERR_FILENO, line, (size_t)n) != n)
		(void)__atomic_fetch_add(&to.lost, lost + 1, __ATOMIC_RELAXED);
}

void
log_say(enum log_level level, const char *fmt, ...)
{
	va_list ap;

	if (level == LOG_LEVEL_DEBUG &&
	    !__atomic_load_n(&to.debug, __ATOMIC_RELAXED))
		return;
	va_start(ap, fmt);
	put(level, 0, fmt, ap);
	va_end(ap);
}

bool
log_due(struct log_rate *r, enum log_level level)
{
	if (level == LOG_LEVEL_DEBUG &&
	    !__atomic_load_n(&to.debug, __ATOMIC_RELAXED))
		return false;
	if (clock_mono() >= r->next)
		return true;
	r->left_out++;
	return false;
}

void
log_limit(struct log_rate *r, enum log_level level, const char *fmt, ...)
{
	va_list ap;

	if (!log_due(r, level))
		return;
	va_start(ap, fmt);
	put(level, r->left_out, fmt, ap);
	va_end(ap);
	r->next = clock_mono() + 1000;
	r->left_out = 0;
}
