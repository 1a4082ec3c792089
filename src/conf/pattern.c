/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/pattern.h"

#include <strings.h>

#include "conf/icmpname.h"

enum what {
	W_ADDR0,
	W_ADDR1,
	W_MASK0,
	W_MASK1,
	W_PORT0,
	W_PORT1,
	W_ULP,
	W_TYPE,
	W_CODE,
	W_DIR,
	W_TUNNEL,
	W_NEGOTIATE
};

/* X(word, what, style): the lists made of it agree by place. */
#define SELECTORS(X)                       \
	X("laddr", W_ADDR0, PATTERN_NEW)   \
	X("local", W_ADDR0, PATTERN_NEW)   \
	X("raddr", W_ADDR1, PATTERN_NEW)   \
	X("remote", W_ADDR1, PATTERN_NEW)  \
	X("lport", W_PORT0, PATTERN_NEW)   \
	X("rport", W_PORT1, PATTERN_NEW)   \
	X("saddr", W_ADDR0, PATTERN_OLD)   \
	X("src", W_ADDR0, PATTERN_OLD)     \
	X("srcaddr", W_ADDR0, PATTERN_OLD) \
	X("daddr", W_ADDR1, PATTERN_OLD)   \
	X("dst", W_ADDR1, PATTERN_OLD)     \
	X("dstaddr", W_ADDR1, PATTERN_OLD) \
	X("smask", W_MASK0, PATTERN_OLD)   \
	X("dmask", W_MASK1, PATTERN_OLD)   \
	X("sport", W_PORT0, PATTERN_OLD)   \
	X("dport", W_PORT1, PATTERN_OLD)   \
	X("ulp", W_ULP, PATTERN_ANY)       \
	X("proto", W_ULP, PATTERN_ANY)     \
	X("type", W_TYPE, PATTERN_ANY)     \
	X("code", W_CODE, PATTERN_ANY)     \
	X("dir", W_DIR, PATTERN_ANY)       \
	X("tunnel", W_TUNNEL, PATTERN_ANY) \
	X("negotiate", W_NEGOTIATE, PATTERN_ANY)

#define WORD(word, what, style)	 word,
#define WHAT(word, what, style)	 what,
#define STYLE(word, what, style) style,

static const char *const words[] = { SELECTORS(WORD) NULL };
static const uint8_t whats[] = { SELECTORS(WHAT) };
static const uint8_t styles[] = { SELECTORS(STYLE) };

static const char selector_expected[] =
    "a selector (laddr, raddr, lport, rport, ulp, type, code, dir, tunnel, "
    "negotiate; or of the old style saddr, daddr, smask, dmask, sport, dport)";

/* One selector being read. */
struct item {
	struct pattern *p;
	struct lex *lx;
	const struct ipsecinit_env *env;
	const struct lex_tok *word, *value;
};

bool
pattern_is_selector(const struct lex_tok *t)
{
	for (unsigned i = 0; words[i] != NULL; i++)
		if (lex_is(t, words[i]))
			return whats[i] != W_DIR;
	return false;
}

void
pattern_set_style(struct pattern *p, struct lex *lx, enum pattern_style style,
    const struct lex_tok *at)
{
	if (style == PATTERN_ANY || style == p->style)
		return;
	if (p->style == PATTERN_ANY) {
		p->style = style;
		p->style_at = at;
		return;
	}
	lex_error(lx, at,
	    "\"%.*s\" is of the %s style, \"%.*s\" at %u:%u of the %s: an "
	    "entry is in one style",
	    (int)at->n, at->s, style == PATTERN_OLD ? "old" : "new",
	    (int)p->style_at->n, p->style_at->s, p->style_at->line,
	    p->style_at->col, style == PATTERN_OLD ? "new" : "old");
}

static const char *const *
known(const struct item *it, enum ipsecinit_names which)
{
	return it->env->known != NULL ? it->env->known(it->env->ctx, which)
				      : NULL;
}

/* Cut "name/len" apart. False: reported. */
static bool
split_len(const struct item *it, struct lex_tok *name, struct pattern_addr *a,
    uint64_t *len)
{
	const char *slash = memrchr(it->value->s, '/', it->value->n);
	struct lex_tok tail = *it->value;

	*name = *it->value;
	if (slash == NULL)
		return true;
	name->n = (size_t)(slash - name->s);
	tail.s = slash + 1;
	tail.n = it->value->n - name->n - 1;
	tail.col += (unsigned)name->n + 1;
	if (!lex_number(&tail, 128, len)) {
		lex_expected(it->lx, &tail, NULL,
		    "a prefix length (0 to 32 for IPv4, 0 to 128 for IPv6)");
		return false;
	}
	a->has_len = true;
	a->no_text = name->n == 0 && *len == 0;
	return true;
}

/* Only digits and dots: no name, and no literal either if addr_read() fails. */
static bool
is_dotted(const char *s)
{
	return s[strspn(s, "0123456789.")] == '\0';
}

/* The addresses of a literal or a name into a. False: reported. */
static bool
look_up(const struct item *it, const struct lex_tok *name,
    struct pattern_addr *a, bool *mapped)
{
	char text[256];
	struct addr lit;

	*mapped = false;
	if (name->n == 0 || !lex_copy(text, sizeof(text), name)) {
		lex_expected(it->lx, it->value, NULL, "an address or a name");
		return false;
	}
	if (addr_read(&lit, text)) {
		struct addr plain = addr_unmap(&lit);

		*mapped = plain.fam != lit.fam;
		a->n = 1;
		a->p[0] = prefix_host(&plain);
		return true;
	}
	if (strchr(text, ':') != NULL || is_dotted(text)) {
		lex_expected(it->lx, it->value, NULL,
		    strchr(text, '%') != NULL ? "an address without a scope"
					      : "an IPv4 or IPv6 address");
		return false;
	}
	size_t n = it->env->resolve(it->env->ctx, text, a->p, IPSECINIT_ADDRS);

	if (n == 0) {
		lex_expected(it->lx, name, known(it, IPSECINIT_HOSTS),
		    "an address, or a name that is in /etc/hosts or the name "
		    "service");
		return false;
	}
	if (n > IPSECINIT_ADDRS) {
		lex_error(it->lx, it->value,
		    "the name has more than %d "
		    "addresses",
		    IPSECINIT_ADDRS);
		return false;
	}
	a->n = (unsigned)n;
	return true;
}

static void
read_addr(const struct item *it, int side)
{
	struct pattern_addr *a = &it->p->side[side];
	struct lex_tok name;
	uint64_t len = 0;
	bool mapped;

	a->word = it->word;
	a->value = it->value;
	if (!split_len(it, &name, a, &len) || a->no_text)
		return;
	if (!look_up(it, &name, a, &mapped)) {
		a->n = 0;
		return;
	}
	if (!a->has_len)
		return;
	if (a->n > 1) {
		lex_error(it->lx, it->value,
		    "a name with several addresses can not have a prefix "
		    "length");
		return;
	}
	/* ::ffff:10.0.0.0/104 is 10.0.0.0/8 */
	if (mapped && len >= 96)
		len -= 96;
	if (len > addr_bits(a->p[0].a.fam)) {
		lex_error(it->lx, it->value,
		    "the prefix length is greater than %u",
		    addr_bits(a->p[0].a.fam));
		return;
	}
	a->p[0].len = (uint8_t)len;
	prefix_canon(&a->p[0]);
}

/* The prefix length of 0xHEX or dotted text; 0 is no mask (spec: policy 5). */
static bool
mask_len(const struct lex_tok *t, uint8_t *len)
{
	struct addr a;
	char text[20];
	uint64_t bits;
	uint32_t inverse;

	if (!lex_copy(text, sizeof(text), t))
		return false;
	if (addr_read(&a, text) && a.fam == FAM_V4)
		bits = (uint64_t)a.b[0] << 24 | (uint64_t)a.b[1] << 16 |
		       (uint64_t)a.b[2] << 8 | a.b[3];
	else if (strncasecmp(text, "0x", 2) != 0 ||
		 !lex_cnumber(t, UINT32_MAX, &bits))
		return false;
	inverse = ~(uint32_t)bits;
	/* ones, then zeros: adding one to the inverse carries all the way */
	if (bits == 0 || (inverse & (inverse + 1)) != 0)
		return false;
	for (*len = 0; *len < 32 && (bits >> (31 - *len) & 1) != 0;)
		(*len)++;
	return true;
}

/*
 * LOW-HIGH, an extension: the port attribute of PF_POLICY has two ends (spec:
 * policy 16). A service's name may have a dash, too, but not between digits.
 */
static bool
port_range(const struct lex_tok *t, uint64_t *min, uint64_t *max)
{
	struct lex_tok low = *t, high = *t;
	const char *dash = memchr(t->s, '-', t->n);

	if (dash == NULL)
		return false;
	low.n = (size_t)(dash - t->s);
	high.s = dash + 1;
	high.n = t->n - low.n - 1;
	return lex_number(&low, UINT16_MAX, min) &&
	       lex_number(&high, UINT16_MAX, max);
}

static void
read_port(const struct item *it, int side)
{
	uint64_t min, max;
	char text[64];
	uint16_t port;

	if (lex_number(it->value, UINT16_MAX, &min)) {
		max = min;
	} else if (port_range(it->value, &min, &max)) {
		if (min == 0 || min > max) {
			lex_error(it->lx, it->value,
			    "a range of ports goes from the lower one, not "
			    "below 1, to the higher");
			return;
		}
	} else if (lex_copy(text, sizeof(text), it->value) &&
		   it->env->service(it->env->ctx, text, &port)) {
		min = max = port;
	} else {
		lex_expected(it->lx, it->value, known(it, IPSECINIT_SERVICES),
		    "a port: 0 to 65535, a range LOW-HIGH, or a name of "
		    "/etc/services");
		return;
	}
	it->p->port_min[side] = (uint16_t)min;
	it->p->port_max[side] = (uint16_t)max;
}

/* These are known also where /etc/protocols is not installed. */
static bool
common_proto(const struct lex_tok *t, const char *const common[], uint8_t *out)
{
	static const uint8_t numbers[] = { IPPROTO_TCP_, IPPROTO_UDP_,
		IPPROTO_ICMP_, IPPROTO_ICMPV6_, IPPROTO_SCTP_ };

	for (unsigned i = 0; common[i] != NULL; i++)
		if (lex_is(t, common[i])) {
			*out = numbers[i];
			return true;
		}
	return false;
}

static void
read_ulp(const struct item *it)
{
	static const char *const common[] = { "tcp", "udp", "icmp", "ipv6-icmp",
		"sctp", NULL };
	uint64_t n;
	char text[64];
	uint8_t proto;

	if (lex_number(it->value, 255, &n))
		proto = (uint8_t)n;
	else if (common_proto(it->value, common, &proto))
		;
	else if (!lex_copy(text, sizeof(text), it->value) ||
		 !it->env->protocol(it->env->ctx, text, &proto)) {
		const char *const *names = known(it, IPSECINIT_PROTOCOLS);

		lex_expected(it->lx, it->value, names != NULL ? names : common,
		    "a protocol: 0 to 255, or a name of /etc/protocols");
		return;
	}
	/* 0 stands for IP itself: every protocol */
	it->p->has_proto = proto != 0;
	it->p->proto = proto;
}

static void
read_type(const struct item *it)
{
	struct pattern *p = it->p;

	if (!icmpname_type(it->value, &p->type_min, &p->type_max)) {
		lex_expected(it->lx, it->value, icmpname_types(),
		    "an ICMP type: 0 to 255, a range LOW-HIGH, or a name");
	}
	p->has_type = true;
	p->type_value = it->value;
}

static void
read_code(const struct item *it)
{
	struct pattern *p = it->p;

	if (!p->has_type) {
		lex_error(it->lx, it->word, "\"code\" needs a \"type\" before");
		return;
	}
	if (!icmpname_code(it->value, &p->code_min, &p->code_max)) {
		lex_expected(it->lx, it->value, icmpname_codes(),
		    "an ICMP code: 0 to 255, a range LOW-HIGH, or a name");
		return;
	}
	p->code_value = it->value;
	/* 255 is how a rule says any code */
	p->has_code = p->code_min != 255;
}

static bool
starts_with(const struct lex_tok *t, const char *s)
{
	return t->n >= strlen(s) && memcmp(t->s, s, strlen(s)) == 0;
}

static void
read_dir(const struct item *it)
{
	static const char *const dirs[] = { "in", "out", "both", NULL };
	struct pattern *p = it->p;

	p->dir_at = it->word;
	/* in a pattern, what begins with the word will do (spec: policy 5) */
	if (starts_with(it->value, "in"))
		p->dir = RULE_IN;
	else if (starts_with(it->value, "out"))
		p->dir = RULE_OUT;
	else if (starts_with(it->value, "both"))
		p->dir = RULE_BOTH;
	else
		lex_expected(
		    it->lx, it->value, dirs, "a direction (in, out, both)");
	if (p->dir == RULE_BOTH)
		pattern_set_style(p, it->lx, PATTERN_NEW, it->value);
}

static void
read_tunnel(const struct item *it)
{
	if (!lex_copy(it->p->tun, sizeof(it->p->tun), it->value))
		lex_error(it->lx, it->value,
		    "the name of a tunnel is shorter than %d letters",
		    RULE_TUN_NAME);
}

static void
read_negotiate(const struct item *it)
{
	static const char *const modes[] = { "tunnel", "transport", NULL };

	if (lex_is(it->value, "transport"))
		it->p->transport = true;
	else if (lex_is(it->value, "tunnel"))
		it->p->tunnel = true;
	else
		lex_expected(
		    it->lx, it->value, modes, "a mode (tunnel, transport)");
}

static void
read_item(const struct item *it, enum what what)
{
	switch (what) {
	case W_ADDR0:
	case W_ADDR1:
		read_addr(it, what - W_ADDR0);
		break;
	case W_MASK0:
	case W_MASK1:
		it->p->side[what - W_MASK0].mask = it->value;
		break;
	case W_PORT0:
	case W_PORT1:
		read_port(it, what - W_PORT0);
		break;
	case W_ULP:
		read_ulp(it);
		break;
	case W_TYPE:
		read_type(it);
		break;
	case W_CODE:
		read_code(it);
		break;
	case W_DIR:
		read_dir(it);
		break;
	case W_TUNNEL:
		read_tunnel(it);
		break;
	case W_NEGOTIATE:
		read_negotiate(it);
		break;
	}
}

/*
 * The book itself has {laddr A ulp tcp dport 23 dir both}: a port of the old
 * style among selectors of the new one is taken as the port of that side
 * (spec: policy 28.2). Whether that has a meaning is seen at the end.
 */
static bool
is_mixed_port(const struct pattern *p, enum what what, enum pattern_style style)
{
	return p->style == PATTERN_NEW && style == PATTERN_OLD &&
	       (what == W_PORT0 || what == W_PORT1);
}

static void
check_mask(struct pattern_addr *a, struct lex *lx)
{
	uint8_t len;

	if (a->mask == NULL)
		return;
	if (!mask_len(a->mask, &len)) {
		lex_expected(lx, a->mask, NULL,
		    "a mask of ones, then zeros: 0xffffff00 or 255.255.255.0");
		return;
	}
	if (a->value == NULL)
		lex_error(lx, a->mask, "a mask without an address");
	else if (a->has_len)
		lex_error(
		    lx, a->mask, "a mask and a prefix length for one address");
	else if (a->n > 1)
		lex_error(lx, a->mask,
		    "a name with several addresses can not have a mask");
	else if (a->n == 1 && a->p[0].a.fam != FAM_V4)
		lex_error(lx, a->mask, "a mask for an IPv6 address");
	if (a->n != 1)
		return;
	a->has_len = true;
	a->p[0].len = len;
	prefix_canon(&a->p[0]);
}

/* Every address of one family, once. */
static void
add_family(struct pattern_addr *a, uint8_t fam)
{
	for (unsigned i = 0; i < a->n; i++)
		if (a->p[i].a.fam == fam)
			return;
	a->p[a->n++] = (struct prefix){ .a.fam = fam };
}

/* "/0" has the family of the other address (listings leave the text out). */
static void
check_no_text(struct pattern *p, struct lex *lx)
{
	for (int i = 0; i < 2; i++) {
		struct pattern_addr *a = &p->side[i];
		const struct pattern_addr *other = &p->side[1 - i];

		if (!a->no_text)
			continue;
		if (other->value != NULL && !other->no_text) {
			for (unsigned k = 0; k < other->n; k++)
				add_family(a, other->p[k].a.fam);
			continue;
		}
		lex_expected(lx, a->value, NULL,
		    "an address before the /0: 0.0.0.0/0 or ::/0");
	}
}

static bool
is_word(const struct lex_tok *t)
{
	return t->s[0] < '0' || t->s[0] > '9';
}

/* A word of the other family's ICMP stands for a number that means else. */
static void
check_icmp_word(
    const struct pattern *p, struct lex *lx, const struct lex_tok *t)
{
	bool v6 = p->proto == IPPROTO_ICMPV6_;

	if (t != NULL && is_word(t) && icmpname_is_v6(t) != v6)
		lex_warning(lx, t, "\"%.*s\" is a word of %s", (int)t->n, t->s,
		    v6 ? "ICMP for IPv4" : "ICMPv6");
}

static void
check_icmp(
    const struct pattern *p, struct lex *lx, const struct lex_tok *type_at)
{
	if (!p->has_type)
		return;
	if (!p->has_proto ||
	    (p->proto != IPPROTO_ICMP_ && p->proto != IPPROTO_ICMPV6_)) {
		lex_error(lx, type_at,
		    "\"type\" needs \"ulp icmp\" or \"ulp ipv6-icmp\"");
		return;
	}
	check_icmp_word(p, lx, p->type_value);
	check_icmp_word(p, lx, p->code_value);
}

static void
check_ports(
    const struct pattern *p, struct lex *lx, const struct lex_tok *port_at)
{
	if ((p->port_min[0] != 0 || p->port_min[1] != 0) && p->has_proto &&
	    p->proto != IPPROTO_TCP_ && p->proto != IPPROTO_UDP_ &&
	    p->proto != IPPROTO_SCTP_)
		lex_warning(lx, port_at,
		    "protocol %u has no ports: this entry matches nothing",
		    p->proto);
}

/* The whole tunnel is one flow then (spec: policy 26, diagnostic 45). */
static void
check_transport(
    const struct pattern *p, struct lex *lx, const struct lex_tok *const at[])
{
	for (int what = W_ADDR0; p->transport && what <= W_CODE; what++)
		if (at[what] != NULL)
			lex_error(lx, at[what],
			    "\"negotiate transport\" is for everything in the "
			    "tunnel: it takes no \"%.*s\"",
			    (int)at[what]->n, at[what]->s);
}

void
pattern_check_mixed(const struct pattern *p, struct lex *lx, uint8_t dir)
{
	if (p->mixed_at == NULL)
		return;
	if (dir == RULE_IN)
		lex_error(lx, p->mixed_at,
		    "\"%.*s\" for inbound packets among selectors of the new "
		    "style: "
		    "write lport or rport",
		    (int)p->mixed_at->n, p->mixed_at->s);
	else
		lex_warning(lx, p->mixed_at,
		    "\"%.*s\" among selectors of the new style is taken as "
		    "\"%s\"",
		    (int)p->mixed_at->n, p->mixed_at->s,
		    lex_is(p->mixed_at, "sport") ? "lport" : "rport");
}

void
pattern_read(struct pattern *p, struct lex *lx, const struct section *s,
    const struct ipsecinit_env *env)
{
	struct item it = { .p = p, .lx = lx, .env = env };
	const struct lex_tok *at[W_NEGOTIATE + 1] = { NULL };
	unsigned i = 0, key;

	*p = (struct pattern){ 0 };
	while (section_pair(
	    s, lx, &i, words, selector_expected, &key, &it.word, &it.value)) {
		enum what what = whats[key];

		if (at[what] != NULL) {
			lex_error(lx, it.word,
			    "\"%s\" is there twice, first at %u:%u", words[key],
			    at[what]->line, at[what]->col);
			continue;
		}
		at[what] = it.word;
		if (is_mixed_port(p, what, styles[key]))
			p->mixed_at = it.word;
		else
			pattern_set_style(p, lx, styles[key], it.word);
		read_item(&it, what);
	}
	check_mask(&p->side[0], lx);
	check_mask(&p->side[1], lx);
	check_no_text(p, lx);
	check_icmp(p, lx, at[W_TYPE]);
	check_ports(p, lx, at[W_PORT0] != NULL ? at[W_PORT0] : at[W_PORT1]);
	check_transport(p, lx, at);
	if ((at[W_TUNNEL] != NULL) != (at[W_NEGOTIATE] != NULL))
		lex_error(lx,
		    at[W_TUNNEL] != NULL ? at[W_TUNNEL] : at[W_NEGOTIATE],
		    "\"tunnel\" and \"negotiate\" go together");
}
