/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pktsa - the SAs that the offline tool was given, each at work both ways: one
 * struct sa opens, another seals. An SA that does not say its addresses (JSON)
 * goes with any.
 */
#ifndef CMD_SOLIPSEC_PKTSA_H
#define CMD_SOLIPSEC_PKTSA_H

#include "core/sa.h"
#include "wire/ip.h"

struct pktsa {
	struct sa *in, *out;
	uint64_t
	    line; /* of the file that it came from, or its index; for people */
};

struct pktsa_list {
	const struct crypto *crypto;
	struct pktsa *sa;
	size_t n, cap;
};

#define PKTSA_TEXT 200

/* False: text says why this SA cannot be used. The spec is copied. */
MUST_USE bool pktsa_add(struct pktsa_list *l, const struct sa_spec *s,
    uint64_t line, char text[PKTSA_TEXT]);
void pktsa_fini(struct pktsa_list *l);

/*
 * Add all SAs of an ipseckeys file (permissions are checked) or of a JSON file.
 * False: said on stderr.
 */
MUST_USE bool pktsa_read_keys(struct pktsa_list *l, const char *path);
MUST_USE bool pktsa_read_json(struct pktsa_list *l, const char *path);

/* The SA that opens such a packet, or NULL. */
struct sa *pktsa_inbound(const struct pktsa_list *l, uint8_t satype,
    uint32_t spi, const struct addr *src, const struct addr *dst);

/*
 * The SA that seals this packet (local is the source), or NULL: one with an
 * explicit source before one without, the last one given first (spec: sa 19).
 * tunnel: only a tunnel-mode SA, or only another one.
 */
struct sa *pktsa_outbound(const struct pktsa_list *l, uint8_t satype,
    const struct flow *f, bool tunnel);

#endif /* CMD_SOLIPSEC_PKTSA_H */
