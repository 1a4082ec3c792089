/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/ipsecd/queue.h"

#include "io/log.h"
#include "io/nfqueue.h"

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
