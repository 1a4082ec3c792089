/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/solipsec/runopts.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cmd/pol/poltext.h"

const char runopts_usage[] =
    "usage: solipsec run [--esp ALG [--esp-auth ALG]] [--ah ALG] [--unique]\n"
    "           [--self-encap] [--only tcp|udp] [--no-guard] [--pf-key]\n"
    "           [--] PROGRAM [ARGUMENT ...]\n"
    "       solipsec run --bypass [--only tcp|udp] [--] PROGRAM ...\n"
    "       solipsec run --own [--] PROGRAM ...\n"
    "Runs PROGRAM; its TCP and UDP sockets have this IPsec policy.\n"
    "  --esp ALG       encrypt: a name of ipsecalgs(8), or any; with the\n"
    "                  least key bits: 'aes-gcm(256)'\n"
    "  --esp-auth ALG  authentication of ESP: \"any\" where it is not said\n"
    "  --ah ALG        authenticate with AH\n"
    "  --unique        SAs of each socket's own\n"
    "  --self-encap    IP in IP before ESP and AH (IPv4)\n"
    "  --bypass        no IPsec, whatever policy says; needs the right to\n"
    "  --own           what the program asks for by IP_SEC_OPT\n"
    "  --only KIND     the other sockets are under the system's policy\n"
    "  --no-guard      by a preloaded library alone: not for static programs\n"
    "  --pf-key        PF_KEY sockets of the program go to ipsecd\n";

static bool __attribute__((format(printf, 2, 3)))
fail(struct runopts *o, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(o->error, sizeof(o->error), fmt, ap);
	va_end(ap);
	return false;
}

/* What the command line said, before names are looked up. */
struct said {
	const char *esp, *espa, *ah, *only;
	bool unique, encap, bypass, own;
};

/*
 * NAME or NAME(BITS): the number of an algorithm, "any": 0, and the key bits that
 * it is to have at least.
 */
static bool
algorithm(struct runopts *o, const struct ipsecalgs *t, unsigned proto,
    const char *option, const char *text, uint8_t *id, uint16_t *bits)
{
	struct lex_tok tok = {
		.kind = LEX_WORD, .s = text, .n = strcspn(text, "(")
	};
	const struct ipsecalgs_row *r =
	    ipsecalgs_by_name(t, proto, tok.s, tok.n);
	unsigned long bits_said;
	char near[IPSECALGS_NAME], *end;

	if (r == NULL && ipsecalgs_nearest(near, t, proto, &tok) != NULL)
		return fail(o,
		    "%s: \"%s\" is no algorithm; did you mean \"%s\"?", option,
		    text, near);
	if (r == NULL)
		return fail(o, "%s: \"%s\" is no algorithm of %s", option, text,
		    POLTEXT_IPSECALGS);
	*id = r->id;
	if (text[tok.n] == '\0')
		return true;
	bits_said = strtoul(text + tok.n + 1, &end, 10);
	if (strcmp(end, ")") != 0 || bits_said == 0 || bits_said > UINT16_MAX)
		return fail(o,
		    "%s: found \"%s\", expected key bits as in "
		    "\"aes-gcm(256)\"",
		    option, text + tok.n);
	*bits = (uint16_t)bits_said;
	return true;
}

static bool
is_combined(const struct ipsecalgs *t, uint8_t esp)
{
	const struct ipsecalgs_row *r = ipsecalgs_by_id(t, ALG_ENCR, esp);

	return r != NULL && (r->flags & ALG_COMBINED) != 0;
}

static bool
look_up(struct runopts *o, const struct said *s, const struct ipsecalgs *t)
{
	ipsec_req_t *q = &o->req;
	bool combined;

	if (s->esp != NULL && !algorithm(o, t, ALG_ENCR, "--esp", s->esp,
				  &q->ipsr_esp_alg, &o->bits.esp))
		return false;
	if (s->ah != NULL && !algorithm(o, t, ALG_AUTH, "--ah", s->ah,
				 &q->ipsr_auth_alg, &o->bits.ah))
		return false;
	if (s->espa != NULL && !algorithm(o, t, ALG_AUTH, "--esp-auth", s->espa,
				   &q->ipsr_esp_auth_alg, &o->bits.espa))
		return false;
	if (s->espa != NULL && strcasecmp(s->espa, "none") == 0)
		return fail(
		    o, "--esp-auth: ESP without authentication is not offered");
	combined = s->esp != NULL && is_combined(t, q->ipsr_esp_alg);
	if (combined && s->espa != NULL)
		return fail(o,
		    "--esp-auth: \"%s\" authenticates by itself, say only "
		    "--esp",
		    s->esp);
	/* ESP without authentication has to be asked of the library */
	if ((s->esp != NULL || s->espa != NULL) && !combined &&
	    q->ipsr_esp_auth_alg == 0)
		q->ipsr_esp_auth_alg = IPSEC_AALG_ANY;
	/* --esp-auth alone: integrity without encryption (spec: policy 8) */
	if (s->esp == NULL && s->espa != NULL)
		q->ipsr_esp_alg = EALG_NULL;
	return true;
}

static void
request(ipsec_req_t *q, const struct said *s)
{
	uint32_t want =
	    IPSEC_PREF_REQUIRED | (s->unique ? IPSEC_PREF_UNIQUE : 0);

	if (s->bypass) {
		q->ipsr_ah_req = q->ipsr_esp_req = IPSEC_PREF_NEVER;
		return;
	}
	if (s->esp != NULL || s->espa != NULL)
		q->ipsr_esp_req = want;
	if (s->ah != NULL)
		q->ipsr_ah_req = want;
	if (s->encap)
		q->ipsr_self_encap_req = IPSEC_PREF_REQUIRED;
}

static bool
complete(struct runopts *o, const struct said *s)
{
	bool protect = s->esp != NULL || s->espa != NULL || s->ah != NULL;
	struct ipsecalgs t;
	bool ok;

	o->kinds = RUNOPTS_TCP | RUNOPTS_UDP;
	if (s->only != NULL && strcmp(s->only, "tcp") == 0)
		o->kinds = RUNOPTS_TCP;
	else if (s->only != NULL && strcmp(s->only, "udp") == 0)
		o->kinds = RUNOPTS_UDP;
	else if (s->only != NULL)
		return fail(o, "--only: \"%s\", expected tcp or udp", s->only);
	if (s->bypass && (protect || s->unique || s->encap || s->own))
		return fail(o, "--bypass excludes protection");
	if (s->own && protect)
		return fail(o, "--own excludes --esp and --ah");
	if (!s->bypass && !protect &&
	    (s->unique || s->encap || (!o->pf_key && !s->own)))
		return fail(o, "say --esp, --ah, --bypass or --own");
	request(&o->req, s);
	if (!protect)
		return true;
	if (!poltext_algs(&t))
		return false;
	ok = look_up(o, s, &t);
	ipsecalgs_fini(&t);
	return ok;
}

enum {
	ESP = 256,
	ESPA,
	AH,
	UNIQUE,
	ENCAP,
	BYPASS,
	OWN,
	ONLY,
	NO_GUARD,
	PF_KEY_
};

bool
runopts_read(struct runopts *o, int argc, char *argv[])
{
	static const struct option words[] = {
		{ "esp", required_argument, NULL, ESP },
		{ "esp-auth", required_argument, NULL, ESPA },
		{ "ah", required_argument, NULL, AH },
		{ "unique", no_argument, NULL, UNIQUE },
		{ "self-encap", no_argument, NULL, ENCAP },
		{ "bypass", no_argument, NULL, BYPASS },
		{ "own", no_argument, NULL, OWN },
		{ "only", required_argument, NULL, ONLY },
		{ "no-guard", no_argument, NULL, NO_GUARD },
		{ "pf-key", no_argument, NULL, PF_KEY_ },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct said s = { 0 };
	int c;

	*o = (struct runopts){ 0 };
	optind = 0; /* glibc: begin anew, and the + below counts */
	opterr = 0;
	while ((c = getopt_long(argc, argv, "+:h", words, NULL)) != -1)
		switch (c) {
		case ESP:
			s.esp = optarg;
			break;
		case ESPA:
			s.espa = optarg;
			break;
		case AH:
			s.ah = optarg;
			break;
		case UNIQUE:
			s.unique = true;
			break;
		case ENCAP:
			s.encap = true;
			break;
		case BYPASS:
			s.bypass = true;
			break;
		case OWN:
			s.own = true;
			break;
		case ONLY:
			s.only = optarg;
			break;
		case NO_GUARD:
			o->no_guard = true;
			break;
		case PF_KEY_:
			o->pf_key = true;
			break;
		case 'h':
			o->help = true;
			return true;
		case ':':
			return fail(
			    o, "%s needs an argument", argv[optind - 1]);
		default:
			return fail(o, "unknown option %s", argv[optind - 1]);
		}
	if (optind >= argc)
		return fail(o, "no program to run");
	o->command = argv + optind;
	return complete(o, &s);
}
