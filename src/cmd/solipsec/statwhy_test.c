/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/solipsec/statwhy.h"

#include <stdlib.h>
#include <string.h>

#include "base/test.h"

#include "core/verdict.h"

/* Whoever adds a reason says what to do about it: a row in statwhy.c. */
static void
test_advice(void **state)
{
	(void)state;
	for (enum verdict v = 0; v < VERDICT_N; v++)
		if (verdict_is_drop(v) &&
		    statwhy_advice(verdict_name(v)) == NULL)
			fail_msg(
			    "statwhy.c has no advice for %s", verdict_name(v));
	assert_null(statwhy_advice("pass"));
}

static char *
print(const char *answer, const char *status)
{
	json_t *a = json_loads(answer, 0, NULL);
	json_t *s = json_loads(status, 0, NULL);
	json_t *doc = statwhy_document(a, s);
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	statwhy_print(f, doc);
	(void)fclose(f);
	json_decref(doc);
	json_decref(a);
	json_decref(s);
	return text;
}

static void
test_print(void **state)
{
	char *text = print("{\"drops\":["
			   "{\"reason\":\"too_big\",\"direction\":\"out\","
			   "\"packets\":40,\"text\":\"too large\"},"
			   "{\"reason\":\"new\",\"direction\":\"in\","
			   "\"packets\":1,\"text\":\"said so\"}],"
			   "\"kstats\":[{\"name\":\"edges\",\"statistics\":"
			   "{\"closed\":2,\"steer_repairs\":5}}]}",
	    "{\"entries\":[{\"index\":1,\"dir\":\"in\",\"family\":4,"
	    "\"drops\":0},{\"index\":2,\"dir\":\"in\",\"family\":6,"
	    "\"drops\":3},{\"index\":3,\"dir\":\"out\",\"family\":4,"
	    "\"tunnel\":\"ip.tun0\",\"drops\":7}],"
	    "\"sas\":[{\"type\":\"esp\",\"spi\":\"0x00000101\",\"src\":\"a\","
	    "\"dst\":\"b\",\"state\":\"MATURE\",\"drops\":1}]}");

	(void)state;
	assert_string_equal(text,
	    "43 packets were dropped, by reason:\n"
	    "\n"
	    "      40  too_big, outbound\n"
	    "          too large\n"
	    "          Nothing: the sender was told the size that fits, and "
	    "sends smaller\n"
	    "          packets.\n"
	    "\n"
	    "       1  new, inbound\n"
	    "          said so\n"
	    "\n"
	    "       2  closed\n"
	    "          An earlier ipsecd was killed, and policy is not loaded "
	    "since:\n"
	    "          `ipsecconf -a /etc/inet/ipsecinit.conf`.\n"
	    "\n"
	    "by policy entry (ipsecconf -ln)\n"
	    "       7  ip.tun0,3, outbound, IPv4\n"
	    "       3  #INDEX 2, inbound, IPv6\n"
	    "\n"
	    "by SA (ipseckey dump)\n"
	    "       1  esp 0x00000101, a to b, MATURE\n");
	free(text);
	text = print("{\"drops\":[],\"kstats\":[]}", "{}");
	assert_string_equal(text, "No packet was dropped.\n");
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_advice),
		cmocka_unit_test(test_print),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
