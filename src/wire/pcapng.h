/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pcapng - a capture file of raw IP packets, as Wireshark reads it
 * (draft-ietf-opsawg-pcapng). Writer only; reading is libpcap's.
 */
#ifndef WIRE_PCAPNG_H
#define WIRE_PCAPNG_H

#include "base/wr.h"

enum { PCAPNG_LINKTYPE_RAW = 101 }; /* IPv4 or IPv6, by its first nibble */

/* Bytes that pcapng_packet() adds to a packet and its comment, at most. */
#define PCAPNG_ROOM 64
#define PCAPNG_HEAD 256 /* room for what pcapng_begin() writes */

/*
 * The head of the file: one section, one interface of raw IP packets with
 * timestamps in nanoseconds. app: the program's name, at most 64 bytes count.
 */
void pcapng_begin(struct wr *w, const char *app);

/* One packet; ns: since 1970. comment: shown by the packet; NULL or "": none. */
void pcapng_packet(
    struct wr *w, uint64_t ns, const uint8_t *p, size_t n, const char *comment);

#endif /* WIRE_PCAPNG_H */
