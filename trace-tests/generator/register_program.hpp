// SPDX-License-Identifier: Apache-2.0
// Register values by the manual's names, in the order of first use.
//
//   RegisterProgram program(config.address_map);
//   program.set("CDMA", "D_DATAIN_SIZE_0", {{"DATAIN_WIDTH", 7}, {"DATAIN_HEIGHT", 7}});
//   program.set("SDP", "D_CVT_SCALE", 1);
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <utility>
#include <vector>

#include "dla_tlm/common/register_catalogue.hpp"

namespace dla::trace {

class RegisterProgram {
  public:
    struct Write {
        std::uint32_t address;
        std::uint32_t value;
        std::uint32_t read_back_mask;  // bits that keep what is written
    };

    explicit RegisterProgram(regs::AddressMap map) : map_(map) {}

    // A name or value that does not exist is a mistake of the generator: std::logic_error.
    void set(std::string_view unit, std::string_view reg,
             std::initializer_list<std::pair<std::string_view, std::uint64_t>> fields);
    void set(std::string_view unit, std::string_view reg, std::uint32_t value);
    // The same for one that does not read back what was written, like the port of a table.
    void put(std::string_view unit, std::string_view reg, std::uint32_t value);
    // A 64-bit address in NAME_HIGH and NAME_LOW with what follows (as in DAIN_ADDR_LOW_0).
    void set_address(std::string_view unit, std::string_view name, std::uint64_t address,
                     std::string_view suffix = "");

    const std::vector<Write>& writes() const { return writes_; }
    std::uint32_t address(std::string_view unit, std::string_view reg) const;

  private:
    regs::RegisterPlace place(std::string_view unit, std::string_view reg) const;

    regs::AddressMap map_;
    std::vector<Write> writes_;
};

}  // namespace dla::trace
