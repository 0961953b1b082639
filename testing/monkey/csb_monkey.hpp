// SPDX-License-Identifier: Apache-2.0
// A monkey at the register bus of a DLA with memories of its own: writes and reads anything
// anywhere, starts units with nonsense, resets in the middle.
//
//   CsbMonkey monkey("monkey", config, {.seed = 1, .accesses = 100'000});
//   sc_core::sc_start();
//   CHECK(monkey.result().accesses == 100'000);
#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <cstdint>
#include <systemc>

#include "dla_tlm/core/dla.hpp"
#include "testing/monkey/random_program.hpp"
#include "testing/test_memory.hpp"

namespace dla::testing {

class CsbMonkey : public sc_core::sc_module, private EventSink {
  public:
    struct Options {
        std::uint64_t seed = 1;
        std::uint64_t accesses = 0;
        bool timing = true;
        bool dmi = true;
        unsigned memory_error_one_in = 0;  // transactions; 0: none
    };
    struct Result {
        std::uint64_t accesses = 0;
        std::uint64_t resets = 0;
        std::uint64_t layers = 0;   // that ran to their end
        double slowest_access = 0;  // host seconds
        long resident_kib = 0;      // of the process, after a quarter of the accesses
        std::uint64_t slowest_number = 0;
    };

    CsbMonkey(sc_core::sc_module_name name, const HardwareConfig& config, const Options& options);
    ~CsbMonkey() override;

    const Result& result() const { return result_; }
    std::uint64_t guest_errors() { return dla_.events().guest_error_count(); }

  private:
    void run();
    void perform(const MonkeyAccess& access);
    void put_images();
    void tell_progress() const;
    void on_operation_end(const OperationEvent& /*event*/) override { ++result_.layers; }

    Options options_;
    Dla dla_;
    TestMemory main_memory_;
    TestMemory second_memory_;
    sc_core::sc_signal<bool> irq_;
    tlm_utils::simple_initiator_socket<CsbMonkey> csb_;
    RandomProgram program_;
    trace::Random memory_errors_;
    Result result_;
};

}  // namespace dla::testing
