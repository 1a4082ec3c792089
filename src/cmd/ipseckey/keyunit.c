/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/ipseckey/keyunit.h"

#include <stdio.h>

const char *
keyunit_bytes(char buf[KEYUNIT_TEXT], uint64_t bytes)
{
	static const char units[] = "KMGTPE";
	double v = (double)bytes / 1024;
	unsigned i = 0;

	buf[0] = '\0';
	if (bytes <= 1024)
		return buf;
	for (; v >= 1024 && units[i + 1] != '\0'; i++)
		v /= 1024;
	(void)snprintf(buf, KEYUNIT_TEXT, "(%.2f %cB) ", v, units[i]);
	return buf;
}

const char *
keyunit_seconds(char buf[KEYUNIT_TEXT], uint64_t seconds)
{
	double v = (double)seconds;

	buf[0] = '\0';
	if (seconds > 24 * 60 * 60)
		(void)snprintf(
		    buf, KEYUNIT_TEXT, "(%.2f days) ", v / (24 * 60 * 60));
	else if (seconds > 60 * 60)
		(void)snprintf(
		    buf, KEYUNIT_TEXT, "(%.2f hours) ", v / (60 * 60));
	else if (seconds > 60)
		(void)snprintf(buf, KEYUNIT_TEXT, "(%.2f minutes) ", v / 60);
	return buf;
}
