// SPDX-License-Identifier: Apache-2.0
// RUBIK behind its CSB socket: moves whole lines, keeps time. spec: bdma-rubik.md part B.
//
//   RubikUnit rubik("RBK", context);
#pragma once

#include <functional>
#include <vector>

#include "dla_tlm/common/unit.hpp"
#include "dla_tlm/rubik/rubik_op.hpp"
#include "dla_tlm/rubik/rubik_timing.hpp"

namespace dla::rubik {

class RubikUnit : public Unit {
  public:
    RubikUnit(sc_core::sc_module_name name, const UnitContext& context);

  private:
    // Told how many bytes were written; may wait for their time.
    using Did = std::function<void(std::uint64_t bytes)>;

    void run();
    void run_layer(unsigned group);
    void move_line(const RubikOp& op, unsigned surface, unsigned line, const Did& did);
    void contract_line(const RubikOp& op, unsigned surface, unsigned line, const Did& did);
    void split_line(const RubikOp& op, unsigned surface, unsigned line);
    void merge_line(const RubikOp& op, unsigned surface, unsigned line);

    void read(const RubikOp& op, std::uint64_t address);
    void write(const RubikOp& op, std::uint64_t address, std::size_t bytes);

    std::vector<std::uint8_t> input_;
    std::vector<std::uint8_t> output_;
};

}  // namespace dla::rubik
