/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/solipsec/pktread.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>

struct pktread {
	pcap_t *pcap;
	int link;
	uint64_t count;
};

enum {
	ETHERTYPE_IPV4 = 0x0800,
	ETHERTYPE_IPV6 = 0x86dd,
	ETHERTYPE_VLAN = 0x8100,  /* 802.1Q */
	ETHERTYPE_QINQ = 0x88a8,  /* 802.1ad */
	ETHERTYPE_QINQ_ = 0x9100, /* the same before it was standard */
	MAX_TAGS = 4
};

/* By EtherType; r stands behind it. */
static void
ether(struct pktread_frame *f, struct rd *r, unsigned type)
{
	for (unsigned tags = 0;
	     type == ETHERTYPE_VLAN || type == ETHERTYPE_QINQ ||
	     type == ETHERTYPE_QINQ_;
	     tags++) {
		if (tags == MAX_TAGS) {
			(void)snprintf(
			    f->why, sizeof(f->why), "too many VLAN tags");
			return;
		}
		rd_skip(r, 2);
		type = rd_be16(r);
	}
	if (r->bad) {
		(void)snprintf(f->why, sizeof(f->why), "the frame is cut off");
	} else if (type == ETHERTYPE_IPV4 || type == ETHERTYPE_IPV6) {
		f->ip = r->p;
		f->n = rd_left(r);
	} else if (type < 0x600) { /* 802.3: a length */
		(void)snprintf(
		    f->why, sizeof(f->why), "no IP packet (IEEE 802.3 frame)");
	} else {
		(void)snprintf(f->why, sizeof(f->why),
		    "no IP packet (EtherType 0x%04x)", type);
	}
}

/*
 * DLT_NULL has an AF_ number in the byte order of the host that captured:
 * AF_INET is 2 everywhere, AF_INET6 differs.
 */
static void
loopback(struct pktread_frame *f, struct rd *r)
{
	uint32_t af = rd_be32(r);

	if ((af & 0xffff) == 0)
		af = (af >> 24) | (af >> 8 & 0xff00);
	if (r->bad)
		(void)snprintf(f->why, sizeof(f->why), "the frame is cut off");
	else if (af == 2 || af == 10 || af == 24 || af == 28 || af == 30)
		f->ip = r->p;
	else
		(void)snprintf(f->why, sizeof(f->why),
		    "no IP packet (address family %u)", af);
	f->n = rd_left(r);
}

bool
pktread_strip(struct pktread_frame *f, int link, const uint8_t *p, size_t n)
{
	struct rd r = rd_from(p, n);
	unsigned type;

	f->ip = NULL;
	f->n = 0;
	f->why[0] = '\0';
	switch (link) {
	case DLT_EN10MB:
		rd_skip(&r, 12);
		type = rd_be16(&r);
		ether(f, &r, type);
		return true;
	case DLT_RAW:
	case 101: /* LINKTYPE_RAW, as some files have it */
	case DLT_IPV4:
	case DLT_IPV6:
		f->ip = p;
		f->n = n;
		return true;
	case DLT_LINUX_SLL:
		rd_skip(&r, 14);
		type = rd_be16(&r);
		ether(f, &r, type);
		return true;
	case DLT_LINUX_SLL2:
		type = rd_be16(&r);
		rd_skip(&r, 18);
		ether(f, &r, type);
		return true;
	case DLT_NULL:
	case DLT_LOOP:
		loopback(f, &r);
		return true;
	default:
		return false;
	}
}

struct pktread *
pktread_open(const char *path, char text[PKTREAD_TEXT])
{
	struct pktread *r = calloc(1, sizeof(*r));
	struct pktread_frame probe;
	char why[PCAP_ERRBUF_SIZE] = "no memory";
	const char *name;

	/* a frame's time is always in nanoseconds; "-" is standard input */
	if (r != NULL)
		r->pcap = pcap_open_offline_with_tstamp_precision(
		    path, PCAP_TSTAMP_PRECISION_NANO, why);
	if (r == NULL || r->pcap == NULL) {
		/* libpcap names the file now and then */
		(void)snprintf(text, PKTREAD_TEXT, "%s%s%s",
		    strstr(why, path) != NULL ? "" : path,
		    strstr(why, path) != NULL ? "" : ": ", why);
		free(r);
		return NULL;
	}
	r->link = pcap_datalink(r->pcap);
	if (!pktread_strip(&probe, r->link, (const uint8_t *)"", 0)) {
		name = pcap_datalink_val_to_name(r->link);
		(void)snprintf(text, PKTREAD_TEXT,
		    "%s: captures of this type of link (%s, %d) are not read",
		    path, name != NULL ? name : "unknown", r->link);
		pktread_close(r);
		return NULL;
	}
	return r;
}

int
pktread_next(
    struct pktread *r, struct pktread_frame *f, char text[PKTREAD_TEXT])
{
	struct pcap_pkthdr *h;
	const uint8_t *p;
	int got = pcap_next_ex(r->pcap, &h, &p);

	if (got == PCAP_ERROR_BREAK)
		return 0;
	if (got != 1) {
		(void)snprintf(text, PKTREAD_TEXT, "%s", pcap_geterr(r->pcap));
		return -1;
	}
	*f = (struct pktread_frame){ .number = ++r->count,
		.ns = (uint64_t)h->ts.tv_sec * 1000000000u +
		      (uint64_t)h->ts.tv_usec,
		.cut = h->caplen < h->len };
	return pktread_strip(f, r->link, p, h->caplen) ? 1 : -1;
}

void
pktread_close(struct pktread *r)
{
	if (r == NULL)
		return;
	if (r->pcap != NULL)
		pcap_close(r->pcap);
	free(r);
}
