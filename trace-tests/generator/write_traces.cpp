// SPDX-License-Identifier: Apache-2.0
// A generated layer in both dialects.
#include <fmt/format.h>

#include <array>

#include "trace-tests/format/trace_writer.hpp"
#include "trace-tests/generator/generated_layer.hpp"

namespace dla::trace {
namespace {

std::string head_of(const GeneratedLayer& layer, const LayerSpec& spec,
                    const HardwareConfig& config) {
    constexpr std::array kPrecisions{"int8", "int16", "fp16"};
    return fmt::format("{}: {} ({}, {}, seed {})", spec.name, layer.words, config.name,
                       kPrecisions[static_cast<std::size_t>(spec.precision)], spec.seed);
}

class TxnTrace {
  public:
    TxnTrace(const std::string& head, const LayerSpec& spec, const HardwareConfig& config,
             const std::string& folder)
        : spec_(spec), out_(folder, config.address_map) {
        out_.comment(head);
    }

    // suffix: of the names of data files.
    void add(const GeneratedLayer& layer, const std::string& suffix = "") {
        status_ = layer.program.address("GLB", "S_INTR_STATUS");
        for (const Image& image : layer.inputs)
            out_.load(image.address, image.bytes, image.name + suffix + ".dat");
        if (spec_.expect_unflushed)
            out_.read(layer.program.address("CDMA", "S_CBUF_FLUSH_STATUS"), 1, 0);
        for (const RegisterProgram::Write& write : layer.program.writes())
            write_and_read(write);
        for (const Start& start : layer.starts) {
            const std::uint32_t address = layer.program.address(start.unit, start.reg);
            out_.write(address, 1);
            out_.read(address, 1, 1);
        }
        if (!layer.interrupts.empty()) finish_layer(layer);
        for (const FinalRead& read : layer.final_reads)
            out_.read(layer.program.address(read.unit, read.reg), read.mask, read.value);
        for (const Image& image : layer.outputs)
            out_.dump(image.address, image.bytes, image.name + suffix + ".dat");
    }
    Result<void> finish() { return out_.finish("input.txn"); }

  private:
    void write_and_read(const RegisterProgram::Write& write) {
        out_.write(write.address, write.value);
        if (write.read_back_mask != 0)
            out_.read(write.address, write.read_back_mask, write.value & write.read_back_mask);
    }

    void finish_layer(const GeneratedLayer& layer) {
        const bool each = spec_.ending == Ending::kWaitEach || spec_.ending == Ending::kWaitNamed;
        const std::uint32_t last = 1u << layer.interrupts.back();
        if (!each) {
            if (spec_.ending == Ending::kWait) out_.wait();
            out_.read(status_, last, last);
            out_.write(status_, 0xffffffff);
            out_.read(status_, last, 0);
            return;
        }
        out_.read(status_, 0xffffffff, 0);
        for (const unsigned bit : layer.interrupts) {
            out_.wait();
            const std::uint32_t named = 1u << bit;
            if (spec_.ending == Ending::kWaitNamed) out_.read(status_, named, named);
            out_.write(status_, 0xffffffff);
            out_.read(status_, 0xffffffff, 0);
        }
    }

    const LayerSpec& spec_;
    TxnWriter out_;
    std::uint32_t status_ = 0;
};

class CfgTrace {
  public:
    CfgTrace(const GeneratedLayer& layer, const LayerSpec& spec, const HardwareConfig& config,
             const std::string& folder)
        : layer_(layer), spec_(spec), out_(folder, config.address_map) {
        out_.comment(head_of(layer, spec, config));
    }

    Result<void> write() {
        for (const Image& image : layer_.inputs)
            out_.load(spec_.memory, image.address, image.bytes, image.name + "_records.dat");
        for (const RegisterProgram::Write& write : layer_.program.writes())
            out_.write(write.address, write.value);
        if (layer_.starts.empty())
            for (const RegisterProgram::Write& write : layer_.program.writes())
                out_.read_check(write.address, write.value);
        start();
        for (const unsigned bit : layer_.interrupts)
            out_.expect_interrupt(bit, id(bit));
        for (std::size_t i = 0; i + 1 < layer_.interrupts.size(); ++i)
            out_.check_nothing(id(layer_.interrupts[i]));
        for (const Image& image : layer_.outputs) {
            const std::string last = id(layer_.interrupts.back());
            out_.check_crc(last, spec_.memory, image.address, image.bytes);
            out_.check_file(last, spec_.memory, image.address, image.bytes,
                            image.name + "_records.dat");
        }
        return out_.finish(spec_.name + ".cfg");
    }

  private:
    static std::string id(unsigned bit) { return fmt::format("done_{}", bit); }

    // Each unit starts when the one before it has started; the convolution's first one when CBUF is
    // ready.
    void start() {
        if (spec_.kind == LayerKind::kConvolution)
            out_.poll_equal(layer_.program.address("CDMA", "S_CBUF_FLUSH_STATUS"), 1);
        std::string before;
        for (const Start& start : layer_.starts) {
            if (!before.empty() && start.unit != before)
                out_.sync_wait(start.unit, before + "_started");
            out_.write(layer_.program.address(start.unit, start.reg), 1);
            if (start.unit != before) out_.sync_notify(start.unit, start.unit + "_started");
            before = start.unit;
        }
    }

    const GeneratedLayer& layer_;
    const LayerSpec& spec_;
    CfgWriter out_;
};

}  // namespace

Result<void> write_traces(const GeneratedLayer& layer, const LayerSpec& spec,
                          const HardwareConfig& config, const std::string& folder,
                          DialectChoice dialects) {
    Result<void> written;
    if (dialects != DialectChoice::kCfg) {
        TxnTrace trace(head_of(layer, spec, config), spec, config, folder);
        trace.add(layer);
        written = trace.finish();
    }
    if (written && dialects != DialectChoice::kTxn)
        written = CfgTrace(layer, spec, config, folder).write();
    return written;
}

Result<void> write_chain(const std::vector<GeneratedLayer>& layers, const LayerSpec& spec,
                         const HardwareConfig& config, const std::string& folder) {
    TxnTrace trace(fmt::format("{} layers, the first {}", layers.size(),
                               head_of(layers.front(), spec, config)),
                   spec, config, folder);
    for (std::size_t i = 0; i < layers.size(); ++i)
        trace.add(layers[i], fmt::format("_{}", i));
    return trace.finish();
}

}  // namespace dla::trace
