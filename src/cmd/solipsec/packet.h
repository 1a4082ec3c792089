/* SPDX-License-Identifier: BSD-2-Clause */
/* packet - the data path as an offline tool: `solipsec packet ...`. */
#ifndef CMD_SOLIPSEC_PACKET_H
#define CMD_SOLIPSEC_PACKET_H

/* argv[0] is "packet". Returns the exit status. */
int packet_main(int argc, char **argv);

#endif /* CMD_SOLIPSEC_PACKET_H */
