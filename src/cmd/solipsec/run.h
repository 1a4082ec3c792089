/* SPDX-License-Identifier: BSD-2-Clause */
/* run - `solipsec run`: a program with a policy on its sockets. */
#ifndef CMD_SOLIPSEC_RUN_H
#define CMD_SOLIPSEC_RUN_H

/*
 * argv[0] is "run". Becomes the program, or returns: 2 usage, 125 the policy is
 * not to be had, 126 the program cannot be run, 127 it is not there.
 */
int run_main(int argc, char *argv[]);

#endif /* CMD_SOLIPSEC_RUN_H */
