/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tune - named values that an administrator may change while ipsecd runs, with
 * the names and ranges of Solaris' ndd and ipadm (spec: services 11). A new one
 * is a row in tune.c and a field in the struct that uses it.
 */
#ifndef DAEMON_TUNE_H
#define DAEMON_TUNE_H

#include <stddef.h>
#include <stdint.h>

#include "base/rd.h"

struct ipsecd;

/* Whose field a row's value is. */
enum tune_home {
	TUNE_NOWHERE, /* without a meaning here: `refusal` says why */
	TUNE_ESP,     /* struct sadb_tune of ESP */
	TUNE_AH,
	TUNE_PATH,   /* struct path_tune */
	TUNE_AUDIT,  /* struct audit */
	TUNE_DAEMON, /* struct tune_own */
	TUNE_HOMES
};

/* Those that only the wiring uses. */
struct tune_own {
	uint32_t esp_age_interval, ah_age_interval; /* ms */
	uint32_t keysock_max_buf;		    /* bytes */
	uint32_t crypto_cpu_share;		    /* percent of a CPU */
	uint32_t offload;			    /* PUMP_* */
	uint32_t workers; /* of ipsecd_new(): what it was started with */
	/* 0: as ipsecd was started; else: more in the log */
	uint8_t loopback_policy; /* 1: policy is for the host itself, too */
	uint8_t gcm_kernel;	 /* 1: AES-GCM of several packets at a time */
	uint8_t in_place;	 /* 1: ESP and AH are opened where they come */
	uint8_t strict_v4, strict_v6; /* 1: see steer_plan.strict */
	uint8_t esp_debug, ah_debug, keysock_debug, spdsock_debug;
};

struct tune_row {
	const char *name;  /* ndd's */
	const char *alias; /* ipadm's, or NULL */
	const char *unit;  /* "ms", "s", "bytes", "packets" or "" */
	const char *help;  /* one line */
	uint64_t min, max;
	uint64_t value;	  /* the default; of one without a meaning, Solaris' */
	uint64_t solaris; /* Solaris' default where it is another, else 0 */
	enum tune_home home;
	size_t at,
	    size; /* of an unsigned field of 1, 4 or 8 bytes in its home */
	/* After a change, for what does not look at the field each time. */
	void (*changed)(struct ipsecd *d);
	const char *refusal; /* of one without a meaning: why */
};

/* Row i, in the order of a listing; NULL behind the last one. */
const struct tune_row *tune_row(size_t i);
/* By either name; NULL: there is none. */
const struct tune_row *tune_find(const char *name);
/* The name that is probably meant, or NULL. */
const char *tune_nearest(const char *name);
/* The module of Solaris that has it: all before the first '_', or "ip". */
void tune_driver(char *buf, size_t cap, const struct tune_row *r);

/* Values that struct ipsecd starts with, before anything else looks. */
void tune_defaults(struct ipsecd *d);
uint64_t tune_get(struct ipsecd *d, const struct tune_row *r);
/*
 * May it be set to v? 0, or EOPNOTSUPP, ERANGE with one line in err that says
 * what would do.
 */
int tune_check(const struct tune_row *r, uint64_t v, char *err, size_t n);
/* v has passed tune_check(). */
void tune_set(struct ipsecd *d, const struct tune_row *r, uint64_t v);

/* What ipsec_offload is at first: text (NULL: not given), or all of it. */
uint32_t tune_first_offload(const char *text);
/* How many threads take packets by the fast path, 0: none beside the first one. */
uint32_t tune_first_workers(const char *text);

#endif /* DAEMON_TUNE_H */
