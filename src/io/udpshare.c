/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/udpshare.h"

#include <linux/filter.h>
#include <sys/socket.h>

bool
udpshare_attach(int fd, uint32_t ike, uint32_t esp)
{
	/* the program sees the UDP payload; a load out of bounds returns 0 */
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, ike),
		BPF_STMT(BPF_RET | BPF_K, esp),
	};
	struct sock_fprog prog = { .len = sizeof(code) / sizeof(code[0]),
		.filter = code };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &prog,
		   sizeof(prog)) == 0;
}
