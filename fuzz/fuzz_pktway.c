/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A frame of any link type through the offline tool: its IP packet opened and
 * sealed, and told as JSON. First byte: the type of link and more.
 */
#include <pcap/pcap.h>
#include <stdlib.h>

#include "cmd/solipsec/pktline.h"
#include "crypto/be/be.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static struct pktsa_list list;
static struct pktway way;
static FILE *out;

static void
demand(bool holds)
{
	if (!holds)
		abort();
}

/* SPIs 0 to 3: ESP with NULL and GCM, AH, ESP in UDP; for any address. */
static void
begin(void)
{
	struct sa_spec s[4] = { { .satype = SATYPE_ESP,
				    .encr = EALG_NULL,
				    .auth = AALG_SHA1HMAC,
				    .akey.bits = 160 },
		{ .satype = SATYPE_ESP,
		    .encr = EALG_AES_GCM_16,
		    .ekey.bits = 160 },
		{ .satype = SATYPE_AH,
		    .auth = AALG_SHA1HMAC,
		    .akey.bits = 160 },
		{ .satype = SATYPE_ESP,
		    .encr = EALG_NULL,
		    .auth = AALG_SHA1HMAC,
		    .akey.bits = 160,
		    .flags = SAF_NATT_REM } };
	char text[PKTSA_TEXT];

	list.crypto = crypto_new(be_ossl, NULL, NULL);
	out = fopen("/dev/null", "w");
	demand(list.crypto != NULL && out != NULL);
	for (unsigned i = 0; i < 4; i++) {
		s[i].spi = i;
		s[i].state = SA_MATURE;
		demand(pktsa_add(&list, &s[i], i, text));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const int links[] = { DLT_EN10MB, DLT_RAW, DLT_LINUX_SLL,
		DLT_LINUX_SLL2, DLT_NULL, DLT_LOOP, DLT_IPV4, DLT_IPV6 };
	struct pktread_frame f = { .number = 1 };

	if (list.n == 0)
		begin();
	if (n < 1)
		return 0;
	demand(pktread_strip(&f, links[p[0] % 8], p + 1, n - 1));
	f.cut = (p[0] & 8) != 0;
	demand((f.ip == NULL) == (f.why[0] != '\0'));
	if (f.ip == NULL) {
		demand(pktline_print(out, &f, NULL));
		return 0;
	}
	demand(f.ip >= p + 1 && f.ip + f.n <= p + n);
	pktway_open(&way, &list, f.ip, f.n, 4500);
	demand(pktline_print(out, &f, &way));
	demand(way.layers <= PKTWAY_LAYERS);
	pktway_seal(&way, &list, f.ip, f.n);
	demand(pktline_print(out, &f, &way));
	return 0;
}
