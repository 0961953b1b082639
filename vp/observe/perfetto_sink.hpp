// SPDX-License-Identifier: Apache-2.0
// A Chrome JSON trace for ui.perfetto.dev: a track per unit and group, one per memory client and
// port, one for interrupts, one for the firmware's calls and one for the register accesses behind
// them (a guest's firmware shows by these alone); counters of bandwidth per port and of MAC
// utilisation.
#pragma once

#include <array>
#include <map>

#include "vp/observe/file_sink.hpp"
#include "vp/observe/rate.hpp"

namespace dla::vp {

class PerfettoSink : public FileSink {
  public:
    explicit PerfettoSink(SinkContext context);

    void on_csb(const CsbEvent& event) override;
    void on_memory(const MemoryEvent& event) override;
    void on_interrupt(const InterruptEvent& event) override;
    void on_operation_end(const OperationEvent& event) override;
    void on_guest_error(const GuestErrorEvent& event) override;
    void on_firmware(const FirmwareEvent& event) override;
    void finish() override;

  private:
    // Accesses of one client close to each other are one slice.
    struct Burst {
        std::uint64_t begin = 0;
        std::uint64_t end = 0;
        std::uint64_t read = 0;  // bytes of memory, words of registers
        std::uint64_t written = 0;
    };
    struct Access {
        unsigned process;  // of the track
        std::string track;
        std::uint64_t cycle;
        bool write;
        std::uint64_t amount;
    };

    unsigned track(unsigned process, const std::string& name);
    void entry(std::string_view json);
    void add_access(const Access& access);
    void write_burst(unsigned process, const std::string& name, const Burst& burst);
    void write_counter(std::string_view name, std::string_view unit, const Rate& rate,
                       double scale);

    std::map<std::pair<unsigned, std::string>, unsigned> tracks_;
    std::map<std::pair<unsigned, std::string>, Burst> bursts_;
    std::array<Rate, 2> bandwidth_;
    Rate macs_;
    std::uint32_t status_ = 0;
    bool first_ = true;
};

}  // namespace dla::vp
