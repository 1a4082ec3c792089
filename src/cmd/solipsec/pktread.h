/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pktread - IP packets of a capture file (pcap, pcapng; libpcap), whatever the
 * link that it was taken from.
 */
#ifndef CMD_SOLIPSEC_PKTREAD_H
#define CMD_SOLIPSEC_PKTREAD_H

#include "base/rd.h"

struct pktread;

struct pktread_frame {
	uint64_t number;   /* from 1 */
	uint64_t ns;	   /* since 1970 */
	const uint8_t *ip; /* NULL: no IP packet, why says what. Valid until the
			      next call */
	size_t n;	   /* bytes from ip on, link padding included */
	bool cut;	   /* the capture has less than was on the wire */
	char why[80];
};

#define PKTREAD_TEXT 300

/*
 * path "-": standard input. NULL: text says why (no such file, no capture, a
 * link type that is not known).
 */
struct pktread *pktread_open(const char *path, char text[PKTREAD_TEXT]);
/* 1: a frame; 0: the end; -1: the file is damaged from here on, text says how. */
int pktread_next(
    struct pktread *r, struct pktread_frame *f, char text[PKTREAD_TEXT]);
void pktread_close(struct pktread *r);

/*
 * Where the IP packet starts in a frame of this DLT_ type: f->ip and f->n, or
 * f->why. Pure; for tests and the fuzzer. False: unknown type of link.
 */
MUST_USE bool pktread_strip(
    struct pktread_frame *f, int link, const uint8_t *p, size_t n);

#endif /* CMD_SOLIPSEC_PKTREAD_H */
