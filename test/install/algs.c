/* SPDX-License-Identifier: BSD-2-Clause */
/* A program outside of the tree: it sees what is installed and nothing else. */
#include <errno.h>
#include <solipsec/ipsecalg.h>
#include <solipsec/ipsecalgadm.h>
#include <stdio.h>
#include <stdlib.h>

int
main(void)
{
	int err, n, *list;
	struct ipsecalgent *e = getipsecalgbyname("aes", IPSEC_PROTO_ESP, &err);
	char *name = getipsecprotobynum(IPSEC_PROTO_AH);

	if (e == NULL || name == NULL)
		return 1;
	printf("%s %d %s %d-%d\n", e->a_names[0], e->a_alg_num, e->a_mech_name,
	    e->a_key_sizes[1], e->a_key_sizes[2]);
	freeipsecalgent(e);
	printf("%s %d\n", name, getipsecprotobyname(name));
	free(name);
	if (getipsecalgbynum(99, IPSEC_PROTO_ESP, &err) != NULL)
		return 1;
	printf("%s\n", err == ENOENT ? "ENOENT" : "?");
	if (delipsecalgbyname("aes", IPSEC_PROTO_ESP) != 0)
		return 1;
	printf(
	    "%s\n", ipsecalgs_diag(delipsecalgbyname("aes", IPSEC_PROTO_ESP)));
	list = getipsecalgs(&n, IPSEC_PROTO_ESP);
	printf("%d left\n", n);
	free(list);
	return 0;
}
