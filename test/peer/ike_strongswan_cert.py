#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""IKEv2 with strongSwan by certificate: RSA, ECDSA and Ed25519, either side begins;
one of another authority is refused."""
import strongswan
from ikelab import blamed, rule, spis
from lab import check, main, run, wait
from strongswan import connection
from swanlab import ESP, IKE, INNER, NET, Pair

strongswan.need()

NAMES = {"enigma": "enigma.example", "partym": "partym.example"}
KINDS = {"rsa_sig": ("RSA", "-pkeyopt", "rsa_keygen_bits:2048"),
         "ecdsa": ("EC", "-pkeyopt", "ec_paramgen_curve:P-256"),
         "ed25519": ("ED25519",)}


def authority(folder, kind):
    """A self-signed certificate and its key."""
    folder.mkdir(parents=True)
    algo, *words = KINDS[kind]
    run("openssl", "genpkey", "-algorithm", algo, *words, "-out",
        folder / "ca.key")
    run("openssl", "req", "-x509", "-new", "-key", folder / "ca.key", "-subj",
        "/C=US/O=solipsec/CN=authority", "-days", 30, "-out",
        folder / "ca.pem", "-addext", "basicConstraints=critical,CA:TRUE",
        "-addext", "keyUsage=critical,keyCertSign,cRLSign")


def issue(folder, kind, name):
    algo, *words = KINDS[kind]
    key, req, out = (folder / f"{name}.{x}" for x in ("key", "req", "pem"))
    run("openssl", "genpkey", "-algorithm", algo, *words, "-out", key)
    run("openssl", "req", "-new", "-key", key, "-subj",
        f"/C=US/O=solipsec/CN={name}", "-out", req)
    ext = folder / f"{name}.ext"
    ext.write_text(f"subjectAltName=DNS:{name}\n"
                   "basicConstraints=critical,CA:FALSE\n")
    run("openssl", "x509", "-req", "-in", req, "-CA", folder / "ca.pem",
        "-CAkey", folder / "ca.key", "-CAcreateserial", "-days", 30,
        "-extfile", ext, "-out", out)
    return key, out


def put(path, data, mode):
    path.unlink(missing_ok=True)
    path.touch(mode=mode)
    path.write_bytes(data)


def files(pair, here, there, kind, trusted):
    """Certificates of folder `here` for us, `there` for strongSwan; each trusts
    the authority of the other's, or of `trusted`."""
    key, cert = issue(here, kind, NAMES["enigma"])
    inet = pair.iked.inet
    put(inet / "secret/ike.privatekeys/0", key.read_bytes(), 0o600)
    put(inet / "ike/publickeys/0", cert.read_bytes(), 0o644)
    put(inet / "ike/publickeys/1", (trusted / "ca.pem").read_bytes(), 0o644)
    key, cert = issue(there, kind, NAMES["partym"])
    d = pair.swan.dir
    put(d / "private/mine.pem", key.read_bytes(), 0o600)
    put(d / "x509/mine.pem", cert.read_bytes(), 0o644)
    put(d / "x509ca/ca.pem", (here / "ca.pem").read_bytes(), 0o644)


def configure(pair, kind):
    me, peer = NAMES["enigma"], NAMES["partym"]
    xform = (f"p1_xform {{ auth_method {kind} oakley_group 31 auth_alg sha256 "
             "encr_alg aes(256) }")
    pair.iked.config(
        'ignore_crls\ncert_root "SLOT=1"\n' +
        rule(pair.me, pair.peer, xform=xform, more=(
            f'local_id_type fqdn local_id "DNS={me}" '
            f'remote_id "DNS={peer}"')))
    pair.iked.preshared("")
    pair.swan_text = connection(
        pair.peer, pair.me, NET["partym"], NET["enigma"],
        f"auth = pubkey\n certs = mine.pem\n id = {peer}",
        f"auth = pubkey\n id = {me}", ike=IKE, esp=ESP)


def one(lab, pair, kind):
    folder = lab.dir / f"ca-{kind}"
    authority(folder, kind)
    files(pair, folder, folder, kind, folder)
    configure(pair, kind)
    if pair.iked.proc is None:
        pair.start()
    else:
        pair.swan.load(pair.swan_text)
        pair.iked.reload()
    pair.carries(f"{kind}, we begin")
    pair.same()
    sa = pair.iked.sas()[0]
    check(sa["remote_id"]["id"] == NAMES["partym"],
          f"{kind}: the peer is who its certificate says")
    pair.clear()
    pair.swan.initiate("net")
    pair.same()
    pair.carries(f"{kind}, strongSwan begins")
    pair.clear()


def stranger(lab, pair):
    """strongSwan has a certificate that nobody here trusts."""
    mine, other = lab.dir / "ca-mine", lab.dir / "ca-other"
    authority(mine, "ecdsa")
    authority(other, "ecdsa")
    files(pair, mine, other, "ecdsa", mine)
    configure(pair, "ecdsa")
    pair.swan.load(pair.swan_text)
    pair.iked.reload()
    at = len(pair.iked.said())
    check(pair.e.ping(INNER["partym"], count=1, wait_s=5) == 0 and
          not pair.iked.sas(), "one of another authority gets no SA")
    wait(lambda: "not who it should be" in pair.iked.said()[at:],
         what="refused")
    check(not spis(pair.e), "and the log says so")


@blamed
def test(lab):
    pair = Pair(lab)
    lab.iked.append(pair)
    pair.policy()
    for kind in KINDS:
        one(lab, pair, kind)
    stranger(lab, pair)


main(test)
