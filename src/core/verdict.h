/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * verdict - every way a packet can leave the path: one line each.
 *
 * The enum, the counter array, the kstat name and the text all come from this
 * list, so a drop can be neither unnamed nor uncounted. Names in lower case are
 * those of Solaris' ip:0:ipdrop where it has one (spec: services 10).
 */
#ifndef CORE_VERDICT_H
#define CORE_VERDICT_H

#include <stdbool.h>

/* V(NAME, kstat name, is a drop, text) */
#define VERDICTS(V)                                                            \
	V(PASS, "pass", 0, "protected, or allowed in the clear: goes on")      \
	V(HOLD, "hold", 0,                                                     \
	    "waits for an SA (RFC 2367 3.1.6) or for fragments")               \
	V(DUMMY, "dummy", 0, "dummy packet, discarded (RFC 4303 2.6)")         \
	V(KEEPALIVE, "nat_t_ka", 0, "NAT keepalive, discarded (RFC 3948 2.3)") \
	V(IKE, "ike", 0, "IKE message on UDP 4500, not ESP (RFC 3948 2.2)")    \
	V(TOO_BIG, "too_big", 1,                                               \
	    "larger than the path MTU, DF set: sender told (RFC 4301 8)")      \
	V(SPD_EXPLICIT, "spd_explicit", 1, "policy says drop")                 \
	V(SPD_GOT_SECURE, "spd_got_secure", 1,                                 \
	    "protected, but policy expects it in the clear")                   \
	V(SPD_GOT_CLEAR, "spd_got_clear", 1,                                   \
	    "in the clear, but policy demands protection")                     \
	V(SPD_LOOPBACK_MISMATCH, "spd_loopback_mismatch", 1,                   \
	    "from the host to itself: policy out and in disagree")             \
	V(SPD_BAD_AHALG, "spd_bad_ahalg", 1,                                   \
	    "AH algorithm is not the policy's")                                \
	V(SPD_GOT_AH, "spd_got_ah", 1,                                         \
	    "AH present and not required, or the reverse")                     \
	V(SPD_BAD_ESPEALG, "spd_bad_espealg", 1,                               \
	    "ESP cipher is not the policy's")                                  \
	V(SPD_BAD_ESPAALG, "spd_bad_espaalg", 1,                               \
	    "ESP authentication is not the policy's")                          \
	V(SPD_GOT_ESP, "spd_got_esp", 1,                                       \
	    "ESP present and not required, or the reverse")                    \
	V(SPD_GOT_SELFENCAP, "spd_got_selfencap", 1,                           \
	    "self-encapsulation present and not required, or the reverse")     \
	V(SPD_BAD_SELFENCAP, "spd_bad_selfencap", 1,                           \
	    "self-encapsulated addresses differ")                              \
	V(SPD_AHESP_DIFFID, "spd_ahesp_diffid", 1,                             \
	    "AH and ESP SAs of different identities")                          \
	V(SPD_AH_BADID, "spd_ah_badid", 1,                                     \
	    "AH SA of other identities than the connection's first")           \
	V(SPD_ESP_BADID, "spd_esp_badid", 1,                                   \
	    "ESP SA of other identities than the connection's first")          \
	V(SPD_NO_SOCKET, "spd_no_socket", 1,                                   \
	    "socket with a policy of its own, which is not known any more")    \
	V(SPD_AH_INNERMISMATCH, "spd_ah_innermismatch", 1,                     \
	    "packet does not fit the AH SA's selectors")                       \
	V(SPD_ESP_INNERMISMATCH, "spd_esp_innermismatch", 1,                   \
	    "packet does not fit the ESP SA's selectors")                      \
	V(SPD_NO_POLICY, "spd_no_policy", 1,                                   \
	    "tunnel has policy, none matches")                                 \
	V(TUN_LOOP, "tun_loop", 1,                                             \
	    "a tunnel's own packet came back to it: the route to its other "   \
	    "end leads into it")                                               \
	V(TUN_LIMIT, "tun_limit", 1,                                           \
	    "in as many tunnels as it may be: sender told (RFC 2473 4.1.1)")   \
	V(TUN_ECN, "tun_ecn", 1,                                               \
	    "congestion in the outer header, and the inner one cannot say it " \
	    "(RFC 6040 4.2)")                                                  \
	V(SPD_NOMEM, "spd_nomem", 1, "no memory")                              \
	V(SPD_MALFORMED_PACKET, "spd_malformed_packet", 1,                     \
	    "not a sane IP packet")                                            \
	V(SPD_MALFORMED_FRAG, "spd_malformed_frag", 1,                         \
	    "fragment where a whole packet is needed")                         \
	V(SPD_OVERLAP_FRAG, "spd_overlap_frag", 1,                             \
	    "fragments of one datagram overlap (RFC 5722)")                    \
	V(SPD_EVIL_FRAG, "spd_evil_frag", 1,                                   \
	    "fragment at a place where none may begin or end (RFC 1858)")      \
	V(SPD_MAX_FRAGS, "spd_max_frags", 1,                                   \
	    "too many fragments wait for the rest of their datagrams")         \
	V(SPD_EXPIRED_FRAGS, "spd_expired_frags", 1,                           \
	    "fragments whose datagram did not come whole in time")             \
	V(SADB_ACQUIRE_NOMEM, "sadb_acquire_nomem", 1,                         \
	    "no memory to hold the packet")                                    \
	V(SADB_ACQUIRE_TOOFULL, "sadb_acquire_toofull", 1,                     \
	    "too many packets wait for this SA")                               \
	V(SADB_ACQUIRE_TIMEOUT, "sadb_acquire_timeout", 1,                     \
	    "no SA came in time")                                              \
	V(SADB_NO_KM, "sadb_acquire_nokm", 1,                                  \
	    "no SA, and no key management daemon listens")                     \
	V(SADB_INLARVAL_REPLACE, "sadb_inlarval_replace", 1,                   \
	    "held for a larval SA, replaced by a newer packet")                \
	V(SADB_INLARVAL_TIMEOUT, "sadb_inlarval_timeout", 1,                   \
	    "held for a larval SA that timed out")                             \
	V(ESP_NO_SA, "esp_no_sa", 1,                                           \
	    "no ESP SA for this SPI (RFC 4303 3.4.2)")                         \
	V(ESP_NOMEM, "esp_nomem", 1, "ESP: no memory")                         \
	V(ESP_SHORT, "esp_short", 1,                                           \
	    "ESP packet shorter than its algorithms need")                     \
	V(ESP_EARLY_REPLAY, "esp_early_replay", 1,                             \
	    "ESP sequence number old or seen, before the ICV check (RFC 4303 " \
	    "3.4.3)")                                                          \
	V(ESP_REPLAY, "esp_replay", 1,                                         \
	    "ESP sequence number old or seen, or exhausted (RFC 4303 3.4.3)")  \
	V(ESP_BYTES_EXPIRE, "esp_bytes_expire", 1,                             \
	    "ESP SA's hard lifetime reached")                                  \
	V(ESP_BAD_PADLEN, "esp_bad_padlen", 1,                                 \
	    "ESP pad length longer than the packet")                           \
	V(ESP_BAD_PADDING, "esp_bad_padding", 1,                               \
	    "ESP padding is not 1, 2, 3, ... (RFC 4303 2.4)")                  \
	V(ESP_BAD_AUTH, "esp_bad_auth", 1,                                     \
	    "ESP integrity check failed (RFC 4303 3.4.4)")                     \
	V(ESP_CRYPTO_FAILED, "esp_crypto_failed", 1,                           \
	    "ESP: cryptography failed")                                        \
	V(ESP_BAD_INNER, "esp_bad_inner", 1,                                   \
	    "what ESP carried is not a sane packet of its mode")               \
	V(ESP_NAT_T_IPSEC, "esp_nat_t_ipsec", 1,                               \
	    "UDP-encapsulated where plain ESP is expected, or the reverse")    \
	V(ESP_IV_WRAP, "esp_iv_wrap", 1,                                       \
	    "ESP: all IVs of this key are used up")                            \
	V(AH_NO_SA, "ah_no_sa", 1, "no AH SA for this SPI (RFC 4302 3.4.2)")   \
	V(AH_NOMEM, "ah_nomem", 1, "AH: no memory")                            \
	V(AH_BAD_LENGTH, "ah_bad_length", 1,                                   \
	    "AH length does not fit the algorithm or the packet")              \
	V(AH_BAD_V4_OPTS, "ah_bad_v4_opts", 1, "AH: malformed IPv4 options")   \
	V(AH_BAD_V6_HDRS, "ah_bad_v6_hdrs", 1,                                 \
	    "AH: malformed IPv6 extension headers")                            \
	V(AH_EARLY_REPLAY, "ah_early_replay", 1,                               \
	    "AH sequence number old or seen, before the ICV check")            \
	V(AH_REPLAY, "ah_replay", 1,                                           \
	    "AH sequence number old or seen, or exhausted")                    \
	V(AH_BYTES_EXPIRE, "ah_bytes_expire", 1,                               \
	    "AH SA's hard lifetime reached")                                   \
	V(AH_BAD_AUTH, "ah_bad_auth", 1,                                       \
	    "AH integrity check failed (RFC 4302 3.4.4)")                      \
	V(AH_CRYPTO_FAILED, "ah_crypto_failed", 1, "AH: cryptography failed")  \
	V(AH_BAD_INNER, "ah_bad_inner", 1,                                     \
	    "what AH carried is not a sane packet of its mode")                \
	V(AH_IV_WRAP, "ah_iv_wrap", 1, "AH: all IVs of this key are used up")

enum verdict {
#define V(name, kstat, drop, text) VERDICT_##name,
	VERDICTS(V)
#undef V
	    VERDICT_N
};

const char *verdict_name(enum verdict v); /* kstat name */
const char *verdict_text(enum verdict v); /* one line for people */
bool verdict_is_drop(enum verdict v);
/* VERDICT_N when there is none of that kstat name. */
enum verdict verdict_by_name(const char *name);

#endif /* CORE_VERDICT_H */
