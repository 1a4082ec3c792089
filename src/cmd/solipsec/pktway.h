/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pktway - the way of one packet through the real transforms: opened as long as
 * there is an AH or ESP header with an SA, or sealed by ESP, then AH, as far as
 * there are SAs for it.
 */
#ifndef CMD_SOLIPSEC_PKTWAY_H
#define CMD_SOLIPSEC_PKTWAY_H

#include "cmd/solipsec/pktsa.h"
#include "core/ah.h"

#define PKTWAY_LAYERS 8
#define PKTWAY_ROOM   66560 /* bytes of the longest packet with its headers */

enum pktway_action {
	PKTWAY_NONE, /* nothing to do, or all is dropped: see the verdict */
	PKTWAY_OPENED,
	PKTWAY_SEALED
};

/* One AH or ESP header, from the outside. */
struct pktway_layer {
	uint8_t satype;
	bool seen; /* spi and seq were there to be read */
	uint32_t spi;
	uint64_t seq;	     /* all 64 bits where the SA has them */
	const struct sa *sa; /* NULL: none */
	struct addr src, dst;
	bool udp; /* in UDP, with these ports */
	uint16_t sport, dport;
	enum verdict verdict;
};

struct pktway {
	enum pktway_action action;
	enum verdict verdict;
	const char *why; /* NULL: verdict_text() says it */
	bool parsed;	 /* v is that of the packet as it came */
	struct ip_view v, result;
	unsigned layers;
	struct pktway_layer layer[PKTWAY_LAYERS];
	const uint8_t *p; /* the result, len bytes: in one of buf */
	size_t len;
	uint16_t outer_id; /* kept from packet to packet */
	uint8_t buf[2][PKTWAY_ROOM];
};

/* Open the packet p of n bytes. natt_port: of UDP encapsulation, 4500. */
void pktway_open(struct pktway *w, const struct pktsa_list *l, const uint8_t *p,
    size_t n, uint16_t natt_port);
void pktway_seal(
    struct pktway *w, const struct pktsa_list *l, const uint8_t *p, size_t n);

/*
 * One step of opening: peek, the SA that find gives, window, open, window, as
 * the inbound path does. Writes what it learnt to y, the packet to out.
 */
enum verdict pktway_open_one(struct pktway_layer *y, struct wr *out,
    const uint8_t *p, const struct ip_view *v, uint16_t natt_port,
    struct sa *(*find)(void *ctx, const struct pktway_layer *y), void *ctx);

#endif /* CMD_SOLIPSEC_PKTWAY_H */
