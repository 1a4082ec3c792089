/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * replay - runs a fuzz target once over each file of the folders given, where
 * there is no libFuzzer: the committed corpora are unit tests.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

/* An exact-size block, so that a sanitizer sees a read past the end. */
static int
one(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct stat st;
	uint8_t *p = NULL;
	int bad = 1;

	if (f != NULL && fstat(fileno(f), &st) == 0 &&
	    (p = malloc((size_t)st.st_size + !st.st_size)) != NULL &&
	    fread(p, 1, (size_t)st.st_size, f) == (size_t)st.st_size) {
		LLVMFuzzerTestOneInput(p, (size_t)st.st_size);
		bad = 0;
	}
	if (bad)
		perror(path);
	free(p);
	if (f != NULL)
		(void)fclose(f);
	return bad;
}

int
main(int argc, char **argv)
{
	unsigned n = 0;
	int bad = 0;

	for (int i = 1; i < argc; i++) {
		DIR *d = opendir(argv[i]);
		struct dirent *e;
		char path[4096];

		if (d == NULL) {
			perror(argv[i]);
			return 1;
		}
		while ((e = readdir(d)) != NULL) {
			if (e->d_name[0] == '.')
				continue;
			(void)snprintf(
			    path, sizeof(path), "%s/%s", argv[i], e->d_name);
			bad |= one(path);
			n++;
		}
		(void)closedir(d);
	}
	(void)printf("%u inputs\n", n);
	return n == 0 ? 1 : bad;
}
