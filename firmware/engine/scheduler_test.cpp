// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
// Scheduling over a stub of the hardware: random graphs, and the corners by name.
#include <fmt/format.h>

#include <random>
#include <set>

#include "firmware/testing/network_builder.hpp"
#include "firmware/testing/stub_dla.hpp"
#include "testing/catch.hpp"

namespace dla::firmware::testing {
namespace {

using Random = std::mt19937;
using Step = StubDla::Step;

int pick(Random& random, int low, int high) {
    return std::uniform_int_distribution<int>(low, high)(random);
}

struct Edge {
    int consumer;
    int producer;
    dla_event event;
};

struct RandomNetwork {
    NetworkBuilder builder;
    std::vector<Edge> edges;
};

std::vector<dla_op_type> types_of(const HardwareConfig& hardware) {
    std::vector<dla_op_type> types{DLA_OP_CONV, DLA_OP_SDP, DLA_OP_PDP, DLA_OP_CDP};
    if (hardware.features.bdma) types.push_back(DLA_OP_BDMA);
    if (hardware.features.rubik) types.push_back(DLA_OP_RUBIK);
    return types;
}

dla_event random_event(Random& random, int producer_type) {
    static constexpr std::array kAll{DLA_EVENT_OP_COMPLETED, DLA_EVENT_OP_PROGRAMMED,
                                     DLA_EVENT_OP_ENABLED, DLA_EVENT_CDMA_WT_DONE,
                                     DLA_EVENT_CDMA_DT_DONE};
    return kAll[static_cast<std::size_t>(pick(random, 0, producer_type == DLA_OP_CONV ? 4 : 2))];
}

// Dependencies point to operations added before, so every graph can be finished.
RandomNetwork random_network(Random& random, const HardwareConfig& hardware) {
    RandomNetwork network{NetworkBuilder(hardware), {}};
    NetworkBuilder& builder = network.builder;
    const auto types = types_of(hardware);
    const auto depend = [&](int consumer, int producer, dla_event event) {
        builder.depend(consumer, producer, event);
        network.edges.push_back({consumer, producer, event});
    };
    const int count = pick(random, 1, 40);
    const int luts = pick(random, 0, 2);
    for (int i = 0; i < luts; ++i)
        builder.add_lut();
    for (int i = 0; builder.size() < count; ++i) {
        const auto type =
            types[static_cast<std::size_t>(pick(random, 0, static_cast<int>(types.size()) - 1))];
        const int before = builder.size();
        const int op = builder.add(type);
        for (int tries = pick(random, 0, 4); before > 0 && tries > 0; --tries) {
            const int producer = pick(random, 0, before - 1);
            const dla_consumer& place = builder.common(producer).consumers[type];
            const bool next_of_type = place.index == op && place.event == 0;
            if (place.index != -1 && !next_of_type) continue;
            if (builder.common(producer).op_type == type && !next_of_type) continue;
            depend(op, producer, random_event(random, builder.common(producer).op_type));
        }
        if (type == DLA_OP_SDP && hardware.features.sdp_lut)
            builder.operation(op).sdp.lut_index =
                static_cast<std::int16_t>(pick(random, -1, luts - 1));
        if (type == DLA_OP_CDP)
            builder.operation(op).cdp.lut_index =
                static_cast<std::int16_t>(pick(random, -1, luts - 1));
        if (type != DLA_OP_CONV) continue;
        // Results of a convolution go through SDP.
        const int sdp = builder.add(DLA_OP_SDP);
        builder.fuse(sdp, op);
        network.edges.push_back({op, sdp, DLA_EVENT_OP_ENABLED});
        if (pick(random, 0, 1) == 1) depend(sdp, op, DLA_EVENT_OP_PROGRAMMED);
    }
    return network;
}

// Lets some of what runs end, in any order, merged or one by one.
void advance(StubDla& dla, Random& random) {
    std::vector<dla_op_type> running;
    for (unsigned type = 0; type < DLA_OP_TYPES; ++type)
        if (dla.running(static_cast<dla_op_type>(type)))
            running.push_back(static_cast<dla_op_type>(type));
    if (running.empty()) return;
    for (int ends = pick(random, 1, 3); ends > 0; --ends) {
        const auto type = running[static_cast<std::size_t>(
            pick(random, 0, static_cast<int>(running.size()) - 1))];
        if (type == DLA_OP_CONV && pick(random, 0, 2) == 0) {
            dla.raise_cdma(pick(random, 0, 1) == 1);
        } else if (dla.running(type)) {
            dla.finish(type);
        }
    }
}

std::string run(StubDla& dla, Engine& engine, const dla_config& config, Random& random) {
    const auto started = engine.execute(config);
    if (!started) return started.error().message;
    for (int step = 0; step < 100000; ++step) {
        advance(dla, random);
        if (dla.interrupt() || pick(random, 0, 9) == 0) engine.handle_interrupt();
        if (pick(random, 0, 4) == 0) continue;  // the bottom half comes late
        const auto done = engine.process_events();
        if (!done) return done.error().message;
        if (*done) return "";
    }
    return "does not end";
}

Step step_of(dla_event event) {
    switch (event) {
        case DLA_EVENT_OP_COMPLETED:
            return Step::kCompleted;
        case DLA_EVENT_OP_PROGRAMMED:
            return Step::kProgrammed;
        case DLA_EVENT_OP_ENABLED:
            return Step::kEnabled;
        case DLA_EVENT_CDMA_WT_DONE:
            return Step::kWeightDone;
        case DLA_EVENT_CDMA_DT_DONE:
            return Step::kDataDone;
    }
    return Step::kCompleted;
}

// "" or what happened too early or not at all.
std::string check_order(const StubDla& dla, const RandomNetwork& network) {
    const std::size_t count = static_cast<std::size_t>(network.builder.size());
    std::map<std::pair<Step, int>, std::size_t> when;
    for (std::size_t i = 0; i < dla.timeline.size(); ++i) {
        const auto& happening = dla.timeline[i];
        const int op = NetworkBuilder::operation_at(happening.dst);
        if (happening.step == Step::kProgrammed && when.contains({happening.step, op})) continue;
        if (!when.emplace(std::pair(happening.step, op), i).second)
            return fmt::format("operation {} did the same twice", op);
    }
    for (std::size_t op = 0; op < count; ++op)
        if (!when.contains({Step::kCompleted, static_cast<int>(op)}))
            return fmt::format("operation {} did not run", op);
    for (const Edge& edge : network.edges) {
        const auto cause = when.find({step_of(edge.event), edge.producer});
        const auto enabled = when.find({Step::kEnabled, edge.consumer});
        if (cause == when.end() || enabled == when.end() || cause->second > enabled->second)
            return fmt::format("operation {} was enabled before event {} of operation {}",
                               edge.consumer, static_cast<int>(edge.event), edge.producer);
    }
    return "";
}

// Per type, operations take the groups in turn.
std::string check_groups(const StubDla& dla) {
    std::array<int, DLA_OP_TYPES> last{-1, -1, -1, -1, -1, -1};
    for (const auto& happening : dla.timeline) {
        if (happening.step != Step::kCompleted || happening.type == DLA_OP_BDMA) continue;
        if (last[happening.type] == static_cast<int>(happening.group))
            return fmt::format("{} used group {} twice in a row", name_of(happening.type),
                               happening.group);
        last[happening.type] = static_cast<int>(happening.group);
    }
    return "";
}

}  // namespace

TEST_CASE("random graphs run to their end in an order their dependencies allow") {
    for (const std::string& name : builtin_config_names()) {
        const HardwareConfig hardware = *builtin_config(name);
        const dla_config config = engine_config(hardware, DLA_LAYOUT_B);
        for (unsigned seed = 0; seed < 1000; ++seed) {
            Random random(seed);
            const RandomNetwork network = random_network(random, hardware);
            StubDla dla(hardware.address_map);
            dla.keep_log = false;
            network.builder.fill(dla);
            Engine engine(dla);
            INFO(name << " seed " << seed);
            REQUIRE(run(dla, engine, config, random) == "");
            REQUIRE(check_order(dla, network) == "");
            REQUIRE(check_groups(dla) == "");
            REQUIRE(dla.violations == std::vector<std::string>{});
        }
    }
}

}  // namespace dla::firmware::testing
