/* SPDX-License-Identifier: BSD-2-Clause */
#include "pathload.h"

#include <err.h>
#include <stdlib.h>

#include "ticks.h"

enum {
	OVERHEAD = 128, /* of any protection */
	CHUNK = 256,	/* packets */
	CHUNK_BYTES =
	    1 << 18 /* so that a chunk stays in the second-level cache */
};

static void *
room(size_t n)
{
	void *p = aligned_alloc(64, (n + 63) / 64 * 64);

	if (p == NULL)
		errx(1, "no memory");
	memset(p, 0, n);
	return p;
}

static bool
is_super(const struct pathload *l)
{
	return l->size == PATHLOAD_SUPER;
}

size_t
pathload_packet(const struct pathload *l)
{
	return is_super(l) ? PATHLOAD_SEGMENT : l->size;
}

/* Items that fill a chunk. */
static unsigned
items_of(const struct pathload *l)
{
	size_t fits = CHUNK_BYTES / l->item_stride / 32 * 32;

	if (is_super(l))
		return 2;
	return (unsigned)(fits < 32 ? 32 : fits > CHUNK ? CHUNK : fits);
}

void
pathload_init(
    struct pathload *l, struct twohosts *h, size_t size, unsigned batch)
{
	*l = (struct pathload){ .hosts = h,
		.size = size,
		.batch = batch,
		.random = 88172645463325252u };
	l->item_stride = (size + OVERHEAD + 63) / 64 * 64;
	l->stride = (pathload_packet(l) + OVERHEAD + 63) / 64 * 64;
	l->items = items_of(l);
	l->n = l->items * (is_super(l) ? PATHLOAD_SEGMENTS : 1);
	l->sa = room(l->n * sizeof(*l->sa));
	l->len = room(l->n * sizeof(*l->len));
	l->plain = room(l->items * l->item_stride);
	l->sealed = room(l->n * l->stride);
	l->out = room((size_t)batch * PATH_ROOM);
	l->work = room(PATH_ROOM);
	l->segment = room(PATH_ROOM);
	for (unsigned i = 0; i < l->items; i++)
		twohosts_packet(h, l->plain + i * l->item_stride, size,
		    is_super(l) ? IPPROTO_TCP_ : IPPROTO_UDP_);
	pathload_shuffle(l);
}

void
pathload_fini(struct pathload *l)
{
	free(l->sa);
	free(l->len);
	free(l->plain);
	free(l->sealed);
	free(l->out);
	free(l->work);
	free(l->segment);
}

void
pathload_shuffle(struct pathload *l)
{
	unsigned sas = l->hosts->form.sas;

	/* a profiler would see it as well */
	if (sas == 1 && l->aimed)
		return;
	l->aimed = true;
	for (unsigned i = 0; i < l->n; i++)
		l->sa[i] = (uint32_t)(next_random(&l->random) % sas);
	for (unsigned i = 0; i < l->items; i++)
		twohosts_aim(l->plain + i * l->item_stride, l->sa[i]);
}

void
pathload_item(const struct pathload *l, unsigned i, struct super *s)
{
	/* virtio_net_hdr: NEEDS_CSUM, TCPV4, 40 of headers, then sizes */
	static const uint16_t sizes[] = { 40, PATHLOAD_SEGMENT - 40, 20, 16 };
	uint8_t hdr[SUPER_VNET] = { 1, 1 };

	if (!is_super(l)) {
		*s = (struct super){ .len = (uint32_t)l->size };
		return;
	}
	memcpy(hdr + 2, sizes, sizeof(sizes));
	if (!super_from_vnet(s, hdr, l->plain + i * l->item_stride, l->size))
		errx(1, "that is no super-packet");
}

void
pathload_keep(struct pathload *l, unsigned k, const uint8_t *head,
    size_t n_head, const uint8_t *p, size_t n)
{
	uint8_t *to = l->sealed + k * l->stride;

	if (k >= l->n || n_head + n > l->stride)
		errx(1, "%zu bytes, packet %u: too much", n, k);
	if (n_head != 0)
		memcpy(to, head, n_head);
	memcpy(to + n_head, p, n);
	l->len[k] = n_head + n;
}

static uint8_t *
buffer(const struct pathload *l, unsigned i)
{
	return l->out + (size_t)(i % l->batch) * PATH_ROOM;
}

static void
out_packet(
    struct pathload *l, const uint8_t *p, size_t n, unsigned k, bool keep)
{
	uint8_t *out = buffer(l, k);
	struct path_result r = path_out(&l->hosts->from.path, out, l->work,
	    l->hosts->tun, p, n, twohosts_now);

	if (r.verdict != VERDICT_PASS || r.to != PATH_WIRE)
		errx(1, "not sealed: %s", verdict_text(r.verdict));
	if (keep)
		pathload_keep(l, k, NULL, 0, out, r.len);
}

static void
out_chunk(struct pathload *l, bool keep)
{
	struct super s;
	unsigned k = 0;

	for (unsigned i = 0; i < l->items; i++) {
		const uint8_t *p = l->plain + i * l->item_stride;
		unsigned n;

		if (!is_super(l)) {
			out_packet(l, p, l->size, k++, keep);
			continue;
		}
		pathload_item(l, i, &s);
		n = super_count(&s);
		for (unsigned j = 0; j < n; j++) {
			struct wr w = wr_into(l->segment, PATH_ROOM);

			super_segment(&w, &s, p, j);
			out_packet(l, w.base, w.len, k++, keep);
		}
	}
}

/* The last packet of the chunk; of a segment, what it carries. */
static void
check_last(const struct pathload *l)
{
	size_t off = is_super(l) ? 40 : 0, n = pathload_packet(l) - off;
	const uint8_t *end =
	    l->plain + (l->items - 1) * l->item_stride + l->size;

	if (memcmp(buffer(l, l->n - 1) + off, end - n, n) != 0)
		errx(1, "a packet opened to something else");
}

static void
in_chunk(struct pathload *l)
{
	struct path *p = &l->hosts->to.path;

	for (unsigned i = 0; i < l->n; i++) {
		struct path_result r = path_in(p, buffer(l, i), l->work,
		    l->sealed + i * l->stride, l->len[i], twohosts_now);

		if (r.verdict != VERDICT_PASS || r.to != PATH_HOST ||
		    r.len != pathload_packet(l))
			errx(1, "not opened: %s", verdict_text(r.verdict));
	}
}

double
pathload_out(struct pathload *l, uint64_t budget)
{
	struct chunks c = { .budget = budget };

	while (chunks_more(&c)) {
		uint64_t from;

		pathload_shuffle(l);
		from = ticks();
		out_chunk(l, false);
		chunks_add(&c, ticks() - from, l->n);
	}
	return chunks_median(&c);
}

double
pathload_in(struct pathload *l, uint64_t budget)
{
	struct chunks c = { .budget = budget };

	while (chunks_more(&c)) {
		uint64_t from;

		pathload_shuffle(l);
		out_chunk(l, true);
		from = ticks();
		in_chunk(l);
		chunks_add(&c, ticks() - from, l->n);
		check_last(l);
	}
	return chunks_median(&c);
}
