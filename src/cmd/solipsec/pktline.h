/* SPDX-License-Identifier: BSD-2-Clause */
/* pktline - what became of a packet as one line of JSON (man/solipsec.8). */
#ifndef CMD_SOLIPSEC_PKTLINE_H
#define CMD_SOLIPSEC_PKTLINE_H

#include <jansson.h>
#include <stdio.h>

#include "cmd/solipsec/pktread.h"
#include "cmd/solipsec/pktway.h"

/* w: NULL for a frame that has no IP packet. False: cannot be written. */
MUST_USE bool pktline_print(
    FILE *f, const struct pktread_frame *frame, const struct pktway *w);

/* Write o as a line and let go of it. False: no memory or cannot be written. */
MUST_USE bool pktline_put(FILE *f, json_t *o);

/* "#3 ESP SPI 0x10 seq 5: opened", for the comment in the capture. */
#define PKTLINE_COMMENT 160
const char *pktline_comment(char buf[PKTLINE_COMMENT],
    const struct pktread_frame *frame, const struct pktway *w);

#endif /* CMD_SOLIPSEC_PKTLINE_H */
