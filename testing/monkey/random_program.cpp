// SPDX-License-Identifier: Apache-2.0
#include "testing/monkey/random_program.hpp"

#include <array>
#include <set>
#include <string_view>

namespace dla::testing {
namespace {

bool starts_something(std::string_view name) {
    return name == "D_OP_ENABLE" || name == "CFG_OP" || name.starts_with("CFG_LAUNCH");
}

}  // namespace

RandomProgram::RandomProgram(const HardwareConfig& config, std::uint64_t seed)
    : map_(config.address_map), random_(seed) {
    for (const regs::CatalogueUnit& unit : regs::catalogue()) {
        const std::int64_t base = unit.base[static_cast<std::size_t>(map_)];
        if (base < 0 || !config.has_unit(unit.name)) continue;
        for (const RegisterInfo& info : unit.table(map_)) {
            const auto place =
                regs::find_register(map_, static_cast<std::uint32_t>(base) + info.offset);
            registers_.push_back(*place);
            if (starts_something(info.name)) enables_.push_back(*place);
        }
    }
    add_layers(config);
}

void RandomProgram::add_layers(const HardwareConfig& config) {
    using enum trace::LayerKind;
    for (const Precision precision : {Precision::kInt8, Precision::kInt16, Precision::kFp16}) {
        for (const trace::LayerKind kind :
             {kConvolution, kSdp, kPooling, kNormalization, kReshape, kCopy}) {
            for (const unsigned size : {8u, 24u}) {
                trace::LayerSpec spec{.kind = kind, .precision = precision};
                spec.width = spec.height = size;
                spec.channels = kind == kCopy ? 2 : size / 8 * 32;
                spec.kernels = size * 2;
                const bool fp16 = precision == Precision::kFp16;
                spec.bias = size > 8 && !fp16;
                spec.relu = size > 8;
                spec.pad = kind == kConvolution ? 1 : 0;
                spec.random_steps = kind == kSdp && (fp16 || size > 8);
                if (kind == kPooling) spec.kernel_width = spec.kernel_height = spec.stride = 2;
                if (kind == kCopy) spec.width = 256;
                auto layer = trace::generate(spec, config);
                if (!layer) continue;
                images_.insert(images_.end(), layer->inputs.begin(), layer->inputs.end());
                layers_.push_back(std::move(*layer));
            }
        }
    }
}

std::uint32_t RandomProgram::any_value() {
    const auto word = static_cast<std::uint32_t>(random_.next());
    switch (below(8)) {
        case 0:
            return word & 0xf;
        case 1:
            return word & 0x1fff1fff;  // two sizes
        case 2:
            return 0x80000000u + (word & 0xffffe0u);  // main memory
        case 3:
            return 0x80ffff00u + (word & 0x1ff);  // its end
        case 4:
            return 1u << (word & 31);
        case 5:
            return chance(2) ? 0 : 0xffffffff;
        case 6:
            return word & 0x01010101;
        default:
            return word;
    }
}

std::uint32_t RandomProgram::spoilt(std::uint32_t value) {
    switch (below(4)) {
        case 0:
            return value ^ (1u << below(32));
        case 1:
            return value + 1;
        case 2:
            return value - 1;
        default:
            return any_value();
    }
}

MonkeyAccess RandomProgram::next() {
    if (queue_.empty()) {
        if (!layers_.empty() && chance(100)) {
            queue_layer();
        } else if (chance(20)) {
            queue_any_offset();
        } else {
            queue_one();
        }
    }
    MonkeyAccess access = queue_.front();
    queue_.pop_front();
    access.reset_before = access.reset_before || chance(5000);
    return access;
}

void RandomProgram::queue_one() {
    const bool start = chance(12);
    const auto& from = start ? enables_ : registers_;
    const regs::RegisterPlace& place = from[below(from.size())];
    MonkeyAccess access{.address = place.address, .value = start ? 1 : any_value()};
    if (!start && chance(5)) access.kind = MonkeyAccess::Kind::kRead;
    if (chance(200)) access.wait_cycles = below(20'000);
    queue_.push_back(access);
}

// Other widths, odd addresses, slots without a unit, beyond the window.
void RandomProgram::queue_any_offset() {
    static constexpr std::array<unsigned, 4> kSizes{1, 2, 4, 8};
    MonkeyAccess access{.address = below(0x40000), .value = any_value()};
    if (chance(2)) access.address &= ~std::uint64_t{3};
    if (chance(4)) access.size = kSizes[below(kSizes.size())];
    if (chance(50)) access.address = random_.next();
    if (chance(2)) access.kind = MonkeyAccess::Kind::kRead;
    queue_.push_back(access);
}

// Registers in one group of all its units, then the enables, then time to work.
void RandomProgram::queue_layer() {
    static constexpr std::array<unsigned, 5> kSpoilOneIn{1'000'000, 300, 60, 20, 4};
    const trace::GeneratedLayer& layer = layers_[below(layers_.size())];
    const unsigned one_in = kSpoilOneIn[below(kSpoilOneIn.size())];
    const auto group = static_cast<std::uint32_t>(below(2));
    std::set<const regs::CatalogueUnit*> pointed;
    // Units that refused their last layer would wait for ever.
    if (chance(2)) queue_.push_back({.kind = MonkeyAccess::Kind::kRead, .reset_before = true});
    for (const trace::RegisterProgram::Write& write : layer.program.writes()) {
        const auto place = regs::find_register(map_, write.address);
        if (!place || std::string_view(place->info->name) == "S_POINTER") continue;
        if (place->unit->registers->first_grouped_offset >= 0 && pointed.insert(place->unit).second)
            push_write(regs::find_register(map_, place->unit->name, "S_POINTER")->address, group);
        push_write(write.address, chance(one_in) ? spoilt(write.value) : write.value);
    }
    queue_starts(layer, group);
}

void RandomProgram::queue_starts(const trace::GeneratedLayer& layer, std::uint32_t group) {
    for (const trace::Start& start : layer.starts) {
        const auto pointer = regs::find_register(map_, start.unit, "S_POINTER");
        if (pointer) push_write(pointer->address, group);
        if (!chance(30)) push_write(regs::find_register(map_, start.unit, start.reg)->address, 1);
    }
    queue_.back().wait_cycles = below(chance(4) ? 60'000 : 4'000);
}

}  // namespace dla::testing
