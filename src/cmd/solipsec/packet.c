/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/solipsec/packet.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/solipsec/jsonsa.h"
#include "cmd/solipsec/pktcase.h"
#include "cmd/solipsec/pktline.h"
#include "cmd/solipsec/pktread.h"
#include "cmd/solipsec/pktway.h"
#include "crypto/be/be.h"
#include "wire/pcapng.h"

enum { EXIT_WRONG = 1, EXIT_TROUBLE = 2 };

struct options {
	bool open, seal;
	const char *keys, *sa, *cases, *capture, *write;
	bool all;
	uint16_t natt_port;
};

/* One run over a capture. */
struct run {
	const struct options *o;
	struct pktsa_list list;
	struct pktread *in;
	FILE *out;   /* the capture that is written; NULL: none */
	FILE *lines; /* JSON */
	struct pktway way;
	uint8_t block[PKTWAY_ROOM + PCAPNG_ROOM + PKTLINE_COMMENT];
};

static int
usage(void)
{
	(void)fprintf(stderr,
	    "usage: solipsec packet open CAPTURE -k FILE|-j FILE [-w FILE] "
	    "[-a] [-p PORT]\n"
	    "       solipsec packet seal CAPTURE -k FILE|-j FILE [-w FILE] "
	    "[-a]\n"
	    "       solipsec packet [open|seal] --from-json FILE\n"
	    "  -k, --keys FILE       SAs: commands of ipseckey\n"
	    "  -j, --sa FILE         SAs: JSON\n"
	    "  -w, --write FILE      the opened or sealed packets as pcapng "
	    "(-: standard output,\n"
	    "                        and the lines of JSON to the error "
	    "output)\n"
	    "  -a, --all             write the others, too\n"
	    "  -p, --natt-port PORT  of UDP encapsulation (4500)\n"
	    "  --from-json FILE      run a file of test vectors\n"
	    "A line of JSON for each packet goes to standard output. "
	    "CAPTURE and FILE may be -.\n");
	return EXIT_TROUBLE;
}

static bool
read_port(uint16_t *port, const char *text)
{
	char *end;
	unsigned long v = strtoul(text, &end, 10);

	*port = (uint16_t)v;
	if (text[0] >= '0' && text[0] <= '9' && *end == '\0' && v != 0 &&
	    v <= UINT16_MAX)
		return true;
	(void)fprintf(stderr, "solipsec: %s is not a port\n", text);
	return false;
}

static bool
read_option(struct options *o, int c)
{
	switch (c) {
	case 'k':
		o->keys = optarg;
		return true;
	case 'j':
		o->sa = optarg;
		return true;
	case 'w':
		o->write = optarg;
		return true;
	case 'r':
		o->capture = optarg;
		return true;
	case 'J':
		o->cases = optarg;
		return true;
	case 'a':
		o->all = true;
		return true;
	case 'p':
		return read_port(&o->natt_port, optarg);
	default:
		return false;
	}
}

/* False: the command line is wrong, which was told if it needs words. */
static bool
read_options(struct options *o, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "keys", required_argument, NULL, 'k' },
		{ "sa", required_argument, NULL, 'j' },
		{ "write", required_argument, NULL, 'w' },
		{ "read", required_argument, NULL, 'r' },
		{ "all", no_argument, NULL, 'a' },
		{ "natt-port", required_argument, NULL, 'p' },
		{ "from-json", required_argument, NULL, 'J' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	*o = (struct options){ .natt_port = 4500 };
	if (argc > 1 && strcmp(argv[1], "open") == 0)
		o->open = true;
	else if (argc > 1 && strcmp(argv[1], "seal") == 0)
		o->seal = true;
	if (o->open || o->seal) {
		argc--;
		argv++;
	}
	optind = 1;
	while ((c = getopt_long(argc, argv, "k:j:w:r:ap:", longs, NULL)) != -1)
		if (!read_option(o, c))
			return false;
	if (optind < argc && o->capture == NULL)
		o->capture = argv[optind++];
	if (optind < argc)
		return false;
	if (o->cases != NULL)
		return o->capture == NULL && o->keys == NULL && o->sa == NULL &&
		       o->write == NULL;
	if (!o->open && !o->seal)
		return false;
	return o->capture != NULL && (o->keys != NULL) != (o->sa != NULL);
}

static bool
write_block(FILE *f, const struct wr *w, const char *path)
{
	if (!w->bad && fwrite(w->base, 1, w->len, f) == w->len)
		return true;
	(void)fprintf(
	    stderr, "solipsec: cannot write %s: %s\n", path, strerror(errno));
	return false;
}

/* Open the capture to write and write its head. */
static bool
begin_output(struct run *r)
{
	struct wr w = wr_into(r->block, sizeof(r->block));
	const char *path = r->o->write;

	r->lines = stdout;
	if (path == NULL)
		return true;
	if (strcmp(path, "-") == 0) {
		r->out = stdout;
		r->lines = stderr;
	} else {
		r->out = fopen(path, "wbe");
	}
	if (r->out == NULL) {
		(void)fprintf(stderr, "solipsec: cannot write %s: %s\n", path,
		    strerror(errno));
		return false;
	}
	pcapng_begin(&w, "solipsec " SOLIPSEC_VERSION);
	return write_block(r->out, &w, path);
}

static bool
output(struct run *r, const struct pktread_frame *f)
{
	struct wr w = wr_into(r->block, sizeof(r->block));
	const struct pktway *y = &r->way;
	char comment[PKTLINE_COMMENT];

	if (r->out == NULL || !y->parsed ||
	    (y->action == PKTWAY_NONE &&
		!(r->o->all && y->verdict == VERDICT_PASS)))
		return true;
	pcapng_packet(&w, f->ns, y->p,
	    y->action == PKTWAY_NONE ? y->v.len : y->len,
	    pktline_comment(comment, f, y));
	return write_block(r->out, &w, r->o->write);
}

static bool
one_frame(struct run *r, const struct pktread_frame *f)
{
	bool good;

	if (f->ip == NULL)
		return pktline_print(r->lines, f, NULL);
	if (r->o->open)
		pktway_open(&r->way, &r->list, f->ip, f->n, r->o->natt_port);
	else
		pktway_seal(&r->way, &r->list, f->ip, f->n);
	good = pktline_print(r->lines, f, &r->way);
	if (!good)
		(void)fprintf(
		    stderr, "solipsec: cannot write: %s\n", strerror(errno));
	return good && output(r, f);
}

static int
run_frames(struct run *r)
{
	struct pktread_frame f;
	char text[PKTREAD_TEXT];
	int got;

	while ((got = pktread_next(r->in, &f, text)) == 1)
		if (!one_frame(r, &f))
			return EXIT_TROUBLE;
	if (got < 0) {
		(void)fprintf(
		    stderr, "solipsec: %s: %s\n", r->o->capture, text);
		return EXIT_WRONG;
	}
	return 0;
}

static int
run_capture(const struct options *o, const struct crypto *crypto)
{
	struct run *r = calloc(1, sizeof(*r));
	char text[PKTREAD_TEXT];
	int status = EXIT_TROUBLE;

	if (r == NULL) {
		(void)fprintf(stderr, "solipsec: no memory\n");
		return status;
	}
	r->o = o;
	r->list.crypto = crypto;
	if (o->keys != NULL ? pktsa_read_keys(&r->list, o->keys)
			    : pktsa_read_json(&r->list, o->sa)) {
		r->in = pktread_open(o->capture, text);
		if (r->in == NULL)
			(void)fprintf(stderr, "solipsec: %s\n", text);
		else if (begin_output(r))
			status = run_frames(r);
	}
	if (r->out != NULL && r->out != stdout && fclose(r->out) != 0) {
		(void)fprintf(stderr, "solipsec: cannot write %s: %s\n",
		    o->write, strerror(errno));
		status = EXIT_TROUBLE;
	}
	pktread_close(r->in);
	pktsa_fini(&r->list);
	free(r);
	return status;
}

static int
run_cases(const struct options *o, const struct crypto *crypto)
{
	struct pktcase p = { .crypto = crypto,
		.directions = o->open	? PKTCASE_IN
			      : o->seal ? PKTCASE_OUT
					: PKTCASE_IN | PKTCASE_OUT,
		.out = stdout };
	json_t *doc = jsonsa_load(o->cases);
	bool good;

	if (doc == NULL)
		return EXIT_TROUBLE;
	good = pktcase_all(&p, doc);
	if (p.cases == 0)
		(void)fprintf(
		    stderr, "solipsec: %s: no case in it\n", o->cases);
	json_decref(doc);
	return good ? 0 : EXIT_WRONG;
}

static void
say(void *ctx, const char *line)
{
	(void)ctx;
	(void)fprintf(stderr, "solipsec: %s\n", line);
}

int
packet_main(int argc, char **argv)
{
	struct crypto *crypto;
	struct options o;
	int status;

	if (!read_options(&o, argc, argv))
		return usage();
	crypto = crypto_new(be_all, say, NULL);
	if (crypto == NULL) {
		(void)fprintf(stderr, "solipsec: no memory\n");
		return EXIT_TROUBLE;
	}
	status =
	    o.cases != NULL ? run_cases(&o, crypto) : run_capture(&o, crypto);
	crypto_free(crypto);
	if (fflush(stdout) != 0) {
		(void)fprintf(
		    stderr, "solipsec: cannot write: %s\n", strerror(errno));
		status = EXIT_TROUBLE;
	}
	return status;
}
