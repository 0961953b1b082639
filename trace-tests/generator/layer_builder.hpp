// SPDX-License-Identifier: Apache-2.0
// The kinds of layers; generate() chooses among them. Each takes a checked spec.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "trace-tests/generator/generated_layer.hpp"
#include "trace-tests/generator/random.hpp"
#include "trace-tests/generator/reference.hpp"

namespace dla::trace {

// Hands out memory regions of one layer, one behind the other.
class Allocator {
  public:
    explicit Allocator(Memory memory)
        : next_(memory == Memory::kPrimary ? 0x80000000u : 0x50000000u) {}

    std::uint64_t take(std::size_t bytes) {
        constexpr std::uint64_t kStep = 0x10000;
        const std::uint64_t address = next_;
        next_ += (bytes + kStep - 1) / kStep * kStep;
        return address;
    }

  private:
    std::uint64_t next_;
};

// Encoding of every RAM_TYPE field.
constexpr std::uint64_t ram_type(Memory memory) {
    return memory == Memory::kPrimary ? 1 : 0;
}

// Any numbers; fp16: odd ones from -7 to 7, whose sums and products are exact.
Cube random_cube(unsigned width, unsigned height, unsigned channels, Precision precision,
                 Random& random);
// The output region before the layer (0xa5, so that bytes nobody may write are checked too) and the
// golden after it.
void add_output(GeneratedLayer& layer, const Cube& cube, const CubeLayout& layout,
                std::uint64_t address);
void program_sdp(GeneratedLayer& layer, const LayerSpec& spec, const Cube& output,
                 const CubeLayout& layout, std::uint64_t address, const PostProcessing& post,
                 bool on_the_fly);
// SDP_RDMA for an off-line source and/or bias from memory.
void program_sdp_rdma(GeneratedLayer& layer, const LayerSpec& spec, const Cube& cube,
                      const Image* source, const CubeLayout* source_layout, const Image* bias);

constexpr unsigned kLeEntries = 65;
// Both lookup tables of SDP or CDP: LO holds the entries and has every priority, LE holds LO's last
// entry throughout, and no line goes on beyond either. The ranges are the layer's to set.
void program_lookup_tables(RegisterProgram& p, const std::string& unit, Precision precision,
                           std::uint64_t le_function, const std::vector<std::int64_t>& lo_entries);

// A register of EW holds 32 bits: fp32 in fp16 layers.
std::uint32_t wide_bits(std::int64_t value, Precision precision);
// SDP's table. LO has priority wherever both tables could answer; LE holds LO's last entry and
// begins where LO ends, so that it gives the same where it alone is hit. fp16: it begins beyond all
// numbers, because between two equal entries fp16 may round.
void program_table(RegisterProgram& p, const SdpTable& table, Precision precision);
// The layer's PDP; spec: the pooling alone.
void program_pdp(RegisterProgram& p, const LayerSpec& spec, const Cube& output,
                 const CubeLayout& layout, std::uint64_t destination);

Result<GeneratedLayer> convolution_layer(const LayerSpec& spec, const HardwareConfig& config);
Result<GeneratedLayer> sdp_layer(const LayerSpec& spec, const HardwareConfig& config);
Result<GeneratedLayer> pooling_layer(const LayerSpec& spec, const HardwareConfig& config);
Result<GeneratedLayer> copy_layer(const LayerSpec& spec, const HardwareConfig& config);
Result<GeneratedLayer> sdp_steps_layer(const LayerSpec& spec, const HardwareConfig& config);
Result<GeneratedLayer> normalization_layer(const LayerSpec& spec, const HardwareConfig& config);
Result<GeneratedLayer> reshape_layer(const LayerSpec& spec, const HardwareConfig& config);

}  // namespace dla::trace
