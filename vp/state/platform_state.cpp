// SPDX-License-Identifier: Apache-2.0
#include "vp/state/platform_state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace dla::vp {
namespace {

constexpr const char* kConfiguration = "configuration";

// What a state depends on.
void visit(StateVisitor& state, HardwareConfig& config) {
    state.numbers("name", config.name);
    state.value("address_map", config.address_map);
    state.value("atomic_c", config.atomic_c);
    state.value("atomic_k", config.atomic_k);
    state.value("memory_atom_bytes", config.memory_atom_bytes);
    state.value("cbuf.banks", config.cbuf.banks);
    state.value("cbuf.entries_per_bank", config.cbuf.entries_per_bank);
    state.value("cbuf.entry_bytes", config.cbuf.entry_bytes);
    state.value("cbuf.flush_cycles", config.cbuf.flush_cycles);
    state.value("address_bits", config.address_bits);
    state.value("clock_mhz", config.clock_mhz);
    Features& has = config.features;
    state.value("features.int16", has.int16);
    state.value("features.fp16", has.fp16);
    state.value("features.winograd", has.winograd);
    state.value("features.weight_compression", has.weight_compression);
    state.value("features.batch_max", has.batch_max);
    state.value("features.bdma", has.bdma);
    state.value("features.rubik", has.rubik);
    state.value("features.second_memory", has.second_memory);
    state.value("features.sdp_ew", has.sdp_ew);
    state.value("features.sdp_lut", has.sdp_lut);
    state.value("features.cfgrom", has.cfgrom);
}

std::vector<StateItem> items_of(HardwareConfig config) {
    StateSaver saver;
    visit(saver, config);
    return saver.items();
}

std::string text(const StateItem& item) {
    if (item.name == "name") return {item.words.begin(), item.words.end()};
    return item.words.size() == 1 ? std::to_string(item.words[0]) : "?";
}

}  // namespace

Result<SavedState> save_platform(Platform& platform, const std::string& subject) {
    Dla& dla = platform.dla();
    const std::string busy = dla.busy();
    if (!busy.empty())
        return fail(fmt::format("the DLA is not idle at clock {}, {}", dla.clock().now(), busy));
    SavedState state{.subject = subject, .time = sc_core::sc_time_stamp().value()};
    state.sections.push_back({kConfiguration, items_of(dla.config())});
    std::ranges::move(dla.save_state(), std::back_inserter(state.sections));
    for (Memory* memory : {&platform.main_memory(), &platform.second_memory()}) {
        const bool second = memory == &platform.second_memory();
        memory->visit_used([&](std::uint64_t address, std::span<const std::uint8_t> bytes) {
            state.regions.push_back({second, address, {bytes.begin(), bytes.end()}});
        });
    }
    return state;
}

Result<void> check_state(const SavedState& state, const HardwareConfig& config,
                         const std::string& subject) {
    const StateSection* saved = state.section(kConfiguration);
    if (saved == nullptr) return fail("the state names no configuration");
    const std::vector<StateItem> here = items_of(config);
    for (std::size_t i = 0; i < here.size(); ++i) {
        if (i < saved->items.size() && saved->items[i] == here[i]) continue;
        return fail(fmt::format(
            "the state was saved on another configuration: {} is {}, here {}", here[i].name,
            i < saved->items.size() ? text(saved->items[i]) : "missing", text(here[i])));
    }
    if (state.subject != subject)
        return fail(fmt::format("the state is of {}, this is {}", state.subject, subject));
    return {};
}

Result<void> restore_memories(Platform& platform, const SavedState& state) {
    platform.main_memory().clear();
    platform.second_memory().clear();
    for (const StateRegion& region : state.regions) {
        Memory& memory = region.second_memory ? platform.second_memory() : platform.main_memory();
        const auto place = memory.bytes(region.address, region.bytes.size());
        if (place.size() != region.bytes.size())
            return fail(fmt::format("the state has {} bytes at 0x{:x}, where {} ends",
                                    region.bytes.size(), region.address, memory.name()));
        std::ranges::copy(region.bytes, place.begin());
    }
    return {};
}

Result<void> restore_platform(Platform& platform, const SavedState& state,
                              const std::string& subject) {
    if (auto legal = check_state(state, platform.dla().config(), subject); !legal) return legal;
    if (auto done = platform.dla().restore_state(state.sections); !done) return done;
    return restore_memories(platform, state);
}

void run_up_to(const SavedState& state, const Clock& clock) {
    const auto time = sc_core::sc_time::from_value(state.time);
    sc_core::sc_start(time > clock.period() ? time - clock.period() : sc_core::SC_ZERO_TIME);
}

}  // namespace dla::vp
