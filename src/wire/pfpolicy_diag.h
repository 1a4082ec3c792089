/* SPDX-License-Identifier: BSD-2-Clause */
/* PF_POLICY diagnostics: position is number (spec: policy 16). */
#ifndef WIRE_PFPOLICY_DIAG_H
#define WIRE_PFPOLICY_DIAG_H

#define PFPOLICY_DIAGS(D)                                                     \
	D(NONE, "no diagnostic")                                              \
	D(UNKNOWN_EXT, "unknown extension")                                   \
	D(BAD_EXTLEN, "bad extension length")                                 \
	D(NO_RULE_EXT, "no rule extension")                                   \
	D(BAD_ADDR_LEN, "bad address length")                                 \
	D(MIXED_AF, "mixed address families")                                 \
	D(ADD_NO_MEM, "no memory")                                            \
	D(ADD_WRONG_ACT_COUNT, "wrong number of actions")                     \
	D(ADD_BAD_TYPE, "bad action type")                                    \
	D(ADD_BAD_FLAGS, "bad action flags")                                  \
	D(ADD_INCON_FLAGS, "inconsistent action flags")                       \
	D(MALFORMED_LCLPORT, "malformed local port")                          \
	D(DUPLICATE_LCLPORT, "duplicate local port")                          \
	D(MALFORMED_REMPORT, "malformed remote port")                         \
	D(DUPLICATE_REMPORT, "duplicate remote port")                         \
	D(MALFORMED_PROTO, "malformed protocol")                              \
	D(DUPLICATE_PROTO, "duplicate protocol")                              \
	D(MALFORMED_LCLADDR, "malformed local address")                       \
	D(DUPLICATE_LCLADDR, "duplicate local address")                       \
	D(MALFORMED_REMADDR, "malformed remote address")                      \
	D(DUPLICATE_REMADDR, "duplicate remote address")                      \
	D(MALFORMED_ACTION, "malformed action")                               \
	D(DUPLICATE_ACTION, "duplicate action")                               \
	D(MALFORMED_RULE, "malformed rule")                                   \
	D(DUPLICATE_RULE, "duplicate rule")                                   \
	D(MALFORMED_RULESET, "malformed rule set")                            \
	D(DUPLICATE_RULESET, "duplicate rule set")                            \
	D(INVALID_RULE_INDEX, "invalid rule index")                           \
	D(BAD_SPDID, "bad SPD id")                                            \
	D(BAD_MSG_TYPE, "bad message type")                                   \
	D(UNSUPP_AH_ALG, "unsupported AH algorithm")                          \
	D(UNSUPP_ESP_ENCR_ALG, "unsupported ESP encryption algorithm")        \
	D(UNSUPP_ESP_AUTH_ALG, "unsupported ESP authentication algorithm")    \
	D(UNSUPP_AH_KEYSIZE, "unsupported AH key size")                       \
	D(UNSUPP_ESP_ENCR_KEYSIZE, "unsupported ESP encryption key size")     \
	D(UNSUPP_ESP_AUTH_KEYSIZE, "unsupported ESP authentication key size") \
	D(NO_ACTION_EXT, "no action extension")                               \
	D(ALG_ID_RANGE, "algorithm number out of range")                      \
	D(ALG_NUM_KEY_SIZES, "inconsistent number of key sizes")              \
	D(ALG_NUM_BLOCK_SIZES, "inconsistent number of block sizes")          \
	D(ALG_MECH_NAME_LEN, "bad mechanism name length")                     \
	D(NOT_LOADED, "IPsec is not running")                                 \
	D(MALFORMED_ICMP_TYPECODE, "malformed ICMP type and code")            \
	D(DUPLICATE_ICMP_TYPECODE, "duplicate ICMP type and code")            \
	D(NOT_GLOBAL_OP, "operation not valid for all policies at once")      \
	D(NO_TUNNEL_SELECTORS, "selectors on a transport-mode tunnel rule")

enum {
#define D(name, text) PFPOLICY_DIAG_##name,
	PFPOLICY_DIAGS(D)
#undef D
	    PFPOLICY_DIAG_N
};

#endif /* WIRE_PFPOLICY_DIAG_H */
