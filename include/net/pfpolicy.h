/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net/pfpolicy.h - PF_POLICY messages, as ipsecconf and ipsecd exchange them
 * over a Unix SOCK_SEQPACKET socket, one message a packet. Numbers and layouts
 * are those of Solaris. See pf_policy(7).
 *
 * A message is a base header and extensions in any order, each a multiple of 8
 * bytes. Lengths count 64-bit words. Integers are in host order, ports and
 * addresses in network order; address families are those of <sys/socket.h>.
 */
#ifndef NET_PFPOLICY_H
#define NET_PFPOLICY_H

#include <net/pfpolicy_numbers.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct spd_msg {
	uint8_t spd_msg_version; /* PF_POLICY_V1 */
	uint8_t spd_msg_type;
	uint8_t spd_msg_errno;
	uint8_t spd_msg_spdid;
	uint16_t spd_msg_len; /* whole message */
	uint16_t spd_msg_diagnostic;
	uint32_t spd_msg_seq;
	uint32_t spd_msg_pid;
};

struct spd_ext {
	uint16_t spd_ext_len; /* with this header */
	uint16_t spd_ext_type;
};

struct spd_rule {
	uint16_t spd_rule_len;
	uint16_t spd_rule_type;
	uint32_t spd_rule_priority;
	uint32_t spd_rule_flags; /* SPD_RULE_FLAG_* */
	uint32_t spd_rule_unused;
	uint64_t spd_rule_index; /* 0 in SPD_ADDRULE */
};

/* Followed by 4 bytes and 4 of padding, or by 16 bytes of address. */
struct spd_address {
	uint16_t spd_address_len;
	uint16_t spd_address_type;
	uint8_t spd_address_af; /* AF_INET, AF_INET6 */
	uint8_t spd_address_prefixlen;
	uint16_t spd_address_reserved;
};

struct spd_proto {
	uint16_t spd_proto_len;
	uint16_t spd_proto_exttype;
	uint8_t spd_proto_number;
	uint8_t spd_proto_reserved1;
	uint16_t spd_proto_reserved2;
};

struct spd_portrange {
	uint16_t spd_ports_len;
	uint16_t spd_ports_exttype;
	uint16_t spd_ports_minport; /* network order, as the next */
	uint16_t spd_ports_maxport;
};

struct spd_typecode {
	uint16_t spd_typecode_len;
	uint16_t spd_typecode_exttype;
	uint8_t spd_typecode_type;
	uint8_t spd_typecode_type_end;
	uint8_t spd_typecode_code; /* 255: any */
	uint8_t spd_typecode_code_end;
};

/*
 * Name of a tunnel interface, at most 31 bytes and a NUL, padded with zeros. An
 * empty name means the host and every tunnel (SPD_FLUSH, SPD_DUMP).
 */
struct spd_if {
	uint16_t spd_if_len;
	uint16_t spd_if_exttype;
	char spd_if_name[4]; /* and as many more as needed */
};

/* Followed by spd_actions_count groups of struct spd_attribute. */
struct spd_ext_actions {
	uint16_t spd_actions_len;
	uint16_t spd_actions_exttype;
	uint16_t spd_actions_count;
	uint16_t spd_actions_reserved;
};

struct spd_attribute {
	uint32_t spd_attr_tag;
	uint32_t spd_attr_value;
};

struct spd_ruleset_ext {
	uint16_t spd_ruleset_len;
	uint16_t spd_ruleset_type;
	uint32_t spd_ruleset_num_rules;
	uint64_t spd_ruleset_version;
};

#ifdef __cplusplus
}
#endif

#endif /* NET_PFPOLICY_H */
