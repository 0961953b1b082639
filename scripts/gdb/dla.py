# SPDX-License-Identifier: Apache-2.0
"""GDB commands that look into the DLA while its firmware stands at a breakpoint.

    dla status                      who runs, who waits for what
    dla op [UNIT]                   the operations in words
    dla regs [UNIT] [GROUP]         registers with their fields
    dla mem ADDRESS SIZE            memory as the DLA sees it
    dla mem cube UNIT src|dst ...   a feature cube, plane by plane
    dla break-reg UNIT.REG [VALUE]  stop when the register is written
    dla help                        everything

Three ways lead here: the guest's kernel or bare-metal firmware behind QEMU's stub (`dla-vp gdb`), where the DLA
is another process and is asked through its monitor's socket; and dla-vp itself under GDB
(gdb -x dla.py --args dla-vp infer ...), where the process is asked by calling a function of it.
"""
import atexit
import os
import pathlib
import socket
import struct
import tempfile
import time

import gdb
import gdb.unwinder


class MonitorSocket:
    """The run's monitor. The guest stops with the DLA and the DLA with the guest."""

    def __init__(self, path):
        self.stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.stream.connect(path)
        self.input = self.stream.makefile("rb")
        self.ask("debugger")
        gdb.events.stop.connect(self.on_stop)
        gdb.events.cont.connect(self.on_continue)

    def ask(self, line):
        """Answer of one command; gdb.GdbError where it is refused or the run has ended."""
        try:
            self.stream.sendall(line.encode() + b"\n")
            kind, size = self.input.readline().split()
            text = self.input.read(int(size)).decode()
        except (OSError, ValueError):
            raise gdb.GdbError("the run has ended") from None
        if kind != b"ok":
            raise gdb.GdbError(text)
        return text

    def prepare_stop(self):
        """Stops reach the guest without a breakpoint here."""

    def on_stop(self, _event):
        try:
            text = self.ask("pause")
        except gdb.GdbError:
            return
        if text.startswith("already stopped: ") and "in its debugger" not in text:
            gdb.write("dla: " + text.removeprefix("already stopped: "))

    def on_continue(self, _event):
        try:
            self.ask("resume")
        except gdb.GdbError:
            pass


class StopBreakpoint(gdb.Breakpoint):
    """At the function of dla-vp that is called when a stop has come."""

    def __init__(self):
        super().__init__("dla_debugger_stop", internal=True)

    def stop(self):
        gdb.write("dla: " + gdb.parse_and_eval("why").string() + "\n")
        return True


class OwnProcess:
    """The DLA is in the process that GDB holds."""

    def __init__(self):
        self.breakpoint = None

    def ask(self, line):
        """Calls dla-vp's own function; nothing else of it runs meanwhile."""
        quoted = line.replace("\\", "").replace('"', "")
        locking = gdb.parameter("scheduler-locking")
        gdb.execute("set scheduler-locking on", to_string=True)
        try:
            text = gdb.parse_and_eval(f'((const char *(*)(const char *))dla_debugger_command)("{quoted}")').string()
        finally:
            gdb.execute(f"set scheduler-locking {locking}", to_string=True)
        if text.startswith("error: "):
            raise gdb.GdbError(text.removeprefix("error: ").rstrip())
        return text

    def prepare_stop(self):
        if self.breakpoint is None or not self.breakpoint.is_valid():
            self.breakpoint = StopBreakpoint()


class Connection:
    """How this session reaches the DLA; found out when it is first needed."""

    monitor = None

    @classmethod
    def get(cls):
        if cls.monitor is None:
            try:
                gdb.parse_and_eval("(long)&dla_debugger_command")
            except gdb.error:
                raise gdb.GdbError("no DLA here: use `dla-vp gdb` for a guest, or dla-vp itself as the program") from None
            if gdb.selected_thread() is None:
                raise gdb.GdbError("the program does not run yet; stop it at a breakpoint first")
            cls.monitor = OwnProcess()
        return cls.monitor


class DlaCommand(gdb.Command):
    """Look into the DLA: dla status | op | regs | mem | cbuf | break-reg | breaks | delete | step | interrupt | help."""

    LOCAL = ("pause", "resume", "wait", "debugger")  # stopping is GDB's own business here
    WORDS = ("status", "op", "regs", "mem", "mem cube", "cbuf", "break-reg", "breaks", "delete", "step", "interrupt",
             "help")

    def __init__(self):
        super().__init__("dla", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        words = argument.split()
        if not words:
            words = ["help"]
        if words[0] in self.LOCAL:
            raise gdb.GdbError(f"{words[0]} is not for GDB: stop and continue the program instead")
        monitor = Connection.get()
        if words[0] in ("break-reg", "step"):
            monitor.prepare_stop()
        if words[0] == "step":
            monitor.ask("arm-" + " ".join(words))
            gdb.execute("continue")
        else:
            gdb.write(monitor.ask(" ".join(words)))

    def complete(self, text, word):
        return [w for w in self.WORDS if w.startswith(text)]


class KernelFrames(gdb.unwinder.Unwinder):
    """Callers in a kernel of which only names are known: arm64 kernels keep a chain of frame records in x29."""

    KERNEL = 0xffff000000000000
    RECORD = struct.Struct("<QQ")

    class Frame:
        def __init__(self, sp, pc):
            self.sp, self.pc = sp, pc

    def __init__(self):
        super().__init__("arm64 kernel without debug information")

    def __call__(self, frame):
        pc, x29, sp = (frame.read_register(name) for name in ("pc", "x29", "sp"))
        if frame.level() == 0 or int(pc) < self.KERNEL or gdb.find_pc_line(int(pc)).symtab is not None:
            return None
        record = int(x29) & (1 << 64) - 1
        if record < self.KERNEL:
            return None
        try:
            above, caller = self.RECORD.unpack(ModuleLoad.bytes_at(record, self.RECORD.size))
        except gdb.MemoryError:
            return None
        unwound = frame.create_unwind_info(self.Frame(gdb.Value(record).cast(sp.type), pc))
        unwound.add_saved_register("x29", gdb.Value(above).cast(x29.type))
        unwound.add_saved_register("pc", gdb.Value(caller).cast(pc.type))
        unwound.add_saved_register("x30", gdb.Value(caller).cast(x29.type))
        unwound.add_saved_register("sp", gdb.Value(record + self.RECORD.size).cast(sp.type))
        return unwound


class ElfSections:
    """Names of the allocated sections of a relocatable file, by index."""

    HEADER = struct.Struct("<IIQQQQIIQQ")

    def __init__(self, path):
        self.path = path
        data = pathlib.Path(path).read_bytes()
        (offset,) = struct.unpack_from("<Q", data, 40)
        size, count, names = struct.unpack_from("<HHH", data, 58)
        rows = [self.HEADER.unpack_from(data, offset + i * size) for i in range(count)]
        strings = rows[names][4]
        self.names = {}
        for index, row in enumerate(rows):
            if row[2] & 2:  # SHF_ALLOC
                at = strings + row[0]
                self.names[index] = data[at:data.index(b"\0", at)].decode()
        if any(row[3] for row in rows):
            self.path = self.copy_at_zero(data, offset, size, count)

    @staticmethod
    def copy_at_zero(data, offset, size, count):
        """GDB places the data of a relocatable file only where every section begins at 0; some linkers leave others."""
        changed = bytearray(data)
        for i in range(count):
            struct.pack_into("<Q", changed, offset + i * size + 16, 0)
        with tempfile.NamedTemporaryFile(suffix=".ko", delete=False) as file:
            file.write(changed)
        atexit.register(os.unlink, file.name)
        return file.name


class ModuleLayout:
    """Where struct module keeps name and symbols; learnt from a module that was built with debug information."""

    ANYWHERE = 0x1000

    def __init__(self, module_file):
        # Else the addresses of this loading would stay with the file for the next one.
        gdb.execute("maintenance set bfd-sharing off", to_string=True)
        gdb.execute(f"add-symbol-file {module_file} {self.ANYWHERE}", to_string=True)
        try:
            module = gdb.lookup_type("struct module")
            symbols = gdb.lookup_type("struct mod_kallsyms")
            self.name = self.offset(module, "name")
            self.kallsyms = self.offset(module, "kallsyms")
            self.table = self.offset(symbols, "symtab")
            self.count = self.offset(symbols, "num_symtab")
        except gdb.error as error:
            raise gdb.GdbError(f"{module_file} has no debug information: {error}") from None
        finally:
            gdb.execute(f"remove-symbol-file -a {self.ANYWHERE}", to_string=True)
            gdb.execute("maintenance set bfd-sharing on", to_string=True)

    @staticmethod
    def offset(struct_type, member):
        return next(f.bitpos // 8 for f in struct_type.fields() if f.name == member)


class ModuleLoad(gdb.Breakpoint):
    """Hit when the kernel has put a module into memory and is about to call its first function: adds the module's
    symbols at their addresses. Never stops the session."""

    FUNCTION = "do_init_module"
    SYMBOL = struct.Struct("<IBBHQQ")
    STT_SECTION = 3

    def __init__(self, layout, folders):
        address = int(gdb.parse_and_eval(f"(unsigned long)&{self.FUNCTION}"))
        super().__init__(f"*{address:#x}", internal=True)
        self.layout, self.folders = layout, folders

    def stop(self):
        try:
            self.load(int(gdb.parse_and_eval("(unsigned long)$x0")))
        except (gdb.error, OSError, OverflowError) as error:
            gdb.write(f"dla: a module's symbols cannot be loaded: {error}\n")
        return False

    @staticmethod
    def bytes_at(address, size):
        return gdb.selected_inferior().read_memory(address, size).tobytes()

    def word_at(self, address, form="<Q"):
        return struct.unpack(form, self.bytes_at(address, struct.calcsize(form)))[0]

    def load(self, module):
        name = self.bytes_at(module + self.layout.name, 56).split(b"\0")[0].decode()
        path = self.find(name)
        if path is None:
            return
        kallsyms = self.word_at(module + self.layout.kallsyms)
        count = self.word_at(kallsyms + self.layout.count, "<I")
        table = self.bytes_at(self.word_at(kallsyms + self.layout.table), count * self.SYMBOL.size)
        sections = ElfSections(path)
        names = sections.names
        addresses = {names[index]: value for _, kind, _, index, value, _ in self.SYMBOL.iter_unpack(table)
                     if kind & 15 == self.STT_SECTION and index in names and value}
        text = addresses.pop(".text", None)
        if text is None:
            return
        others = " ".join(f"-s {section} {address:#x}" for section, address in addresses.items()
                          if not section.startswith((".init", ".exit")))
        gdb.execute(f"add-symbol-file {sections.path} {text:#x} {others}", to_string=True)
        gdb.write(f"dla: {name} is at {text:#x}\n")

    def find(self, name):
        for folder in self.folders:
            for path in sorted(pathlib.Path(folder).glob("*.ko")):
                if path.stem.replace("-", "_") == name:
                    return path
        return None


def connect_stub(stub):
    """QEMU opens its stub a moment after it was started, and answers a moment later."""
    for attempt in range(100):
        try:
            if not stub.startswith("/") or os.path.exists(stub):
                gdb.execute(f"target remote {stub}", to_string=True)
                return
        except gdb.error:
            if attempt == 99:
                raise
        time.sleep(0.1)
    raise gdb.GdbError(f"{stub}: QEMU has no stub there")


def attach_guest(monitor, stub, symbols, module_folders=(), driver=None):
    """What the script of `dla-vp boot --gdb` does: symbols, connection, module hook.

    symbols: ELF file of kernel or firmware, or None. driver: the module whose debug information tells how the
    kernel describes modules.
    """
    for setting in ("confirm off", "pagination off", "breakpoint pending on", "architecture aarch64"):
        gdb.execute("set " + setting, to_string=True)
    if symbols:
        gdb.execute(f"file {symbols}", to_string=True)
    Connection.monitor = MonitorSocket(monitor)
    layout = ModuleLayout(driver) if driver and symbols else None
    connect_stub(stub)
    gdb.execute("define hookpost-detach\npython Connection.monitor.on_continue(None)\nend")
    if layout:
        gdb.unwinder.register_unwinder(None, KernelFrames(), replace=True)
        ModuleLoad(layout, module_folders)


DlaCommand()
