/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * knock HOW HOST PORT - one line over TCP to an echo server and back; "ok" when
 * it came back, or errno's text. HOW: plain (the system calls themselves), lib
 * (ipsec_setsockopt), opt (Solaris' setsockopt): ESP with aes-cbc and hmac-sha256.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <solipsec/ipsec.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

static const char line[] = "SOLIPSEC-PLAINTEXT-knock\n";
static const ipsec_req_t want = { .ipsr_esp_req = IPSEC_PREF_REQUIRED,
	.ipsr_esp_alg = 12,
	.ipsr_esp_auth_alg = 5 };

static int
fail(const char *what)
{
	(void)printf("%s: %s\n", what, strerror(errno));
	return 1;
}

/* What is asked for is what is told. */
static int
dress(const char *how, int fd, int level)
{
	ipsec_req_t got = { 0 };
	socklen_t n = sizeof(got);
	int err = 0;

#ifndef KNOCK_STATIC
	if (strcmp(how, "lib") == 0)
		err = ipsec_setsockopt(fd, &want) || ipsec_getsockopt(fd, &got);
#endif
	if (strcmp(how, "opt") == 0)
		err = setsockopt(fd, level, IP_SEC_OPT, &want, sizeof(want)) ||
		      getsockopt(fd, level, IP_SEC_OPT, &got, &n);
	if (err != 0 || strcmp(how, "plain") == 0)
		return err;
	errno = EBADMSG;
	return got.ipsr_esp_req != want.ipsr_esp_req ||
	       got.ipsr_esp_alg != want.ipsr_esp_alg;
}

static int
talk(int fd)
{
	char back[sizeof(line)];
	size_t n = 0;
	ssize_t got;

	if (write(fd, line, sizeof(line)) != sizeof(line))
		return fail("write");
	while (n < sizeof(line)) {
		got = read(fd, back + n, sizeof(back) - n);
		if (got <= 0)
			return fail("read");
		n += (size_t)got;
	}
	(void)puts(memcmp(line, back, n) == 0 ? "ok" : "garbled");
	return 0;
}

int
main(int argc, char *argv[])
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	struct timeval two = { .tv_sec = 2 };
	int fd, six, err;

	if (argc != 4)
		return 2;
	six = strchr(argv[2], ':') != NULL;
	v4.sin_port = v6.sin6_port = htons((uint16_t)atoi(argv[3]));
	if ((six ? inet_pton(AF_INET6, argv[2], &v6.sin6_addr)
		 : inet_pton(AF_INET, argv[2], &v4.sin_addr)) != 1)
		return 2;
	fd = (int)syscall(SYS_socket, six ? AF_INET6 : AF_INET, SOCK_STREAM, 0);
	if (fd < 0)
		return fail("socket");
	if (dress(argv[1], fd, six ? IPPROTO_IPV6 : IPPROTO_IP) != 0)
		return fail("policy");
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &two, sizeof(two));
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &two, sizeof(two));
	err = six ? connect(fd, (struct sockaddr *)&v6, sizeof(v6))
		  : connect(fd, (struct sockaddr *)&v4, sizeof(v4));
	return err != 0 ? fail("connect") : talk(fd);
}
