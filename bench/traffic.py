# SPDX-License-Identifier: BSD-2-Clause
"""Traffic over one of the ways, and what came through."""
import json
import os
import pathlib
import re
import subprocess
import time

from ways import BUILD, Failed

PORT = 5201
TICK = os.sysconf("SC_CLK_TCK")


def cpu_of(pids):
    """CPU seconds of processes so far."""
    ticks = 0
    for pid in pids:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
        words = stat[stat.rindex(")") + 2:].split()
        ticks += int(words[11]) + int(words[12])
    return ticks / TICK


def cpu_busy():
    """CPU seconds of the machine so far, but for idle and other guests."""
    words = pathlib.Path("/proc/stat").read_text().split("\n")[0].split()[1:]
    user, nice, system, _, _, irq, softirq = map(int, words[:7])
    return (user + nice + system + irq + softirq) / TICK


def server(way):
    """iperf3 at the far end, for one client; it has said that it listens."""
    p = subprocess.Popen(
        way.ends[1].argv("iperf3", "-s", "-1", "-p", PORT, "-B",
                         way.inner[1], "--forceflush", "-J"),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    end = time.monotonic() + 20
    while f":{PORT}" not in way.ends[1].run("ss", "-Hltn", f"sport = :{PORT}"):
        if p.poll() is not None or time.monotonic() > end:
            p.kill()
            raise Failed(f"no iperf3: {p.communicate()[0]}")
        time.sleep(0.02)
    return p


def iperf(way, seconds, *words):
    """The reports of both ends."""
    s = server(way)
    try:
        out = way.ends[0].run(
            "iperf3", "-c", way.inner[1], "-B", way.inner[0], "-p", PORT,
            "-t", seconds, "-J", "--connect-timeout", 10000, *words,
            ok=False, quiet=True, timeout=seconds + 60)
        client = json.loads(out or "{}")
        said = json.loads(s.communicate(timeout=20)[0] or "{}")
    except (subprocess.TimeoutExpired, json.JSONDecodeError) as e:
        raise Failed(f"iperf3: {e}") from e
    finally:
        if s.poll() is None:
            s.kill()
            s.wait()
    if "error" in client or "error" in said:
        raise Failed(f"iperf3: {client.get('error', said.get('error'))}")
    return client["end"], said["end"]


def tcp(way, seconds, *words):
    """Bits received in a second, both directions together; CPU for a GB."""
    vpn, all_ = cpu_of(way.pids()), cpu_busy()
    client, said = iperf(way, seconds, *words)
    vpn, all_ = cpu_of(way.pids()) - vpn, cpu_busy() - all_
    parts = [said["sum_received"]]
    if "sum_received_bidir_reverse" in client:
        parts.append(client["sum_received_bidir_reverse"])
    gigabytes = sum(p["bytes"] for p in parts) / 1e9
    rate = sum(p["bits_per_second"] for p in parts)
    if gigabytes == 0:
        return {"rate": 0.0}
    return {"rate": rate / 1e9, "cpu_vpn": vpn / gigabytes,
            "cpu_all": all_ / gigabytes}


def udp(way, seconds, size):
    """Datagrams received in a second, in thousands."""
    flood = BUILD / "bench/bench_udp"
    p = subprocess.Popen(way.ends[1].argv(flood, "recv", way.inner[1], PORT),
                         stdout=subprocess.PIPE, text=True)
    try:
        if p.stdout.readline() != "ready\n":
            raise Failed("bench_udp does not start")
        sent = int(way.ends[0].run(flood, "send", way.inner[1], PORT, size,
                                   seconds))
        time.sleep(0.2)
        # `ip netns exec` has become bench_udp. A signal between its look and
        # its wait is lost, so another one follows
        while p.poll() is None:
            p.terminate()
            time.sleep(0.05)
        got = int(p.stdout.read())
    finally:
        p.kill()
        p.wait()
    return {"rate": got / seconds / 1000, "sent": sent / seconds / 1000}


def ping(way, count, interval):
    """Average and worst answer, microseconds; part that was lost."""
    out = way.ends[0].run("ping", "-n", "-q", "-c", count, "-i", interval,
                          "-W", 2, way.inner[1], ok=False,
                          timeout=60 + 2 * count * interval)
    got = re.search(r"(\d+) received", out)
    times = re.search(r"= [\d.]+/([\d.]+)/([\d.]+)/", out)
    if not got or not times:
        raise Failed(f"ping over {way.title}: {out}")
    return {"average": float(times.group(1)) * 1000,
            "worst": float(times.group(2)) * 1000,
            "lost": 1 - int(got.group(1)) / count}


def loaded_ping(way, seconds):
    """The same beside one TCP flow that lasts as long."""
    s = server(way)
    c = way.ends[0].start("iperf3", "-c", way.inner[1], "-B", way.inner[0],
                          "-p", str(PORT), "-t", str(seconds + 2))
    try:
        time.sleep(0.5)
        return ping(way, round(seconds * 100), 0.01)
    finally:
        for p in (c, s):
            p.kill()
            p.wait()
