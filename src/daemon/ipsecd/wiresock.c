/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/ipsecd/wiresock.h"

#include <errno.h>
#include <unistd.h>

#include "io/rawip.h"
#include "io/tun.h"
#include "io/udpencap.h"

static bool
fail(void)
{
	log_say(LOG_LEVEL_ERR, "raw sockets: %s", strerror(errno));
	return false;
}

bool
wiresock_open(struct pump_fds *f, const struct steer_conf *conf,
    uint16_t natt_port, size_t workers)
{
	static const int protocols[] = { IPPROTO_ESP_, IPPROTO_AH_ };
	static const int inner[] = { IPPROTO_IPIP_, IPPROTO_IPV6_ };

	for (int six = 0; six < 2; six++) {
		uint8_t fam = six ? 6 : 4;

		f->out[six] = rawip_open_out(fam, conf->bypass);
		for (int i = 0; i < 2; i++) {
			f->in[six][i] = rawip_open_in(fam, protocols[i]);
			f->tunnel[six][i] = rawip_open_in(fam, conf->tunnel[i]);
			f->report[six][i] = rawip_open_reports(fam, inner[i]);
		}
		if (f->out[six] >= 0 && f->in[six][0] >= 0 &&
		    f->in[six][1] >= 0 && f->tunnel[six][0] >= 0 &&
		    f->tunnel[six][1] >= 0 && f->report[six][0] >= 0 &&
		    f->report[six][1] >= 0)
			continue;
		if (!six || errno != EAFNOSUPPORT)
			return fail();
		log_say(LOG_LEVEL_WARN, "this kernel has no IPv6");
	}
	f->udp = udpencap_open(natt_port, conf->bypass);
	if (f->udp < 0)
		log_say(LOG_LEVEL_WARN,
		    "UDP port %d: %s; no UDP encapsulation here", natt_port,
		    strerror(errno));
	for (size_t i = 0; i < workers && f->udp >= 0; i++)
		f->udp_out[i] =
		    udpencap_open_out(natt_port, conf->bypass, (unsigned)i);
	for (int i = 0; i < PUMP_TUNNELS; i++)
		f->spare[i] = tun_open();
	return true;
}

void
wiresock_close(struct pump_fds *f)
{
	int *all = &f->tun;

	for (size_t i = 0; i < sizeof(*f) / sizeof(int); i++)
		if (all[i] >= 0)
			(void)close(all[i]);
}
