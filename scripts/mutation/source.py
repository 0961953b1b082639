# SPDX-License-Identifier: Apache-2.0
"""What is changed: the expressions of the datapaths with their alternatives, found with libclang, and the source that
holds every alternative behind its number."""
import hashlib
import json
import re
import sys
from collections import Counter
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
WORK = TOP / "build" / "mutation"
SOURCE = WORK / "source"
HEADER = WORK / "mutants.hpp"

# Files of arithmetic, per room. Decoding, timing and SystemC modules are held by other tests.
FILES = {
    "numerics": ["rounding.hpp", "float_format.hpp", "float_convert.hpp", "float_arithmetic.hpp",
                 "float_lanes-inl.hpp"],
    "lut": ["lut_index.hpp", "lut_memory.cpp", "lut_fp16.cpp", "lut_choice_lanes-inl.hpp", "lut_fp16_lanes-inl.hpp"],
    "cdma": ["converter.cpp", "slice_builder.cpp", "pixel_format.cpp"],
    "cbuf": ["cbuf.cpp"],
    "csc": ["convolve.cpp", "convolve_reference.cpp", "convolve_saturating.cpp", "convolve_fp16.cpp", "layout.cpp",
            "input_layer.cpp", "weight_reader.cpp", "weight_stream.cpp", "weight_panel.cpp", "winograd_line.cpp",
            "winograd_transform.cpp"],
    "cmac": ["mac_integer.hpp", "cmac_fp16.cpp", "dot_kernels_portable.cpp"],
    "cacc": ["accumulate_integer.hpp", "cacc_fp16.cpp", "cacc_fp16_block.cpp", "cacc_fp16_lanes.cpp", "deliver.cpp"],
    "sdp": ["sdp_element.cpp", "sdp_kernel.cpp", "sdp_lut.cpp", "sdp_kernel_fast.cpp", "sdp_lines_int-inl.hpp",
            "sdp_lines_fp-inl.hpp", "sdp_lines_lut-inl.hpp"],
    "pdp": ["pdp_kernel.cpp", "pdp_kernel_fast.cpp", "pdp_average_fp16_fast.cpp"],
    "cdp": ["cdp_element.hpp", "cdp_kernel.cpp", "cdp_kernel_rows.cpp", "cdp_kernel_fast.cpp",
            "cdp_kernel_fp16_fast.cpp", "cdp_lookup_fast.hpp"],
    "rubik": ["rubik_kernel.cpp"],
}

# What an operator is changed to: the neighbour on the boundary, the opposite, the swapped order.
BINARY = {
    "<": ["{a} <= {b}"], "<=": ["{a} < {b}"], ">": ["{a} >= {b}"], ">=": ["{a} > {b}"],
    "==": ["{a} != {b}"], "!=": ["{a} == {b}"],
    "+": ["{a} - {b}"], "-": ["{a} + {b}", "{b} - {a}"], "*": ["{a} + {b}"], "/": ["{a} * {b}"], "%": ["{a} / {b}"],
    ">>": ["({a} >> {b}) >> 1"], "<<": ["({a} << {b}) << 1"],
    "&": ["{a} | {b}"], "|": ["{a} & {b}"], "^": ["{a} | {b}"], "&&": ["{a} || {b}"], "||": ["{a} && {b}"],
}
ASSIGN = {"+=": "-=", "-=": "+=", "*=": "+=", "<<=": ">>=", ">>=": "<<=", "|=": "&=", "&=": "|="}
CALLS = {"std::min": "std::max", "std::max": "std::min", "hn::Min": "hn::Max", "hn::Max": "hn::Min",
         "hn::Add": "hn::Sub", "hn::Sub": "hn::Add", "hn::Le": "hn::Lt", "hn::Ge": "hn::Gt", "hn::Eq": "hn::Ne", "hn::Ne": "hn::Eq", "hn::And": "hn::Or", "hn::Or": "hn::And",
         "hn::Xor": "hn::Or", "hn::AndNot": "hn::And", "hn::Mul": "hn::Add"}
# Vectors of integers know no <= and >=.
NEGATED = {"hn::Lt": "hn::Gt", "hn::Gt": "hn::Lt"}
SIZED = re.compile(r"^((?:numerics::)?(?:saturate|shift_left_saturate|signed_shift_saturate|sign_extend))<(\d+)>\(")
LITERAL = re.compile(r"^(0[xX][0-9a-fA-F']+|[0-9][0-9']*)([uUlLzZ]*)$")


# The alternatives are not written to please the compiler.
SILENCED = ("conversion sign-conversion sign-compare parentheses shadow type-limits unused-value unused-variable "
            "unused-but-set-variable unused-parameter bool-compare bool-operation int-in-bool-context "
            "shift-count-overflow shift-count-negative shift-negative-value div-by-zero array-bounds overflow "
            "maybe-uninitialized uninitialized stringop-overflow stringop-overread enum-compare logical-not-parentheses "
            "aggressive-loop-optimizations tautological-compare narrowing nonnull empty-body "
            "float-conversion arith-conversion extra free-nonheap-object restrict dangling-pointer "
            "implicit-fallthrough address null-dereference alloc-size-larger-than").split()

# One byte per mutant decides: 0 passes, anything else asks. While reach is recorded every byte is 1 until it was
# reached; otherwise only the chosen mutant's is 2. The section lists the mutants that became code.
CHOICE = r"""#pragma once
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <type_traits>
#include <unistd.h>
#ifndef HWY_DISABLED_TARGETS
// A wide and a narrow instruction set are enough, and cost less than all.
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_AVX2)
#endif
namespace dla_mutation {
inline unsigned char state[COUNT];
inline unsigned char reached[COUNT];
struct Setup {
    const char* prefix = std::getenv("DLA_MUTANT_REACHED");
    Setup() {
        const char* chosen = std::getenv("DLA_MUTANT");
        if (prefix) std::memset(state, 1, sizeof state);
        else if (chosen) state[std::strtoul(chosen, nullptr, 10)] = 2;
    }
    ~Setup() {
        if (!prefix) return;
        std::FILE* file = std::fopen((prefix + std::to_string(getpid())).c_str(), "wb");
        std::fwrite(reached, 1, sizeof reached, file);
        std::fclose(file);
    }
};
inline Setup setup;
[[gnu::noinline, gnu::cold]] inline bool asked(unsigned id) {
    if (state[id] == 2) return true;
    reached[id] = 1;
    state[id] = 0;
    return false;
}
[[gnu::always_inline]] inline bool chosen(unsigned id) {
    asm inline volatile(".pushsection .dla_mutants,\"\",@progbits\n.long %c0\n.popsection" ::"i"(id));
    return __builtin_expect(state[id] != 0, 0) && asked(id);
}
}
#define DLA_MUTANT(id) (!std::is_constant_evaluated() && ::dla_mutation::chosen(id))
"""


class Node:
    """One expression of one file, with the ways to change it; plain: as a condition, where it is one."""

    def __init__(self, start, end, alternatives, line, plain):
        self.start, self.end, self.alternatives, self.line, self.plain = start, end, alternatives, line, plain

    def fields(self):
        return self.start, self.end, self.alternatives, self.line, self.plain


def flat(text):
    return " ".join(text.split())


class Reader:
    """Finds the expressions to change with libclang."""

    def __init__(self):
        self.wanted = {str(TOP / "dla_tlm" / room / name): {} for room, names in FILES.items() for name in names}
        self.text = {path: Path(path).read_text() for path in self.wanted}
        for path, text in self.text.items():
            if not text.isascii():
                sys.exit(f"mutate: {path}: has characters beyond ASCII")

    def read(self):
        """The nodes of every file; kept beside a digest of what they were read from, as reading takes a minute."""
        store = WORK / "nodes.json"
        kept = json.loads(store.read_text()) if store.exists() else {}
        names = {path: str(Path(path).relative_to(TOP)) for path in self.wanted}
        digests = {path: hashlib.sha256((Path(__file__).read_text() + text).encode()).hexdigest()
                   for path, text in self.text.items()}
        self.unread = {path for path, name in names.items() if kept.get(name, {}).get("digest") != digests[path]}
        for path in self.wanted.keys() - self.unread:
            nodes = [Node(*fields) for fields in kept[names[path]]["nodes"]]
            self.wanted[path] = {(node.start, node.end): node for node in nodes}
        if self.unread:
            self.parse()
        found = {path: sorted(nodes.values(), key=lambda n: (n.start, -n.end)) for path, nodes in self.wanted.items()}
        WORK.mkdir(parents=True, exist_ok=True)
        store.write_text(json.dumps({names[path]: {"digest": digests[path], "nodes": [n.fields() for n in nodes]}
                                     for path, nodes in found.items()}))
        return found

    def parse(self):
        commands_file = TOP / "build" / "release" / "compile_commands.json"
        if not commands_file.exists():
            sys.exit("mutate: build/release is missing; run: scripts/build release dla_generated")
        try:
            from clang import cindex
        except ImportError:
            sys.exit("mutate: the module clang is missing; install python3-clang")
        self.c, self.kind = cindex, cindex.CursorKind
        index = cindex.Index.create()
        for command in json.loads(commands_file.read_text()):
            source, room = command["file"], Path(command["file"]).parent.name
            if not source.startswith(str(TOP / "dla_tlm")) or room not in FILES or source.endswith("_bench.cpp"):
                continue
            # A file of the list, or one that may show a header of its room that nobody has shown yet.
            if source not in self.unread and not any(
                    path.startswith(f"{TOP}/dla_tlm/{room}/") and not self.wanted[path] for path in self.unread):
                continue
            arguments = [word for word in command["command"].split()[1:]
                         if word.startswith(("-I", "-D", "-std", "-isystem", "/"))
                         and not word.endswith((".cpp", ".o", "ccache", "++"))]
            unit = index.parse(source, args=[*arguments, "-w"])
            errors = [str(d) for d in unit.diagnostics if d.severity >= cindex.Diagnostic.Fatal]
            if errors:
                sys.exit(f"mutate: {source} is not understood: {errors[0]}")
            self.walk(unit.cursor)

    def walk(self, cursor):
        for child in cursor.get_children():
            place = child.location.file
            if cursor.kind == self.kind.TRANSLATION_UNIT and (place is None or place.name not in self.wanted):
                continue
            self.visit(child)

    def visit(self, cursor):
        k = self.kind
        if cursor.kind in (k.STATIC_ASSERT, k.ENUM_DECL, k.PARM_DECL):
            return
        if cursor.kind in (k.VAR_DECL, k.FIELD_DECL):
            head = self.source(cursor)
            if head is None or "constexpr" in head.split("=")[0] or cursor.kind == k.FIELD_DECL:
                return
        children = list(cursor.get_children())
        if cursor.kind == k.CASE_STMT:
            children = children[1:]
        self.consider(cursor, children)
        for child in children:
            self.visit(child)

    def source(self, cursor):
        place = cursor.extent.start.file
        if place is None or place.name not in self.wanted:
            return None
        return self.text[place.name][cursor.extent.start.offset:cursor.extent.end.offset]

    def consider(self, cursor, children):
        text = self.source(cursor)
        if not text or "//" in text or "#" in text or "HWY_DYNAMIC" in text or len(text) > 400:
            if cursor.kind not in (self.kind.IF_STMT, self.kind.CONDITIONAL_OPERATOR):
                return
        k = self.kind
        if cursor.kind in (k.BINARY_OPERATOR, k.COMPOUND_ASSIGNMENT_OPERATOR) and len(children) == 2:
            self.operator(cursor, children)
        elif cursor.kind == k.CALL_EXPR or cursor.kind == k.UNEXPOSED_EXPR:
            self.call(cursor, text)
        elif cursor.kind == k.INTEGER_LITERAL:
            literal = LITERAL.match(text)
            if literal:
                value = int(literal.group(1).replace("'", ""), 0)
                self.add(cursor, [f"{value + 1}{literal.group(2)}"])
        elif cursor.kind in (k.IF_STMT, k.CONDITIONAL_OPERATOR) and children:
            self.condition(cursor, children[0])

    def operator(self, cursor, children):
        path = cursor.extent.start.file.name
        a, b = children
        between = self.text[path][a.extent.end.offset:b.extent.start.offset].strip()
        left, right = self.source(a), self.source(b)
        if not left or not right:
            return
        left, right = flat(left), flat(right)
        if cursor.kind == self.kind.BINARY_OPERATOR and between in BINARY:
            self.add(cursor, [form.format(a=f"({left})", b=f"({right})") for form in BINARY[between]])
        elif between in ASSIGN:
            self.add(cursor, [f"{left} {ASSIGN[between]} {right}"])

    def call(self, cursor, text):
        text = flat(text)
        name = text.split("(")[0].split("<")[0]
        sized = SIZED.match(text)
        if sized:
            bits = int(sized.group(2))
            self.add(cursor, [f"{sized.group(1)}<{n}>({text[sized.end():]}" for n in (bits + 1, bits - 1)])
        elif name in CALLS and text.endswith(")"):
            self.add(cursor, [CALLS[name] + text[len(name):]])
        elif name in NEGATED and text.endswith(")"):
            self.add(cursor, [f"hn::Not({NEGATED[name]}{text[len(name):]})"])

    def condition(self, cursor, condition):
        head = self.text.get(cursor.extent.start.file.name, "")[cursor.extent.start.offset:][:14]
        k = self.kind
        simple = (k.DECL_REF_EXPR, k.MEMBER_REF_EXPR, k.CALL_EXPR, k.UNARY_OPERATOR, k.UNEXPOSED_EXPR)
        text = self.source(condition)
        if "constexpr" in head or condition.kind not in simple or not text or "//" in text:
            return
        self.add(condition, [f"!({flat(text)})"], plain=True)

    def add(self, cursor, alternatives, plain=False):
        path = cursor.extent.start.file.name
        start, end = cursor.extent.start.offset, cursor.extent.end.offset
        if cursor.extent.end.file.name != path or end <= start:
            return
        key = (start, end)
        if key not in self.wanted[path]:
            self.wanted[path][key] = Node(start, end, alternatives, cursor.extent.start.line, plain)


def render(text, nodes, numbers):
    """The file with every chosen mutant behind its number; lines stay where they are."""
    def piece(start, end, inside):
        out, at, i = [], start, 0
        while i < len(inside):
            node = inside[i]
            j = i + 1
            while j < len(inside) and inside[j].start < node.end:
                j += 1
            nested = inside[i + 1:j]
            out.append(text[at:node.start])
            body = piece(node.start, node.end, [n for n in nested if n.end <= node.end])
            choices = [(numbers[id(node), n], a) for n, a in enumerate(node.alternatives) if (id(node), n) in numbers]
            if choices:
                head = "".join(f"DLA_MUTANT({number}) ? ({alternative}) : " for number, alternative in choices)
                body = f"({head}{'static_cast<bool>' if node.plain else ''}({body}))"
            out.append(body)
            at, i = node.end, j
        out.append(text[at:end])
        return "".join(out)
    return piece(0, len(text), nodes)


def mutants_of(reader, nodes):
    """Every mutant with its number, in the order of the files. Twins on one line are told apart by what they become."""
    mutants, seen = [], Counter()
    for room, names in FILES.items():
        for name in names:
            path = str(TOP / "dla_tlm" / room / name)
            for node in nodes[path]:
                was = flat(reader.text[path][node.start:node.end])
                for n, alternative in enumerate(node.alternatives):
                    mutant = {"id": len(mutants) + 1, "room": room, "file": f"dla_tlm/{room}/{name}",
                              "line": node.line, "was": was, "is": flat(alternative), "node": node, "n": n, "path": path}
                    seen[key(mutant)] += 1
                    if (nth := seen[key(mutant)]) > 1:
                        mutant["is"] += f" (no. {nth} on the line)"
                    mutants.append(mutant)
    return mutants


def key(mutant):
    return tuple(mutant[k] for k in ("file", "line", "was", "is"))


def write_if_changed(path, content):
    if not path.exists() or path.read_text() != content:
        path.write_text(content)


def write(reader, nodes, mutants, dropped):
    """The mutated files and the header that chooses; what is in dropped stays as it was."""
    write_if_changed(HEADER, CHOICE.replace("COUNT", str(len(mutants) + 1)))
    silence = "".join(f'#pragma GCC diagnostic ignored "-W{name}"\n' for name in SILENCED)
    for path, of_file in nodes.items():
        numbers = {(id(m["node"]), m["n"]): m["id"] for m in mutants if m["path"] == path and m["id"] not in dropped}
        head = f'#include "{HEADER}"\n#pragma GCC diagnostic ignored "-Wpragmas"\n{silence}'
        if "#define HWY_DISABLED_TARGETS" in reader.text[path]:
            head += "#undef HWY_DISABLED_TARGETS\n"
        head += "#line 1\n"
        write_if_changed(SOURCE / Path(path).relative_to(TOP), head + render(reader.text[path], of_file, numbers))


def plant(mutant):
    """The file with this mutant in its place, as nobody chooses it at run time."""
    path, node = Path(mutant["path"]), mutant["node"]
    text = path.read_text()
    write_if_changed(SOURCE / path.relative_to(TOP),
                     f"{text[:node.start]}({node.alternatives[mutant['n']]}){text[node.end:]}")
