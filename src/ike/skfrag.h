/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * skfrag - messages in fragments (RFC 7383): how to cut one, and how to put one
 * together again within bounds. Only fragments whose integrity is right come in
 * here; what is kept is their text.
 */
#ifndef IKE_SKFRAG_H
#define IKE_SKFRAG_H

#include "crypto/ikeseal.h"
#include "wire/ike2.h"

enum {
	SKFRAG_MOST = 128,    /* fragments of a message */
	SKFRAG_BYTES = 65536, /* text of a message */
	SKFRAG_MTU_V4 = 576,  /* RFC 7383 2.5.1: what goes anywhere */
	SKFRAG_MTU_V6 = 1280
};

/* ---- sending ---- */

/*
 * Bytes that an IKE message may have in an IP packet of mtu bytes. natt: on port
 * 4500 with four zero bytes. mtu 0, or one that is less than what every network
 * has to carry: the number above.
 */
size_t skfrag_room(uint8_t fam, size_t mtu, bool natt);

struct skfrag_plan {
	uint16_t total; /* 0: it fits as it is, in SK */
	size_t piece;	/* text of each fragment but the last one */
};
/*
 * n bytes of text to go into messages of at most room bytes. False: it would need
 * more than SKFRAG_MOST.
 */
MUST_USE bool skfrag_cut(
    struct skfrag_plan *out, const struct ikeseal *s, size_t n, size_t room);
/* The text of fragment num (1 to total): offset, and its bytes. */
void skfrag_piece(const struct skfrag_plan *p, size_t n, uint16_t num,
    size_t *at, size_t *len);

/* ---- receiving ---- */

struct skfrag; /* fragments of one message */

enum skfrag_result {
	SKFRAG_MORE,  /* kept, or known already: others have to come */
	SKFRAG_WHOLE, /* that was the last one: skfrag_text() */
	SKFRAG_DROP, /* not taken: too much, or it does not fit to the others */
	SKFRAG_NOMEM
};
/*
 * Add one; *f is NULL at first. sk is that of the fragment, n > 0 bytes of text
 * are what was inside. A higher total discards what was there (RFC 7383 2.6); so
 * does another message id.
 */
enum skfrag_result skfrag_add(struct skfrag **f, uint32_t msgid,
    const struct ike2_sk *sk, const uint8_t *text, size_t n);
/* After SKFRAG_WHOLE: the text, borrowed, and the type of its first payload. */
struct ike_view skfrag_text(const struct skfrag *f, uint8_t *first);
/* Which message it is of, and whether all is there. */
MUST_USE bool skfrag_is_whole(const struct skfrag *f, uint32_t msgid);
/* Bytes of memory that it has. */
size_t skfrag_size(const struct skfrag *f);
/* Wipes. NULL is nothing. */
void skfrag_free(struct skfrag *f);

#endif /* IKE_SKFRAG_H */
