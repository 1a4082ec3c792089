/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * log - lines for the system's log: on standard error, each with the "<n>" that
 * the journal reads as its priority (sd-daemon(3)), or plain on a terminal.
 * Never a key: callers pass names, addresses, numbers. A reader of standard error
 * that is behind, or gone, costs lines, which are counted, and never time.
 */
#ifndef IO_LOG_H
#define IO_LOG_H

#include <stdbool.h>
#include <stdint.h>

enum log_level {
	LOG_LEVEL_ERR = 3,
	LOG_LEVEL_WARN = 4,
	LOG_LEVEL_INFO = 6,
	LOG_LEVEL_DEBUG = 7
};

/*
 * name goes before each line on a terminal. debug: whether LOG_LEVEL_DEBUG is
 * written at all.
 */
void log_init(const char *name, bool debug);

/* Whether LOG_LEVEL_DEBUG is written from now on, and whether it is. */
void log_set_debug(bool debug);
bool log_is_debug(void);

void log_say(enum log_level level, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * For lines that a packet can cause: at most one a second for each struct
 * log_rate, which is zero at first. What was left out is counted and told with
 * the next line.
 */
struct log_rate {
	uint64_t next; /* ms */
	uint64_t left_out;
};
void log_limit(struct log_rate *r, enum log_level level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/*
 * Would log_limit() write a line now? If not, it counts as left out: for lines
 * that cost something to make.
 */
bool log_due(struct log_rate *r, enum log_level level);

#endif /* IO_LOG_H */
