// SPDX-License-Identifier: Apache-2.0
#include "vp/observe/record_writer.hpp"

#include <fmt/format.h>

#include <map>

#include "trace-tests/format/trace_writer.hpp"

namespace dla::vp {
namespace {

using Kind = RecordStep::Kind;

constexpr std::uint32_t kWholeRegister = 0xffffffff;

std::string head_of(const Record& record, const char* mark) {
    return fmt::format("Recorded on {}. {}N: not before core clock N.", record.config.name, mark);
}

// The .txn dialect tells the memories apart by address.
Result<void> check_addresses(const Record& record) {
    for (std::size_t which = 0; which < record.initial.size(); ++which) {
        const auto expected = static_cast<trace::Memory>(which);
        for (const auto& regions : {record.initial[which], record.golden[which]})
            for (const auto& region : regions)
                if (trace::memory_of(region.address) != expected)
                    return fail(fmt::format(
                        "--record: {} memory is used at 0x{:x}; a .txn trace has the second memory "
                        "at 0x50000000 to 0x5fffffff and main memory elsewhere",
                        which == 0 ? "main" : "second", region.address));
    }
    return {};
}

// Register queues per unit and interrupts by expectation.
class CfgRecord {
  public:
    CfgRecord(const Record& record, const std::string& folder)
        : record_(record), out_(folder, record.config.address_map) {
        out_.comment(head_of(record, "//@"));
    }

    Result<void> write(const std::string& name) {
        for (std::size_t which = 0; which < record_.initial.size(); ++which)
            for (const auto& region : record_.initial[which])
                out_.load(memory(which != 0), region.address, region.bytes, next_file());
        for (const RecordStep& step : record_.steps) {
            if (auto done = write_step(step); !done) return done;
        }
        finish();
        return out_.finish(name + ".cfg");
    }

  private:
    static trace::Memory memory(bool second) {
        return second ? trace::Memory::kSecondary : trace::Memory::kPrimary;
    }
    std::string next_file() { return fmt::format("input_{}.dat", files_++); }

    Result<void> write_step(const RecordStep& step) {
        if (step.kind == Kind::kInterrupt) {
            ids_.push_back(fmt::format("done_{}", ids_.size()));
            out_.expect_interrupt(step.value, ids_.back());
        } else if (step.kind == Kind::kLoad) {
            if (ids_.empty())
                return fail(
                    "--record: memory was changed while the DLA worked and no interrupt tells "
                    "when; the .cfg dialect cannot express that, .txn can");
            out_.load(memory(step.second_memory), step.region.address, step.region.bytes,
                      next_file(), ids_.back());
        } else if (const auto place =
                       regs::find_register(record_.config.address_map, step.address)) {
            access(step, *place);
        }
        return {};
    }

    void access(const RecordStep& step, const regs::RegisterPlace& place) {
        const std::string_view name = place.info->name;
        // The player's interrupt server does that.
        if (name == "S_INTR_STATUS") return;
        // Reads compare whole registers here.
        const bool both_idle = name == "S_STATUS" && step.mask == 0x00030003;
        const bool whole =
            step.mask == kWholeRegister || both_idle || name == "S_CBUF_FLUSH_STATUS";
        if (step.kind == Kind::kRead && !whole) return;
        catch_up(place.unit->name);
        if (step.kind == Kind::kWrite)
            out_.write(step.address, step.value, step.cycle);
        else
            out_.poll_equal(step.address, step.value, step.cycle);
    }

    // The unit's queue waits for the interrupts that came before.
    void catch_up(const std::string& unit) {
        std::size_t& seen = seen_[unit];
        for (; seen < ids_.size(); ++seen)
            out_.sync_wait(unit, ids_[seen]);
    }

    // Compares once every queue has come to its end.
    void finish() {
        catch_up("GLB");
        for (const auto& [unit, seen] : seen_) {
            if (unit == "GLB") continue;
            out_.sync_notify(unit, unit + "_end");
            out_.sync_wait("GLB", unit + "_end");
        }
        out_.sync_notify("GLB", "end");
        for (const std::string& id : ids_)
            out_.check_nothing(id);
        unsigned files = 0;
        for (std::size_t which = 0; which < record_.golden.size(); ++which)
            for (const auto& region : record_.golden[which])
                out_.check_file("end", memory(which != 0), region.address, region.bytes,
                                fmt::format("golden_{}.dat", files++));
    }

    const Record& record_;
    trace::CfgWriter out_;
    unsigned files_ = 0;
    std::vector<std::string> ids_;             // of the interrupts so far
    std::map<std::string, std::size_t> seen_;  // by unit, how many its queue has waited for
};

}  // namespace

Result<void> write_txn(const Record& record, const std::string& folder) {
    if (auto legal = check_addresses(record); !legal) return legal;
    trace::TxnWriter out(folder, record.config.address_map);
    out.comment(head_of(record, "#@"));
    unsigned files = 0;
    for (const auto& memory : record.initial)
        for (const auto& region : memory)
            out.load(region.address, region.bytes, fmt::format("input_{}.dat", files++));
    for (const RecordStep& step : record.steps) {
        if (step.kind == Kind::kWrite)
            out.write(step.address, step.value, step.cycle);
        else if (step.kind == Kind::kRead)
            out.read(step.address, step.mask, step.value, step.cycle);
        else if (step.kind == Kind::kLoad)
            out.load(step.region.address, step.region.bytes, fmt::format("input_{}.dat", files++));
    }
    files = 0;
    for (const auto& memory : record.golden)
        for (const auto& region : memory)
            out.dump(region.address, region.bytes, fmt::format("golden_{}.dat", files++));
    return out.finish("input.txn");
}

Result<void> write_cfg(const Record& record, const std::string& folder, const std::string& name) {
    if (record.repeated_interrupt)
        return fail(
            "--record: an interrupt came again before software had cleared it; the .cfg "
            "dialect cannot express that, .txn can");
    return CfgRecord(record, folder).write(name);
}

}  // namespace dla::vp
