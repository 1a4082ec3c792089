/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/natd.h"

#include "crypto/sha1.h"

void
natd_hash(uint8_t out[NATD_LEN], uint64_t spi_i, uint64_t spi_r,
    const struct addr *a, uint16_t port)
{
	uint8_t b[8 + 8 + 16 + 2];
	struct wr w = wr_into(b, sizeof(b));
	struct sha1 s;

	wr_be64(&w, spi_i);
	wr_be64(&w, spi_r);
	wr_bytes(&w, a->b, addr_bytes(a->fam));
	wr_be16(&w, port);
	sha1_init(&s);
	sha1_add(&s, b, w.len);
	sha1_end(&s, out);
}

/* Is one of the notifications of this type the hash? *there: is there any? */
static bool
is_among(
    const struct ike2_msg *m, uint16_t type, const uint8_t *hash, bool *there)
{
	bool found = false;

	*there = false;
	for (unsigned i = 0; i < m->nnote; i++) {
		const struct ike2_note *n = &m->note[i];

		if (n->type != type)
			continue;
		*there = true;
		found |= n->data.n == NATD_LEN &&
			 memcmp(n->data.p, hash, NATD_LEN) == 0;
	}
	return found;
}

struct natd
natd_look(const struct ike2_msg *m, const struct addr *local, uint16_t lport,
    const struct addr *remote, uint16_t rport)
{
	uint8_t hash[NATD_LEN];
	bool src, dst, src_same, dst_same;

	natd_hash(hash, m->hdr.spi_i, m->hdr.spi_r, remote, rport);
	src_same = is_among(m, IKE2_N_NAT_DETECTION_SOURCE_IP, hash, &src);
	natd_hash(hash, m->hdr.spi_i, m->hdr.spi_r, local, lport);
	dst_same = is_among(m, IKE2_N_NAT_DETECTION_DESTINATION_IP, hash, &dst);
	if (!src || !dst)
		return (struct natd){ 0 };
	return (struct natd){
		.asked = true, .local = !dst_same, .remote = !src_same
	};
}
