/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ike2w - writes an IKEv2 message payload by payload, and keeps the chain of
 * "next payload" bytes and the lengths right. A message that is protected takes
 * two: the payloads alone (ike2w_inner()), which then go into SK.
 *
 *   ike2w_begin(&o, &w, &hdr); ike2w_sa(&o, &sa); ...; if (ike2w_end(&o)) send
 *
 * Errors stick in the struct wr, as there. Reserved bits are zero, and the
 * critical bit of what is written here is clear (RFC 7296 3.2).
 */
#ifndef WIRE_IKE2W_H
#define WIRE_IKE2W_H

#include "wire/ike2.h"

struct ike2w {
	struct wr *w;
	size_t start;  /* of the header in w */
	size_t next;   /* where the type of the next payload goes */
	uint8_t first; /* type of the first payload; 0: there is none yet */
	bool inner;
};

/* Writes h; its fields next and len are what comes of the payloads. */
void ike2w_begin(struct ike2w *o, struct wr *w, const struct ikehdr *h);
/* No header: what goes into SK, whose first type is o->first afterwards. */
void ike2w_inner(struct ike2w *o, struct wr *w);

void ike2w_sa(struct ike2w *o, const struct ike2_sa *sa);
void ike2w_ke(struct ike2w *o, uint16_t group, const void *p, size_t n);
/* who: IKE2_P_IDI or IKE2_P_IDR. id->body is not looked at. */
void ike2w_id(struct ike2w *o, enum ike2_payload who, const struct ike2_id *id);
/* The body of an ID payload: what AUTH is computed over (RFC 7296 2.15). */
void ike2w_id_body(struct wr *w, const struct ike2_id *id);
void ike2w_cert(struct ike2w *o, const struct ike2_cert *c);
void ike2w_certreq(struct ike2w *o, const struct ike2_cert *c);
void ike2w_auth(struct ike2w *o, const struct ike2_authdata *a);
void ike2w_nonce(struct ike2w *o, const void *p, size_t n);
void ike2w_note(struct ike2w *o, const struct ike2_note *n);
/* A notification without SPI. */
void ike2w_notify(struct ike2w *o, uint16_t type, const void *p, size_t n);
/* One with the SPI of an AH or ESP SA: REKEY_SA, CHILD_SA_NOT_FOUND. */
void ike2w_notify_sa(
    struct ike2w *o, uint16_t type, uint8_t proto, uint32_t spi);
void ike2w_delete(struct ike2w *o, const struct ike2_delete *d);
void ike2w_delete_ike(struct ike2w *o);
/* n SPIs in host order. */
void ike2w_delete_sas(
    struct ike2w *o, uint8_t proto, const uint32_t *spi, size_t n);
void ike2w_vendor(struct ike2w *o, const void *p, size_t n);
/* who: IKE2_P_TSI or IKE2_P_TSR. */
void ike2w_ts(
    struct ike2w *o, enum ike2_payload who, const struct ike2_ts *t, size_t n);
void ike2w_cp(struct ike2w *o, const struct ike2_cp *c);
void ike2w_eap(struct ike2w *o, const void *p, size_t n);

/*
 * SK, or with total > 0 fragment num of SKF (whose next payload byte is `first`
 * in fragment 1 and 0 in the others: RFC 7383 2.5). Ends the message: lengths are
 * final, and the bytes from the header on, *head of them, are what an AEAD
 * authenticates besides. Returns room for body bytes (IV, ciphertext, ICV), or
 * NULL when it does not fit.
 */
uint8_t *ike2w_sk(struct ike2w *o, uint8_t first, uint16_t num, uint16_t total,
    size_t body, size_t *head);

/* Fill in what is still open. False when something did not fit. */
MUST_USE bool ike2w_end(struct ike2w *o);

/*
 * All payloads of m in its order, but for SK and SKF; o is begun by the caller.
 * What ike2_parse() skipped or left out (odd transforms, selectors of other
 * types) is not there. An empty list of selectors makes w bad.
 */
void ike2w_all(struct ike2w *o, const struct ike2_msg *m);

#endif /* WIRE_IKE2W_H */
