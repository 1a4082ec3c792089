/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/pol/pollink.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#define TIMEOUT_MS 10000

bool
pollink_open(struct pollink *l)
{
	*l = (struct pollink){ 0 };
	return link_connect(&l->to, LINK_PFPOLICY);
}

void
pollink_close(struct pollink *l)
{
	link_close(&l->to);
}

enum pollink_result
pollink_next(struct pollink *l, const struct pfpolicy_msg *asked,
    struct pfpolicy_msg *in)
{
	uint16_t diag;
	size_t n;

	for (;;) {
		*in = (struct pfpolicy_msg){ 0 };
		if (!link_recv(&l->to, l->buf, sizeof(l->buf), &n, TIMEOUT_MS))
			return POLLINK_BROKEN;
		if (pfpolicy_parse(in, &diag, l->buf, n) != 0) {
			l->garbled = true;
			return POLLINK_BROKEN;
		}
		if (in->type == asked->type && in->seq == asked->seq &&
		    in->pid == asked->pid)
			return in->errnum == 0 ? POLLINK_OK : POLLINK_REFUSED;
		/* somebody else's */
		pfpolicy_fini(in);
	}
}

enum pollink_result
pollink_ask(struct pollink *l, struct pfpolicy_msg *m, struct pfpolicy_msg *in)
{
	struct wr w = wr_into(l->buf, sizeof(l->buf));
	struct pfpolicy_msg none;
	enum pollink_result res;

	m->seq = ++l->seq;
	m->pid = (uint32_t)getpid();
	if (in != NULL)
		*in = (struct pfpolicy_msg){ 0 };
	l->too_big = !pfpolicy_write(&w, m);
	if (l->too_big || !link_send(&l->to, l->buf, w.len))
		return POLLINK_BROKEN;
	res = pollink_next(l, m, in != NULL ? in : &none);
	if (in == NULL)
		pfpolicy_fini(&none);
	return res;
}

const char *
pollink_sentence(const struct pollink *l, char buf[POLLINK_TEXT])
{
	if (l->too_big)
		(void)snprintf(buf, POLLINK_TEXT,
		    "the entry stands for more alternatives than fit into one "
		    "message to ipsecd");
	else if (l->garbled)
		(void)snprintf(buf, POLLINK_TEXT,
		    "what came from ipsecd (%s) is no PF_POLICY message",
		    l->to.path);
	else
		(void)link_sentence(&l->to, buf);
	return buf;
}

bool
pollink_denied(const struct pollink *l)
{
	return l->to.fault == LINK_DENIED || l->to.fault == LINK_ZONE;
}

static struct alg
row(const struct pfpolicy_alg *p)
{
	return (struct alg){ .table = p->table,
		.id = p->id,
		.name = "",
		.aliases = "",
		.mech = "-",
		.key_def = p->key_def,
		.key_min = p->key_min,
		.key_max = p->key_max,
		.key_incr = p->key_incr,
		.flags = p->flags };
}

enum pollink_result
pollink_algs(struct pollink *l, struct alg *out, size_t max, size_t *n)
{
	struct pfpolicy_msg ask = { .type = SPD_ALGLIST }, in;
	enum pollink_result res = pollink_ask(l, &ask, &in);

	*n = 0;
	if (res == POLLINK_OK)
		for (unsigned i = 0; i < in.n_algs && *n < max; i++)
			out[(*n)++] = row(&in.alg[i]);
	pfpolicy_fini(&in);
	return res;
}
