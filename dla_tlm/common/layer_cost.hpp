// SPDX-License-Identifier: Apache-2.0
// What a hardware layer costs and what bounds it: cycles by cause, MAC utilisation, bytes per port,
// energy. Pure; the units' timing functions fill the parts.
//
//   CycleParts parts = csc::conv_parts(cycles, layer, config, memory, end);
//   fmt::print("{} bound", name_of(bound_of(parts)));
//   double joules = 1e-12 * energy_pj(work, config);
#pragma once

#include <array>
#include <cstdint>

#include "dla_tlm/common/hardware_config.hpp"
#include "dla_tlm/common/memory_access.hpp"

namespace dla {

enum class Bound : std::uint8_t {
    kCompute,
    kWeightFetch,
    kDataFetch,
    kOutput,
    kLatency,
    kSharedPort
};
constexpr std::size_t kBounds = 6;
const char* name_of(Bound bound);

// Cycles of a layer by what they were spent on; together the layer's length. Work that is hidden
// behind other work counts where it does not wait.
struct CycleParts {
    double compute = 0;
    double weight_fetch = 0;
    double data_fetch = 0;
    double output = 0;
    double latency = 0;      // memory round trips and the depth of the pipeline
    double shared_port = 0;  // lost to layers of other units on the same port
    ClientSet shared_with{};

    double total() const {
        return compute + weight_fetch + data_fetch + output + latency + shared_port;
    }
    std::array<double, kBounds> in_order() const {
        return {compute, weight_fetch, data_fetch, output, latency, shared_port};
    }
    void lose(double cycles, ClientSet to) {
        shared_port += cycles;
        shared_with |= to;
    }
};

// The cause of most cycles; the earlier one of equals.
Bound bound_of(const CycleParts& parts);

struct PortBytes {
    std::uint64_t read = 0;
    std::uint64_t written = 0;
    std::uint64_t total() const { return read + written; }
};

// What a layer moves and multiplies.
struct LayerWork {
    Precision precision = Precision::kInt8;
    std::uint64_t macs = 0;
    std::uint64_t cbuf_bytes = 0;  // written and read
    PortBytes primary{};
    PortBytes secondary{};

    PortBytes& port(bool is_primary) { return is_primary ? primary : secondary; }
};

LayerWork operator+(const LayerWork& a, const LayerWork& b);

// Part of the MAC array's peak, 0 to 1.
double mac_utilisation(const LayerWork& work, double cycles, const HardwareConfig& config);
// Part of a port's peak in one direction, 0 to 1.
double port_utilisation(std::uint64_t bytes, double cycles, const MemoryPort& port);
double energy_pj(const LayerWork& work, const HardwareConfig& config);

}  // namespace dla
