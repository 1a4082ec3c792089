/* SPDX-License-Identifier: BSD-2-Clause */
/* ipsecalgs - shows the tables of IPsec algorithms (ipsecalgs(8)). */
#include <stdio.h>

#include "cmd/ipsecalgs/algshow.h"
#include "cmd/pol/poltext.h"

int
main(int argc, char *argv[])
{
	struct algshow_opts o;

	if (!algshow_read(&o, argc, argv)) {
		poltext_say("%s", o.error);
		(void)fputs(algshow_usage, stderr);
		return 1;
	}
	return o.kernel ? algshow_kernel() : algshow_file();
}
