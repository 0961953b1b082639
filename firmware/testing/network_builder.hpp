// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
// Networks made by hand: operations with legal descriptors, changed where a test needs it.
//
//   NetworkBuilder network(hardware);
//   const int conv = network.add(DLA_OP_CONV);
//   const int sdp = network.add(DLA_OP_SDP);
//   network.depend(sdp, conv, DLA_EVENT_OP_PROGRAMMED);
//   network.fill(dla);                             // a TaskPort
#pragma once

#include <vector>

#include "firmware/testing/test_task.hpp"

namespace dla::firmware::testing {

class NetworkBuilder {
  public:
    // Positions in the address list.
    enum : std::int16_t {
        kNetwork,
        kOperations,
        kSurfaces,
        kDependencies,
        kLuts,
        kStatistics,
        kRois,
        kInput,
        kFirstOutput,  // output of operation i: kFirstOutput + i
    };
    static constexpr std::uint64_t kBusAddress = 0xc0000000;
    static constexpr std::uint64_t kMemoryBytes = 0x1000;  // of an input or output

    explicit NetworkBuilder(const HardwareConfig& hardware);

    // An operation from memory to memory; the first of a type becomes the type's head, later ones
    // follow it in program order.
    int add(dla_op_type type);
    // consumer waits for an event of producer; its place in the producer's list must be free.
    void depend(int consumer, int producer, dla_event event);
    // The SDP works on the convolution's results: it reads none and releases the convolution.
    void fuse(int sdp, int conv);
    int add_lut();

    dla_common_op_desc& common(int index) { return dependencies_[at(index)]; }
    union dla_operation& operation(int index) {
        return operations_[at(index)];
    }
    union dla_surface& surface(int index) {
        return surfaces_[at(index)];
    }
    dla_lut_desc& lut(int index) { return luts_[at(index)]; }
    dla_network_desc& network() { return network_; }
    int size() const { return static_cast<int>(dependencies_.size()); }

    // The operation that writes to a bus address; its index comes from the address.
    static int operation_at(std::uint32_t dst);

    // rois: how many copies of the lists, all alike.
    void fill(TaskPort& port, unsigned rois = 1) const;

  private:
    static std::size_t at(int index) { return static_cast<std::size_t>(index); }
    dla_data_cube cube(std::int16_t address) const;
    void shape_conv(std::size_t index);
    void shape_sdp(std::size_t index);
    void shape_others(std::size_t index, dla_op_type type);

    HardwareConfig hardware_;
    dla_network_desc network_{};
    std::array<int, DLA_OP_TYPES> last_of_type_{-1, -1, -1, -1, -1, -1};
    std::vector<dla_common_op_desc> dependencies_;
    std::vector<union dla_operation> operations_;
    std::vector<union dla_surface> surfaces_;
    std::vector<dla_lut_desc> luts_;
};

}  // namespace dla::firmware::testing
