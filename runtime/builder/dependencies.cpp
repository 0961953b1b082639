// SPDX-License-Identifier: Apache-2.0
// Dependencies from data flow. Each operation has one consumer slot per type, and the slot of its
// own type is taken by the next operation of that type; what does not fit must follow from the
// rest. spec: firmware-interface.md section 7.
#include <fmt/format.h>

#include <set>

#include "runtime/builder/network_plan.hpp"

namespace dla::runtime {
namespace {

class Dependencies {
  public:
    explicit Dependencies(NetworkPlan& plan) : operations_(plan.operations) {}

    std::string derive() {
        for (std::size_t i = 0; i < operations_.size(); ++i) {
            link_program_order(i);
            link_fused(i);
            for (const int producer : operations_[i].needs)
                link_data(producer, i);
        }
        for (std::size_t i = 0; i < operations_.size(); ++i) {
            known_.push_back(completed_before(i));
            for (const int producer : operations_[i].needs) {
                if (known_[i].count(producer)) continue;
                return fmt::format(
                    "operation {} reads the result of operation {}, whose consumer "
                    "slot for {} is taken",
                    i, producer, name_of(type(i)));
            }
        }
        return {};
    }

  private:
    OpType type(std::size_t i) const { return operations_[i].op.common.type; }

    Consumer& slot(int producer, OpType consumer_type) {
        return operations_[static_cast<std::size_t>(producer)]
            .op.common.consumers[static_cast<std::size_t>(consumer_type)];
    }

    void connect(Consumer& slot, std::size_t consumer, DependencyEvent event) {
        slot = {static_cast<std::int16_t>(consumer), event};
        ++operations_[consumer].op.common.dependency_count;
    }

    // The operation of the same type before i; -1 for the first.
    int previous(std::size_t i) const {
        for (std::size_t k = i; k-- > 0;) {
            if (type(k) == type(i)) return static_cast<int>(k);
        }
        return -1;
    }

    void link_program_order(std::size_t i) {
        const int before = previous(i);
        if (before < 0) return;
        bool data = false;
        for (const int producer : operations_[i].needs)
            data = data || producer == before;
        connect(slot(before, type(i)), i,
                data ? DependencyEvent::kCompleted : DependencyEvent::kProgrammed);
    }

    // The consumer is enabled first and then releases its producer.
    void link_fused(std::size_t i) {
        const int producer = operations_[i].fused_with;
        if (producer < 0) return;
        connect(slot(producer, type(i)), i, DependencyEvent::kProgrammed);
        connect(operations_[i].op.common.fused_parent, static_cast<std::size_t>(producer),
                DependencyEvent::kEnabled);
    }

    void link_data(int producer, std::size_t i) {
        Consumer& place = slot(producer, type(i));
        if (place.index == -1) connect(place, i, DependencyEvent::kCompleted);
    }

    void add(std::set<int>& known, int operation) const {
        known.insert(operation);
        const auto& more = known_[static_cast<std::size_t>(operation)];
        known.insert(more.begin(), more.end());
    }

    // What has certainly completed when i is enabled. Every operation waits for operations before
    // it, except a producer for its on-the-fly consumer, which needs nothing the producer offers.
    std::set<int> completed_before(std::size_t i) const {
        std::set<int> known;
        for (std::size_t k = 0; k < i; ++k) {
            for (const Consumer& consumer : operations_[k].op.common.consumers) {
                const bool waits = consumer.index == static_cast<int>(i);
                if (waits && consumer.event == DependencyEvent::kCompleted) {
                    add(known, static_cast<int>(k));
                }
            }
        }
        // i was programmed into the group that the last but one of its type had left.
        const int before = previous(i);
        const int last_but_one = before < 0 ? -1 : previous(static_cast<std::size_t>(before));
        if (last_but_one >= 0) add(known, last_but_one);
        return known;
    }

    std::vector<PlannedOperation>& operations_;
    std::vector<std::set<int>> known_;
};

}  // namespace

std::string derive_dependencies(NetworkPlan& plan) {
    return Dependencies(plan).derive();
}

std::array<std::int16_t, kOpTypes> operation_heads(const NetworkPlan& plan) {
    std::array<std::int16_t, kOpTypes> heads{-1, -1, -1, -1, -1, -1};
    for (std::size_t i = plan.operations.size(); i-- > 0;) {
        heads[static_cast<std::size_t>(plan.operations[i].op.common.type)] =
            static_cast<std::int16_t>(i);
    }
    return heads;
}

}  // namespace dla::runtime
