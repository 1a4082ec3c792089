# SPDX-License-Identifier: BSD-2-Clause
"""iptun and hostname files, with a real ipsecd."""
import json
import os
import pathlib

from lab import KEY, check, main, protected

V4 = {"enigma": ("10.16.16.6", "10.1.3.3"), "partym": ("10.1.3.3", "10.16.16.6")}


def iptun(h, *args, ok=True):
    os.environ["SOLIPSEC_ETC"] = str(h.conf)
    return h.tool("iptun", *args, ok=ok)


def show(h, link):
    out = iptun(h, "show", "--json", link, ok=False)
    return None if "no tunnel of this name" in out else \
        json.loads(out)["tunnels"][0]


def put(h, name, text):
    (h.conf / name).write_text(text)


def outer(lab, h):
    other = "partym" if h.name == "enigma" else "enigma"
    return lab.V4[h.name], lab.V4[other]


def command(lab):
    e = lab.enigma
    src, dst = outer(lab, e)
    check("ipsecd is not running" in iptun(e, "show", ok=False),
          "without ipsecd it says so")
    e.up()
    check(iptun(e, "show").split() ==
          ["LINK", "TYPE", "FLAGS", "SOURCE", "DESTINATION"], "nothing there")
    iptun(e, "create", "-s", src, "-d", dst, "-p", "hoplimit=9,df=clear",
          "ip.tun0", *V4["enigma"], "router", "up")
    r = show(e, "ip.tun0")
    check(r["source"] == src and r["destination"] == dst and
          r["hoplimit"] == 9 and r["df"] == "clear" and r["up"] and
          r["router"] and not r["implicit"] and r["mtu"] == 1480 and
          r["addresses"] == [{"local": "10.16.16.6", "remote": "10.1.3.3",
                              "length": 32}], "made as it was said")
    text = (e.conf / "hostname.ip.tun0").read_text()
    check(text == f"10.16.16.6 10.1.3.3 tsrc {src} tdst {dst} thoplimit 9 df "
          "clear router up\n", "and remembered")
    check(iptun(e, "show", "-p", "-o", "link,type,flags,source,destination") ==
          f"ip.tun0:ipv4:--:{src}:{dst}\n", "for scripts")
    check("there is a tunnel" in iptun(e, "create", "-t", "ip.tun0", ok=False),
          "there is only one of a name")
    iptun(e, "modify", "ip.tun0", "10.16.16.7", "10.1.3.4", "-router", "down",
          "thoplimit", "12")
    r = show(e, "ip.tun0")
    check(not r["up"] and not r["router"] and r["hoplimit"] == 12 and
          r["df"] == "clear" and len(r["addresses"]) == 1 and
          r["addresses"][0]["local"] == "10.16.16.7", "changed")
    check("thoplimit 12" in (e.conf / "hostname.ip.tun0").read_text(),
          "and that is remembered")
    for words, why in (
            (("modify", "ip.tun7", "up"), "no file"),
            (("modify", "-t", "ip.tun7", "up"), "no tunnel of this name"),
            (("modify", "-t", "ip.tun0", "tdst", src), "are the same"),
            (("modify", "-t"), "usage"),
            (("delete", "-t", "ip.tun7"), "no tunnel of this name"),
            (("create", "-t", "-T", "ipv4", "ipsec0"), "busy"),
            (("create", "-t", "-T", "ipv4", "lo"), "not ipsecd's"),
            (("show", "ip.tun7"), "no tunnel of this name"),
            (("show", "-o", "colour"), "is no field")):
        out = iptun(e, *words, ok=False)
        check(why in out and (why == "usage" or out.count("\n") <= 2),
              f"iptun {' '.join(words)}: {why}")
    check(show(e, "ip.tun0")["destination"] == dst, "nothing came of these")
    iptun(e, "delete", "ip.tun0")
    check(show(e, "ip.tun0") is None and
          not (e.conf / "hostname.ip.tun0").exists() and
          "ip.tun0" not in e.ip("-o link"), "deleted, and forgotten")
    # as many as there can be
    for i in range(40):
        iptun(e, "create", "-t", "-s", src, "-d", f"192.0.2.{i + 1}",
              f"ip.tun{i}")
    check(len(json.loads(iptun(e, "show", "--json"))["tunnels"]) == 40,
          "forty tunnels")
    for i in range(40):
        iptun(e, "delete", "-t", f"ip.tun{i}")
    iptun(e, "create", "-t", "-T", "ipv6", "-s", lab.V6["enigma"], "-d",
          lab.V6["partym"], "vpn0", "fd00::1", "fd00::2", "up")
    r = show(e, "vpn0")
    check(r["type"] == "ipv6" and r["encaplimit"] == 4 and r["mtu"] == 1452 and
          r["addresses"][0]["remote"] == "fd00::2", "another name, IPv6")
    iptun(e, "delete", "vpn0")


def policy_and_tunnel(lab):
    """Policy waits for its tunnel, and for the next one of that name."""
    e = lab.enigma
    src, dst = outer(lab, e)
    e.policy("{tunnel ip.tun5 negotiate transport} ipsec {encr_algs aes-gcm}\n",
             "-q", "-F", "-a")
    r = show(e, "ip.tun5")
    check(r["state"] == "policy" and r["source"] is None,
          "policy made a device without ends")
    iptun(e, "create", "-t", "-s", src, "-d", dst, "ip.tun5")
    r = show(e, "ip.tun5")
    check(r["state"] == "made" and r["policy"] == "transport",
          "which iptun gives some")
    iptun(e, "delete", "-t", "ip.tun5")
    check("ip.tun5" not in e.ip("-o link") and
          show(e, "ip.tun5")["state"] == "waiting", "deleted: policy waits")
    check("tunnel ip.tun5 negotiate transport" in
          e.tool("ipsecconf", "-L", "-n"), "and is listed")
    out = e.tool("ipsecconf", "-q", "-a", "-", ok=False, input=
                 "{tunnel ip.tun5 negotiate tunnel} ipsec {encr_algs aes}\n")
    check("other mode" in out or "another mode" in out,
          "not both modes for one tunnel")
    out = e.tool("ipsecconf", "-q", "-a", "-", ok=False, input=
                 "{tunnel ip.tun6 negotiate tunnel} ipsec {encr_algs aes sa "
                 "unique}\n")
    check("unique" in out, "tunnel mode has no unique SAs")
    check("unique" in e.tool("ipsecconf", "-L", "-n"),
          "transport mode has no others")
    e.policy("\n{lport 9 ulp udp dir both} pass {}\n", "-q", "-F", "-a")
    e.policy("{lport 8 ulp udp dir both} pass {}\n", "-q", "-F", "-a")
    check(show(e, "ip.tun5") is None, "without policy nobody waits")
    e.tool("ipsecconf", "-F", "-q")


def simple_policy(lab):
    """ifconfig's keywords in hostname files, and traffic."""
    keys = ""
    for i, (a, b) in enumerate((("enigma", "partym"), ("partym", "enigma"))):
        for pr in (4, 41):
            keys += (f"add esp spi {0x400 + 2 * i + pr:#x} src {lab.V4[a]} "
                     f"dst {lab.V4[b]} proto {pr} encr_alg aes encrkey "
                     f"{KEY[16]} auth_alg sha256 authkey {KEY[32]} "
                     "replay 64\n")
    for h in lab.hosts.values():
        if h.daemon is None:
            h.up()
        src, dst = outer(lab, h)
        # names are looked up
        put(h, "hostname.ip.tun0", f"# the other office\n{V4[h.name][0]} "
            f"{V4[h.name][1]} tsrc {src} \\\n tdst {dst} encr_algs aes "
            "encr_auth_algs sha256 router up\n")
        n = 1 if h.name == "enigma" else 2
        put(h, "hostname6.ip.tun0", f"fd0{n}::1 fd0{3 - n}::1 up\n")
        iptun(h, "boot")
        h.keys(keys)
        h.serve()
    e, p = lab.enigma, lab.partym
    r = show(e, "ip.tun0")
    check(r["implicit"] and r["secure"] and r["policy"] == "transport" and
          r["up"] and len(r["addresses"]) == 2, "both files were read")
    check(iptun(e, "show", "-p", "-o", "flags") == "si\n", "flags s and i")
    check("ip.tun0" in iptun(e, "show", "-P") and
          json.loads(iptun(e, "show", "-P", "--json"))["tunnels"][0][
              "policy"] == "transport", "show -P")
    listed = e.tool("ipsecconf", "-L", "-n")
    check(listed.count("tunnel ip.tun0 negotiate transport") == 4 and
          "sa unique" in listed, "one rule for each family and direction")
    c = lab.capture(flt="not ip6 multicast")
    for dst in ("10.1.3.3", "fd02::1"):
        for what, f, least in (("answers", e.ping, 2),
                               ("datagrams", lambda d: e.udp(d, 3000), 3),
                               ("bytes a segment", e.tcp, 1201)):
            n = f(dst)
            check(n >= least, f"traffic to {dst}: {n} {what}")
    check(protected(c.stop()), "all of it ESP")
    iptun(e, "boot")
    check(e.ping("10.1.3.3") == 2, "booting again changes nothing")
    # policy goes away, what it was for does not go in the clear
    e.tool("ipsecconf", "-F", "-q")
    before = e.count("out", "spd_no_policy")
    check(e.ping("10.1.3.3") == 0 and
          e.count("out", "spd_no_policy") >= before + 2,
          "a tunnel that is to be protected stays shut without policy")
    iptun(e, "boot")
    check(e.ping("10.1.3.3") == 2, "and is open when it is back")
    iptun(e, "modify", "-t", "ip.tun0", "encr_algs", "none")
    check(not show(e, "ip.tun0")["secure"] and
          "tun0" not in e.tool("ipsecconf", "-L", "-n"), "none takes it away")
    iptun(e, "delete", "-t", "ip.tun0")
    # tunnel-mode rules and these do not go together
    e.policy("{tunnel ip.tun0 negotiate tunnel} ipsec {encr_algs aes-gcm}\n")
    out = iptun(e, "boot", ok=False)
    check("hostname.ip.tun0:" in out and "busy" in out, "EBUSY")
    check(show(e, "ip.tun0")["source"] is None, "and nothing was done")
    # ipsecconf's transport mode wins
    e.policy("{tunnel ip.tun0 negotiate transport} ipsec {encr_algs aes-gcm}\n",
             "-q", "-F", "-a")
    out = iptun(e, "boot")
    check("are ignored" in out and show(e, "ip.tun0")["up"],
          "policy of ipsecconf is not touched")


def policy_file(lab):
    """A tunnel of the policy file is shut while that file is not loaded."""
    e = lab.enigma
    e.tool("ipsecconf", "-F", "-q")
    src, dst = outer(lab, e)
    (e.conf / "inet").mkdir()
    (e.conf / "inet/ipsecinit.conf").write_text(
        "# {tunnel ip.tun4\n{ulp tcp tunnel\n ip.tun3 negotiate tunnel} ipsec "
        "{encr_algs aes-gmc}\n")
    for n in (3, 4):
        put(e, f"hostname.ip.tun{n}", f"10.4{n}.0.1 10.4{n}.0.2 tsrc {src} "
            f"tdst {dst} up\n")
    iptun(e, "-f", e.conf / "hostname.ip.tun3", e.conf / "hostname.ip.tun4")
    check(show(e, "ip.tun3")["secure"] and not show(e, "ip.tun4")["secure"],
          "the tunnel that the policy file names is to be protected")
    before = e.count("out", "spd_no_policy"), e.count("out", "pass")
    check(e.ping("10.43.0.2") == 0 and
          e.count("out", "spd_no_policy") >= before[0] + 2,
          "and passes nothing without policy")
    e.ping("10.44.0.2")
    check(e.count("out", "pass") >= before[1] + 2, "the other one does")
    for n in (3, 4):
        iptun(e, "delete", f"ip.tun{n}")


def mistakes(lab):
    h = lab.partym
    src, dst = outer(lab, h)
    put(h, "hostname.ip.tun8", f"10.8.0.1 10.8.0.2\ntsrc {src} tdts {dst} up\n")
    put(h, "hostname.ip.tun9", f"10.9.0.1 10.9.0.2 tsrc {src} tdst {dst} "
        "encr_algs aes-gmc up\n")
    put(h, "hostname6.ip6.tun8", f"fd08::1 tsrc {lab.V6['partym']} tdst "
        f"{lab.V6['enigma']} encaplimit 300 up\n")
    out = iptun(h, "boot", ok=False)
    for line in ('hostname.ip.tun8:2:', 'did you mean "tdst"?',
                 "hostname.ip.tun9:1:", "aes-gmc", "hostname6.ip6.tun8:1:"):
        check(line in out, f"{line} is said")
    links = h.ip("-o link")
    check(not any(x in links for x in ("tun8", "tun9")),
          "nothing half of these")
    check(show(h, "ip.tun0") is not None, "the good one is there")


def test(lab):
    for h in lab.hosts.values():
        pathlib.Path(h.conf).mkdir(exist_ok=True)
    command(lab)
    policy_and_tunnel(lab)
    simple_policy(lab)
    policy_file(lab)
    mistakes(lab)


main(test)
