// SPDX-License-Identifier: Apache-2.0
// What every sink that writes a file has: the stream, the hardware it describes and the filter.
#pragma once

#include <algorithm>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "dla_tlm/common/events.hpp"
#include "dla_tlm/common/hardware_config.hpp"

namespace dla::vp {

// Units by catalogue name; empty: all.
struct UnitFilter {
    std::vector<std::string> units;

    bool passes(std::string_view unit) const {
        return units.empty() || std::ranges::find(units, unit) != units.end();
    }
};

struct SinkContext {
    std::ostream& out;
    const HardwareConfig& config;
    UnitFilter filter;
    std::string title;  // what ran

    double microseconds(std::uint64_t cycle) const {
        return static_cast<double>(cycle) / config.clock_mhz;
    }
    std::uint64_t most_macs_per_cycle() const {
        return std::uint64_t{config.atomic_c} * config.atomic_k;
    }
    // Part of the MAC array's peak for the layer's precision, 0 to 1.
    double mac_share(const OperationEvent& layer) const {
        return mac_utilisation({.precision = layer.work.precision, .macs = layer.macs},
                               static_cast<double>(layer.end - layer.begin), config);
    }
};

class FileSink : public EventSink {
  public:
    explicit FileSink(SinkContext context) : context_(std::move(context)) {}
    // After the run: whatever can only be written then.
    virtual void finish() {}

  protected:
    std::ostream& out() { return context_.out; }
    const SinkContext& context() const { return context_; }

  private:
    SinkContext context_;
};

// The unit in whose name a memory client works.
inline std::string_view unit_of_client(std::string_view client) {
    if (client == "RUBIK") return "RBK";
    if (client.starts_with("CDMA")) return "CDMA";
    if (client.starts_with("SDP")) return "SDP";
    return client;
}

}  // namespace dla::vp
