/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * keyfake - a PF_KEY server of few words for the tests, in a process of its
 * own, at $SOLIPSEC_RUN/pfkey. What it answers depends on the SPI (FAKE_*).
 */
#ifndef CMD_IPSECKEY_KEYFAKE_H
#define CMD_IPSECKEY_KEYFAKE_H

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "model/alg.h"
#include "wire/pfkey.h"

enum {
	FAKE_GOOD = 1,
	FAKE_EXISTS,
	FAKE_BADKEY,
	FAKE_SILENT,
	FAKE_GARBAGE,
	FAKE_HANGUP,
	FAKE_ABSENT,
	FAKE_NOPAIR,
	FAKE_FULL = 0x20
};

static char fake_dir[] = "/tmp/keyfake-XXXXXX", fake_path[64];
static pid_t fake_pid;

static inline void
fake_send(int fd, const struct pfkey_msg *m)
{
	uint8_t buf[PFKEY_MAX];
	struct wr w = wr_into(buf, sizeof(buf));

	if (!pfkey_write(&w, m) || send(fd, buf, w.len, MSG_NOSIGNAL) < 0)
		_exit(1);
}

static inline void
fake_error(int fd, const struct pfkey_msg *q, uint8_t errnum, uint16_t diag)
{
	struct pfkey_msg a = { .type = q->type,
		.satype = q->satype,
		.seq = q->seq,
		.pid = q->pid,
		.errnum = errnum,
		.diag = diag };

	fake_send(fd, &a);
}

/* An SA of the server, with keys and salt. */
static inline void
fake_sa(int fd, const struct pfkey_msg *q, uint32_t spi, uint8_t state)
{
	struct sa_spec s = { .satype = SATYPE_ESP,
		.spi = spi,
		.state = state,
		.encr = EALG_AES_GCM_16,
		.src = { .fam = FAM_V4, .b = { 192, 0, 2, 1 } },
		.dst = { .fam = FAM_V4, .b = { 192, 0, 2, 2 } },
		.ekey_salt_bits = 32,
		.ekey = { .bits = 160, .b = { 0xab, 0xcd } } };
	struct pfkey_msg a = { .type = q->type, .seq = q->seq, .pid = q->pid };

	s.ekey.b[16] = 0x5a; /* the salt */
	pfkey_from_spec(&a, &s, state != SA_LARVAL);
	fake_send(fd, &a);
}

static inline void
fake_one(int fd, const struct pfkey_msg *q)
{
	static const struct pfkey_msg other = {
		.type = PFKEY_FLUSH, .seq = 77, .pid = 1
	};
	struct pfkey_msg end = { .type = q->type, .pid = q->pid };

	fake_send(fd, &other); /* what somebody else did comes first */
	if (q->type == PFKEY_DUMP) {
		fake_sa(fd, q, 0x100, SA_MATURE);
		fake_sa(fd, q, 0x101, SA_LARVAL);
		fake_sa(fd, q, 0x102, SA_DYING);
		fake_send(fd, &end);
	} else if (q->type == PFKEY_X_PROMISC) {
		fake_error(fd, q, 0, 0);
		fake_sa(fd, &other, 0x103, SA_MATURE);
		(void)shutdown(fd, SHUT_RDWR);
	} else if (q->spi == FAKE_EXISTS) {
		fake_error(fd, q, EEXIST, 0);
	} else if (q->spi == FAKE_BADKEY) {
		fake_error(fd, q, EINVAL, PFKEY_DIAG_BAD_AKEYBITS);
	} else if (q->spi == FAKE_GARBAGE) {
		uint8_t bad[24] = { 2, q->type, 0, 3, 3, 0, 0, 0 };

		memcpy(bad + 8, &q->seq, 4);
		memcpy(bad + 12, &q->pid, 4);
		(void)send(fd, bad, sizeof(bad), MSG_NOSIGNAL);
	} else if (q->spi == FAKE_HANGUP) {
		(void)shutdown(fd, SHUT_RDWR);
	} else if (q->spi == FAKE_ABSENT) {
		fake_error(fd, q, ESRCH, PFKEY_DIAG_SA_NOTFOUND);
	} else if (q->spi == FAKE_NOPAIR) {
		fake_error(fd, q, ESRCH, PFKEY_DIAG_PAIR_SA_NOTFOUND);
	} else if (q->spi == FAKE_FULL) {
		fake_error(fd, q, ENOBUFS, 0);
	} else if (q->type == PFKEY_GET) {
		fake_sa(fd, q, q->spi, SA_MATURE);
	} else if (q->spi != FAKE_SILENT) {
		fake_error(fd, q, 0, 0);
	}
}

static inline void
fake_serve(int listener)
{
	uint8_t buf[PFKEY_MAX];
	struct pfkey_msg q;
	uint16_t diag;
	ssize_t n;
	int fd;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	while ((fd = accept(listener, NULL, NULL)) >= 0) {
		while ((n = recv(fd, buf, sizeof(buf), 0)) > 0)
			if (pfkey_parse(&q, &diag, buf, (size_t)n) == 0)
				fake_one(fd, &q);
		(void)close(fd);
	}
	_exit(0);
}

/* Start it; 0 or -1. */
static inline int
fake_start(void **state)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	(void)state;
	if (fd < 0 || mkdtemp(fake_dir) == NULL ||
	    setenv("SOLIPSEC_RUN", fake_dir, 1) != 0)
		return -1;
	(void)snprintf(fake_path, sizeof(fake_path), "%s/pfkey", fake_dir);
	memcpy(un.sun_path, fake_path, sizeof(fake_path));
	if (bind(fd, (struct sockaddr *)&un, sizeof(un)) != 0 ||
	    listen(fd, 8) != 0)
		return -1;
	fake_pid = fork();
	if (fake_pid == 0)
		fake_serve(fd);
	(void)close(fd);
	return fake_pid > 0 ? 0 : -1;
}

static inline int
fake_stop(void **state)
{
	(void)state;
	(void)kill(fake_pid, SIGKILL);
	(void)waitpid(fake_pid, NULL, 0);
	(void)unlink(fake_path);
	return rmdir(fake_dir);
}

#endif /* CMD_IPSECKEY_KEYFAKE_H */
