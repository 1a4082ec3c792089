/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pattern - the selectors of one entry of ipsecinit.conf (spec: policy 5, 9, 10).
 */
#ifndef CONF_PATTERN_H
#define CONF_PATTERN_H

#include "conf/ipsecinit.h"
#include "conf/section.h"

/* Old: saddr, daddr ... of a packet. New: laddr, raddr ... of this host. */
enum pattern_style { PATTERN_ANY, PATTERN_OLD, PATTERN_NEW };

struct pattern_addr {
	const struct lex_tok *word, *value; /* NULL: not given */
	const struct lex_tok *mask;
	bool has_len; /* by /N or by mask */
	bool no_text; /* "/0", as listings have it */
	unsigned n;
	struct prefix p[IPSECINIT_ADDRS];
};

struct pattern {
	enum pattern_style style;
	/* local and remote; source and destination in the old style */
	struct pattern_addr side[2];
	uint16_t port_min[2], port_max[2]; /* likewise; 0: any */
	bool has_proto;
	uint8_t proto;
	bool has_type, has_code;
	uint8_t type_min, type_max, code_min, code_max;
	uint8_t dir;	/* enum rule_dir, 0: not given */
	bool tunnel;	/* tunnel and negotiate tunnel */
	bool transport; /* tunnel and negotiate transport */
	char tun[RULE_TUN_NAME];
	/* where things were said; into the section, NULL: not said */
	const struct lex_tok *style_at, *dir_at, *mixed_at;
	const struct lex_tok *type_value, *code_value;
};

/*
 * s outlives p. Errors are reported and leave p with what could be read; the
 * caller sees them in lx->errors.
 */
void pattern_read(struct pattern *p, struct lex *lx, const struct section *s,
    const struct ipsecinit_env *env);

/* Is t the keyword of a selector, and can not be one of a property? */
MUST_USE bool pattern_is_selector(const struct lex_tok *t);

/*
 * A token of that style is there, word says what it is: reported as an error
 * when the entry is of the other style.
 */
void pattern_set_style(struct pattern *p, struct lex *lx,
    enum pattern_style style, const struct lex_tok *at);

/* The final direction: is a port of the old style among the new ones clear? */
void pattern_check_mixed(const struct pattern *p, struct lex *lx, uint8_t dir);

#endif /* CONF_PATTERN_H */
