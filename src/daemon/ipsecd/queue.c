/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/ipsecd/queue.h"

#include "io/log.h"
#include "io/nfqueue.h"
#include "wire/ip.h"

enum steer_queue
queue_open(struct steer *s, uint16_t queue, int *fd)
{
	enum steer_queue kind = steer_queue_kind(s);

	*fd = kind != STEER_QUEUE_NONE ? nfqueue_open(queue) : -1;
	if (*fd >= 0)
		return kind;
	log_say(LOG_LEVEL_WARN,
	    "no queue for packets: groups and sockets that are bound to a "
	    "device cannot be protected, what policy wants protected of "
	    "them is dropped");
	return STEER_QUEUE_NONE;
}

bool
queue_may_split(uint8_t *pkt, size_t n, uint16_t id)
{
	enum { DF = 0x40 };

	if (n < 20 || pkt[0] >> 4 != 4 || (pkt[6] & DF) == 0)
		return false;
	pkt[6] &= (uint8_t)~DF;
	if (ip_give_id(pkt, n, id))
		return true;
	ip_csum_header(pkt, (pkt[0] & 0x0f) * 4u);
	return false;
}

bool
queue_in_place(const uint8_t *came, size_t n, const uint8_t *opened, size_t len)
{
	struct ip_view was, is;

	return ip_parse(&was, came, n) && ip_parse(&is, opened, len) &&
	       was.ver == is.ver && was.fixed == is.fixed &&
	       addr_equal(&was.src, &is.src) && addr_equal(&was.dst, &is.dst);
}
