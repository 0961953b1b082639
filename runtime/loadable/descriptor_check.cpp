// SPDX-License-Identifier: Apache-2.0
#include "runtime/loadable/descriptor_check.hpp"

#include <fmt/format.h>

#include "runtime/loadable/descriptor_codec.hpp"
#include "runtime/loadable/descriptor_layout.hpp"

namespace dla::runtime {
namespace {

// Visits the surfaces of one operation and keeps the first address index that leads nowhere.
class AddressCheck {
  public:
    AddressCheck(const Loadable& loadable, const Task& task) : loadable_(loadable), task_(task) {}

    template <class T>
    void operator()(const char*, std::size_t, T&) {}
    void address(const char* name, std::size_t, std::int16_t& index) { check(name, index, 0); }
    void cube(const char* name, std::size_t, DataCube& cube) {
        if (cube.type > kOnTheFly) {
            note(fmt::format("{}.type is {}, legal are 0 (DRAM), 1 (SRAM) and 2 (on the fly)", name,
                             cube.type));
        }
        if (cube.type != kOnTheFly) check(name, cube.address, cube.offset);
    }
    static std::size_t after_cubes(std::size_t) { return 0; }
    void enter(const char*) {}
    void leave() {}

    const std::string& why() const { return why_; }

  private:
    void note(std::string why) {
        if (why_.empty()) why_ = std::move(why);
    }
    void check(const char* name, std::int16_t index, std::uint32_t offset) {
        if (index == -1) return;
        const std::size_t count = task_.address_list.size();
        if (index < 0 || static_cast<std::size_t>(index) >= count) {
            note(fmt::format("{}.address is {}, the task has {} addresses", name, index, count));
            return;
        }
        const Address& address =
            loadable_.addresses[task_.address_list[static_cast<std::size_t>(index)]];
        const std::uint64_t size = loadable_.memories[address.mem_id].size;
        if (offset > size - address.offset) {
            note(fmt::format("{}.offset is {}, memory {} has {} bytes", name, offset,
                             address.mem_id, size));
        }
    }

    const Loadable& loadable_;
    const Task& task_;
    std::string why_;
};

std::string check_consumer(const Consumer& consumer, const char* name, std::size_t operations) {
    if (consumer.index < -1 || consumer.index >= static_cast<int>(operations)) {
        return fmt::format("{}.index is {}, the network has {} operations", name, consumer.index,
                           operations);
    }
    if (consumer.index != -1 && consumer.event > DependencyEvent::kDataDone) {
        return fmt::format("{}.event is {}, legal are 0 to 5", name,
                           static_cast<unsigned>(consumer.event));
    }
    return {};
}

std::int16_t lut_of(const OpBody& body) {
    if (const auto* sdp = std::get_if<Sdp>(&body)) return sdp->lut_index;
    if (const auto* cdp = std::get_if<Cdp>(&body)) return cdp->lut_index;
    return -1;
}

std::string check_operation(const Loadable& loadable, const Task& task, const DlaTask& decoded,
                            std::size_t i) {
    Operation op = decoded.operations[i];
    const std::size_t count = decoded.network.num_operations;
    for (const Consumer& consumer : op.common.consumers) {
        if (auto why = check_consumer(consumer, "consumers", count); !why.empty()) return why;
    }
    if (auto why = check_consumer(op.common.fused_parent, "fused_parent", count); !why.empty()) {
        return why;
    }
    if (const auto* bdma = std::get_if<Bdma>(&op.body)) {
        if (bdma->num_transfers > Bdma::kMaxTransfers) {
            return fmt::format("num_transfers is {}, legal are 0 to {}", bdma->num_transfers,
                               Bdma::kMaxTransfers);
        }
    }
    const std::int16_t lut = lut_of(op.body);
    if (lut < -1 || lut >= static_cast<int>(decoded.luts.size())) {
        return fmt::format("lut_index is {}, the network has {} tables", lut, decoded.luts.size());
    }
    AddressCheck check(loadable, task);
    std::visit([&](auto& body) { visit_surfaces(check, body); }, op.body);
    return check.why();
}

std::string dla_faults(const Loadable& loadable, std::size_t task) {
    const auto decoded = decode_dla_task(loadable, task);
    if (!decoded) return decoded.error().message;
    const Network& network = decoded->network;
    for (std::size_t t = 0; t < kOpTypes; ++t) {
        if (network.op_head[t] < -1 || network.op_head[t] >= network.num_operations) {
            return fmt::format(
                "task_list[{}]: network.op_head[{}] is {}, the network has {} "
                "operations",
                task, name_of(static_cast<OpType>(t)), network.op_head[t], network.num_operations);
        }
    }
    for (std::size_t i = 0; i < decoded->operations.size(); ++i) {
        auto why = check_operation(loadable, loadable.tasks[task], *decoded, i);
        if (!why.empty()) {
            return fmt::format("task_list[{}]: operation {} ({}): {}", task, i,
                               name_of(decoded->operations[i].common.type), why);
        }
    }
    return {};
}

std::string emulator_faults(const Loadable& loadable, std::size_t task) {
    const auto decoded = decode_emulator_task(loadable, task);
    if (!decoded) return decoded.error().message;
    const int count = static_cast<int>(loadable.tasks[task].address_list.size());
    for (std::size_t i = 0; i < decoded->operations.size(); ++i) {
        const EmulatorOp& op = decoded->operations[i];
        const std::string where = fmt::format("task_list[{}]: operation {} (EMU)", task, i);
        if (op.type > EmulatorOpType::kSoftmax) {
            return fmt::format("{}: op_type is {}, legal are 0 (power) and 1 (softmax)", where,
                               static_cast<unsigned>(op.type));
        }
        for (const auto& [name, buffer] : {std::pair{"src", op.src}, std::pair{"dst", op.dst}}) {
            if (buffer.address < 0 || buffer.address >= count) {
                return fmt::format("{}: {}.address is {}, the task has {} addresses", where, name,
                                   buffer.address, count);
            }
        }
    }
    return {};
}

}  // namespace

std::string descriptor_faults(const Loadable& loadable) {
    for (std::size_t i = 0; i < loadable.tasks.size(); ++i) {
        auto why = loadable.tasks[i].interface == Interface::kDla ? dla_faults(loadable, i)
                                                                  : emulator_faults(loadable, i);
        if (!why.empty()) return why;
    }
    return {};
}

}  // namespace dla::runtime
