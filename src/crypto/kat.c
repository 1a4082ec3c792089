/* SPDX-License-Identifier: BSD-2-Clause */
#include "crypto/kat.h"

#define A(name) ALG_AUTH, AALG_##name
#define E(name) ALG_ENCR, EALG_##name

/*
 * Examples of the documents named above them, so that the meaning is right; and
 * long ones over the pattern, which reach the paths for many blocks at once.
 */
const struct kat kat_rows[] = {
	/* RFC 2202 */
	{ A(MD5HMAC), 128, .key = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	    .in = "dddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
		  "dddddddddddddddddddddddddddddddddddddddddddd",
	    .icv = "56be34521d144c88dbb8c733" },
	{ A(MD5HMAC), 128, .len = 301, .icv = "7e12aa119222d640d985fbf5" },
	/* RFC 2202 */
	{ A(SHA1HMAC), 160, .key = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	    .in = "dddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
		  "dddddddddddddddddddddddddddddddddddddddddddd",
	    .icv = "125d7342b9ac11cd91a39af4" },
	{ A(SHA1HMAC), 160, .len = 301, .icv = "a4c423c3885be88e6148d30a" },
	/* RFC 4868 2.7.2 */
	{ A(SHA256HMAC), 256,
	    .key = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		   "aaaaaaaa",
	    .in = "dddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
		  "dddddddddddddddddddddddddddddddddddddddddddd",
	    .icv = "cdcb1220d1ecccea91e53aba3092f962" },
	{ A(SHA256HMAC), 256, .len = 301,
	    .icv = "a76028a5abc2136786b5be8329522f6e" },
	/* RFC 4868 2.7.2 */
	{ A(SHA384HMAC), 384,
	    .key = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		   "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	    .in = "dddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
		  "dddddddddddddddddddddddddddddddddddddddddddd",
	    .icv = "809f439be00274321d4a538652164b53554a508184a0c316" },
	{ A(SHA384HMAC), 384, .len = 301,
	    .icv = "2423130f20ea3bf37a0821b783a121124b5d85beba6cd4a2" },
	/* RFC 4868 2.7.2 */
	{ A(SHA512HMAC), 512,
	    .key = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		   "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		   "aaaaaaaaaaaaaaaa",
	    .in = "dddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
		  "dddddddddddddddddddddddddddddddddddddddddddd",
	    .icv = "2ee7acd783624ca9398710f3ee05ae41b9f9b0510c87e49e586cc9bf"
		   "961733d8" },
	{ A(SHA512HMAC), 512, .len = 301,
	    .icv = "d29fe280e49643a76107803f0b80041044674c29986671997e4af123"
		   "b74f1608" },
	/* RFC 3566 4 */
	{ A(AES_XCBC), 128, .key = "000102030405060708090a0b0c0d0e0f", .in = "",
	    .icv = "75f0251d528ac01c4573dfd5" },
	{ A(AES_XCBC), 128, .key = "000102030405060708090a0b0c0d0e0f",
	    .in = "000102030405060708090a0b0c0d0e0f10111213",
	    .icv = "47f51b4564966215b8985c63" },
	{ A(AES_XCBC), 128, .key = "000102030405060708090a0b0c0d0e0f",
	    .in = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b"
		  "1c1d1e1f",
	    .icv = "f54f0ec8d2b9f3d36807734b" },
	{ A(AES_XCBC), 128, .len = 301, .icv = "03ce91d3e3889ebf5dfc5cf2" },
	/* RFC 4493 4, RFC 4494 4 */
	{ A(AES_CMAC), 128, .key = "2b7e151628aed2a6abf7158809cf4f3c", .in = "",
	    .icv = "bb1d6929e95937287fa37d12" },
	{ A(AES_CMAC), 128, .key = "2b7e151628aed2a6abf7158809cf4f3c",
	    .in = "6bc1bee22e409f96e93d7e117393172a",
	    .icv = "070a16b46b4d4144f79bdd9d" },
	{ A(AES_CMAC), 128, .key = "2b7e151628aed2a6abf7158809cf4f3c",
	    .in = "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac"
		  "45af8e5130c81c46a35ce411",
	    .icv = "dfa66747de9ae63030ca3261" },
	{ A(AES_CMAC), 128, .key = "2b7e151628aed2a6abf7158809cf4f3c",
	    .in = "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac"
		  "45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17"
		  "ad2b417be66c3710",
	    .icv = "51f0bebf7e3b9d92fc497417" },
	{ A(AES_CMAC), 128, .len = 301, .icv = "79d36e3de57b51c89f2cfe0d" },
	{ A(AES_GMAC), 128, .len = 301,
	    .icv = "e209ea6571a63f8e1a6582e1d9b73675" },
	{ A(AES_GMAC), 192, .len = 301,
	    .icv = "9034d3b1f91a4d1fe4593704ea35f883" },
	{ A(AES_GMAC), 256, .len = 301,
	    .icv = "089664c726b95c88760e8001c2a72c7a" },
	/* RFC 3602 4 */
	{ E(AES), 128, .key = "56e47a38c5598974bc46903dba290349",
	    .iv = "8ce82eefbea0da3c44699ed7db51b7d9",
	    .in = "a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babb"
		  "bcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7"
		  "d8d9dadbdcdddedf",
	    .out = "c30e32ffedc0774e6aff6af0869f71aa0f3af07a9a31a9c684db207e"
		   "b0ef8e4e35907aa632c3ffdf868bb7b29d3d46ad83ce9f9a102ee99d"
		   "49a53e87f4c3da55" },
	/* SP 800-38A F.2.3 */
	{ E(AES), 192,
	    .key = "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b",
	    .iv = "000102030405060708090a0b0c0d0e0f",
	    .in = "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac"
		  "45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17"
		  "ad2b417be66c3710",
	    .out = "4f021db243bc633d7178183a9fa071e8b4d9ada9ad7dedf4e5e73876"
		   "3f69145a571b242012fb7ae07fa9baac3df102e008b0e27988598881"
		   "d920a9e64f5615cd" },
	/* SP 800-38A F.2.5 */
	{ E(AES), 256,
	    .key = "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a3"
		   "0914dff4",
	    .iv = "000102030405060708090a0b0c0d0e0f",
	    .in = "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac"
		  "45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17"
		  "ad2b417be66c3710",
	    .out = "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777b"
		   "c6702c7d39f23369a9d9bacfa530e26304231461b2eb05e2c39be9fc"
		   "da6c19078c6a9d1b" },
	{ E(AES), 128, .len = 304, .out = "1c9e9ee991a35740bd7d699480b6ccb0" },
	{ E(AES), 192, .len = 304, .out = "d7f2d064617db0ef32c8dbffe5c853e6" },
	{ E(AES), 256, .len = 304, .out = "3da753ee277361ce061918b30c64a077" },
	/* RFC 3686 6 */
	{ E(AES_CTR), 128, .key = "7691be035e5020a8ac6e618529f9a0dc00e0017b",
	    .iv = "27777f3f4a1786f0",
	    .in = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b"
		  "1c1d1e1f20212223",
	    .out = "c1cf48a89f2ffdd9cf4652e9efdb72d74540a42bde6d7836d59a5cea"
		   "aef3105325b2072f" },
	{ E(AES_CTR), 192,
	    .key = "02bf391ee8ecb159b959617b0965279bf59b60a786d3e0fe0007bdfd",
	    .iv = "5cbd60278dcc0912",
	    .in = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b"
		  "1c1d1e1f20212223",
	    .out = "96893fc55e5c722f540b7dd1ddf7e758d288bc95c69165884536c811"
		   "662f2188abee0935" },
	{ E(AES_CTR), 256,
	    .key = "ff7a617ce69148e4f1726e2f43581de2aa62d9f805532edff1eed687"
		   "fb54153d001cc5b7",
	    .iv = "51a51d70a1c11148",
	    .in = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b"
		  "1c1d1e1f20212223",
	    .out = "eb6c52821d0bbbf7ce7594462aca4faab407df866569fd07f48cc0b5"
		   "83d6071f1ec0e6b8" },
	{ E(AES_CTR), 128, .len = 301,
	    .out = "fa0024a8bbe05eab8a3f619aaa7e16dc" },
	{ E(AES_CTR), 192, .len = 301,
	    .out = "809727b60f3d2202d9e649527fa09a65" },
	{ E(AES_CTR), 256, .len = 301,
	    .out = "002e8c1335d753496533dace704edd30" },
	{ E(AES_CCM_8), 128, .len = 301,
	    .out = "c77565ab617a4f350c9ead6ab03e38f5",
	    .icv = "58208dafe0537631" },
	{ E(AES_CCM_8), 128, .len = 301, .esn = true,
	    .out = "c77565ab617a4f350c9ead6ab03e38f5",
	    .icv = "c798dab4163d3db0" },
	{ E(AES_CCM_8), 192, .len = 301,
	    .out = "d0f90743547a5330674c7de1c2294293",
	    .icv = "73cef1c2b2ae7b53" },
	{ E(AES_CCM_8), 192, .len = 301, .esn = true,
	    .out = "d0f90743547a5330674c7de1c2294293",
	    .icv = "3edc50513eb5b2f7" },
	{ E(AES_CCM_8), 256, .len = 301,
	    .out = "59e51945ae5d977769cb5dd055f189d7",
	    .icv = "a0dc28e8ed47c320" },
	{ E(AES_CCM_8), 256, .len = 301, .esn = true,
	    .out = "59e51945ae5d977769cb5dd055f189d7",
	    .icv = "f9d4d833e38b21b6" },
	{ E(AES_CCM_12), 128, .len = 301,
	    .out = "c77565ab617a4f350c9ead6ab03e38f5",
	    .icv = "a57fdfca0df22f57af4bf32d" },
	{ E(AES_CCM_12), 128, .len = 301, .esn = true,
	    .out = "c77565ab617a4f350c9ead6ab03e38f5",
	    .icv = "14b375a4a08b6d7ef3c55bdd" },
	{ E(AES_CCM_12), 192, .len = 301,
	    .out = "d0f90743547a5330674c7de1c2294293",
	    .icv = "7cd102eebfe300cbeed5315f" },
	{ E(AES_CCM_12), 192, .len = 301, .esn = true,
	    .out = "d0f90743547a5330674c7de1c2294293",
	    .icv = "e8bcc13bde498dc42db0af0f" },
	{ E(AES_CCM_12), 256, .len = 301,
	    .out = "59e51945ae5d977769cb5dd055f189d7",
	    .icv = "7c60466b21a783ee0290f47d" },
	{ E(AES_CCM_12), 256, .len = 301, .esn = true,
	    .out = "59e51945ae5d977769cb5dd055f189d7",
	    .icv = "42960543dcb64bbae0622b25" },
	{ E(AES_CCM_16), 128, .len = 301,
	    .out = "c77565ab617a4f350c9ead6ab03e38f5",
	    .icv = "096219f25637ce03f59d6f36dfdd0170" },
	{ E(AES_CCM_16), 128, .len = 301, .esn = true,
	    .out = "c77565ab617a4f350c9ead6ab03e38f5",
	    .icv = "4428c81799ff4470722f880c4c9e34b0" },
	{ E(AES_CCM_16), 192, .len = 301,
	    .out = "d0f90743547a5330674c7de1c2294293",
	    .icv = "742a5121287b478a48d49e41f27fc12e" },
	{ E(AES_CCM_16), 192, .len = 301, .esn = true,
	    .out = "d0f90743547a5330674c7de1c2294293",
	    .icv = "bb9d7b00aa7d31a5a19f556f0d1fadfc" },
	{ E(AES_CCM_16), 256, .len = 301,
	    .out = "59e51945ae5d977769cb5dd055f189d7",
	    .icv = "572fbc31d5881cfee4e3fa118e070769" },
	{ E(AES_CCM_16), 256, .len = 301, .esn = true,
	    .out = "59e51945ae5d977769cb5dd055f189d7",
	    .icv = "25db448f3a6a55aa51399d604ef5dea9" },
	{ E(AES_GCM_8), 128, .len = 301,
	    .out = "4f42ea9c236ff87ccb3239596b85456d",
	    .icv = "c1c34c8ec81c48c1" },
	{ E(AES_GCM_8), 128, .len = 301, .esn = true,
	    .out = "4f42ea9c236ff87ccb3239596b85456d",
	    .icv = "5b91552b25153f49" },
	{ E(AES_GCM_8), 192, .len = 301,
	    .out = "8c8f43b23ab0f8cb40aef6c3cd59cee2",
	    .icv = "62841b9989c0a694" },
	{ E(AES_GCM_8), 192, .len = 301, .esn = true,
	    .out = "8c8f43b23ab0f8cb40aef6c3cd59cee2",
	    .icv = "beb5b69259aeded3" },
	{ E(AES_GCM_8), 256, .len = 301,
	    .out = "ce2dd188b01c9d1d6a22266e032c7e6b",
	    .icv = "29e5eb8f1e6c25d3" },
	{ E(AES_GCM_8), 256, .len = 301, .esn = true,
	    .out = "ce2dd188b01c9d1d6a22266e032c7e6b",
	    .icv = "647141db6ecb04a4" },
	{ E(AES_GCM_12), 128, .len = 301,
	    .out = "4f42ea9c236ff87ccb3239596b85456d",
	    .icv = "c1c34c8ec81c48c13401ece0" },
	{ E(AES_GCM_12), 128, .len = 301, .esn = true,
	    .out = "4f42ea9c236ff87ccb3239596b85456d",
	    .icv = "5b91552b25153f49479dd793" },
	{ E(AES_GCM_12), 192, .len = 301,
	    .out = "8c8f43b23ab0f8cb40aef6c3cd59cee2",
	    .icv = "62841b9989c0a694dfa353f0" },
	{ E(AES_GCM_12), 192, .len = 301, .esn = true,
	    .out = "8c8f43b23ab0f8cb40aef6c3cd59cee2",
	    .icv = "beb5b69259aeded3a060584c" },
	{ E(AES_GCM_12), 256, .len = 301,
	    .out = "ce2dd188b01c9d1d6a22266e032c7e6b",
	    .icv = "29e5eb8f1e6c25d3c75aa1c8" },
	{ E(AES_GCM_12), 256, .len = 301, .esn = true,
	    .out = "ce2dd188b01c9d1d6a22266e032c7e6b",
	    .icv = "647141db6ecb04a4d1acb2cc" },
	{ E(AES_GCM_16), 128, .len = 301,
	    .out = "4f42ea9c236ff87ccb3239596b85456d",
	    .icv = "c1c34c8ec81c48c13401ece0f4b74d22" },
	{ E(AES_GCM_16), 128, .len = 301, .esn = true,
	    .out = "4f42ea9c236ff87ccb3239596b85456d",
	    .icv = "5b91552b25153f49479dd7930ec686c6" },
	{ E(AES_GCM_16), 192, .len = 301,
	    .out = "8c8f43b23ab0f8cb40aef6c3cd59cee2",
	    .icv = "62841b9989c0a694dfa353f08a55fb55" },
	{ E(AES_GCM_16), 192, .len = 301, .esn = true,
	    .out = "8c8f43b23ab0f8cb40aef6c3cd59cee2",
	    .icv = "beb5b69259aeded3a060584c8a60212d" },
	{ E(AES_GCM_16), 256, .len = 301,
	    .out = "ce2dd188b01c9d1d6a22266e032c7e6b",
	    .icv = "29e5eb8f1e6c25d3c75aa1c8e7973443" },
	{ E(AES_GCM_16), 256, .len = 301, .esn = true,
	    .out = "ce2dd188b01c9d1d6a22266e032c7e6b",
	    .icv = "647141db6ecb04a4d1acb2cc05311719" },
	{ E(AES_GMAC), 128, .len = 301,
	    .out = "939a61686fb6bd848bd2d9a0a790b0b0",
	    .icv = "7c3d011928a6e42768b1ba1b550dfb5a" },
	{ E(AES_GMAC), 128, .len = 301, .esn = true,
	    .out = "939a61686fb6bd848bd2d9a0a790b0b0",
	    .icv = "5eb64ce2d9391afe9d860b6ecdc8b838" },
	{ E(AES_GMAC), 192, .len = 301,
	    .out = "939a61686fb6bd848bd2d9a0a790b0b0",
	    .icv = "3b878ce58bf46164f62ec2d107cb0526" },
	{ E(AES_GMAC), 192, .len = 301, .esn = true,
	    .out = "939a61686fb6bd848bd2d9a0a790b0b0",
	    .icv = "cbe997ba683b26f6990ee45fb82eb540" },
	{ E(AES_GMAC), 256, .len = 301,
	    .out = "939a61686fb6bd848bd2d9a0a790b0b0",
	    .icv = "133d8ab0c895b2282a4ad9750b5e4744" },
	{ E(AES_GMAC), 256, .len = 301, .esn = true,
	    .out = "939a61686fb6bd848bd2d9a0a790b0b0",
	    .icv = "e3aec469383684bb7f7d263883383dc4" },
	/* RFC 8439 2.8.2 */
	{ E(CHACHA20_POLY1305), 256,
	    .key = "808182838485868788898a8b8c8d8e8f909192939495969798999a9b"
		   "9c9d9e9f07000000",
	    .aad = "50515253c0c1c2c3c4c5c6c7", .esn = true,
	    .iv = "4041424344454647",
	    .in = "4c616469657320616e642047656e746c656d656e206f662074686520"
		  "636c617373206f66202739393a204966204920636f756c64206f6666"
		  "657220796f75206f6e6c79206f6e652074697020666f722074686520"
		  "6675747572652c2073756e73637265656e20776f756c642062652069"
		  "742e",
	    .out = "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a7"
		   "36ee62d63dbea45e8ca9671282fafb69da92728b1a71de0a9e060b29"
		   "05d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4"
		   "fad675945585808b4831d7bc3ff4def08e4b7a9de576d26586cec64b"
		   "6116",
	    .icv = "1ae10b594f09e26a7e902ecbd0600691" },
	{ E(CHACHA20_POLY1305), 256,
	    .key = "1c9240a5eb55d38af333888604f6b5f0473917c1402b80099dca5cbc"
		   "207075c000000000",
	    .aad = "f33388860000000000004e91", .esn = true,
	    .iv = "0102030405060708",
	    .in = "496e7465726e65742d4472616674732061726520647261667420646f"
		  "63756d656e74732076616c696420666f722061206d6178696d756d20"
		  "6f6620736978206d6f6e74687320616e64206d617920626520757064"
		  "617465642c207265706c616365642c206f72206f62736f6c65746564"
		  "206279206f7468657220646f63756d656e747320617420616e792074"
		  "696d652e20497420697320696e617070726f70726961746520746f20"
		  "75736520496e7465726e65742d447261667473206173207265666572"
		  "656e6365206d6174657269616c206f7220746f206369746520746865"
		  "6d206f74686572207468616e206173202fe2809c776f726b20696e20"
		  "70726f67726573732e2fe2809d",
	    .out = "64a0861575861af460f062c79be643bd5e805cfd345cf389f108670a"
		   "c76c8cb24c6cfc18755d43eea09ee94e382d26b0bdb7b73c321b0100"
		   "d4f03b7f355894cf332f830e710b97ce98c8a84abd0b948114ad176e"
		   "008d33bd60f982b1ff37c8559797a06ef4f0ef61c186324e2b350638"
		   "3606907b6a7c02b0f9f6157b53c867e4b9166c767b804d46a59b5216"
		   "cde7a4e99040c5a40433225ee282a1b0a06c523eaf4534d7f83fa115"
		   "5b0047718cbc546a0d072b04b3564eea1b422273f548271a0bb23160"
		   "53fa76991955ebd63159434ecebb4e466dae5a1073a6727627097a10"
		   "49e617d91d361094fa68f0ff77987130305beaba2eda04df997b714d"
		   "6c6f2c29a6ad5cb4022b02709b",
	    .icv = "eead9d67890cbb22392336fea1851f38" },
	/* RFC 7634 A */
	{ E(CHACHA20_POLY1305), 256,
	    .key = "808182838485868788898a8b8c8d8e8f909192939495969798999a9b"
		   "9c9d9e9fa0a1a2a3",
	    .aad = "0102030400000005", .iv = "1011121314151617",
	    .in = "45000054a6f200004001e778c6336405c000020508005b7a3a080000"
		  "553bec100007362708090a0b0c0d0e0f101112131415161718191a1b"
		  "1c1d1e1f202122232425262728292a2b2c2d2e2f3031323334353637"
		  "01020204",
	    .out = "24039428b97f417e3c13753a4f05087b67c352e6a7fab1b982d466ef"
		   "407ae5c614ee8099d52844eb61aa95dfab4c02f72aa71e7c4c4f64c9"
		   "befe2facc638e8f3cbec163fac469b502773f6fb94e664da9165b828"
		   "29f641e0",
	    .icv = "76aaa8266b7fb0f7b11b369907e1ad43" },
	{ E(CHACHA20_POLY1305), 256, .len = 301,
	    .out = "837e9382810378c116aab072c3fa8047",
	    .icv = "e1158c507be85bf3bc35435116f5f6da" },
	{ E(CHACHA20_POLY1305), 256, .len = 301, .esn = true,
	    .out = "837e9382810378c116aab072c3fa8047",
	    .icv = "6fe61fcba17c31b93a752345b555c967" },
	/* FIPS 81 table C2 */
	{ E(DESCBC), 64, .key = "0123456789abcdef", .iv = "1234567890abcdef",
	    .in = "4e6f77206973207468652074696d6520666f7220616c6c20",
	    .out = "e5c7cdde872bf27c43e934008c389c0f683788499a7c05f6" },
	/* E. Young, SSLeay destest */
	{ E(3DESCBC), 192,
	    .key = "0123456789abcdeff1e0d3c2b5a49786fedcba9876543210",
	    .iv = "fedcba9876543210",
	    .in = "37363534333231204e6f77206973207468652074696d6520666f7220"
		  "00000000",
	    .out = "3fe301c962ac01d02213763c1cbd4cdc799657c064ecf5d41c673812"
		   "cfde9675" },
	/* NIST TDES multi-block message test */
	{ E(3DESCBC), 192,
	    .key = "37ae5ebf46dff2dc0754b94f31cbb3855e7fd36dc870bfae",
	    .iv = "3d1de3cc132e3b65", .in = "84401f78fe6c10876d8ea23094ea5309",
	    .out = "7b1f7c7e3b1c948ebd04a75ffba7d2f5" },
	/* E. Young, Blowfish vectors */
	{ E(BLOWFISH), 128, .key = "0123456789abcdeff0e1d2c3b4a59687",
	    .iv = "fedcba9876543210",
	    .in = "37363534333231204e6f77206973207468652074696d6520666f7220"
		  "00000000",
	    .out = "6b77b4d63006dee605b156e27403979358deb9e7154616d959f1652b"
		   "d5ff92cc" },
	/* E. Young, Blowfish ECB vectors (one block, IV 0) */
	{ E(BLOWFISH), 64, .key = "0123456789abcdef", .iv = "0000000000000000",
	    .in = "1111111111111111", .out = "61f9c3802281b096" },
	/* RFC 2144 B.1 (one block, IV 0) */
	{ E(CAST), 128, .key = "0123456712345678234567893456789a",
	    .iv = "0000000000000000", .in = "0123456789abcdef",
	    .out = "238b4fe5847e44b2" },
	{ E(CAST), 80, .key = "01234567123456782345", .iv = "0000000000000000",
	    .in = "0123456789abcdef", .out = "eb6a711a2c02271b" },
	{ E(CAST), 40, .key = "0123456712", .iv = "0000000000000000",
	    .in = "0123456789abcdef", .out = "7ac816d16e9b302e" },
	/* RFC 3713 appendix A (one block, IV 0) */
	{ E(CAMELLIA), 128, .key = "0123456789abcdeffedcba9876543210",
	    .iv = "00000000000000000000000000000000",
	    .in = "0123456789abcdeffedcba9876543210",
	    .out = "67673138549669730857065648eabe43" },
	{ E(CAMELLIA), 192,
	    .key = "0123456789abcdeffedcba98765432100011223344556677",
	    .iv = "00000000000000000000000000000000",
	    .in = "0123456789abcdeffedcba9876543210",
	    .out = "b4993401b3e996f84ee5cee7d79b09b9" },
	{ E(CAMELLIA), 256,
	    .key = "0123456789abcdeffedcba987654321000112233445566778899aabb"
		   "ccddeeff",
	    .iv = "00000000000000000000000000000000",
	    .in = "0123456789abcdeffedcba9876543210",
	    .out = "9acc237dff16d76c20ef7c919e3a7509" },
	{ E(DESCBC), 64, .len = 304,
	    .out = "b6572c6e2fdd71505b83f90cd8ad1244" },
	{ E(3DESCBC), 192, .len = 304,
	    .out = "95c932c89b03c59f16a44acbcf0baaba" },
	{ E(BLOWFISH), 32, .len = 304,
	    .out = "97dd31f15a952363ce1e53666e243524" },
	{ E(BLOWFISH), 128, .len = 304,
	    .out = "b4fe44512f8d2f9ab0ffb43d531eeeef" },
	{ E(BLOWFISH), 448, .len = 304,
	    .out = "efdf0332e972172a8dccbf5aa37287b7" },
	{ E(CAST), 40, .len = 304, .out = "a67abaa3364cc5857427ec9deba4df59" },
	{ E(CAST), 80, .len = 304, .out = "dfcb140b8dceb1c1480477fd1779a571" },
	{ E(CAST), 128, .len = 304, .out = "3236ef70a5a7943c107b0439b02fa6b9" },
	{ E(CAMELLIA), 128, .len = 304,
	    .out = "1d589800ae26bdc14ee39d47a440b576" },
	{ E(CAMELLIA), 192, .len = 304,
	    .out = "bdbd494d9f05cd6f6d5ae2bc01707f60" },
	{ E(CAMELLIA), 256, .len = 304,
	    .out = "a1ae56218282486f650fcc4315d8251a" },
	/* RFC 2410 */
	{ E(NULL), 0, .len = 301, .out = "939a61686fb6bd848bd2d9a0a790b0b0" },
	{ 0, 0, 0, .key = NULL },
};
