// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
// Registers of a DLA without the DLA: groups, pointers and interrupts as the hardware has them, and
// a test that says when an operation ends. Breaking the rules of the groups is recorded.
//
//   StubDla dla(regs::AddressMap::kNvSmall);       // an EnginePort: hand it to an Engine
//   while (dla.finish_lowest()) { engine.handle_interrupt(); engine.process_events(); }
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "dla_tlm/common/register_catalogue.hpp"
#include "firmware/testing/test_task.hpp"

namespace dla::firmware::testing {

class StubDla : public TaskPort {
  public:
    explicit StubDla(regs::AddressMap map);

    std::uint32_t read_register(std::uint32_t address) override;
    void write_register(std::uint32_t address, std::uint32_t value) override;

    // Whether an operation of this type runs, and its end: CDMA events are raised with CACC's.
    bool running(dla_op_type type) const;
    void finish(dla_op_type type);
    bool finish_lowest();  // false: nothing runs
    // Raises one CDMA event of the running convolution early; finish does not raise it again.
    void raise_cdma(bool data);

    std::uint32_t interrupt_status() const { return status_; }
    bool interrupt() const { return (status_ & ~mask_) != 0; }

    // ENABLE, BDMA and IRQ lines with register contents, as in the reference files.
    std::vector<std::string> log;
    bool keep_log = true;
    // Whether an operation fed by its neighbour ends only after that neighbour. The reference files
    // were made without.
    bool follows_data_flow = true;
    std::vector<std::string> violations;
    // What happened to which operation, named by the address it writes to.
    enum class Step { kProgrammed, kEnabled, kWeightDone, kDataDone, kCompleted };
    struct Happening {
        Step step;
        dla_op_type type;
        unsigned group;
        std::uint32_t dst;
    };
    std::vector<Happening> timeline;
    std::uint64_t accesses = 0;

  private:
    struct Unit {
        std::string name;
        std::uint32_t base = 0;
        std::uint32_t op_enable = 0;  // offset; below it there is one copy of a register
        unsigned producer = 0;
        unsigned consumer = 0;
        std::array<bool, 2> active{};
        std::map<std::uint32_t, std::uint32_t> single;
        std::array<std::map<std::uint32_t, std::uint32_t>, 2> groups;
    };

    Unit* unit_at(std::uint32_t address);
    Unit& unit(const std::string& name);
    const Unit& unit(const std::string& name) const;
    void write_grouped(Unit& unit, std::uint32_t offset, std::uint32_t value);
    void enable(Unit& unit);
    // Whether the group in turn takes its data from the unit before it.
    bool flying(dla_op_type type) const;
    void complete(const std::string& name);
    void raise(unsigned bit);
    void happened(Step step, dla_op_type type, unsigned group);
    void write_glb(std::uint32_t offset, std::uint32_t value);
    bool bdma_busy(unsigned group) const;
    void write_bdma(std::uint32_t offset, std::uint32_t value);
    void log_registers(const Unit& unit);
    void log_lut(const Unit& unit);

    std::vector<Unit> units_;
    std::uint32_t glb_base_;
    std::uint32_t bdma_base_;
    std::uint32_t mask_ = 0;
    std::uint32_t status_ = 0;
    std::string last_enabled_;
    // Whether the read DMA was enabled together with the group of SDP, PDP, CDP.
    std::map<std::string, std::array<bool, 2>> rdma_paired_;
    std::map<std::uint32_t, std::uint32_t> bdma_;
    std::deque<unsigned> bdma_launched_;  // groups in the order in which they drain
    std::array<std::uint32_t, 2> bdma_dst_{};
    std::array<unsigned, 2> cdma_raised_{};  // per group: 1 data, 2 weight
    unsigned for_sdp_ = 0;                   // convolutions done whose SDP is not
    unsigned for_pdp_ = 0;
    std::map<std::string, std::array<std::vector<std::uint16_t>, 2>> lut_;
};

const char* name_of(dla_op_type type);

}  // namespace dla::firmware::testing
