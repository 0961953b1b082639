// SPDX-License-Identifier: Apache-2.0
// A layer ready to be written as a trace: memory images, registers, what starts it and how it ends.
//
//   auto layer = generate(spec, config);
//   if (layer) write_traces(*layer, spec, config, "out/nv_full/foo", DialectChoice::kBoth);
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "dla_tlm/common/result.hpp"
#include "trace-tests/generator/layer_spec.hpp"
#include "trace-tests/generator/layout.hpp"
#include "trace-tests/generator/register_program.hpp"

namespace dla::trace {

struct Image {
    std::string name;  // of the data file, without ending
    std::uint64_t address = 0;
    Bytes bytes;
};

// A register that starts a unit when 1 is written to it.
struct Start {
    std::string unit;
    std::string reg;
};

// What a register reads when the layer is done.
struct FinalRead {
    std::string unit;
    std::string reg;
    std::uint32_t mask;
    std::uint32_t value;
};

struct GeneratedLayer {
    explicit GeneratedLayer(regs::AddressMap map) : program(map) {}

    std::vector<Image> inputs;  // the prepared output region among them
    RegisterProgram program;
    std::vector<Start> starts;         // in this order
    std::vector<unsigned> interrupts;  // GLB bits in the order they are expected
    std::vector<Image> outputs;        // goldens
    std::vector<FinalRead> final_reads;
    std::string words;  // one line for the trace's head
};

// The reason when the layer cannot be done by the configuration.
Result<GeneratedLayer> generate(const LayerSpec& spec, const HardwareConfig& config);

enum class DialectChoice : std::uint8_t { kTxn, kCfg, kBoth };
// Writes input.txn and/or NAME.cfg with their data files into the folder.
Result<void> write_traces(const GeneratedLayer& layer, const LayerSpec& spec,
                          const HardwareConfig& config, const std::string& folder,
                          DialectChoice dialects);

// Several layers one behind the other, each with what it reads, as input.txn.
Result<void> write_chain(const std::vector<GeneratedLayer>& layers, const LayerSpec& spec,
                         const HardwareConfig& config, const std::string& folder);

}  // namespace dla::trace
