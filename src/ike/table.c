/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/table.h"

#include "ike/auth.h"
#include "ike/child.h"
#include "ike/info.h"
#include "ike/init.h"
#include "ike/rekey.h"

#define P(p)   IKE2_SET(IKE2_P_##p)
#define TO(s)  TABLE_TO(IKESA_##s)
#define ANYHOW (P(NOTIFY) | P(VENDOR))
/* what comes with a Child SA */
#define CHILD (P(SA) | P(TSI) | P(TSR))

static const struct table_row rows[] = {
	{ IKESA_INIT_I, IKE2_SA_INIT, true, P(SA) | P(KE) | P(NONCE),
	    P(SA) | P(KE) | P(NONCE) | P(CERTREQ) | ANYHOW, init_response,
	    TO(INIT_I) | TO(SIGN_I) | TO(DEAD), "RFC 7296 1.2" },
	{ IKESA_INIT_R, IKE2_AUTH, false, P(IDI),
	    P(IDI) | P(AUTH) | P(CERT) | P(CERTREQ) | P(IDR) | P(CP) | CHILD |
		ANYHOW,
	    auth_request, TO(VERIFY_R) | TO(DEAD), "RFC 7296 1.2" },
	{ IKESA_AUTH_I, IKE2_AUTH, true, P(IDR) | P(AUTH),
	    P(IDR) | P(AUTH) | P(CERT) | P(CP) | CHILD | ANYHOW, auth_response,
	    TO(VERIFY_I) | TO(DEAD), "RFC 7296 1.2" },
	{ IKESA_UP, IKE2_CREATE_CHILD_SA, false, P(SA) | P(NONCE),
	    P(SA) | P(NONCE) | P(KE) | P(TSI) | P(TSR) | P(CP) | ANYHOW,
	    child_asked, TO(UP) | TO(REKEYED), "RFC 7296 1.3" },
	{ IKESA_UP, IKE2_CREATE_CHILD_SA, true, P(SA) | P(NONCE),
	    P(SA) | P(NONCE) | P(KE) | P(TSI) | P(TSR) | P(CP) | ANYHOW,
	    child_response, TO(UP) | TO(REKEYED) | TO(DELETING) | TO(DEAD),
	    "RFC 7296 1.3" },
	{ IKESA_UP, IKE2_INFORMATIONAL, false, 0, P(DELETE) | P(CP) | ANYHOW,
	    info_request, TO(UP) | TO(DEAD), "RFC 7296 1.4" },
	{ IKESA_UP, IKE2_INFORMATIONAL, true, 0, P(DELETE) | P(CP) | ANYHOW,
	    info_response, TO(UP) | TO(DEAD), "RFC 7296 1.4" },
	/* the old one, while the peer does not know yet, or deletes it */
	{ IKESA_REKEYED, IKE2_CREATE_CHILD_SA, false, 0,
	    P(SA) | P(NONCE) | P(KE) | P(TSI) | P(TSR) | P(CP) | ANYHOW,
	    rekey_late_request, TO(REKEYED), "RFC 7296 2.25" },
	{ IKESA_REKEYED, IKE2_CREATE_CHILD_SA, true, P(SA) | P(NONCE),
	    P(SA) | P(NONCE) | P(KE) | P(TSI) | P(TSR) | P(CP) | ANYHOW,
	    rekey_late_response, TO(REKEYED) | TO(DELETING) | TO(DEAD),
	    "RFC 7296 2.8.2" },
	{ IKESA_REKEYED, IKE2_INFORMATIONAL, false, 0,
	    P(DELETE) | P(CP) | ANYHOW, info_request, TO(REKEYED) | TO(DEAD),
	    "RFC 7296 2.8" },
	{ IKESA_REKEYED, IKE2_INFORMATIONAL, true, 0,
	    P(DELETE) | P(CP) | ANYHOW, info_response, TO(REKEYED) | TO(DEAD),
	    "RFC 7296 2.8" },
	{ IKESA_DELETING, IKE2_CREATE_CHILD_SA, false, 0,
	    P(SA) | P(NONCE) | P(KE) | P(TSI) | P(TSR) | P(CP) | ANYHOW,
	    rekey_late_request, TO(DELETING), "RFC 7296 2.25.2" },
	{ IKESA_DELETING, IKE2_INFORMATIONAL, false, 0,
	    P(DELETE) | P(CP) | ANYHOW, info_request, TO(DELETING) | TO(DEAD),
	    "RFC 7296 1.4.1" },
	{ IKESA_DELETING, IKE2_INFORMATIONAL, true, 0,
	    P(DELETE) | P(CP) | ANYHOW, info_response, TO(DELETING) | TO(DEAD),
	    "RFC 7296 1.4.1" },
};

enum { N_ROWS = sizeof(rows) / sizeof(rows[0]) };

const struct table_row *
table_find(enum ikesa_state state, uint8_t exchange, bool response)
{
	for (size_t i = 0; i < N_ROWS; i++)
		if (rows[i].state == state && rows[i].exchange == exchange &&
		    rows[i].response == response)
			return &rows[i];
	return NULL;
}

const struct table_row *
table_row(size_t i)
{
	return i < N_ROWS ? &rows[i] : NULL;
}

const char *
table_state_name(enum ikesa_state state)
{
	static const char *const names[] = {
		[IKESA_INIT_I] = "init-sent",
		[IKESA_SIGN_I] = "signing",
		[IKESA_AUTH_I] = "auth-sent",
		[IKESA_VERIFY_I] = "verifying",
		[IKESA_INIT_R] = "auth-wait",
		[IKESA_VERIFY_R] = "verifying-peer",
		[IKESA_SIGN_R] = "answering",
		[IKESA_UP] = "established",
		[IKESA_REKEYED] = "rekeyed",
		[IKESA_DELETING] = "deleting",
		[IKESA_DEAD] = "dead",
	};

	return state < IKESA_STATES ? names[state] : "?";
}
