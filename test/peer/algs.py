# SPDX-License-Identifier: BSD-2-Clause
"""The algorithms that solipsec has, with their names at the other ends.

name: in ipseckeys and policy files. bits: of the key; salt: bits behind it.
icv: bits on the wire. linux: the kernel's name for `ip xfrm`, None where it
has none. scapy: the name in scapy.layers.ipsec, None where it has none.
"""
import collections
import hashlib

Encr = collections.namedtuple("Encr", "name bits salt icv block linux scapy")
Auth = collections.namedtuple("Auth", "name bits icv linux scapy")

# combined: it authenticates too
ENCR = [
    Encr("null", 0, 0, 0, 1, "ecb(cipher_null)", "NULL"),
    Encr("aes-cbc", 128, 0, 0, 16, "cbc(aes)", "AES-CBC"),
    Encr("aes-cbc", 192, 0, 0, 16, "cbc(aes)", "AES-CBC"),
    Encr("aes-cbc", 256, 0, 0, 16, "cbc(aes)", "AES-CBC"),
    Encr("camellia-cbc", 128, 0, 0, 16, "cbc(camellia)", None),
    Encr("camellia-cbc", 256, 0, 0, 16, "cbc(camellia)", None),
    Encr("3des-cbc", 192, 0, 0, 8, "cbc(des3_ede)", "3DES"),
    Encr("des-cbc", 64, 0, 0, 8, "cbc(des)", "DES"),
    Encr("blowfish-cbc", 128, 0, 0, 8, "cbc(blowfish)", "Blowfish"),
    Encr("blowfish-cbc", 448, 0, 0, 8, "cbc(blowfish)", "Blowfish"),
    Encr("cast-cbc", 128, 0, 0, 8, "cbc(cast5)", "CAST"),
    Encr("aes-ctr", 128, 32, 0, 1, "rfc3686(ctr(aes))", "AES-CTR"),
    Encr("aes-ctr", 256, 32, 0, 1, "rfc3686(ctr(aes))", "AES-CTR"),
]
COMBINED = [
    Encr("aes-gcm8", 128, 32, 64, 1, "rfc4106(gcm(aes))", "AES-GCM"),
    Encr("aes-gcm12", 192, 32, 96, 1, "rfc4106(gcm(aes))", "AES-GCM"),
    Encr("aes-gcm16", 128, 32, 128, 1, "rfc4106(gcm(aes))", "AES-GCM"),
    Encr("aes-gcm16", 256, 32, 128, 1, "rfc4106(gcm(aes))", "AES-GCM"),
    Encr("aes-ccm8", 128, 24, 64, 1, "rfc4309(ccm(aes))", "AES-CCM"),
    Encr("aes-ccm12", 192, 24, 96, 1, "rfc4309(ccm(aes))", "AES-CCM"),
    Encr("aes-ccm16", 256, 24, 128, 1, "rfc4309(ccm(aes))", "AES-CCM"),
    Encr("aes-gmac", 128, 32, 128, 1, "rfc4543(gcm(aes))", None),
    Encr("aes-gmac", 256, 32, 128, 1, "rfc4543(gcm(aes))", None),
    Encr("chacha20-poly1305", 256, 32, 128, 1,
         "rfc7539esp(chacha20,poly1305)", "CHACHA20-POLY1305"),
]
AUTH = [
    Auth("hmac-md5", 128, 96, "hmac(md5)", "HMAC-MD5-96"),
    Auth("hmac-sha1", 160, 96, "hmac(sha1)", "HMAC-SHA1-96"),
    # the kernel's own default cuts it to 96 bits, against RFC 4868
    Auth("hmac-sha256", 256, 128, "hmac(sha256)", "SHA2-256-128"),
    Auth("hmac-sha384", 384, 192, "hmac(sha384)", "SHA2-384-192"),
    Auth("hmac-sha512", 512, 256, "hmac(sha512)", "SHA2-512-256"),
    Auth("aes-xcbc", 128, 96, "xcbc(aes)", None),
    Auth("aes-cmac", 128, 96, "cmac(aes)", "AES-CMAC-96"),
]


def key(seed, bits):
    """Key bytes that both ends can make from a text, as hexadecimal digits."""
    return hashlib.shake_256(seed.encode()).hexdigest(bits // 8)


def esp_pairs():
    """(encr, auth or None): each cipher, and each MAC, at least once."""
    auth = {a.name: a for a in AUTH}
    # what each cipher is usually seen with, so that all MACs come up
    beside = {"aes-cbc": "hmac-sha256", "camellia-cbc": "hmac-sha384",
              "3des-cbc": "hmac-sha1", "des-cbc": "hmac-md5",
              "blowfish-cbc": "hmac-sha1", "cast-cbc": "hmac-md5",
              "aes-ctr": "hmac-sha512"}
    out = [(e, auth[beside[e.name]]) for e in ENCR if e.name != "null"]
    out += [(ENCR[0], a) for a in AUTH]
    out += [(ENCR[1], auth[n]) for n in ("aes-xcbc", "aes-cmac")]
    return out + [(c, None) for c in COMBINED]
