// SPDX-License-Identifier: Apache-2.0
// The one stream of everything observable: register accesses, memory accesses, interrupts,
// operation spans, and what the guest did wrong. Sinks (log, recorder, Perfetto, ...) attach to it.
//
//   struct Printer : EventSink { void on_interrupt(const InterruptEvent& e) override {...} };
//   stream.attach(printer);
//
// With no sink attached an event costs one branch. A listener for messages alone
// (attach_messages) does not count as one: it hears guest errors only.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "dla_tlm/common/layer_cost.hpp"

namespace dla {

struct CsbEvent {
    std::uint64_t cycle;
    std::uint32_t address;  // byte address in the CSB space
    std::uint32_t value;
    bool write;
};

struct MemoryEvent {
    std::uint64_t cycle;
    const char* client;
    bool second_memory;
    std::uint64_t address;  // on the bus
    std::size_t size;
    bool write;
    const std::uint8_t* data;  // what was read or is written, only during the event
};

struct InterruptEvent {
    std::uint64_t cycle;
    std::uint32_t status;
    std::uint32_t mask;
    bool level;
};

// One hardware layer of one unit.
struct OperationEvent {
    const char* unit;
    unsigned group;
    std::uint64_t begin;
    std::uint64_t end;
    std::string words;  // the operation in words
    std::uint64_t macs;
    std::uint64_t bytes;
    // At the end of a layer, from the unit that does its work.
    CycleParts parts{};
    LayerWork work{};
};

// The guest's mistake: reported once per unit and key, then only counted (GuestErrorCount).
struct GuestErrorEvent {
    std::uint64_t cycle;
    std::string unit;
    std::string message;
};

// The same mistake over the whole run.
struct GuestErrorCount {
    GuestErrorEvent first;
    std::uint64_t times = 0;
};

// A call of the firmware in this process: from its first to its last register access.
struct FirmwareEvent {
    const char* call;
    std::uint64_t begin;
    std::uint64_t end;
    std::string words;  // what it did
};

class EventSink {
  public:
    virtual ~EventSink() = default;
    virtual void on_csb(const CsbEvent&) {}
    virtual void on_memory(const MemoryEvent&) {}
    virtual void on_interrupt(const InterruptEvent&) {}
    virtual void on_operation_begin(const OperationEvent&) {}
    virtual void on_operation_end(const OperationEvent&) {}
    virtual void on_guest_error(const GuestErrorEvent&) {}
    // At the end of a run, of each mistake that was made more than once.
    virtual void on_guest_error_count(const GuestErrorCount&) {}
    virtual void on_firmware(const FirmwareEvent&) {}
    // Everything is back to power-on.
    virtual void on_reset(const std::uint64_t& /*cycle*/) {}
};

class EventStream {
  public:
    void attach(EventSink& sink) { sinks_.push_back(&sink); }
    void attach_messages(EventSink& sink) { message_sinks_.push_back(&sink); }
    void detach(EventSink& sink) {
        std::erase(sinks_, &sink);
        std::erase(message_sinks_, &sink);
    }
    bool active() const { return !sinks_.empty(); }

    void csb(const CsbEvent& event) { each(&EventSink::on_csb, event); }
    void memory(const MemoryEvent& event) { each(&EventSink::on_memory, event); }
    void interrupt(const InterruptEvent& event) { each(&EventSink::on_interrupt, event); }
    void operation_begin(const OperationEvent& event) {
        each(&EventSink::on_operation_begin, event);
    }
    void operation_end(const OperationEvent& event) { each(&EventSink::on_operation_end, event); }

    void firmware(const FirmwareEvent& event) { each(&EventSink::on_firmware, event); }
    void reset(std::uint64_t cycle) { each(&EventSink::on_reset, cycle); }

    // key: what makes two mistakes the same (a register name, say). Returns how often it was made;
    // the number stays in its place, for those who count millions of repeats themselves.
    std::uint64_t& guest_error(const GuestErrorEvent& event, const std::string& key) {
        GuestErrorCount& error = guest_errors_[{event.unit, key}];
        if (error.times++ != 0) return error.times;
        error.first = event;
        each(&EventSink::on_guest_error, event);
        for (EventSink* sink : message_sinks_)
            sink->on_guest_error(event);
        return error.times;
    }
    std::uint64_t guest_error_count() const {
        std::uint64_t total = 0;
        for (const auto& [key, error] : guest_errors_)
            total += error.times;
        return total;
    }
    // In the order in which they were first made.
    std::vector<GuestErrorCount> guest_errors() const {
        std::vector<GuestErrorCount> errors;
        for (const auto& [key, error] : guest_errors_)
            errors.push_back(error);
        std::ranges::stable_sort(errors, {}, [](const auto& e) { return e.first.cycle; });
        return errors;
    }
    // To all sinks, at the end of a run.
    void tell_guest_error_counts() {
        for (const GuestErrorCount& error : guest_errors()) {
            if (error.times == 1) continue;
            each(&EventSink::on_guest_error_count, error);
            for (EventSink* sink : message_sinks_)
                sink->on_guest_error_count(error);
        }
    }

  private:
    template <class Event>
    void each(void (EventSink::*handler)(const Event&), const Event& event) {
        for (EventSink* sink : sinks_)
            (sink->*handler)(event);
    }

    std::vector<EventSink*> sinks_;
    std::vector<EventSink*> message_sinks_;
    std::map<std::pair<std::string, std::string>, GuestErrorCount> guest_errors_;
};

}  // namespace dla
