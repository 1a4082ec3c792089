/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ikecfg - what /etc/inet/ike/config says (spec: ike 3-5). Numbers, texts, lists
 * and selectors are found by the names below, in a rule first, then among what
 * stands outside of the rules, then as the default of the table.
 */
#ifndef MODEL_IKECFG_H
#define MODEL_IKECFG_H

#include "model/ikeid.h"
#include "model/ikeval.h"

enum ikecfg_text {
	IKECFG_LDAP_SERVER,
	IKECFG_PKCS11_PATH,
	IKECFG_PROXY,
	IKECFG_SOCKS,
	/* also in rules */
	IKECFG_REDIRECT_TO, /* address or name that initiators are sent to */
	IKECFG_PPK_ID,
	IKECFG_EAP_ID,	    /* the initiator's name for EAP */
	IKECFG_POOL_DOMAIN, /* names for the peer's resolver, by blanks */
	IKECFG_TEXTS
};

enum ikecfg_list {
	IKECFG_LOCAL_ADDR,  /* in rules only */
	IKECFG_REMOTE_ADDR, /* in rules only */
	IKECFG_POOL_ADDR,   /* virtual addresses to give */
	IKECFG_POOL_DNS,
	IKECFG_POOL_SUBNET, /* told as reachable through us */
	IKECFG_LISTS
};

enum ikecfg_sels {
	IKECFG_CERT_ROOT,  /* outside of rules only */
	IKECFG_CERT_TRUST, /* outside of rules only */
	IKECFG_LOCAL_ID,   /* in rules only; the first is sent */
	IKECFG_REMOTE_ID,  /* in rules only */
	IKECFG_SELS
};

/* A prefix, a range, or a name with the addresses it has now. */
enum ikecfg_form { IKECFG_PREFIX, IKECFG_RANGE, IKECFG_HOST };
#define IKECFG_HOST_ADDRS 16
struct ikecfg_addr {
	uint8_t form;	    /* enum ikecfg_form */
	uint8_t len;	    /* IKECFG_PREFIX: bits */
	struct addr lo, hi; /* first and last, both included; HOST: none */
	char *host;	    /* HOST, else NULL */
	uint8_t n_ip;
	struct addr *ip; /* HOST: what ikecfg_resolved() said */
};

/* A selector of certificates or identities (spec: ike 4). */
enum ikecfg_by {
	IKECFG_BY_ANY,	   /* "" */
	IKECFG_BY_BARE,	   /* a name as such: tried as each kind */
	IKECFG_BY_SUBJECT, /* also a bare distinguished name */
	IKECFG_BY_ISSUER,
	IKECFG_BY_SLOT,
	IKECFG_BY_EMAIL,
	IKECFG_BY_IP,
	IKECFG_BY_DNS,
	IKECFG_BY_URI,
	IKECFG_BY_DN, /* an alternative name that is one */
	IKECFG_BY_RID,
	IKECFG_BY_KEY /* KEYID=: IKEv2's ID_KEY_ID */
};
struct ikecfg_sel {
	uint8_t by; /* enum ikecfg_by */
	bool not_;  /* ! before it: must not match */
	char *text; /* behind the = */
};

/* One p1_xform. In IKEv2 it is one proposal. Numbers are IANA's of IKEv2. */
#define IKECFG_ADDKES 7
struct ikecfg_xform {
	uint8_t auth; /* enum ikecfg_auth */
	uint16_t encr;
	/* bits of keys, the longest is offered first; 0, 0: it has one length */
	uint16_t key_min, key_max;
	uint16_t integ; /* 0: none, for AEAD */
	uint16_t prf;
	uint16_t ke;
	uint16_t addke[IKECFG_ADDKES]; /* RFC 9370; 0 behind the last */
	uint32_t life;		       /* s; 0: p1_lifetime_secs */
};

/* What stands in one rule, or outside of all. */
struct ikecfg_part {
	uint64_t set; /* bits of enum ikecfg_value */
	uint64_t v[IKECFG_VALUES];
	char *text[IKECFG_TEXTS]; /* NULL: not there */
	unsigned n_list[IKECFG_LISTS];
	struct ikecfg_addr *list[IKECFG_LISTS];
	unsigned n_sel[IKECFG_SELS];
	struct ikecfg_sel *sel[IKECFG_SELS];
	unsigned n_xform;
	struct ikecfg_xform *xform;
};

struct ikecfg_rule {
	char *label;
	/* the KM cookie of PF_KEY: from 1, not used again for another label */
	uint32_t cookie;
	unsigned line; /* in the file; 0: not from one */
	struct ikecfg_part part;
};

struct ikecfg {
	struct ikecfg_part part;
	unsigned n;
	struct ikecfg_rule *rule;
	uint32_t last_cookie;
};

/* ---- what holds ---- */

/* r may be NULL: outside of rules. Never NULL cfg. */
uint64_t ikecfg_value(
    const struct ikecfg *c, const struct ikecfg_rule *r, enum ikecfg_value v);
/* NULL: not there. Borrowed. */
const char *ikecfg_text(
    const struct ikecfg *c, const struct ikecfg_rule *r, enum ikecfg_text t);
/* Those of the rule, or when it has none, those outside. Borrowed. */
const struct ikecfg_addr *ikecfg_list(const struct ikecfg *c,
    const struct ikecfg_rule *r, enum ikecfg_list l, unsigned *n);
const struct ikecfg_xform *ikecfg_xforms(
    const struct ikecfg *c, const struct ikecfg_rule *r, unsigned *n);
/* Bits 1 << enum ikecfg_auth of the rule's transforms. */
unsigned ikecfg_auths(const struct ikecfg *c, const struct ikecfg_rule *r);
/* Soft limits: what is said, at most the hard one; 90% of it when nothing is. */
uint64_t ikecfg_soft(const struct ikecfg *c, const struct ikecfg_rule *r,
    enum ikecfg_value hard, enum ikecfg_value soft);

MUST_USE bool ikecfg_addr_match(
    const struct ikecfg_addr *x, const struct addr *a);

/*
 * The first rule behind `after` (NULL: the first of all) for these addresses
 * that allows one of the versions (spec: ike 5). An address of FAM_NONE suits any
 * rule. NULL: none.
 */
const struct ikecfg_rule *ikecfg_match(const struct ikecfg *c,
    const struct ikecfg_rule *after, const struct addr *local,
    const struct addr *remote, unsigned versions);
const struct ikecfg_rule *ikecfg_by_label(
    const struct ikecfg *c, const char *label);
const struct ikecfg_rule *ikecfg_by_cookie(
    const struct ikecfg *c, uint32_t cookie);

/*
 * May the peer of rule r have this identity, as far as the identity tells? True
 * without remote_id. Selectors of certificates (ISSUER=, SLOT=) say nothing about
 * an identity: the keystore asks the certificate.
 */
MUST_USE bool ikecfg_takes_id(
    const struct ikecfg_rule *r, const struct ikeid *id);
/*
 * The identity that rule r has us send, where it can be said without looking at
 * a certificate: local_id of local_id_type, else the address. False: it is the
 * subject of the certificate that local_id names.
 */
MUST_USE bool ikecfg_own_id(const struct ikecfg *c, const struct ikecfg_rule *r,
    const struct addr *local, struct ikeid *out);

/* ---- making and changing ---- */

void ikecfg_fini(struct ikecfg *c); /* empty and usable again */
/* dst becomes a copy. False: no memory, dst is empty. */
MUST_USE bool ikecfg_copy(struct ikecfg *dst, const struct ikecfg *src);

/* The contents of *r, *x, *s move into c; false: no memory, they are freed. */
MUST_USE bool ikecfg_add_rule(struct ikecfg *c, struct ikecfg_rule *r);
MUST_USE bool ikecfg_add_addr(
    struct ikecfg_part *p, enum ikecfg_list l, struct ikecfg_addr *x);
MUST_USE bool ikecfg_add_sel(
    struct ikecfg_part *p, enum ikecfg_sels l, struct ikecfg_sel *s);
MUST_USE bool ikecfg_add_xform(
    struct ikecfg_part *p, const struct ikecfg_xform *x);
void ikecfg_rule_fini(struct ikecfg_rule *r);
void ikecfg_addr_fini(struct ikecfg_addr *x);
/* False: no such label. */
MUST_USE bool ikecfg_del_rule(struct ikecfg *c, const char *label);
/*
 * Labels that `old` has too keep their cookies, others get new ones, so that a
 * cookie in ipsecd's policy never means another rule.
 */
void ikecfg_keep_cookies(struct ikecfg *c, const struct ikecfg *old);

/* A name that addresses are to be looked up for; NULL past the end. */
const char *ikecfg_host(const struct ikecfg *c, unsigned i);
/*
 * The name has these addresses now (at most IKECFG_HOST_ADDRS are kept). True:
 * something changed. Without memory the old ones stay, and it is false.
 */
bool ikecfg_resolved(
    struct ikecfg *c, const char *host, const struct addr *a, unsigned n);

#endif /* MODEL_IKECFG_H */
