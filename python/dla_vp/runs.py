# SPDX-License-Identifier: Apache-2.0
"""Whole runs: a register trace with its verdict, a compiled network with its tensors."""
import dataclasses
import os

import numpy as np

from . import _native, formats

HANG_CLOCKS = 2_000_000_000


@dataclasses.dataclass(frozen=True)
class TraceResult:
    """verdict: pass, fail, hang, error or unsupported. cycles: from the last enable to the last done
    event. detail: sentences. operations: as Dla.operations."""
    verdict: str
    cycles: int
    detail: str
    operations: list


@dataclasses.dataclass(frozen=True)
class LoadableResult:
    """outputs: arrays (channels, height, width). cycles: from the first enable to the last interrupt.
    layers: name, words, begin, end, macs, bound, work, output (an array where the layer writes one)."""
    config: str
    outputs: list
    cycles: int
    layers: list


def _trace_file(path):
    """The trace itself, where path is a folder that holds one."""
    if not os.path.isdir(path):
        return path
    for name in ("input.txn", os.path.basename(os.path.normpath(path)) + ".cfg"):
        if os.path.exists(os.path.join(path, name)):
            return os.path.join(path, name)
    raise _native.Error(f"{path}: holds neither input.txn nor a .cfg file of its name")


def _config_of_path(path):
    """The longest part of the path that is a configuration's name."""
    parts = set(os.path.abspath(path).split(os.sep))
    names = sorted((name for name in _native.configurations() if name in parts), key=len)
    if not names:
        raise _native.Error(f"{path}: names no configuration; choose one of {', '.join(_native.configurations())}")
    return names[-1]


def run_trace(path, config=None, memory="rtl-bench", second_memory="rtl-bench", settings=(), timing=True,
              hang_clocks=HANG_CLOCKS):
    """Plays a register trace (a file, or the folder of one) on a fresh DLA."""
    path = _trace_file(os.fspath(path))
    choice = _native.TimingChoice(timing, 1, memory, second_memory, list(settings))
    return TraceResult(**_native.run_trace(path, config or _config_of_path(path), choice, hang_clocks))


def _array(output):
    shape = output["channels"], output["height"], output["width"]
    size = len(output["payload"]) // max(1, int(np.prod(shape)))
    types = {1: "int8", 2: "int16", 4: "<f4"}
    dtype = np.dtype("<f2") if output["format"] in (39, 43) else np.dtype(types.get(size, "int8"))
    return np.frombuffer(output["payload"], dtype).reshape(shape)


def run_loadable(path, image=None, normalize=1, mean=(), input=None, config=None, memory="rtl-bench",
                 second_memory="rtl-bench", settings=(), timing=True, threads=1):
    """Runs a compiled network. image: a .pgm or .jpg file, or input: the bytes of input 0."""
    choice = _native.TimingChoice(timing, threads, memory, second_memory, list(settings))
    raw = None if input is None else bytes(np.ascontiguousarray(input).tobytes())
    network_input = _native.NetworkInput(os.fspath(image) if image else "", normalize, list(mean), raw)
    result = _native.run_loadable(os.fspath(path), config or "", choice, network_input)
    return LoadableResult(result["configuration"], [_array(output) for output in result["outputs"]],
                          result["cycles"], result["layers"])
