/* SPDX-License-Identifier: BSD-2-Clause */
/* ipsecconf - the administrator's hands on IPsec policy (ipsecconf(8)). */
#include <stdio.h>
#include <sys/stat.h>

#include "cmd/ipsecconf/poladd.h"
#include "cmd/ipsecconf/pollist.h"
#include "cmd/ipsecconf/polremove.h"
#include "cmd/ipsecconf/polrun.h"
#include "cmd/pol/poltext.h"

int
main(int argc, char *argv[])
{
	struct polopts o;

	(void)umask(077);
	if (!polopts_read(&o, argc, argv)) {
		poltext_say("%s", o.error);
		(void)fputs(polopts_usage, stderr);
		return polrun_fatal();
	}
	switch (o.cmd) {
	case POLOPTS_VIEW:
		return pollist_view(&o);
	case POLOPTS_ADD:
		return poladd_add(&o);
	case POLOPTS_CHECK:
		return poladd_check(&o);
	case POLOPTS_DELETE:
		return pollist_delete(&o);
	case POLOPTS_FLUSH:
	case POLOPTS_FLUSH_ALL:
		return pollist_flush(&o);
	case POLOPTS_REMOVE:
		return polremove_remove(&o);
	case POLOPTS_LIST:
	case POLOPTS_LIST_ALL:
	case POLOPTS_CMDS:
		break;
	}
	return pollist_list(&o);
}
