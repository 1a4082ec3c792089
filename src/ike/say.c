/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/say.h"

#include <stdarg.h>
#include <stdio.h>

#include "ike/ikerule.h"

static struct ike_log *
line(struct ike *ike, enum ike_level level, uint16_t cat, struct act **out)
{
	struct act *a = act_new(&ike->acts, IKE_ACT_LOG, 256);

	a->a.log = (struct ike_log){ .level = level, .cat = cat, .rule = "" };
	*out = a;
	return &a->a.log;
}

static void
put(struct ike_log *l, const char *fmt, va_list ap)
{
	(void)vsnprintf(l->text, sizeof(l->text), fmt, ap);
	/* what a peer said may be in it: no control characters */
	for (char *p = l->text; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
}

void
say_sa(
    struct ikesa *sa, enum ike_level level, uint16_t cat, const char *fmt, ...)
{
	struct act *a;
	struct ike_log *l = line(sa->ike, level, cat, &a);
	va_list ap;

	l->local = sa->local;
	l->remote = sa->remote;
	l->spi_i = sa->spi_i;
	l->spi_r = sa->spi_r;
	if (sa->rule != NULL)
		l->rule = act_keep_text(a, ikerule_label(sa->rule));
	va_start(ap, fmt);
	put(l, fmt, ap);
	va_end(ap);
}

void
say_ike(
    struct ike *ike, enum ike_level level, uint16_t cat, const char *fmt, ...)
{
	struct act *a;
	struct ike_log *l = line(ike, level, cat, &a);
	va_list ap;

	va_start(ap, fmt);
	put(l, fmt, ap);
	va_end(ap);
}

/* One more line now? */
static bool
may_speak(struct ike *ike)
{
	if (ike->now - ike->log_since >= 1000) {
		unsigned lost = ike->log_lost;

		ike->log_since = ike->now;
		ike->log_tokens = ike->env.limits.logs;
		ike->log_lost = 0;
		if (lost != 0)
			say_ike(ike, IKE_LOG_WARN, IKE_CAT_P1,
			    "%u more messages that nobody had proved were not "
			    "logged",
			    lost);
	}
	if (ike->log_tokens == 0) {
		ike->log_lost++;
		return false;
	}
	ike->log_tokens--;
	return true;
}

void
say_stranger(struct ike *ike, const struct ike_event *ev, const char *fmt, ...)
{
	struct act *a;
	struct ike_log *l;
	va_list ap;

	ike->stats.dropped++;
	if (!may_speak(ike))
		return;
	l = line(ike, IKE_LOG_INFO, IKE_CAT_P1, &a);
	l->local = ev->dgram.local;
	l->remote = ev->dgram.remote;
	va_start(ap, fmt);
	put(l, fmt, ap);
	va_end(ap);
}
