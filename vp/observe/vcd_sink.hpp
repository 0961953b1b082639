// SPDX-License-Identifier: Apache-2.0
// A value change dump for waveform viewers: per unit and group whether it works and how many layers
// are enabled but not finished, and the interrupt line with GLB's status.
#pragma once

#include <map>
#include <utility>
#include <vector>

#include "vp/observe/file_sink.hpp"

namespace dla::vp {

class VcdSink : public FileSink {
  public:
    explicit VcdSink(SinkContext context);

    void on_csb(const CsbEvent& event) override;
    void on_interrupt(const InterruptEvent& event) override;
    void on_operation_begin(const OperationEvent& event) override;
    void on_operation_end(const OperationEvent& event) override;
    void finish() override;

  private:
    struct Signal {
        std::string name;
        unsigned width;
    };
    struct Change {
        std::uint64_t cycle;
        std::size_t signal;
        std::uint32_t value;
    };

    std::size_t signal(const std::string& name, unsigned width);
    void change(const std::string& name, unsigned width, std::uint64_t cycle, std::uint32_t value);
    void change_depth(const std::string& unit, std::uint64_t cycle, int step);
    void write_header();
    void write_value(std::size_t signal, std::uint32_t value);

    std::vector<Signal> signals_;
    std::map<std::string, std::size_t> by_name_;
    std::map<std::string, int> depth_;
    std::vector<Change> changes_;
};

}  // namespace dla::vp
