/* SPDX-License-Identifier: BSD-2-Clause */
/* view - what the engine shows of itself: ikeadm's business. */
#ifndef IKE_VIEW_H
#define IKE_VIEW_H

#include "ike/ends.h"

/* One IKE SA, for people. */
struct ike_saview {
	uint64_t spi_i, spi_r;
	struct ike_end local, remote;
	bool initiator, natt, local_natted, remote_natted;
	const char *state; /* a word */
	const char *rule;
	uint8_t own_id_type, peer_id_type;
	struct ike_bytes own_id, peer_id;
	uint16_t encr, encr_bits, prf, integ, ke; /* transform ids */
	uint8_t own_method, peer_method;	  /* of AUTH */
	uint64_t age, rekey_in;			  /* ms; 0: never */
	unsigned n_child; /* pairs of SAs that it has now */
	struct ike_saview_child {
		uint8_t satype;
		uint32_t spi_in, spi_out;
		bool tunnel;
	} child[16]; /* the first of them */
	unsigned retransmits;
	const char *dpd; /* "not-initiated", "in-progress", ... (spec: ike 7) */
};

struct ike_stats {
	/* [0] as initiator, [1] as responder; spec: ike 7 get stats */
	uint64_t current[2], total[2], attempted[2], failed[2];
	uint64_t timeouts;
	uint64_t half_open, cookies_sent, children, dropped;
};

#endif /* IKE_VIEW_H */
