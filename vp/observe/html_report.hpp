// SPDX-License-Identifier: Apache-2.0
// One page about one run: timeline, layers, roofline and bandwidth. Self-contained: opens from a
// file without network or scripts.
#pragma once

#include <array>
#include <vector>

#include "vp/observe/file_sink.hpp"
#include "vp/observe/rate.hpp"

namespace dla::vp {

class HtmlReport : public FileSink {
  public:
    using FileSink::FileSink;

    void on_memory(const MemoryEvent& event) override;
    void on_operation_end(const OperationEvent& event) override;
    void on_guest_error(const GuestErrorEvent& event) override;
    void on_guest_error_count(const GuestErrorCount& error) override;
    void finish() override;

  private:
    std::uint64_t end_cycle() const;
    void write_timeline();
    void write_bandwidth();
    void write_roofline();
    void write_layers();
    void write_messages();
    // Bytes of memory traffic that belong to a convolution: its fetches and the SDP layer behind.
    std::uint64_t convolution_bytes(const OperationEvent& csc, std::size_t number) const;

    std::vector<OperationEvent> layers_;
    std::vector<GuestErrorEvent> messages_;
    std::array<Rate, 2> bandwidth_;
};

}  // namespace dla::vp
