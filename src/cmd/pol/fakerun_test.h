/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fakerun - a run directory of a test's own, its files, and what a command
 * prints. For *_test.c only.
 */
#ifndef CMD_POL_FAKERUN_TEST_H
#define CMD_POL_FAKERUN_TEST_H

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/test.h"

static char fakerun_dir[] = "/tmp/fakerunXXXXXX";

static void
fakerun_path(char buf[96], const char *name)
{
	(void)snprintf(buf, 96, "%s/%s", fakerun_dir, name);
}

/* Call once, before anything else. */
static inline bool
fakerun_init(void)
{
	char path[96];

	if (mkdtemp(fakerun_dir) == NULL)
		return false;
	fakerun_path(path, "policy");
	return mkdir(path, 0700) == 0 &&
	       setenv("SOLIPSEC_RUN", fakerun_dir, 1) == 0 &&
	       setenv("SOLIPSEC_IPSECALGS", "/nonexistent", 1) == 0;
}

static inline void
fakerun_fini(void)
{
	static const char *const names[] = { "pfpolicy",
		"policy/ipsecconf.lock", "policy/ipsecpolicy.conf",
		"policy/ipsecpolicy.conf.new", "in", "out" };
	char path[96];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		fakerun_path(path, names[i]);
		(void)unlink(path);
	}
	fakerun_path(path, "policy");
	(void)rmdir(path);
	(void)rmdir(fakerun_dir);
}

/* A file of the test's folder; returns its path, valid until the next call. */
static inline const char *
fakerun_write(const char *text)
{
	static char path[96];
	FILE *f;

	fakerun_path(path, "in");
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	return path;
}

/* The text of a file of the test's folder, "none" for no file. */
static inline const char *
fakerun_read(const char *name)
{
	static char text[65536];
	char path[96];
	FILE *f;

	fakerun_path(path, name);
	f = fopen(path, "r");
	if (f == NULL)
		return "none";
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	(void)fclose(f);
	return text;
}

/* Standard output and error go to the file "out" between these two. */
static int fakerun_saved[2];

static inline void
fakerun_capture(void)
{
	char path[96];
	int fd;

	(void)fflush(NULL);
	fakerun_path(path, "out");
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	fakerun_saved[0] = dup(STDOUT_FILENO);
	fakerun_saved[1] = dup(STDERR_FILENO);
	(void)dup2(fd, STDOUT_FILENO);
	(void)dup2(fd, STDERR_FILENO);
	(void)close(fd);
}

static inline const char *
fakerun_captured(void)
{
	(void)fflush(NULL);
	(void)dup2(fakerun_saved[0], STDOUT_FILENO);
	(void)dup2(fakerun_saved[1], STDERR_FILENO);
	(void)close(fakerun_saved[0]);
	(void)close(fakerun_saved[1]);
	return fakerun_read("out");
}

#endif /* CMD_POL_FAKERUN_TEST_H */
