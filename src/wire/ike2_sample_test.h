/* SPDX-License-Identifier: BSD-2-Clause */
/* ike2_sample_test - a message with every payload, for tests of the ike2 files. */
#ifndef WIRE_IKE2_SAMPLE_TEST_H
#define WIRE_IKE2_SAMPLE_TEST_H

#include "wire/ike2w.h"

static const uint8_t ike2_sample_bytes[64] = { 1, 2, 3, 4, 5, 6, 7, 8 };

static inline struct ikehdr
ike2_sample_hdr(void)
{
	return (struct ikehdr){ .spi_i = 0x1122334455667788,
		.spi_r = 0x99aabbccddeeff00,
		.major = 2,
		.exchange = IKE2_AUTH,
		.flags = IKEHDR_INITIATOR,
		.msgid = 1 };
}

static inline void
ike2_sample_offer(struct ike2w *o)
{
	struct ike2_sa sa = { 0 };

	(void)!ike2sa_add(&sa, IKE2_PROTO_ESP, ike2_sample_bytes, 4);
	(void)!ike2sa_add_xform(&sa, IKE2_T_ENCR, 20, 256);
	(void)!ike2sa_add_xform(&sa, IKE2_T_ESN, 1, 0);
	ike2w_sa(o, &sa);
}

static inline void
ike2_sample_selectors(struct ike2w *o)
{
	struct ike2_ts t = { .proto = 17, .port_lo = 53, .port_hi = 53 };

	t.lo = t.hi = addr_v4(ike2_sample_bytes);
	ike2w_ts(o, IKE2_P_TSI, &t, 1);
	t.lo = t.hi = addr_v6(ike2_sample_bytes);
	ike2w_ts(o, IKE2_P_TSR, &t, 1);
}

/* All of them, in an order of their own. */
static inline void
ike2_sample_payloads(struct ike2w *o)
{
	const uint8_t *b = ike2_sample_bytes;
	struct ike2_id id = { .type = IKE2_ID_FQDN, .data = { b, 9 } };
	struct ike2_cert c = { IKE2_CERT_X509, { b, 20 } };
	struct ike2_authdata auth = { IKE2_AUTH_SIGNATURE, { b, 10 },
		{ b, 32 } };
	struct ike2_cp cp = { .type = IKE2_CFG_REQUEST };

	ike2w_notify(o, IKE2_N_COOKIE, b, 16);
	ike2_sample_offer(o);
	ike2w_ke(o, 31, b, 32);
	ike2w_nonce(o, b, 32);
	ike2w_id(o, IKE2_P_IDI, &id);
	id.type = IKE2_ID_IPV4;
	id.data.n = 4;
	ike2w_id(o, IKE2_P_IDR, &id);
	ike2w_cert(o, &c);
	ike2w_cert(o, &c);
	ike2w_certreq(o, &c);
	ike2w_auth(o, &auth);
	ike2_sample_selectors(o);
	(void)!ike2cp_add(&cp, IKE2_CA_IP4_ADDRESS, NULL, 0);
	ike2w_cp(o, &cp);
	ike2w_eap(o, b, 5);
	ike2w_delete_sas(o, IKE2_PROTO_ESP, &(uint32_t){ 0x1001 }, 1);
	ike2w_delete_ike(o);
	ike2w_vendor(o, b, 16);
	ike2w_notify_sa(o, IKE2_N_REKEY_SA, IKE2_PROTO_ESP, 0x2002);
}

#endif /* WIRE_IKE2_SAMPLE_TEST_H */
