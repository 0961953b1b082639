// SPDX-License-Identifier: Apache-2.0
#include "vp/infer/infer_checkpoint.hpp"

#include <fmt/format.h>

#include "runtime/show/layers.hpp"
#include "vp/state/platform_state.hpp"

namespace dla::vp {
namespace {

constexpr const char* kFirmware = "firmware";

}  // namespace

Result<std::unique_ptr<InferCheckpoint>> InferCheckpoint::open(
    HostPlatform& platform, std::span<const std::uint8_t> loadable,
    const InferCheckpointOptions& options) {
    const std::string subject = fmt::format("a network of {} bytes (CRC-32 {:08x})",
                                            loadable.size(), runtime::crc32(loadable));
    std::unique_ptr<InferCheckpoint> checkpoint(new InferCheckpoint(platform, options, subject));
    if (!options.restore.empty()) {
        auto state = read_state(options.restore);
        if (!state) return tl::unexpected(state.error());
        const auto legal = check_state(*state, platform.dla().config(), subject);
        if (!legal) return fail(fmt::format("{}: {}", options.restore, legal.error().message));
        checkpoint->state_ = std::move(*state);
    }
    platform.set_before_task(
        [raw = checkpoint.get()](unsigned task) { return raw->before_task(task); });
    return checkpoint;
}

Result<void> InferCheckpoint::restore() {
    if (!state_) return {};
    const auto refuse = [&](const std::string& why) {
        return fail(fmt::format("{}: {}", options_.restore, why));
    };
    const StateSection* section = state_->section(kFirmware);
    if (section == nullptr) return refuse("the state has no firmware");
    StateLoader loader(section->items);
    loader.value("next task", next_task_);
    platform_.visit_firmware(loader);
    if (!loader.error().empty()) return refuse(fmt::format("{}: {}", kFirmware, loader.error()));
    const auto done = platform_.restore(*state_, subject_);
    return done ? Result<void>{} : refuse(done.error().message);
}

Result<void> InferCheckpoint::save(unsigned next_task) {
    saved_ = true;
    const auto refuse = [&](const std::string& why) {
        return fail(fmt::format("--save {}: {}", options_.save, why));
    };
    auto state = platform_.save(subject_);
    if (!state) return refuse(state.error().message);
    StateSaver saver;
    saver.value("next task", next_task);
    platform_.visit_firmware(saver);
    state->sections.push_back({kFirmware, saver.items()});
    const auto written = write_state(options_.save, *state);
    return written ? Result<void>{} : refuse(written.error().message);
}

// Tasks in front of a restored one have run; what the CPU does between them is done again, so
// memory comes back once more where the run goes on.
Result<bool> InferCheckpoint::before_task(unsigned task) {
    if (task < next_task_) return false;
    if (next_task_ > 0 && task == next_task_) {
        if (auto done = platform_.restore_memory(*state_); !done)
            return tl::unexpected(done.error());
    }
    if (options_.save.empty() || options_.save_at != task || saved_) return true;
    if (auto done = save(task); !done) return tl::unexpected(done.error());
    return true;
}

Result<void> InferCheckpoint::finish() {
    if (options_.save.empty() || saved_) return {};
    if (!options_.save_at) return save(0);
    return fail(fmt::format("--save-at {}: the network has no such DLA task", *options_.save_at));
}

}  // namespace dla::vp
