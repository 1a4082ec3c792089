/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/iked/ikefiles.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/keyfile.h"

#define PUBLIC_MAX (1u << 20) /* bytes of a file without keys */

/* 0 or errno. */
static int
read_all(int fd, char *text, size_t cap, size_t *n)
{
	ssize_t got = 0;

	*n = 0;
	do {
		got = read(fd, text + *n, cap - *n);
		if (got > 0)
			*n += (size_t)got;
	} while (got > 0 && *n < cap);
	return got < 0 ? errno : 0;
}

/* 0 or errno. */
static int
add_public(struct intake *t, uint8_t kind, const char *path, const char *name)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), err = 0;
	char *text = NULL;
	struct stat s;
	size_t n = 0;

	if (fd < 0)
		return errno;
	if (fstat(fd, &s) != 0)
		err = errno;
	else if (!S_ISREG(s.st_mode))
		err = EINVAL;
	if (err == 0) {
		text = malloc(PUBLIC_MAX + 1);
		err = text != NULL ? read_all(fd, text, PUBLIC_MAX + 1, &n)
				   : ENOMEM;
	}
	if (err == 0 && n > PUBLIC_MAX)
		err = EFBIG;
	if (err == 0 && !intake_add(t, kind, name, text, n))
		err = ENOBUFS;
	free(text);
	(void)close(fd);
	return err;
}

static bool
add_secret(struct intake *t, uint8_t kind, const char *path, const char *name,
    char why[IKEFILES_TEXT])
{
	char text[KEYFILE_TEXT];
	struct keyfile f;
	bool ok;

	if (!keyfile_read(&f, path)) {
		ok = f.fault == KEYFILE_MISSING;
		if (!ok)
			(void)snprintf(why, IKEFILES_TEXT, "%s: %s", path,
			    keyfile_sentence(&f, text));
		keyfile_free(&f);
		return ok;
	}
	ok = f.n <= IKEIPC_FILE_MAX && intake_add(t, kind, name, f.text, f.n);
	if (!ok)
		(void)snprintf(why, IKEFILES_TEXT, "%s: too long", path);
	keyfile_free(&f);
	return ok;
}

/* All regular files of a folder, if it is there. */
static bool
add_folder(
    struct intake *t, uint8_t kind, const char *dir, char why[IKEFILES_TEXT])
{
	DIR *d = opendir(dir);
	const struct dirent *e;
	char path[PATH_MAX];
	bool ok = true;
	struct stat s;
	int err;

	if (d == NULL) {
		if (errno == ENOENT)
			return true;
		(void)snprintf(
		    why, IKEFILES_TEXT, "%s: %s", dir, strerror(errno));
		return false;
	}
	while (ok && (e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.' ||
		    snprintf(path, sizeof(path), "%s/%s", dir, e->d_name) >=
			(int)sizeof(path) ||
		    stat(path, &s) != 0 || !S_ISREG(s.st_mode))
			continue;
		if (kind == IKEIPC_KEY) {
			ok = add_secret(t, kind, path, e->d_name, why);
			continue;
		}
		err = add_public(t, kind, path, e->d_name);
		ok = err == 0;
		if (!ok)
			(void)snprintf(
			    why, IKEFILES_TEXT, "%s: %s", path, strerror(err));
	}
	(void)closedir(d);
	return ok;
}

bool
ikefiles_read(struct intake *t, const char *config, const char *inet,
    char why[IKEFILES_TEXT])
{
	static const struct {
		uint8_t kind;
		const char *name;
	} folders[] = {
		{ IKEIPC_CERT, IKEFILES_CERTS },
		{ IKEIPC_CRL, IKEFILES_CRLS },
		{ IKEIPC_KEY, IKEFILES_KEYS },
	};
	char path[PATH_MAX];
	int err;
	bool ok;

	intake_init(t);
	err = add_public(t, IKEIPC_CONFIG, config, config);
	ok = err == 0;
	if (!ok)
		(void)snprintf(why, IKEFILES_TEXT, "%s: %s", config,
		    err == ENOENT ? "there is no such file, and so no rules"
				  : strerror(err));
	(void)snprintf(path, sizeof(path), "%s/" IKEFILES_PRESHARED, inet);
	ok = ok && add_secret(t, IKEIPC_PRESHARED, path, path, why);
	for (size_t i = 0; ok && i < sizeof(folders) / sizeof(folders[0]);
	     i++) {
		(void)snprintf(
		    path, sizeof(path), "%s/%s", inet, folders[i].name);
		ok = add_folder(t, folders[i].kind, path, why);
	}
	if (!ok)
		intake_clear(t);
	return ok;
}
