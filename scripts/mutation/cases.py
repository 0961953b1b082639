# SPDX-License-Identifier: Apache-2.0
"""The test cases, one by one: what each costs, which mutants it reaches, and whether some case kills a mutant."""
import json
import os
import resource
import shutil
import subprocess
import sys
import threading
from collections import defaultdict
from pathlib import Path

from mutation.program import BUILD
from mutation.source import SOURCE, WORK

CORE = ["numerics_test", "float_lanes_test", "lut_test", "cdma_test", "cbuf_test", "cmac_fp16_test", "cacc_core_test",
        "cacc_fp16_test", "csc_core_test", "csc_fp16_test", "sdp_core_test", "pdp_core_test", "cdp_core_test",
        "rubik_core_test"]
# Through sockets.
UNIT = ["conv_units_test", "conv_chain_test", "sdp_unit_test", "pdp_unit_test", "cdp_unit_test", "rubik_unit_test",
        "sdp_trace_test"]
# Few random layers; the full number is asked as a case of its own, where it takes longer.
SHORT = {"DLA_CONV_LAYERS": "3", "DLA_RANDOM_FACTOR": "0.02"}
MEMORY = 8 << 30
START_SECONDS = 0.01


def threads_of(pid):
    """Per thread its state and the processor time it has used."""
    found = []
    for stat in Path(f"/proc/{pid}/task").glob("*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        found.append((stat.parent.name, fields[0], fields[11], fields[12]))
    return sorted(found)


def kill_waiting(process, ended, stuck):
    """One that waits for ever uses no processor: all its threads sleep, and have done nothing for five seconds."""
    before, quiet = [], 0
    while not ended.wait(1):
        now = threads_of(process.pid)
        quiet = quiet + 1 if now == before and all(state == "S" for _, state, *_ in now) else 0
        before = now
        if quiet == 5:
            stuck.set()
            process.kill()
            return


def execute(program, arguments, environment, limit=600):
    """The exit code, or "does not end", and the processor time. A test may take `limit` seconds of the processor."""
    process = subprocess.Popen([BUILD / "bin" / program, *arguments], cwd=SOURCE, env={**os.environ, **environment},
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    seconds = int(limit) + 1
    resource.prlimit(process.pid, resource.RLIMIT_CPU, (seconds, seconds))
    resource.prlimit(process.pid, resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.prlimit(process.pid, resource.RLIMIT_CORE, (0, 0))
    ended, stuck = threading.Event(), threading.Event()
    watch = threading.Thread(target=kill_waiting, args=(process, ended, stuck))
    watch.start()
    _, status, usage = os.wait4(process.pid, 0)
    ended.set()
    watch.join()
    process.returncode = os.waitstatus_to_exitcode(status)
    used = usage.ru_utime + usage.ru_stime
    return ("does not end" if stuck.is_set() or used >= seconds - 0.1 else process.returncode), used


class Case:
    def __init__(self, program, name, short, seconds=0.0, reached=()):
        self.program, self.name, self.short, self.seconds = program, name, short, seconds
        self.reached = frozenset(reached)
        # Commas and brackets would be read as a test specification.
        self.argument = "".join("\\" + c if c in ",[\\" else c for c in name)

    def run(self, mutant, limit):
        environment = {"DLA_MUTANT": str(mutant), **(SHORT if self.short else {})}
        return execute(self.program, ["-a", self.argument], environment, limit)[0]

    def record(self):
        folder = WORK / "reached"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        environment = {"DLA_MUTANT_REACHED": str(folder / "r"), **(SHORT if self.short else {})}
        result, self.seconds = execute(self.program, [self.argument], environment)
        if result != 0:
            sys.exit(f"mutate: {self.program} '{self.name}' fails without any mutant ({result})")
        self.reached = frozenset(i for file in folder.iterdir() for i, byte in enumerate(file.read_bytes()) if byte)


def names(program):
    """Catch2 of versions 2 and 3 list their cases differently."""
    for arguments in (["--list-test-names-only"], ["--list-tests", "--verbosity", "quiet"]):
        done = subprocess.run([BUILD / "bin" / program, *arguments], cwd=SOURCE, capture_output=True, text=True)
        if "nrecognised" not in done.stdout + done.stderr:
            return [line for line in done.stdout.splitlines() if line.strip()]
    sys.exit(f"mutate: {program} does not list its test cases")


def cases_of(program, only_short):
    """The short form of each case, where it has one, and the full one unless only_short."""
    cases = measured_cases(program)
    has_short = {case.name for case in cases if case.short}
    return [case for case in cases if case.short or not only_short or case.name not in has_short]


def measured_cases(program):
    """Measured once per build of the program."""
    store = WORK / "cases" / f"{program}.json"
    if store.exists() and store.stat().st_mtime > (BUILD / "bin" / program).stat().st_mtime:
        return [Case(program, **fields) for fields in json.loads(store.read_text())]
    found = []
    for name in names(program):
        short, full = Case(program, name, True), Case(program, name, False)
        short.record()
        full.record()
        longer = full.seconds > 1.5 * short.seconds + 0.02 or full.reached != short.reached
        found += [short, full] if longer else [full]
    store.parent.mkdir(exist_ok=True)
    store.write_text(json.dumps([{"name": c.name, "short": c.short, "seconds": c.seconds, "reached": sorted(c.reached)}
                                 for c in found]))
    reached = len(frozenset().union(*(c.reached for c in found)))
    print(f"mutate: {program}: {len(found)} cases, {sum(c.seconds for c in found):.1f} s, reach {reached}", flush=True)
    return found


def whole(program):
    """The exit code of a whole program without any mutant to choose, or "does not end"."""
    return execute(program, ["-a"], {}, 120)[0]


class Judge:
    """Asks the cases that reach a mutant until one fails. What is cheap and has killed its neighbours comes first."""

    def __init__(self, cases):
        self.reaching = defaultdict(list)
        for case in cases:
            for mutant in case.reached:
                self.reaching[mutant].append(case)
        self.kills, self.asked = defaultdict(float), defaultdict(float)

    def chance(self, case, mutant):
        room, file = (mutant["room"], case), (mutant["file"], case)
        of_room = (self.kills[room] + 0.2) / (self.asked[room] + 2)
        return (self.kills[file] + of_room) / (self.asked[file] + 1)

    def __call__(self, mutant):
        cases = sorted(self.reaching[mutant["id"]],
                       key=lambda c: (c.seconds + START_SECONDS) / self.chance(c, mutant))
        for case in cases:
            result = case.run(mutant["id"], 1 + 4 * case.seconds)
            for place in ("room", "file"):
                self.asked[mutant[place], case] += 1
                self.kills[mutant[place], case] += result != 0
            if result != 0:
                end = f" ({result})" if isinstance(result, str) else ""
                return f"killed by {case.program}: {case.name}{end}"
        return "survived" if cases else "not reached"
