/* SPDX-License-Identifier: BSD-2-Clause */
#include "wire/pcapng.h"

/* Block types and options (draft-ietf-opsawg-pcapng 4, 3.5). */
enum {
	BLOCK_SECTION = 0x0a0d0d0a,
	BLOCK_INTERFACE = 1,
	BLOCK_PACKET = 6,
	BYTE_ORDER = 0x1a2b3c4d,
	OPT_END = 0,
	OPT_COMMENT = 1,
	OPT_SHB_APPLICATION = 4,
	OPT_IF_TSRESOL = 9
};

/* The whole file is in network byte order: the reader is told by BYTE_ORDER. */
static size_t
block_open(struct wr *w, uint32_t type)
{
	size_t at = w->len;

	wr_be32(w, type);
	wr_be32(w, 0);
	return at;
}

static void
pad4(struct wr *w)
{
	wr_zero(w, (0 - w->len) & 3u);
}

/* Both length fields count the whole block (3.1). */
static void
block_close(struct wr *w, size_t at)
{
	size_t n;

	pad4(w);
	n = w->len - at + 4;
	wr_be32(w, (uint32_t)n);
	if (w->bad)
		return;
	for (unsigned i = 0; i < 4; i++)
		w->base[at + 4 + i] = (uint8_t)(n >> (24 - 8 * i));
}

static void
option(struct wr *w, uint16_t code, const void *value, size_t n)
{
	if (n > UINT16_MAX)
		n = UINT16_MAX;
	wr_be16(w, code);
	wr_be16(w, (uint16_t)n);
	wr_bytes(w, value, n);
	pad4(w);
}

static void
options_end(struct wr *w)
{
	option(w, OPT_END, "", 0);
}

void
pcapng_begin(struct wr *w, const char *app)
{
	static const uint8_t nanoseconds = 9;
	size_t at = block_open(w, BLOCK_SECTION), n = strlen(app);

	wr_be32(w, BYTE_ORDER);
	wr_be16(w, 1); /* version 1.0 */
	wr_be16(w, 0);
	wr_be64(w, UINT64_MAX); /* length of the section: not told */
	option(w, OPT_SHB_APPLICATION, app, n < 64 ? n : 64);
	options_end(w);
	block_close(w, at);

	at = block_open(w, BLOCK_INTERFACE);
	wr_be16(w, PCAPNG_LINKTYPE_RAW);
	wr_be16(w, 0);
	wr_be32(w, 0); /* no limit to the length captured */
	option(w, OPT_IF_TSRESOL, &nanoseconds, 1);
	options_end(w);
	block_close(w, at);
}

void
pcapng_packet(
    struct wr *w, uint64_t ns, const uint8_t *p, size_t n, const char *comment)
{
	size_t at = block_open(w, BLOCK_PACKET);

	wr_be32(w, 0); /* interface */
	wr_be64(w, ns);
	wr_be32(w, (uint32_t)n);
	wr_be32(w, (uint32_t)n);
	wr_bytes(w, p, n);
	pad4(w);
	if (comment != NULL && comment[0] != '\0') {
		option(w, OPT_COMMENT, comment, strlen(comment));
		options_end(w);
	}
	block_close(w, at);
}
