/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fakepol - a PF_POLICY server for tests of commands: it notes each question
 * as a line of text and answers what the test wants, also what a good server
 * would never say. For *_test.c only.
 */
#ifndef CMD_POL_FAKEPOL_TEST_H
#define CMD_POL_FAKEPOL_TEST_H

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/test.h"

#include "cmd/pol/fakealgs_test.h"
#include "cmd/pol/fakerun_test.h"
#include "wire/pfpolicy.h"

enum fakepol_way {
	FAKEPOL_OK,
	FAKEPOL_REFUSE,	 /* with errnum and diag */
	FAKEPOL_GARBAGE, /* something that is no message */
	FAKEPOL_CLOSE	 /* the connection */
};

/* What to do at the nth question (from 1) of this type; type 0: no more. */
struct fakepol_case {
	uint8_t type;
	unsigned nth;
	enum fakepol_way way;
	uint8_t errnum;
	uint16_t diag;
};

static char fakepol_log[4096]; /* what was asked, a line each */
static pid_t fakepol_pid;
static int fakepol_pipe[2];

static inline void
fakepol_note(const struct pfpolicy_msg *m)
{
	char line[512];
	int n = snprintf(line, sizeof(line), "%s%s",
	    pfpolicy_type_text(m->type), m->spdid == 1 ? " standby" : "");

	if (pfpolicy_has(m, SPD_EXT_TUN_NAME))
		n += snprintf(line + n, sizeof(line) - (size_t)n, " %s",
		    m->rule.tun[0] != '\0' ? m->rule.tun : "all");
	if (m->type == SPD_ADDRULE)
		n += snprintf(line + n, sizeof(line) - (size_t)n,
		    " %08x dir %u fam %u actions %u%s", m->rule.priority,
		    m->rule.dir, m->rule.fam, m->rule.n_actions,
		    m->rule.tunnel_mode ? " tunnel" : "");
	if (m->type == SPD_DELETERULE)
		n += snprintf(line + n, sizeof(line) - (size_t)n, " %" PRIu64,
		    m->rule.index);
	if (m->type == SPD_UPDATEALGS)
		n += snprintf(line + n, sizeof(line) - (size_t)n,
		    " %u algorithms, %s, %s", m->n_algs,
		    m->async_auth ? "async" : "sync",
		    m->async_encr ? "async" : "sync");
	line[n] = '\n';
	(void)!write(fakepol_pipe[1], line, (size_t)n + 1);
}

static inline void
fakepol_send(int fd, const struct pfpolicy_msg *m)
{
	static uint8_t buf[PFPOLICY_MAX];
	struct wr w = wr_into(buf, sizeof(buf));

	if (pfpolicy_write(&w, m))
		(void)!send(fd, buf, w.len, MSG_NOSIGNAL);
}

/* Header, two rules, trailer; the version changes in the first `torn` dumps. */
static inline void
fakepol_dump(int fd, const struct pfpolicy_msg *asked, bool torn)
{
	struct action act = { .type = ACT_PASS };
	struct pfpolicy_msg m = { .type = SPD_DUMP,
		.seq = asked->seq,
		.pid = asked->pid,
		.has = 1u << SPD_EXT_RULESET,
		.ruleset_version = 7 };

	fakepol_send(fd, &m);
	for (unsigned i = 1; i <= 2; i++) {
		struct pfpolicy_msg r = { .type = SPD_DUMP,
			.seq = asked->seq,
			.pid = asked->pid,
			.has = 1u << SPD_EXT_RULE | 1u << SPD_EXT_ACTION,
			.rule = { .dir = i == 1 ? RULE_OUT : RULE_IN,
			    .index = i,
			    .sel = { .has = SEL_LPORT | SEL_PROTO,
				.proto = 6,
				.lport_min = 23,
				.lport_max = 23 },
			    .n_actions = 1,
			    .actions = &act } };

		if (pfpolicy_has(asked, SPD_EXT_TUN_NAME) && i == 2) {
			r.has |= 1u << SPD_EXT_TUN_NAME;
			memcpy(r.rule.tun, "ip.tun0", 8);
			r.rule.tunnel_mode = true;
		}
		fakepol_send(fd, &r);
	}
	m.ruleset_version += torn;
	m.ruleset_count = 2;
	fakepol_send(fd, &m);
}

static inline bool
fakepol_answer(int fd, const struct fakepol_case *cases,
    const struct pfpolicy_msg *in, unsigned count[SPD_TYPE_N], uint64_t *index)
{
	struct pfpolicy_msg out = { .type = in->type,
		.spdid = in->spdid,
		.seq = in->seq,
		.pid = in->pid };
	unsigned nth = ++count[in->type];

	for (; cases != NULL && cases->type != 0; cases++) {
		if (cases->type != in->type || cases->nth != nth)
			continue;
		if (cases->way == FAKEPOL_CLOSE)
			return false;
		if (cases->way == FAKEPOL_GARBAGE) {
			if (in->type == SPD_DUMP)
				fakepol_dump(fd, in, true);
			else
				(void)!send(fd, "garbage", 7, MSG_NOSIGNAL);
			return true;
		}
		out.errnum = cases->errnum;
		out.diag = cases->diag;
		fakepol_send(fd, &out);
		return true;
	}
	if (in->type == SPD_DUMP) {
		fakepol_dump(fd, in, false);
		return true;
	}
	if (in->type == SPD_ALGLIST || in->type == SPD_DUMPALGS)
		fakealgs_fill(&out);
	if (in->type == SPD_ADDRULE) {
		*index += (in->rule.dir == RULE_BOTH ? 2u : 1u) *
			  (in->rule.fam == FAM_NONE ? 2u : 1u);
		out.has = 1u << SPD_EXT_RULE;
		out.rule.dir = in->rule.dir;
		out.rule.index = *index;
	}
	fakepol_send(fd, &out);
	return true;
}

static inline void
fakepol_serve(int listener, const struct fakepol_case *cases)
{
	static uint8_t buf[PFPOLICY_MAX];
	int fd;

	while ((fd = accept(listener, NULL, NULL)) >= 0) {
		unsigned count[SPD_TYPE_N] = { 0 };
		uint64_t index = 0;
		bool more = true;
		ssize_t n;

		while (more && (n = recv(fd, buf, sizeof(buf), 0)) > 0) {
			struct pfpolicy_msg m;
			uint16_t diag;
			int e = pfpolicy_parse(&m, &diag, buf, (size_t)n);

			if (e != 0)
				(void)!write(fakepol_pipe[1], "bad\n", 4);
			else
				fakepol_note(&m);
			more = e == 0 &&
			       fakepol_answer(fd, cases, &m, count, &index);
			pfpolicy_fini(&m);
		}
		(void)close(fd);
	}
}

/* Until fakepol_stop() there is a server that keeps to cases (NULL: none). */
static inline void
fakepol_start(const struct fakepol_case *cases)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);

	(void)snprintf(
	    un.sun_path, sizeof(un.sun_path), "%s/pfpolicy", fakerun_dir);
	(void)unlink(un.sun_path);
	assert_int_equal(bind(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	assert_int_equal(listen(fd, 4), 0);
	assert_int_equal(pipe(fakepol_pipe), 0);
	fakepol_pid = fork();
	assert_true(fakepol_pid >= 0);
	if (fakepol_pid == 0) {
		(void)close(fakepol_pipe[0]);
		fakepol_serve(fd, cases);
		_exit(0);
	}
	(void)close(fd);
	(void)close(fakepol_pipe[1]);
}

/* Returns what was asked. */
static inline const char *
fakepol_stop(void)
{
	size_t n = 0;
	ssize_t got;

	(void)kill(fakepol_pid, SIGKILL);
	(void)waitpid(fakepol_pid, NULL, 0);
	while (n < sizeof(fakepol_log) - 1 &&
	       (got = read(fakepol_pipe[0], fakepol_log + n,
		    sizeof(fakepol_log) - 1 - n)) > 0)
		n += (size_t)got;
	(void)close(fakepol_pipe[0]);
	fakepol_log[n] = '\0';
	return fakepol_log;
}

#endif /* CMD_POL_FAKEPOL_TEST_H */
