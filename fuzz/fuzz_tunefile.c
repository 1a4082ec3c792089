/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines of a file of `solipsec tune -f'. */
#include <stdlib.h>
#include <string.h>

#include "cmd/solipsec/tunecmd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *line, *end;

	if (text == NULL)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	for (line = text; line < text + size; line = end + 1) {
		const char *why = "";
		json_t *set;

		end = strchr(line, '\n');
		if (end == NULL)
			end = line + strlen(line);
		*end = '\0';
		/* a reason for each line that is no good, and only for those */
		if (tunecmd_line(&set, &why, line) != (why[0] == '\0'))
			abort();
		json_decref(set);
	}
	free(text);
	return 0;
}
