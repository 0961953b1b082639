// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
// One table for every port: what the host port makes of a configuration, the kernel driver compiles
// in and the bare-metal image carries.
#include <array>
#include <cstring>
#include <map>
#include <string>

#include "firmware/dla_configurations.h"
#include "firmware/port/baremetal/task_image.h"
#include "firmware/port/host/engine_port.hpp"
#include "testing/catch.hpp"

namespace dla::firmware {
namespace {

std::map<std::string, dla_config> generated() {
#define DLA_ENTRY(name, NAME) {#name, DLA_CONFIGURATION_##NAME},
    return {DLA_FOR_EACH_CONFIGURATION(DLA_ENTRY)};
#undef DLA_ENTRY
}

std::array<std::uint8_t, sizeof(dla_limits)> bytes_of(const dla_limits& limits) {
    std::array<std::uint8_t, sizeof(dla_limits)> bytes{};
    std::memcpy(bytes.data(), &limits, sizeof(limits));
    return bytes;
}

}  // namespace

TEST_CASE("the generated configurations are those of the host port, every limit known") {
    CHECK(generated().size() == builtin_config_names().size());
    for (const std::string& name : builtin_config_names()) {
        INFO(name);
        const dla_config ours = engine_config(*builtin_config(name), DLA_LAYOUT_B);
        const dla_config theirs = generated().at(name);
        CHECK(theirs.atom_size == ours.atom_size);
        CHECK(theirs.bdma_enable == ours.bdma_enable);
        CHECK(theirs.rubik_enable == ours.rubik_enable);
        CHECK(theirs.weight_compress_support == ours.weight_compress_support);
        CHECK(theirs.extension == ours.extension);
        CHECK(theirs.unit_bases == ours.unit_bases);
        CHECK(theirs.descriptor_layout == ours.descriptor_layout);
        CHECK(bytes_of(theirs.limits) == bytes_of(ours.limits));
        for (const unsigned limit :
             {unsigned{ours.limits.cbuf_banks}, unsigned{ours.limits.precisions},
              unsigned{ours.limits.batch_max}, unsigned{ours.limits.pdp_line_buffer},
              unsigned{ours.limits.cbuf_entries_per_bank}, unsigned{ours.limits.cbuf_entry_bytes},
              unsigned{ours.limits.channel_block}, unsigned{ours.limits.kernel_group}})
            CHECK(limit != 0);
    }
}

TEST_CASE("a configuration whose CBUF entries are no whole atoms is refused") {
    dla_config config = DLA_CONFIGURATION_NV_FULL;
    config.limits.cbuf_entry_bytes = 100;
    std::vector<std::max_align_t> storage(dla_engine_size() / sizeof(std::max_align_t) + 1);
    REQUIRE(dla_engine_init(storage.data(), nullptr) == 0);
    CHECK(dla_configure(storage.data(), &config) == -DLA_ERROR_INVALID_INPUT);
    config.limits.cbuf_entry_bytes = 64;
    CHECK(dla_configure(storage.data(), &config) == 0);
}

}  // namespace dla::firmware
