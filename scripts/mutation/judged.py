# SPDX-License-Identifier: Apache-2.0
"""The table of docs/testing.md: mutants that no test can kill, each judged from the source."""
import re
import sys

from mutation.source import TOP, flat

DOCUMENT = TOP / "docs" / "testing.md"
ROW = re.compile(r"^\| ([\w/.-]+):(\d+) \| `(.*?)` \| `(.*?)` \| (.*) \|$")


def rows(with_open=False):
    """(file, line, was, is) -> why nothing kills it. Holes that are still open are asked again."""
    found = {}
    for text in DOCUMENT.read_text().splitlines():
        if row := ROW.match(text.replace("\\|", "\x00")):
            name, line, was, became, why = (part.replace("\x00", "|") for part in row.groups())
            if with_open or not why.startswith("open"):
                found[f"dla_tlm/{name}", int(line), was, became] = why
    return found


def check():
    """Whether every row still names a place of the source; says where it went."""
    wrong = 0
    for (name, line, was, _), _why in rows(with_open=True).items():
        lines = (TOP / name).read_text().splitlines() if (TOP / name).exists() else []

        def stands(n):
            # An expression may go on over a few lines.
            return flat(was).replace(" ", "") in "".join(lines[n - 1:n + 11]).replace(" ", "") and \
                flat(was).replace(" ", "")[:8] in "".join(lines[n - 1:n + 2]).replace(" ", "")

        if not stands(line):
            near = sorted((n for n in range(1, len(lines) + 1) if stands(n)), key=lambda n: abs(n - line))
            now = f"; it may stand on line {near[0]} now" if near else ""
            print(f"docs/testing.md: {name}:{line} does not hold `{was}`{now}", file=sys.stderr)
            wrong += 1
    return wrong


def row(mutant, why):
    cells = [f"{mutant['file'].removeprefix('dla_tlm/')}:{mutant['line']}", f"`{mutant['was']}`", f"`{mutant['is']}`", why]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
