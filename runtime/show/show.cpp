// SPDX-License-Identifier: Apache-2.0
#include "runtime/show/show.hpp"

#include <fmt/format.h>

#include <type_traits>

#include "runtime/loadable/descriptor_codec.hpp"
#include "runtime/loadable/descriptor_layout.hpp"
#include "runtime/show/layers.hpp"

namespace dla::runtime {
namespace {

using Text = fmt::memory_buffer;

template <class... Arguments>
void line(Text& text, fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    fmt::format_to(fmt::appender(text), format, std::forward<Arguments>(arguments)...);
    text.push_back('\n');
}

const char* event_name(DependencyEvent event) {
    static constexpr const char* kNames[] = {"-",       "completed",    "programmed",
                                             "enabled", "weights read", "data read"};
    return event <= DependencyEvent::kDataDone ? kNames[static_cast<std::size_t>(event)] : "?";
}

std::string pixel_name(std::uint8_t format) {
    switch (format) {
        case kPixelR8:
            return "R8";
        case kPixelA16B16G16R16F:
            return "A16B16G16R16_F";
        case kPixelA8B8G8R8:
            return "A8B8G8R8";
        case kPixelFeature:
            return "FEATURE";
        case kPixelFeatureX8:
            return "FEATURE_X8";
        default:
            return fmt::format("pixel format {}", format);
    }
}

std::string flag_names(const Memory& memory) {
    std::string names;
    for (const auto& [flag, name] :
         {std::pair{kMemoryAlloc, "alloc"}, std::pair{kMemorySet, "set"},
          std::pair{kMemoryInput, "input"}, std::pair{kMemoryOutput, "output"},
          std::pair{kMemoryDebug, "debug"}}) {
        if (memory.has(flag)) names += (names.empty() ? "" : "+") + std::string(name);
    }
    return names;
}

void tensor_lines(Text& text, const Loadable& loadable) {
    line(text, "\ntensors");
    for (const Tensor& t : loadable.tensors) {
        line(text, "  {:20} {}x{}x{} (w, h, c) {} {}, line {} B, surface {} B, {} B in memory {}",
             t.name, t.w, t.h, t.c, data_type_name(t.data_type), pixel_name(t.pixel_format),
             t.stride[1], t.stride[2], t.size, t.mem_id);
    }
}

void memory_lines(Text& text, const Loadable& loadable) {
    line(text, "\nmemories");
    for (std::size_t i = 0; i < loadable.memories.size(); ++i) {
        const Memory& memory = loadable.memories[i];
        std::string contents;
        for (std::size_t k = 0; memory.has(kMemorySet) && k < memory.contents.size(); ++k) {
            contents += fmt::format(" {}@{}", memory.contents[k], memory.offsets[k]);
        }
        if (memory.bindable()) contents += fmt::format(" number {}", memory.bind_id);
        line(text, "  {:3} {:>10} B {:6} {}{}", i, memory.size,
             memory.domain == MemoryDomain::kSram ? "SRAM" : "system", flag_names(memory),
             contents);
    }
}

// Prints what is set, one field per item.
class FieldPrinter {
  public:
    explicit FieldPrinter(Text& text) : text_(text) {}

    template <class T>
    void operator()(const char* name, std::size_t, T& field) {
        if (field == T{}) return;
        if constexpr (std::is_enum_v<T>) {
            item(name, static_cast<int>(field));
        } else {
            item(name, +field);
        }
    }
    void address(const char* name, std::size_t, std::int16_t& field) { item(name, field); }
    void cube(const char* name, std::size_t, DataCube& c) {
        if (c.size == 0 && c.width == 0 && c.address <= 0) return;
        line(text_,
             "        {}: {}x{}x{} type {} address {}+{} size {} line {} surface {} plane {}", name,
             c.width, c.height, c.channel, c.type, c.address, c.offset, c.size, c.line_stride,
             c.surf_stride, c.plane_stride);
    }
    static std::size_t after_cubes(std::size_t) { return 0; }
    void enter(const char* name) { prefix_ += std::string(name) + "."; }
    void leave() { prefix_.erase(prefix_.find_last_of('.', prefix_.size() - 2) + 1); }

  private:
    template <class T>
    void item(const char* name, T value) {
        line(text_, "        {}{} = {}", prefix_, name, value);
    }

    Text& text_;
    std::string prefix_;
};

std::string waits(const DlaTask& task, std::size_t index) {
    std::string text;
    const auto note = [&](std::size_t producer, const Consumer& consumer) {
        if (consumer.index != static_cast<int>(index)) return;
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ",
                            layer_name(task.operations[producer], producer),
                            event_name(consumer.event));
    };
    for (std::size_t i = 0; i < task.network.num_operations; ++i) {
        for (const Consumer& consumer : task.operations[i].common.consumers)
            note(i, consumer);
        note(i, task.operations[i].common.fused_parent);
    }
    return text;
}

void dla_lines(Text& text, const DlaTask& task, bool fields) {
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < task.operations.size(); ++i) {
        Operation op = task.operations[i];
        total += macs(op);
        line(text, "    {:8} {}", layer_name(op, i), operation_words(op));
        const std::string after = waits(task, i);
        if (!after.empty()) line(text, "             after {}", after);
        if (!fields) continue;
        FieldPrinter printer(text);
        std::visit(
            [&](auto& body) {
                visit_op(printer, body);
                visit_surfaces(printer, body);
            },
            op.body);
    }
    line(text, "    {} operations, {} look-up tables, {} multiply-accumulates",
         task.operations.size(), task.luts.size(), total);
}

void emulator_lines(Text& text, const EmulatorTask& task) {
    for (const EmulatorOp& op : task.operations) {
        const std::string what =
            op.type == EmulatorOpType::kPower
                ? fmt::format("power ({} + {} * x) ^ {}", op.shift, op.scale, op.power)
                : std::string("softmax");
        line(text, "    {}, {}x{}x{}, address {} -> {}", what, op.src.width, op.src.height,
             op.src.channel, op.src.address, op.dst.address);
    }
}

void task_lines(Text& text, const Loadable& loadable, bool fields) {
    for (std::size_t i = 0; i < loadable.tasks.size(); ++i) {
        const Task& task = loadable.tasks[i];
        const bool dla = task.interface == Interface::kDla;
        const auto generation = generation_of(loadable, i);
        line(text, "\ntask {} on the {}, {} addresses, descriptor layout {}", i,
             dla ? "DLA" : "CPU", task.address_list.size(),
             generation && *generation == Generation::kA ? "A (28-byte cubes)" : "B");
        if (dla) {
            if (const auto decoded = decode_dla_task(loadable, i)) {
                dla_lines(text, *decoded, fields);
            }
        } else if (const auto decoded = decode_emulator_task(loadable, i)) {
            emulator_lines(text, *decoded);
        }
    }
}

void dot_edge(Text& text, std::size_t task, std::size_t from, const Consumer& to) {
    if (to.index < 0) return;
    const bool dashed = to.event != DependencyEvent::kCompleted;
    line(text, "  t{}_{} -> t{}_{} [label=\"{}\"{}];", task, from, task, to.index,
         event_name(to.event), dashed ? ", style=dashed" : "");
}

}  // namespace

std::string data_type_name(DataType type) {
    static constexpr const char* kNames[] = {"unknown", "float", "half",  "int16",
                                             "int8",    "uint8", "uint16"};
    return kNames[static_cast<std::size_t>(type)];
}

std::string describe(const Loadable& loadable, bool fields) {
    Text text;
    line(text, "loadable {}: {} tasks, {} submits, {} memories, {} blobs",
         to_string(loadable.version), loadable.tasks.size(), loadable.submits.size(),
         loadable.memories.size(), loadable.blobs.size());
    tensor_lines(text, loadable);
    memory_lines(text, loadable);
    task_lines(text, loadable, fields);
    return fmt::to_string(text);
}

std::string dependency_graph(const Loadable& loadable) {
    Text text;
    line(text, "digraph loadable {{");
    line(text, "  node [shape=box, fontname=\"sans-serif\"];");
    for (std::size_t i = 0; i < loadable.tasks.size(); ++i) {
        if (loadable.tasks[i].interface != Interface::kDla) continue;
        const auto task = decode_dla_task(loadable, i);
        if (!task) continue;
        for (std::size_t k = 0; k < task->network.num_operations; ++k) {
            const Operation& op = task->operations[k];
            const DataCube* dst = destination(op);
            line(text, "  t{}_{} [label=\"{}{}\"];", i, k, layer_name(op, k),
                 dst ? fmt::format("\\n{}x{}x{}", dst->width, dst->height, dst->channel) : "");
            for (const Consumer& consumer : op.common.consumers)
                dot_edge(text, i, k, consumer);
            dot_edge(text, i, k, op.common.fused_parent);
        }
    }
    line(text, "}}");
    return fmt::to_string(text);
}

}  // namespace dla::runtime
