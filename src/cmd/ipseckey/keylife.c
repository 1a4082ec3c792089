/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/ipseckey/keylife.h"

#include <inttypes.h>

#include "cmd/ipseckey/keyunit.h"

/* WORDS DATE and what ends the line; in words of its own for a bad time. */
static void
date(const struct keyshow *s, const char *tag, const char *words, uint64_t t,
    const char *end)
{
	char text[64];
	time_t at = (time_t)t;
	struct tm tm;

	if (t > INT64_MAX || localtime_r(&at, &tm) == NULL ||
	    strftime(text, sizeof(text), "%a %b %e %H:%M:%S %Y", &tm) == 0)
		(void)snprintf(text, sizeof(text), "<unknown>");
	(void)fprintf(s->f, "%s: %s %s", tag, words, text);
	if (s->verbose)
		(void)fprintf(s->f, " (raw time %" PRIu64 ")", t);
	(void)fprintf(s->f, "%s\n", end);
}

static void
current(const struct keyshow *s, const struct lifetime *c)
{
	char buf[KEYUNIT_TEXT];

	(void)fprintf(s->f,
	    "CLT: Current lifetime information:\n"
	    "CLT: %" PRIu64 " bytes %sprotected, %u allocations used.\n",
	    c->bytes, keyunit_bytes(buf, c->bytes), c->allocs);
	date(s, "CLT", "SA added at time:", c->addtime, "");
	if (c->usetime != 0)
		date(s, "CLT", "SA first used at time", c->usetime, "");
	date(s, "CLT", "Time now is", (uint64_t)s->now, "");
}

static void
times(const struct keyshow *s, const char *tag, const struct lifetime *l)
{
	char buf[KEYUNIT_TEXT];

	(void)fprintf(s->f, "%s: %" PRIu64 " seconds %sof post-add lifetime.\n",
	    tag, l->addtime, keyunit_seconds(buf, l->addtime));
	(void)fprintf(s->f, "%s: %" PRIu64 " seconds %sof post-use lifetime.\n",
	    tag, l->usetime, keyunit_seconds(buf, l->usetime));
}

static uint64_t
sum(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* When the limit l is reached; 0: never, or that cannot be told. */
static uint64_t
expires(const struct lifetime *l, const struct lifetime *c)
{
	uint64_t add = l->addtime != 0 ? sum(c->addtime, l->addtime) : 0,
		 use = l->usetime != 0 && c->usetime != 0
			   ? sum(c->usetime, l->usetime)
			   : 0;

	return add == 0 || (use != 0 && use < add) ? use : add;
}

static void
limit(const struct keyshow *s, const char *tag, const char *word,
    const struct lifetime *l, const struct lifetime *c)
{
	char buf[KEYUNIT_TEXT];
	uint64_t at = c != NULL ? expires(l, c) : 0, now = (uint64_t)s->now;

	(void)fprintf(s->f,
	    "%s: %s lifetime information:\n"
	    "%s: %" PRIu64 " bytes %sof lifetime, %u allocations.\n",
	    tag, word, tag, l->bytes, keyunit_bytes(buf, l->bytes), l->allocs);
	times(s, tag, l);
	if (at == 0)
		return;
	if (at > now) {
		(void)fprintf(s->f,
		    "%s: %s expiration occurs in %" PRIu64 " seconds", tag,
		    word, at - now);
		if (keyunit_seconds(buf, at - now)[0] != '\0')
			(void)fprintf(
			    s->f, " %.*s", (int)(strlen(buf) - 1), buf);
		(void)fprintf(s->f, "\n");
	} else {
		(void)fprintf(s->f,
		    "%s: %s expiration occurred %" PRIu64 " seconds ago\n", tag,
		    word, now - at);
	}
	date(s, tag, "Time of expiration:", at, ".");
}

void
keylife_show(const struct keyshow *s, const struct pfkey_msg *m)
{
	const struct lifetime *c =
	    pfkey_has(m, PFKEY_EXT_LIFETIME_CURRENT) ? &m->current : NULL;
	bool soft = pfkey_has(m, PFKEY_EXT_LIFETIME_SOFT),
	     hard = pfkey_has(m, PFKEY_EXT_LIFETIME_HARD),
	     idle = pfkey_has(m, PFKEY_EXT_LIFETIME_IDLE);

	if (c != NULL || soft || hard || idle)
		(void)fprintf(s->f, " LT: Lifetime information\n");
	if (c != NULL)
		current(s, c);
	if (soft)
		limit(s, "SLT", "Soft", &m->soft, c);
	if (hard)
		limit(s, "HLT", "Hard", &m->hard, c);
	if (idle) {
		(void)fprintf(s->f, "ILT: Idle lifetime information:\n");
		times(s, "ILT", &m->idle);
	}
}
