// SPDX-License-Identifier: Apache-2.0
#include "vp/state/trace_checkpoint.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <fstream>
#include <iterator>

#include "trace-tests/format/data_file.hpp"

namespace dla::vp {
namespace {

constexpr const char* kPlayer = "trace player";

std::string subject_of(const trace::Trace& trace) {
    std::ifstream file(trace.path, std::ios::binary);
    const std::vector<std::uint8_t> text{std::istreambuf_iterator<char>(file), {}};
    return fmt::format("trace {} (CRC-32 {:08x})", trace.name, trace::crc32(text));
}

}  // namespace

Result<TraceCheckpoint> TraceCheckpoint::open(Platform& platform, const trace::Trace& trace,
                                              const CheckpointOptions& options) {
    TraceCheckpoint checkpoint(platform, options, subject_of(trace));
    if (options.restore.empty()) return checkpoint;
    auto state = read_state(options.restore);
    if (!state) return tl::unexpected(state.error());
    checkpoint.restored_ = std::move(*state);
    const auto legal =
        check_state(*checkpoint.restored_, platform.dla().config(), checkpoint.subject_);
    if (!legal) return fail(fmt::format("{}: {}", options.restore, legal.error().message));
    return checkpoint;
}

Result<void> TraceCheckpoint::restore() {
    if (!restored_) return {};
    run_up_to(*restored_, platform_->dla().clock());
    auto done = restore_platform(*platform_, *restored_, subject_);
    if (!done) return fail(fmt::format("{}: {}", options_.restore, done.error().message));
    return {};
}

std::optional<sc_core::sc_time> TraceCheckpoint::resume_time() const {
    if (!restored_) return std::nullopt;
    return sc_core::sc_time::from_value(restored_->time);
}

Result<void> TraceCheckpoint::resume(const std::function<void(StateVisitor&)>& player) {
    const StateSection* section = restored_->section(kPlayer);
    if (section == nullptr)
        return fail(fmt::format("{}: the state has no trace player", options_.restore));
    StateLoader loader(section->items);
    player(loader);
    if (loader.error().empty()) return {};
    return fail(fmt::format("{}: {}: {}", options_.restore, kPlayer, loader.error()));
}

// The first statement from which the DLA is idle.
void TraceCheckpoint::note_idle(std::uint32_t line) {
    const bool busy = !platform_->dla().busy().empty();
    const bool begun = sc_core::sc_time_stamp() > platform_->dla().clock().period();
    if (!busy && begun && was_busy_ && line != 0) idle_.push_back(line);
    if (begun) was_busy_ = busy;
}

bool TraceCheckpoint::wanted(std::uint32_t line) {
    if (options_.list_idle) note_idle(line);
    if (options_.save.empty() || saved_) return false;
    return options_.save_at == 0 ? line == 0 : line >= options_.save_at;
}

Result<void> TraceCheckpoint::save(const std::function<void(StateVisitor&)>& player) {
    saved_ = true;
    if (sc_core::sc_time_stamp() <= platform_->dla().clock().period())
        return fail(fmt::format("--save {}: nothing has happened yet", options_.save));
    auto state = save_platform(*platform_, subject_);
    if (!state) return fail(fmt::format("--save {}: {}", options_.save, state.error().message));
    StateSaver saver;
    player(saver);
    state->sections.push_back({kPlayer, saver.items()});
    return write_state(options_.save, *state);
}

std::string TraceCheckpoint::idle_lines() const {
    if (!options_.list_idle) return "";
    return idle_.empty() ? "idle before no line"
                         : fmt::format("idle before lines {}", fmt::join(idle_, ", "));
}

Result<void> TraceCheckpoint::finish() const {
    if (options_.save.empty() || saved_) return {};
    return fail(fmt::format("--save-at {}: no statement of that line or a later one was reached",
                            options_.save_at));
}

}  // namespace dla::vp
