# SPDX-License-Identifier: Apache-2.0
"""One simulated DLA with its memories, programmed by register names."""
import dataclasses
import difflib

import numpy as np

from . import _native, formats

DEFAULT_WAIT_CYCLES = 1_000_000_000


@dataclasses.dataclass(frozen=True)
class Field:
    """Part of a register. access: rw, ro, const, wo, w1c, w1s or rwt."""
    name: str
    lsb: int
    width: int
    access: str

    @property
    def mask(self):
        return ((1 << self.width) - 1) << self.lsb


@dataclasses.dataclass(frozen=True)
class Register:
    """A register of this configuration. address: bytes in the register window."""
    unit: str
    name: str
    address: int
    has_groups: bool
    fields: tuple

    def field(self, name):
        for field in self.fields:
            if field.name == name:
                return field
        raise _native.Error(f"{self.unit}.{self.name} has no field '{name}'; there are "
                            f"{', '.join(field.name for field in self.fields)}")

    def split(self, value):
        """The value's fields by name."""
        return {field.name: (value & field.mask) >> field.lsb for field in self.fields}

    def join(self, values, base=0):
        """The base value with the given fields replaced."""
        for name, value in values.items():
            field = self.field(name)
            if not 0 <= value < 1 << field.width:
                raise _native.Error(f"{self.unit}.{self.name}.{name} = {value}; it holds 0 to {(1 << field.width) - 1}")
            base = base & ~field.mask | value << field.lsb
        return base


class Dla:
    """A DLA of any configuration (a built-in name or a .yaml file), with main memory at 0x80000000
    and, where the configuration has one, a second memory at 0x50000000.

    memory, second_memory: names of memories as on the command line, settings: ["memory.latency=200"].
    timing=False: same bits, no cycle counts. threads: of the host, for large layers.
    """

    def __init__(self, config="nv_small", memory="rtl-bench", second_memory="rtl-bench", settings=(), timing=True,
                 threads=1):
        choice = _native.TimingChoice(timing, threads, memory, second_memory, list(settings))
        self._simulation = _native.Simulation(config, choice)
        self.config = _native.configuration(config)
        self.registers = {}
        for unit, name, address, has_groups, fields in _native.registers(config):
            self.registers[f"{unit}.{name}"] = Register(unit, name, address, has_groups,
                                                        tuple(Field(*field) for field in fields))

    def register(self, name):
        """The register UNIT.NAME."""
        if name in self.registers:
            return self.registers[name]
        near = difflib.get_close_matches(name, self.registers, 3)
        hint = f"; near are {', '.join(near)}" if near else ""
        raise _native.Error(f"{self.config['name']} has no register '{name}'{hint}")

    def read(self, name):
        """The 32-bit value of a register by name or byte address."""
        return self._simulation.read(name if isinstance(name, int) else self.register(name).address)

    def fields(self, name):
        """The fields of a register, by name."""
        return self.register(name).split(self.read(name))

    def write(self, name, value=0, **fields):
        """Writes the value, or the value with some fields replaced, to a register by name or byte
        address: write("SDP.D_DATA_CUBE_WIDTH", WIDTH=7)."""
        if isinstance(name, int):
            if fields:
                raise _native.Error("fields need a register's name, not an address")
            address = name
        else:
            register = self.register(name)
            value, address = register.join(fields, value), register.address
        if not 0 <= value < 1 << 32:
            raise _native.Error(f"{name} = {value}; a register holds 0 to 0xffffffff")
        self._simulation.write(address, value)

    def memory(self, address, size):
        """The bytes of memory in place, as a uint8 array that can be read and written."""
        return self._simulation.memory(address, size)

    def store(self, address, data):
        """Bytes or any array into memory as they are; returns how many bytes."""
        data = np.frombuffer(bytes(data), np.uint8) if isinstance(data, (bytes, bytearray)) else (
            np.ascontiguousarray(data).view(np.uint8).ravel())
        self.memory(address, data.size)[:] = data
        return data.size

    def store_feature(self, address, array, line_stride=None, surface_stride=None):
        """A feature cube (channels, height, width) into memory; returns how many bytes it takes."""
        atom = self.config["memory_atom_bytes"]
        channels, height, width = np.shape(array)
        dtype = formats.dtype_of(np.asarray(array).dtype)
        shape = (channels, height, width)
        cube = formats.pack_feature(array, atom, line_stride, surface_stride)
        line, surface = formats._strides(width, height, atom, line_stride, surface_stride)
        surfaces = -(-channels // (atom // dtype.itemsize))
        place = self.memory(address, formats.feature_bytes(shape, dtype, atom, line, surface))
        # What lies between the lines stays as it is.
        formats._cube_view(place, surfaces, height, width, atom, line, surface)[...] = (
            formats._cube_view(cube, surfaces, height, width, atom, line, surface))
        return cube.size

    def load_feature(self, address, shape, precision, line_stride=None, surface_stride=None):
        """The feature cube (channels, height, width) at an address."""
        atom = self.config["memory_atom_bytes"]
        size = formats.feature_bytes(shape, precision, atom, line_stride, surface_stride)
        return formats.unpack_feature(self.memory(address, size), shape, precision, atom, line_stride, surface_stride)

    def kernels_per_group(self, precision):
        """Kernels of a kernel group."""
        two_bytes = formats.dtype_of(precision).itemsize == 2
        return self.config["atomic_k"] // (2 if two_bytes and self.config["features"]["int16"] else 1)

    def store_weights(self, address, kernels):
        """Weights (kernels, channels, height, width) of a direct convolution; returns the stream's bytes,
        which is what D_WEIGHT_BYTES takes."""
        dtype = formats.dtype_of(np.asarray(kernels).dtype)
        return self.store(address, formats.pack_weights(kernels, self.kernels_per_group(dtype),
                                                        self.config["atomic_c"]))

    def store_operand(self, address, alu=None, mul=None, precision="int8"):
        """An SDP operand; precision is that of the data it works on."""
        per_atom = self.config["memory_atom_bytes"] // formats.dtype_of(precision).itemsize
        return self.store(address, formats.pack_operand(alu, mul, per_atom))

    def wait_interrupt(self, most_cycles=DEFAULT_WAIT_CYCLES):
        """Lets time pass until the interrupt line is high; returns the set bits of the status register
        by name. A line that stays low is an Error that says who waits for what."""
        if not self._simulation.wait_interrupt(most_cycles):
            waits = self.waits() or ["nothing is running"]
            raise _native.Error(f"no interrupt by cycle {self.cycle}: {'; '.join(waits)}")
        status = self.fields("GLB.S_INTR_STATUS")
        return {name for name, value in status.items() if value}

    def clear_interrupts(self):
        """Clears every pending interrupt."""
        self.write("GLB.S_INTR_STATUS", 0xffffffff)

    def advance(self, cycles):
        """Lets so many core clocks pass."""
        self._simulation.advance(cycles)

    def reset(self):
        """Back to power-on; memory stays."""
        self._simulation.reset()

    def waits(self):
        """Who waits for what, one sentence each."""
        return self._simulation.waits()

    @property
    def interrupt(self):
        """The level of the interrupt line."""
        return self._simulation.interrupt

    @property
    def cycle(self):
        """Core clocks since the beginning."""
        return self._simulation.cycle

    @property
    def operations(self):
        """Hardware layers that ended: unit, group, begin, end, words, macs, cycles by cause, bytes, energy."""
        return self._simulation.operations()

    @property
    def interrupts(self):
        """Changes of the interrupt status: cycle, status, mask, level."""
        return self._simulation.interrupts()

    @property
    def errors(self):
        """What the program did wrong: cycle, unit, message of the first of a kind, times of all."""
        return self._simulation.errors()

    def forget_events(self):
        """Empties operations, interrupts and errors."""
        self._simulation.forget_events()
