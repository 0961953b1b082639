// SPDX-License-Identifier: Apache-2.0
// The event stream as text, a line per event:
//
//   1204 SDP group 0 begins: 8x8x32 int8 from memory
//   1207 CSB write SDP.D_OP_ENABLE = 0x00000001
#pragma once

#include "vp/observe/file_sink.hpp"

namespace dla::vp {

enum class LogLevel : std::uint8_t {
    kError,  // the guest's mistakes
    kInfo,   // operations, interrupts, resets and the firmware's calls too
    kDebug   // register and memory accesses too
};

class LogSink : public FileSink {
  public:
    LogSink(SinkContext context, LogLevel level) : FileSink(std::move(context)), level_(level) {}

    void on_csb(const CsbEvent& event) override;
    void on_memory(const MemoryEvent& event) override;
    void on_interrupt(const InterruptEvent& event) override;
    void on_operation_begin(const OperationEvent& event) override;
    void on_operation_end(const OperationEvent& event) override;
    void on_guest_error(const GuestErrorEvent& event) override;
    void on_guest_error_count(const GuestErrorCount& error) override;
    void on_firmware(const FirmwareEvent& event) override;
    void on_reset(const std::uint64_t& cycle) override;

  private:
    bool wants(LogLevel level, std::string_view unit) const {
        return level <= level_ && context().filter.passes(unit);
    }

    LogLevel level_;
};

}  // namespace dla::vp
