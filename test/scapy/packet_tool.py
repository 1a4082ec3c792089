#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""`solipsec packet` against scapy's own IPsec, through capture files.

usage: packet_tool.py SOLIPSEC
Captures of every type of link that scapy sealed are opened, and what the tool
sealed is opened by scapy. Exits 77 without scapy.
"""
import json
import os
import subprocess
import sys
import tempfile

try:
    import logging
    logging.getLogger('scapy').setLevel(logging.ERROR)
    from scapy.layers.inet import IP, TCP, UDP
    from scapy.layers.inet6 import IPv6
    from scapy.layers.ipsec import AH, ESP, SecurityAssociation
    from scapy.layers.l2 import CookedLinux, Dot1Q, Ether, Loopback
    from scapy.packet import Raw
    from scapy.utils import rdpcap, wrpcap, wrpcapng
except ImportError as e:
    print('SKIP:', e)
    sys.exit(77)

TOOL = sys.argv[1]
A, B = '192.0.2.1', '192.0.2.2'
A6, B6 = '2001:db8::1', '2001:db8::2'
KEY = bytes(range(16))
LONG = bytes(range(32))


def sa(proto, spi, enc='NULL', ekey=b'', auth='NULL', akey=b'', tunnel=None):
    return SecurityAssociation(proto, spi=spi, crypt_algo=enc, crypt_key=ekey,
                               auth_algo=auth, auth_key=akey,
                               tunnel_header=tunnel)


# name, scapy's SA, the same for ipseckey
SAS = [
    ('cbc', lambda t: sa(ESP, 1, 'AES-CBC', KEY, 'SHA2-256-128', LONG, t),
     'esp spi 1 encr_alg aes encrkey %s auth_alg sha256 authkey %s'
     % (KEY.hex(), LONG.hex())),
    ('gcm', lambda t: sa(ESP, 2, 'AES-GCM', KEY + b'salt', tunnel=t),
     'esp spi 2 encr_alg aes-gcm encrkey %s' % (KEY + b'salt').hex()),
    ('ah', lambda t: sa(AH, 3, auth='HMAC-SHA1-96', akey=LONG[:20], tunnel=t),
     'ah spi 3 auth_alg sha1 authkey %s' % LONG[:20].hex()),
]


def link_layers():
    yield 'ether', lambda p, e: Ether(type=e) / p
    yield 'vlan', lambda p, e: Ether() / Dot1Q(vlan=5) / Dot1Q(vlan=7, type=e) / p
    yield 'sll', lambda p, e: CookedLinux(proto=e) / p
    yield 'null', lambda p, e: Loopback(type=2 if e == 0x800 else 10) / p
    yield 'raw', lambda p, e: p


def packets():
    for src, dst, ip in ((A, B, IP), (A6, B6, IPv6)):
        yield src, dst, ip(src=src, dst=dst) / UDP(sport=1000, dport=2000) / \
            Raw(b'a datagram of ' + bytes(40))
        yield src, dst, ip(src=src, dst=dst) / TCP(sport=1, dport=2) / Raw(b'x' * 300)


def keys_file(path, line, src, dst, tunnel):
    text = 'add %s src %s dst %s' % (line, src, dst)
    if tunnel:
        text += ' isrc %s idst %s' % tunnel
    with open(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), 'w') as f:
        f.write(text + '\n')


def tool(*args):
    r = subprocess.run([TOOL, 'packet', *args], capture_output=True, text=True,
                       check=False)
    if r.returncode != 0:
        print(r.stderr)
        raise SystemExit('FAILED: exit status %d of %s' % (r.returncode, args))
    return [json.loads(line) for line in r.stdout.splitlines()]


def demand(holds, what, more=''):
    if not holds:
        raise SystemExit('FAILED %s: %s' % (what, more))


def one(where, name, make, line, link, wrap, src, dst, plain, tunnel):
    ip = type(plain)
    outer = None
    inner = None
    if tunnel:
        src, dst = ('198.51.100.1', '198.51.100.2')
        outer = IP(src=src, dst=dst)
        inner = (plain.src, plain.dst)
    what = '%s %s %s %s' % (name, link, ip.__name__, 'tunnel' if tunnel else 'transport')
    path = {k: os.path.join(where, k) for k in ('keys', 'in', 'out', 'back')}
    keys_file(path['keys'], line, src, dst, inner)
    plain = ip(bytes(plain))
    sealed = make(outer).encrypt(plain, seq_num=7)
    ethertype = 0x800 if sealed.version == 4 else 0x86dd
    save = wrpcapng if link == 'ether' else wrpcap
    save(path['in'], [wrap(sealed, ethertype)])

    got = tool('open', path['in'], '-k', path['keys'], '-w', path['out'])[0]
    demand(got['action'] == 'opened', what, got)
    demand(got['seq'] == 7 and got['verdict'] == 'pass', what, got)
    opened = bytes(rdpcap(path['out'])[0])
    want = bytes(plain)
    demand(opened == want, what, '%s is not %s' % (opened.hex(), want.hex()))

    save(path['in'], [wrap(plain, 0x800 if plain.version == 4 else 0x86dd)])
    got = tool('seal', path['in'], '-k', path['keys'], '-w', path['out'])[0]
    demand(got['action'] == 'sealed', what, got)
    theirs = bytes(rdpcap(path['out'])[0])
    theirs = (IP if theirs[0] >> 4 == 4 else IPv6)(theirs)
    back = make(outer).decrypt(theirs)
    demand(bytes(ip(bytes(back))) == want, what, 'scapy opens it to something else')


def main():
    n = 0
    with tempfile.TemporaryDirectory() as where:
        for name, make, line in SAS:
            for link, wrap in link_layers():
                if name != 'gcm' and link != 'raw':
                    continue
                for src, dst, plain in packets():
                    for tunnel in (False, True):
                        one(where, name, make, line, link, wrap, src, dst,
                            plain, tunnel)
                        n += 1
    print('%d captures opened, %d sealed' % (n, n))


main()
