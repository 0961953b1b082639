// SPDX-License-Identifier: Apache-2.0
// BDMA: a queue of 20 copy operations in launch groups. spec: bdma-rubik.md part A.
#pragma once

#include <array>
#include <deque>
#include <vector>

#include "dla_tlm/bdma/bdma_op.hpp"
#include "dla_tlm/common/memory_timing.hpp"
#include "dla_tlm/common/unit.hpp"

namespace dla::bdma {

class BdmaUnit : public Unit {
  public:
    BdmaUnit(sc_core::sc_module_name name, const UnitContext& context);

    // What a read of STATUS gives.
    std::uint32_t status() const;
    void visit_state(StateVisitor& state) override;
    std::string busy() const override;
    std::string held_up() const override;

  protected:
    void on_write(std::uint32_t offset, std::uint32_t value) override;
    void on_read(std::uint32_t offset, std::uint32_t& value) override;
    void on_reset() override;

  private:
    struct Launch {
        unsigned group;
        std::vector<BdmaOp> operations;
    };
    struct Stalls {
        Cycles read = 0;
        Cycles write = 0;
    };

    BdmaOp staged_operation() const;
    void push();
    void launch(unsigned group);
    std::size_t queued() const;

    void run();
    void run_launch(Launch& launch);
    void set_stalls(unsigned group, const Stalls& stalls);
    // Adds what the copy waited for.
    void copy(const BdmaOp& op, OperationEvent& event, Stalls& stalls);
    void copy_lines(const BdmaOp& op, std::uint32_t surface, std::uint32_t first,
                    std::uint32_t count);

    std::vector<BdmaOp> open_;  // pushed since the last launch
    std::deque<Launch> launched_;
    std::size_t waiting_ = 0;  // launched operations the engine has not fetched yet
    std::array<bool, 2> busy_{};
    bool copying_ = false;
    std::vector<std::uint8_t> line_;
    sc_core::sc_event launched_event_;
};

}  // namespace dla::bdma
