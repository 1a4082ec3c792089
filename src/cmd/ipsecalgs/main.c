/* SPDX-License-Identifier: BSD-2-Clause */
/* ipsecalgs - shows and changes the tables of IPsec algorithms (ipsecalgs(8)). */
#include <stdio.h>

#include "cmd/ipsecalgs/algopts.h"
#include "cmd/ipsecalgs/algrun.h"
#include "cmd/ipsecalgs/algshow.h"
#include "cmd/pol/poltext.h"

int
main(int argc, char *argv[])
{
	struct algopts o;

	if (!algopts_read(&o, argc, argv)) {
		poltext_say("%s", o.error);
		(void)fputs(algopts_usage, stderr);
		return 1;
	}
	switch (o.cmd) {
	case ALGOPTS_SHOW:
		return algshow_file(o.json);
	case ALGOPTS_KERNEL:
		return algshow_kernel(o.json);
	case ALGOPTS_SYNC:
		return algrun_sync();
	default:
		return algrun_change(&o);
	}
}
