// SPDX-License-Identifier: Apache-2.0
// Dependencies from data flow. Each operation has one consumer slot per type, and the slot of its
// own type is taken by the next operation of that type. A second reader of the same type needs no
// slot: its unit's reader takes operations in order, so it starts after the first one, which
// waited. spec: firmware-interface.md section 7.
#include <fmt/format.h>

#include <set>

#include "runtime/builder/network_plan.hpp"

namespace dla::runtime {
namespace {

class Dependencies {
  public:
    explicit Dependencies(NetworkPlan& plan) : operations_(plan.operations) {}

    void derive() {
        for (std::size_t i = 0; i < operations_.size(); ++i) {
            link_program_order(i);
            link_fused(i);
            for (const int producer : operations_[i].needs)
                link_data(producer, i);
        }
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

    std::vector<PlannedOperation>& operations_;
};

}  // namespace

void derive_dependencies(NetworkPlan& plan) {
    Dependencies(plan).derive();
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
