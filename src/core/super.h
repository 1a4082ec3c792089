/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * super - what the kernel hands over through a TUN device with IFF_VNET_HDR: a
 * packet whose checksum is not finished, or a super-packet, which stands for
 * many of equal size (TSO, USO). Here they become whole packets, as a network
 * card would make them. What comes is foreign bytes: everything is checked.
 */
#ifndef CORE_SUPER_H
#define CORE_SUPER_H

#include "wire/ip.h"

enum { SUPER_NONE, SUPER_TCP4, SUPER_TCP6, SUPER_UDP4, SUPER_UDP6 };

struct super {
	uint16_t gso;  /* payload bytes of each segment; 0: one packet */
	uint8_t kind;  /* SUPER_*; NONE: one packet */
	bool csum;     /* the checksum is to be completed */
	bool cwr_once; /* TCP with ECN: CWR is in the first segment alone */
	uint16_t csum_start, csum_off; /* bytes; the field is at their sum */
	/* of the packet, in bytes: all; what each segment begins with (0: one
	   packet); where TCP or UDP begins; its IP header */
	uint32_t len;
	uint16_t head, upper, fixed;
};

/* Bytes of a virtio_net_hdr; with num_buffers there are two more. */
enum { SUPER_VNET = 10 };

/*
 * Read the vnet header (its first SUPER_VNET bytes, in the host's byte order) of
 * the packet pkt of n bytes. False: it says what cannot be, or what was not
 * asked for (UFO, tunnelled packets); then the packet is to be dropped.
 */
MUST_USE bool super_from_vnet(
    struct super *s, const uint8_t *hdr, const uint8_t *pkt, size_t n);

/*
 * A super-packet of TCP may be cut smaller than its sender thought, so that what
 * becomes of each segment fits the way: at most this many bytes of payload in
 * one. False: it is no TCP super-packet, or most is 0.
 */
MUST_USE bool super_shrink(struct super *s, size_t most);

/* How many packets it stands for: 1 or more. */
uint32_t super_count(const struct super *s);

/* The payload of segment i < super_count(): where it begins in the packet. */
size_t super_part(const struct super *s, uint32_t i, size_t *n);

/*
 * Append segment i < super_count() of the super-packet to w: a whole packet with
 * its own lengths, IPv4 identification (one more each), sequence number, flags
 * (FIN and PSH only in the last, CWR only in the first) and checksums. w becomes
 * bad when there is no room.
 */
void super_segment(
    struct wr *w, const struct super *s, const uint8_t *pkt, uint32_t i);

/*
 * The same in two parts, for who copies and sums the payload on the way. First
 * what the headers of all segments have in common,
 */
struct super_base {
	uint32_t count;	    /* super_count() */
	uint32_t upper, ip; /* sums of headers, but for what differs */
};
void super_base(
    struct super_base *b, const struct super *s, const uint8_t *pkt);
/*
 * then the s->head bytes of headers of segment i, with n bytes of payload behind
 * it whose sum is `sum` (ip_csum_add()), to `to`.
 */
void super_head(uint8_t *to, const struct super *s, const struct super_base *b,
    const uint8_t *pkt, uint32_t i, size_t n, uint32_t sum);

/* Complete the checksum of a single packet, in place; nothing if there is none. */
void super_finish_csum(const struct super *s, uint8_t *pkt);

/*
 * The vnet header of a packet that goes to the device: SUPER_VNET bytes and two
 * zero bytes. kind, gso, head, csum as in s; a checksum that is to be completed
 * holds the sum of its pseudo header.
 */
enum { SUPER_VNET_MAX = 12 };
void super_to_vnet(uint8_t hdr[SUPER_VNET_MAX], const struct super *s);

#endif /* CORE_SUPER_H */
