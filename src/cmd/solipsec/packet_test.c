/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/solipsec/packet.h"

#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/solipsec/pktfix.h"
#include "wire/pcapng.h"

static char dir[] = "/tmp/packet-test-XXXXXX";
static char keys[64], clear[64], sealed[64], opened[64], out[64], err[64];

static void
save(const char *path, const void *bytes, size_t n)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, 0600), 0);
}

/* The whole file with a NUL behind. Valid until the next call. */
static const char *
load(const char *path, size_t *n)
{
	static char text[20000];
	FILE *f = fopen(path, "r");

	assert_non_null(f);
	memset(text, 0, sizeof(text));
	*n = fread(text, 1, sizeof(text) - 1, f);
	(void)fclose(f);
	return text;
}

static const char *
load_text(const char *path)
{
	size_t n;

	return load(path, &n);
}

/* In a process of its own, its output in files. */
static int
packet(const char *a, const char *b, const char *c, const char *d,
    const char *e, const char *f)
{
	const char *args[] = { "packet", a, b, c, d, e, f, NULL };
	int status, argc = 1;
	pid_t pid;

	while (args[argc] != NULL)
		argc++;
	(void)fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		char **argv = calloc((size_t)argc + 1, sizeof(*argv));

		for (int i = 0; i < argc; i++)
			argv[i] = strdup(args[i]);
		if (freopen(out, "w", stdout) == NULL ||
		    freopen(err, "w", stderr) == NULL)
			_exit(99);
		status = packet_main(argc, argv);
		(void)fflush(NULL);
		_exit(status);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

#define KEYS                                                          \
	"add esp spi 0x100 src 192.0.2.1 dst 192.0.2.2 encr_alg aes " \
	"encrkey 000102030405060708090a0b0c0d0e0f auth_alg sha256 "   \
	"authkey 000102030405060708090a0b0c0d0e0f"                    \
	"101112131415161718191a1b1c1d1e1f\n"

static int
setup(void **state)
{
	uint8_t buf[1024], p[64];
	struct wr w = wr_into(buf, sizeof(buf));
	size_t n = pktfix_udp(p, "192.0.2.1", "192.0.2.2");

	(void)state;
	if (mkdtemp(dir) == NULL)
		return -1;
	(void)snprintf(keys, sizeof(keys), "%s/keys", dir);
	(void)snprintf(clear, sizeof(clear), "%s/clear", dir);
	(void)snprintf(sealed, sizeof(sealed), "%s/sealed", dir);
	(void)snprintf(opened, sizeof(opened), "%s/opened", dir);
	(void)snprintf(out, sizeof(out), "%s/out", dir);
	(void)snprintf(err, sizeof(err), "%s/err", dir);
	save(keys, KEYS, sizeof(KEYS) - 1);
	pcapng_begin(&w, "test");
	pcapng_packet(&w, 1000000005, p, n, NULL);
	n = pktfix_udp(p, "192.0.2.1", "192.0.2.9");
	pcapng_packet(&w, 2000000006, p, n, NULL);
	save(clear, buf, w.len);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	(void)unlink(keys);
	(void)unlink(clear);
	(void)unlink(sealed);
	(void)unlink(opened);
	(void)unlink(out);
	(void)unlink(err);
	return rmdir(dir);
}

/* Sealed and opened again, the first packet is what it was. */
static void
test_round_trip(void **state)
{
	uint8_t p[64];
	size_t n, m;
	const char *text;

	(void)state;
	assert_int_equal(packet("seal", clear, "-k", keys, "-w", sealed), 0);
	text = load(out, &n);
	assert_non_null(strstr(text, "{\"packet\":1,"));
	assert_non_null(strstr(text, "\"action\":\"sealed\""));
	assert_non_null(strstr(text, "no SA goes with these addresses"));
	assert_int_equal(packet("open", sealed, "-k", keys, "-w", opened), 0);
	text = load(out, &n);
	assert_non_null(strstr(text, "\"action\":\"opened\""));
	assert_null(strstr(text, "\"packet\":2")); /* it was not sealed */
	text = load(opened, &n);
	m = pktfix_udp(p, "192.0.2.1", "192.0.2.2");
	assert_non_null(memmem(text, n, p, m));
	assert_non_null(memmem(text, n, "sequence number 1", 17));

	/* -a: the others, too */
	assert_int_equal(packet("seal", clear, "-k", keys, "-a", "-w"), 2);
	assert_int_equal(
	    packet("seal", clear, "--keys", keys, "-aw", sealed), 0);
	assert_int_equal(packet("open", sealed, "-k", keys, NULL, NULL), 0);
	text = load(out, &n);
	assert_non_null(strstr(text, "\"packet\":2"));
	assert_non_null(strstr(text, "there is nothing to open"));
}

/* -w -: the capture on the standard output, the lines on the other. */
static void
test_standard_output(void **state)
{
	size_t n;
	const char *text;

	(void)state;
	assert_int_equal(packet("seal", clear, "-k", keys, "-w", "-"), 0);
	text = load(out, &n);
	assert_memory_equal(text, "\x0a\x0d\x0d\x0a", 4);
	assert_non_null(strstr(load_text(err), "\"action\":\"sealed\""));
}

static void
test_trouble(void **state)
{
	(void)state;
	assert_int_equal(packet("open", clear, NULL, NULL, NULL, NULL), 2);
	assert_int_equal(packet("open", clear, "-k", keys, "-j", keys), 2);
	assert_int_equal(packet("open", "-k", keys, NULL, NULL, NULL), 2);
	assert_int_equal(packet(NULL, NULL, NULL, NULL, NULL, NULL), 2);
	assert_int_equal(packet(clear, "-k", keys, NULL, NULL, NULL), 2);
	assert_int_equal(packet("open", clear, "-k", keys, "-p", "70000"), 2);
	assert_int_equal(packet("open", clear, "-k", keys, "-x", NULL), 2);
	assert_int_equal(packet("open", "/nowhere", "-k", keys, NULL, NULL), 2);
	assert_non_null(strstr(load_text(err), "/nowhere"));
	assert_int_equal(packet("open", keys, "-k", keys, NULL, NULL), 2);
	assert_int_equal(
	    packet("open", clear, "-k", keys, "-w", "/nowhere/x"), 2);
	assert_int_equal(
	    packet("open", clear, "-k", "/nowhere", NULL, NULL), 2);
	assert_int_equal(chmod(keys, 0604), 0);
	assert_int_equal(packet("open", clear, "-k", keys, NULL, NULL), 2);
	assert_non_null(strstr(load_text(err), "insecure permissions"));
	assert_int_equal(chmod(keys, 0600), 0);
	assert_int_equal(
	    packet("--from-json", keys, NULL, NULL, NULL, NULL), 2);
	assert_int_equal(
	    packet("--from-json", keys, "-k", keys, NULL, NULL), 2);
	save(sealed, "[]", 2);
	assert_int_equal(
	    packet("--from-json", sealed, NULL, NULL, NULL, NULL), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_standard_output),
		cmocka_unit_test(test_trouble),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
