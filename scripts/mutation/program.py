# SPDX-License-Identifier: Apache-2.0
"""The test programs of the mutated source: built once, leaving out what does not compile; which mutants became code."""
import json
import re
import shutil
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

from mutation.source import SOURCE, TOP, WORK, key, plant, write

# The same place inside its source, and the same options, as any release build: a compiler cache knows what is not mutated.
BUILD = SOURCE / "build" / "release"
DROPPED = WORK / "dropped.json"


def copy_source(mutated):
    WORK.mkdir(parents=True, exist_ok=True)
    names = subprocess.run(["git", "ls-files", "-z"], cwd=TOP, capture_output=True, check=True).stdout.decode()
    for name in names.split("\0"):
        if not name or name in mutated or not (TOP / name).exists():
            continue
        source, target = TOP / name, SOURCE / name
        if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
            target.parent.mkdir(parents=True, exist_ok=True)
            # Not its time: what was built meanwhile from an earlier copy would seem newer.
            shutil.copy(source, target)
    shared = TOP.parent / "shared"
    if shared.exists() and not (WORK / "shared").exists():
        (WORK / "shared").symlink_to(shared.resolve())


def known_dropped(mutants):
    known = {tuple(d) for d in json.loads(DROPPED.read_text())} if DROPPED.exists() else set()
    return {m["id"] for m in mutants if key(m) in known}


def build(reader, nodes, mutants, programs, jobs):
    """Builds the programs; returns the numbers of the mutants that do not compile."""
    for path in nodes:
        (SOURCE / path).parent.mkdir(parents=True, exist_ok=True)
    dropped = known_dropped(mutants)
    write(reader, nodes, mutants, dropped)
    subprocess.run(["cmake", "--preset", "release"], cwd=SOURCE, check=True, stdout=subprocess.DEVNULL)
    for _ in range(12):
        done = subprocess.run(["cmake", "--build", BUILD, "-j", str(jobs), "--target", *programs, "--", "-k", "0"],
                              capture_output=True, text=True)
        if done.returncode == 0:
            return dropped
        (WORK / "build.log").write_text(done.stdout + done.stderr)
        lines = {(m[0], int(m[1])) for form in (r"(dla_tlm/[\w/.-]+):(\d+):\d+: (?:fatal )?error",
                                                r"(dla_tlm/[\w/.-]+):(\d+):\d+:   required from")
                 for m in re.findall(form, done.stdout)}
        bad = {m["id"] for m in mutants if (m["file"], m["line"]) in lines} - dropped
        if not bad or "[-Werror=" in done.stdout:
            sys.exit(f"mutate: the mutated source does not compile, see {WORK}/build.log:\n{done.stdout[-2000:]}")
        print(f"mutate: {len(bad)} mutants do not compile and are left out", flush=True)
        dropped |= bad
        DROPPED.write_text(json.dumps([key(m) for m in mutants if m["id"] in dropped]))
        write(reader, nodes, mutants, dropped)
    sys.exit("mutate: the mutated source does not compile after twelve rounds")


def build_planted(mutant, programs, jobs):
    """Builds the programs with this one mutant in its file and none beside it; returns those that are built anew, or
    nothing where the compiler refuses."""
    def built():
        return {program: (BUILD / "bin" / program).stat().st_mtime_ns for program in programs}

    before = built()
    plant(mutant)
    done = subprocess.run(["cmake", "--build", BUILD, "-j", str(jobs), "--target", *programs], capture_output=True)
    return [program for program, time in built().items() if time != before[program]] if done.returncode == 0 else None


def compiled(programs):
    """The numbers of the mutants that became code in some program; the others are constants of the compiler or
    templates that nobody asks for."""
    numbers = set()
    for program in programs:
        with tempfile.NamedTemporaryFile() as dump:
            subprocess.run(["objcopy", "--dump-section", f".dla_mutants={dump.name}", BUILD / "bin" / program,
                            "/dev/null"], check=True, stderr=subprocess.DEVNULL)
            content = Path(dump.name).read_bytes()
        numbers.update(struct.unpack(f"<{len(content) // 4}I", content))
    return numbers
