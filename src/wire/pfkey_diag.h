/* SPDX-License-Identifier: BSD-2-Clause */
/* PF_KEY diagnostics: position is number (SADB_X_DIAGNOSTIC_*). */
#ifndef WIRE_PFKEY_DIAG_H
#define WIRE_PFKEY_DIAG_H

#define PFKEY_DIAGS(D)                                                       \
	D(NONE, "no diagnostic")                                             \
	D(UNKNOWN_MSG, "unknown message type")                               \
	D(UNKNOWN_EXT, "unknown extension")                                  \
	D(BAD_EXTLEN, "bad extension length")                                \
	D(UNKNOWN_SATYPE, "unknown SA type")                                 \
	D(SATYPE_NEEDED, "a specific SA type is needed")                     \
	D(NO_SADBS, "no security association database")                      \
	D(NO_EXT, "no extension is allowed here")                            \
	D(BAD_SRC_AF, "bad source address family")                           \
	D(BAD_DST_AF, "bad destination address family")                      \
	D(BAD_INNER_SRC_AF, "bad inner source address family")               \
	D(AF_MISMATCH, "source and destination address families differ")     \
	D(BAD_SRC, "bad source address value")                               \
	D(BAD_DST, "bad destination address value")                          \
	D(ALLOC_HSERR, "soft allocations lifetime exceeds the hard one")     \
	D(BYTES_HSERR, "soft bytes lifetime exceeds the hard one")           \
	D(ADDTIME_HSERR, "soft add-time lifetime exceeds the hard one")      \
	D(USETIME_HSERR, "soft use-time lifetime exceeds the hard one")      \
	D(MISSING_SRC, "missing source address")                             \
	D(MISSING_DST, "missing destination address")                        \
	D(MISSING_SA, "missing SA extension")                                \
	D(MISSING_EKEY, "missing encryption key")                            \
	D(MISSING_AKEY, "missing authentication key")                        \
	D(MISSING_RANGE, "missing SPI range")                                \
	D(DUPLICATE_SRC, "duplicate source address")                         \
	D(DUPLICATE_DST, "duplicate destination address")                    \
	D(DUPLICATE_SA, "duplicate SA extension")                            \
	D(DUPLICATE_EKEY, "duplicate encryption key")                        \
	D(DUPLICATE_AKEY, "duplicate authentication key")                    \
	D(DUPLICATE_RANGE, "duplicate SPI range")                            \
	D(MALFORMED_SRC, "malformed source address")                         \
	D(MALFORMED_DST, "malformed destination address")                    \
	D(MALFORMED_SA, "malformed SA extension")                            \
	D(MALFORMED_EKEY, "malformed encryption key")                        \
	D(MALFORMED_AKEY, "malformed authentication key")                    \
	D(MALFORMED_RANGE, "malformed SPI range")                            \
	D(AKEY_PRESENT, "authentication key not allowed here")               \
	D(EKEY_PRESENT, "encryption key not allowed here")                   \
	D(PROP_PRESENT, "proposal not allowed here")                         \
	D(SUPP_PRESENT, "supported-algorithms extension not allowed here")   \
	D(BAD_AALG, "unsupported authentication algorithm")                  \
	D(BAD_EALG, "unsupported encryption algorithm")                      \
	D(BAD_SAFLAGS, "SA flag cannot be set here")                         \
	D(BAD_SASTATE, "SA state not allowed here")                          \
	D(BAD_AKEYBITS, "bad number of authentication key bits")             \
	D(BAD_EKEYBITS, "bad number of encryption key bits")                 \
	D(ENCR_NOTSUPP, "encryption is not supported for this SA type")      \
	D(WEAK_EKEY, "weak encryption key")                                  \
	D(WEAK_AKEY, "weak authentication key")                              \
	D(DUPLICATE_KMP, "duplicate or changed key management protocol")     \
	D(DUPLICATE_KMC, "duplicate or changed key management cookie")       \
	D(MISSING_NATT_LOC, "missing NAT-T local address")                   \
	D(MISSING_NATT_REM, "missing NAT-T remote address")                  \
	D(DUPLICATE_NATT_LOC, "duplicate NAT-T local address")               \
	D(DUPLICATE_NATT_REM, "duplicate NAT-T remote address")              \
	D(MALFORMED_NATT_LOC, "malformed NAT-T local address")               \
	D(MALFORMED_NATT_REM, "malformed NAT-T remote address")              \
	D(DUPLICATE_NATT_PORTS, "duplicate NAT-T ports")                     \
	D(MISSING_INNER_SRC, "missing inner source address")                 \
	D(MISSING_INNER_DST, "missing inner destination address")            \
	D(DUPLICATE_INNER_SRC, "duplicate inner source address")             \
	D(DUPLICATE_INNER_DST, "duplicate inner destination address")        \
	D(MALFORMED_INNER_SRC, "malformed inner source address")             \
	D(MALFORMED_INNER_DST, "malformed inner destination address")        \
	D(PREFIX_INNER_SRC, "bad prefix length of the inner source address") \
	D(PREFIX_INNER_DST,                                                  \
	    "bad prefix length of the inner destination address")            \
	D(BAD_INNER_DST_AF, "bad inner destination address family")          \
	D(INNER_AF_MISMATCH,                                                 \
	    "inner source and destination address families differ")          \
	D(BAD_NATT_REM_AF, "bad NAT-T remote address family")                \
	D(BAD_NATT_LOC_AF, "bad NAT-T local address family")                 \
	D(PROTO_MISMATCH, "source and destination protocols differ")         \
	D(INNER_PROTO_MISMATCH,                                              \
	    "inner source and destination protocols differ")                 \
	D(DUAL_PORT_SETS, "inner and outer ports at the same time")          \
	D(PAIR_INAPPROPRIATE, "the pair SA is not suitable")                 \
	D(PAIR_ADD_MISMATCH, "the pair SA has other addresses")              \
	D(PAIR_ALREADY, "the pair SA is paired already")                     \
	D(PAIR_SA_NOTFOUND, "the pair SA was not found")                     \
	D(BAD_SA_DIRECTION, "the SA direction does not fit")                 \
	D(SA_NOTFOUND, "the SA was not found")                               \
	D(SA_EXPIRED, "the SA is not usable")                                \
	D(BAD_CTX,                                                           \
	    "the algorithm cannot be used by the cryptographic provider")    \
	D(INVALID_REPLAY, "invalid replay counter")                          \
	D(MISSING_LIFETIME, "inconsistent lifetimes")                        \
	D(BAD_LABEL, "bad label")                                            \
	D(MISSING_ASTR, "missing authentication string")                     \
	D(DUPLICATE_ASTR, "duplicate authentication string")                 \
	D(MALFORMED_ASTR, "malformed authentication string")

enum {
#define D(name, text) PFKEY_DIAG_##name,
	PFKEY_DIAGS(D)
#undef D
	    PFKEY_DIAG_N
};

#endif /* WIRE_PFKEY_DIAG_H */
