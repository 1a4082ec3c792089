/* SPDX-License-Identifier: BSD-2-Clause */
#include "pathload.h"

#include <err.h>
#include <stdlib.h>

#include "chunks.h"
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

void
pathload_init(
    struct pathload *l, struct twohosts *h, size_t size, unsigned batch)
{
	size_t fits;

	*l = (struct pathload){ .hosts = h,
		.size = size,
		.batch = batch,
		.random = 88172645463325252u };
	l->stride = (size + OVERHEAD + 63) / 64 * 64;
	fits = CHUNK_BYTES / l->stride / 32 * 32;
	l->n = (unsigned)(fits < 32 ? 32 : fits > CHUNK ? CHUNK : fits);
	l->sa = room(l->n * sizeof(*l->sa));
	l->len = room(l->n * sizeof(*l->len));
	l->plain = room(l->n * l->stride);
	l->sealed = room(l->n * l->stride);
	l->out = room((size_t)batch * PATH_ROOM);
	l->work = room(PATH_ROOM);
	for (unsigned i = 0; i < l->n; i++)
		twohosts_packet(
		    h, l->plain + i * l->stride, size, IPPROTO_UDP_);
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
}

void
pathload_shuffle(struct pathload *l)
{
	unsigned sas = l->hosts->form.sas;

	/* a profiler would see it as well */
	if (sas == 1 && l->aimed)
		return;
	l->aimed = true;
	for (unsigned i = 0; i < l->n; i++) {
		l->sa[i] = (uint32_t)(next_random(&l->random) % sas);
		twohosts_aim(l->plain + i * l->stride, l->sa[i]);
	}
}

static uint8_t *
buffer(const struct pathload *l, unsigned i)
{
	return l->out + (size_t)(i % l->batch) * PATH_ROOM;
}

static void
out_chunk(struct pathload *l, bool keep)
{
	struct path *p = &l->hosts->from.path;

	for (unsigned i = 0; i < l->n; i++) {
		uint8_t *out = buffer(l, i);
		struct path_result r = path_out(p, out, l->work, l->hosts->tun,
		    l->plain + i * l->stride, l->size, twohosts_now);

		if (r.verdict != VERDICT_PASS || r.to != PATH_WIRE)
			errx(1, "not sealed: %s", verdict_text(r.verdict));
		if (!keep)
			continue;
		if (r.len > l->stride)
			errx(1, "%zu bytes are too long", r.len);
		l->len[i] = r.len;
		memcpy(l->sealed + i * l->stride, out, r.len);
	}
}

static void
in_chunk(struct pathload *l)
{
	struct path *p = &l->hosts->to.path;

	for (unsigned i = 0; i < l->n; i++) {
		struct path_result r = path_in(p, buffer(l, i), l->work,
		    l->sealed + i * l->stride, l->len[i], twohosts_now);

		if (r.verdict != VERDICT_PASS || r.to != PATH_HOST ||
		    r.len != l->size)
			errx(1, "not opened: %s", verdict_text(r.verdict));
	}
	if (memcmp(buffer(l, l->n - 1), l->plain + (l->n - 1) * l->stride,
		l->size) != 0)
		errx(1, "a packet opened to something else");
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
	}
	return chunks_median(&c);
}
