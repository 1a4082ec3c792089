# SPDX-License-Identifier: BSD-2-Clause
"""The services without a service manager: their units are checked by systemd,
and their lines run here in the order that they ask for (spec: services 1-5,
tasks 5 and 15).
"""
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys

from lab import BUILD, HERE, KEY, account, check, main, run

UNITS = BUILD / "services"
SBIN = "/usr/sbin/"
GID = 64902
ESP = "{encr_algs aes encr_auth_algs sha256 sa shared}"


def program(word):
    """The built one, for the path of an installed one."""
    name = word.rpartition("/")[2]
    for where in (f"src/cmd/{name}/{name}", f"src/daemon/{name}/{name}",
                  f"src/daemon/iked/{name}"):
        if (BUILD / where).exists():
            return str(BUILD / where)
    return word


class Unit:
    """One unit, as far as this is used: lists of each key, and drop-ins."""

    def __init__(self, name):
        self.name, self.keys = name, {}
        self.read((UNITS / f"{name}.service").read_text())

    def read(self, text):
        for line in text.splitlines():
            m = re.match(r"([A-Za-z]+)=(.*)", line)
            if m:
                self.keys.setdefault(m[1], []).append(m[2])

    def env(self):
        return dict(shlex.split(x)[0].split("=", 1)
                    for x in self.keys.get("Environment", []))

    def words(self, key):
        return " ".join(self.keys.get(key, [])).split()

    def do(self, host, key, user=()):
        """All lines of Exec... on a host; False at the first that fails."""
        self.said = ""
        for line in self.keys.get(key, []):
            line = re.sub(r"\$\{(\w+)\}", lambda m: self.env()[m[1]], line)
            cmd = shlex.split(line)
            r = subprocess.run(host.argv(*user, program(cmd[0]), *cmd[1:]),
                               capture_output=True, text=True)
            self.said += r.stdout + r.stderr
            if r.returncode != 0:
                return False
        return True

    def start(self, host):
        """"active", "failed", or "skipped"."""
        if not self.do(host, "ExecCondition"):
            return "skipped"
        return "active" if self.do(host, "ExecStart") else "failed"


def verify(units):
    """systemd's own opinion."""
    where = pathlib.Path("/run/lab/units")
    where.mkdir()
    for u in units:
        text = (UNITS / f"{u}.service").read_text()
        (where / f"{u}.service").write_text(re.sub(
            SBIN + r"([\w.]+)", lambda m: program(m[1]), text))
    if not shutil.which("systemd-analyze"):
        print("      no systemd-analyze here")
        return
    r = subprocess.run(
        ["systemd-analyze", "verify", "--man=no",
         *(str(where / f"{u}.service") for u in units)],
        capture_output=True, text=True,
        env={**os.environ, "SYSTEMD_UNIT_PATH": f"{where}:"})
    mine = [x for x in r.stderr.splitlines() if "ipsec" in x]
    check(not mine and r.returncode == 0,
          f"systemd-analyze verify finds nothing {mine}")


def order(units):
    """Each unit before another by After= and Before=."""
    names = {u + ".service": u for u in units}
    before = set()
    for u, unit in units.items():
        before |= {(names[x], u) for x in unit.words("After") if x in names}
        before |= {(u, names[x]) for x in unit.words("Before") if x in names}
    done = []
    while len(done) < len(units):
        ready = sorted(u for u in units if u not in done and
                       all(a in done for a, b in before if b == u))
        if not ready:
            check(False, "no circle in the order")
        done += ready
    at = {u: i for i, u in enumerate(done)}
    check(done[0] == "ipsecd" and at["ipsecalgs"] < at["ipsec-policy"] and
          at["ipsec-tune"] < at["ipsec-policy"] and
          at["ipsec-policy"] < at["ipsec-manual-key"],
          "the order is " + ", ".join(done))
    return done


def both(lab, policy, keys):
    for h in lab.hosts.values():
        other = [a for n, a in lab.V4.items() if n != h.name][0]
        (h.conf / "policy").write_text(
            policy.replace("ME", lab.V4[h.name]).replace("OTHER", other))
        f = h.conf / "keys"
        f.touch(mode=0o600)
        f.write_text(keys)


def drop_in(units, h):
    """What `systemctl edit` would write."""
    for name, file in (("ipsec-policy", "policy"), ("ipsec-manual-key", "keys"),
                       ("ipsec-tune", "tune")):
        units[name].read(f"[Service]\nEnvironment=CONFIG_FILE={h.conf / file}")


def boot(lab, units, todo):
    e = lab.enigma
    check({n: units[n].env()["CONFIG_FILE"] for n in (
        "ipsec-policy", "ipsec-manual-key", "ipsec-tune")} == {
            "ipsec-policy": "/etc/inet/ipsecinit.conf",
            "ipsec-manual-key": "/etc/inet/secret/ipseckeys",
            "ipsec-tune": "/etc/inet/ipsectune.conf"},
          "config_file is Solaris' own file at first")
    keys = lab.manual(ESP)
    for h in lab.hosts.values():
        drop_in(units, h)
        check(units["ipsec-policy"].start(h) == "skipped" and
              units["ipsec-policy"].said == "",
              "no policy file: no policy, and no failure")
    both(lab, f"{{laddr ME raddr OTHER}} ipsec {ESP}\n", keys)
    for h in lab.hosts.values():
        drop_in(units, h)
        (h.conf / "tune").write_text("ipsecesp_reap_delay 3\n")
        check(units["ipsecd"].keys["ExecStart"] == [f"{SBIN}ipsecd -f"],
              "ipsecd as the test starts it")
        for u in todo:
            if u == "ipsecd":
                h.up()
            elif u in ("ipsec-tune", "ipsec-policy", "ipsec-manual-key"):
                check(units[u].start(h) == "active", f"{h.name}: start {u}")
    check(e.tool("solipsec", "tune", "get", "ipsecesp_reap_delay") == "3\n",
          "tunables are set")
    check(e.ping(lab.V4["partym"]) == 2, "both talk as policy wants")


def refresh(lab, units):
    e = lab.enigma
    policy, keys = units["ipsec-policy"], units["ipsec-manual-key"]
    drop_in(units, e)
    before = e.tool("ipsecconf", "-ln")
    sas = e.stat()["sas"]
    both(lab, f"{{laddr ME raddr OTHER}} ipsec {ESP}\n"
         "{lport 7 dir both} bypass {}\n", lab.manual(ESP))
    check(policy.do(e, "ExecReload") and "lport 7" in
          e.tool("ipsecconf", "-ln"), "refresh policy: the new file")
    check([s["spi"] for s in e.stat()["sas"]] == [s["spi"] for s in sas],
          "SAs stay")

    # a broken file
    good = e.tool("ipsecconf", "-ln")
    file = e.conf / "policy"
    file.write_text("{laddr 10.0.0.1} ipsec {encr_algs aez}\n")
    check(not policy.do(e, "ExecReload"), "refresh with a broken file fails")
    check(re.search(rf"{file}.*1.*", policy.said) is not None and
          "aez" in policy.said, "the log names file and line: " +
          policy.said.splitlines()[0])
    check(e.tool("ipsecconf", "-ln") == good,
          "the policy from before is still in force")
    check(policy.start(e) == "failed", "start, too, ends in the failed state")
    said = e.tool("ipsecconf", "-c", file, ok=False)
    check("aez" in said and e.tool("ipsecconf", "-ln") == good,
          "ipsecconf -c says the same and changes nothing")
    f = e.conf / "keys"
    f.write_text("add esp spi 1 src nowhere.invalid dst ::\n")
    check(not keys.do(e, "ExecReload") and f"{f}:1" in keys.said,
          "refresh manual-key with a broken file fails: " +
          keys.said.splitlines()[0])
    check([s["spi"] for s in e.stat()["sas"]] == [s["spi"] for s in sas],
          "and no SA is lost")

    # another configuration file
    (e.conf / "other").write_text("{lport 9 dir both} bypass {}\n")
    policy.read(f"[Service]\nEnvironment=CONFIG_FILE={e.conf / 'other'}")
    check(policy.do(e, "ExecReload") and "lport 9" in
          e.tool("ipsecconf", "-ln") and "lport 7" not in
          e.tool("ipsecconf", "-ln"), "config_file by a drop-in, and refresh")
    drop_in(units, e)
    both(lab, f"{{laddr ME raddr OTHER}} ipsec {ESP}\n",
         lab.manual(ESP).replace(KEY[16], KEY[32][:32]))
    check(policy.do(e, "ExecReload") and
          e.tool("ipsecconf", "-ln") == before, "and back")
    check(keys.do(e, "ExecReload") and e.ping(lab.V4["partym"], count=1,
                                              wait_s=0.3) == 0,
          "refresh manual-key: flushed and loaded, other keys now")
    drop_in(units, lab.partym)
    check(keys.do(lab.partym, "ExecReload") and
          e.ping(lab.V4["partym"]) == 2, "and there, too: they talk")


def stop(lab, units):
    e = lab.enigma
    check(units["ipsec-manual-key"].do(e, "ExecStop") and
          e.stat()["sas"] == [], "stop manual-key: no SAs")
    check(units["ipsec-policy"].do(e, "ExecStop") and
          e.tool("ipsecconf", "-ln").strip() == "", "stop policy: none")


def member(*groups):
    return ["setpriv", "--reuid", "65534", "--regid", "65534",
            *(["--groups", ",".join(map(str, groups))] if groups else
              ["--clear-groups"])]


def rights(lab, units):
    """Tasks 5: a role that is not root; and one who has no such role."""
    e = lab.enigma
    role, other = member(GID), member()
    for f in ("policy", "keys"):
        (e.conf / f).chmod(0o644)
    drop_in(units, e)
    both(lab, f"{{laddr ME raddr OTHER}} ipsec {ESP}\n",
         lab.manual(ESP))
    (e.conf / "keys").chmod(0o600)
    os.chown(e.conf / "keys", 65534, 65534)

    def tool(user, name, *args):
        r = subprocess.run(e.argv(*user, program(name), *args),
                           capture_output=True, text=True)
        return r.returncode, r.stdout + r.stderr

    what = (("ipsecconf", "-q", "-F", "-a", e.conf / "policy"),
            ("ipsecconf", "-ln"), ("ipseckey", "flush"),
            ("ipseckey", "-f", e.conf / "keys"), ("ipseckey", "dump"),
            ("solipsec", "tune", "ipsecesp_reap_delay=2"),
            ("solipsec", "stat"), ("ipsecconf", "-q", "-F"))
    for cmd in what:
        status, said = tool(role, *map(str, cmd))
        check(status == 0, f"the role: {cmd[0]} {cmd[1]} {said[:60]!r}")
    for cmd in what:
        status, said = tool(other, *map(str, cmd))
        check(status != 0 and "ermission" in said,
              f"without it: {cmd[0]} {cmd[1]}: {said.strip()[-70:]}")
    check(e.stat()["sas"] != [] and e.tool(
        "solipsec", "tune", "get", "ipsecesp_reap_delay") == "2\n",
        "which changed nothing")
    check(units["ipsec-policy"].do(e, "ExecReload", role) and
          units["ipsec-manual-key"].do(e, "ExecReload", role),
          "what refresh runs, the role may")
    check(not units["ipsec-policy"].do(e, "ExecReload", other),
          "the other one not")


JS = """
const polkit = {Result: {YES: "yes", NOT_HANDLED: ""}, addRule(f) {
    this.rule = f; }};
%s
const out = [];
for (const [id, unit, verb, group] of %s)
    out.push(polkit.rule({id, lookup: k => ({unit, verb})[k]},
        {isInGroup: g => g == group}));
console.log(JSON.stringify(out));
"""


def polkit():
    """The rule for `systemctl reload ipsec-policy` by the role."""
    node = shutil.which("node") or shutil.which("nodejs")
    if node is None:
        print("      no node here, the rule for polkit is not run")
        return
    units = "org.freedesktop.systemd1.manage-units"
    p = "ipsec-policy.service"
    asked = [(units, p, "reload", "solipsec"), (units, p, "reload", "users"),
             (units, "sshd.service", "reload", "solipsec"),
             (units, p, "kill", "solipsec"),
             ("org.freedesktop.systemd1.manage-unit-files", p, "reload",
              "solipsec"), (units, "ipsec-manual-key.service", "reset-failed",
                            "solipsec")]
    rules = (HERE.parents[1] / "services/solipsec.rules").read_text()
    out = run(node, "-e", JS % (rules, json.dumps(asked)))
    check(json.loads(out) == ["yes", "", "", "", "", "yes"],
          "polkit lets the role manage these services, and nothing else")


def test(lab):
    account("passwd", f"solipsec:x:{GID}:{GID}::/nonexistent:/bin/false\n")
    account("group", f"solipsec:x:{GID}:\n")
    names = sorted(f.stem for f in UNITS.glob("*.service"))
    units = {n: Unit(n) for n in names}
    verify(names)
    todo = order(units)
    boot(lab, units, todo)
    refresh(lab, units)
    stop(lab, units)
    rights(lab, units)
    polkit()


if __name__ == "__main__":
    sys.path.insert(0, str(HERE))
    main(test)
