// SPDX-License-Identifier: Apache-2.0
// Saved states that were changed behind their checksum, put into a whole DLA: they are refused in
// words, or the DLA goes on with whatever they say; a reset then makes it sound again.
#include <tlm_utils/simple_initiator_socket.h>

#include <algorithm>
#include <array>
#include <functional>
#include <random>

#include "dla_tlm/csb_master/csb_access.hpp"
#include "testing/catch.hpp"
#include "testing/random_runs.hpp"
#include "trace-tests/generator/generated_layer.hpp"
#include "vp/platform/platform.hpp"

using namespace dla;
using trace::GeneratedLayer;

namespace {

class Bench : public sc_core::sc_module {
  public:
    vp::Platform platform;
    tlm_utils::simple_initiator_socket<Bench> csb;

    explicit Bench(sc_core::sc_module_name name)
        : sc_module(name), platform("platform", *builtin_config("nv_full")), csb("csb") {
        csb.bind(platform.dla().csb);
        sc_core::sc_spawn_options stack;
        stack.set_stack_size(1 << 20);
        sc_core::sc_spawn([this] { serve(); }, "serve", &stack);
        end_module();
    }

    // In a process of the simulation, and a while longer.
    void run(std::function<void()> job, const sc_core::sc_time& time) {
        job_ = std::move(job);
        go_.notify(sc_core::SC_ZERO_TIME);
        sc_core::sc_start(time);
    }
    void access(tlm::tlm_command command, std::uint32_t address, std::uint32_t value) {
        sc_core::wait(csb::access(csb, command, address, value).delay);
    }
    void play(const GeneratedLayer& layer) {
        for (const auto& write : layer.program.writes())
            access(tlm::TLM_WRITE_COMMAND, write.address, write.value);
        for (const trace::Start& start : layer.starts)
            access(tlm::TLM_WRITE_COMMAND, layer.program.address(start.unit, start.reg), 1);
    }
    void put_images(const GeneratedLayer& layer) {
        for (const trace::Image& image : layer.inputs)
            std::ranges::copy(
                image.bytes,
                platform.main_memory().bytes(image.address, image.bytes.size()).begin());
    }
    void read_everything() {
        for (std::uint32_t address = 0; address < 0x18000; address += 4)
            access(tlm::TLM_READ_COMMAND, address, 0);
    }

  private:
    void serve() {
        for (;;) {
            sc_core::wait(go_);
            job_();
        }
    }

    std::function<void()> job_;
    sc_core::sc_event go_;
};

class Damage {
  public:
    explicit Damage(unsigned seed) : random_(seed) {}

    std::vector<StateSection> of(std::vector<StateSection> sections) {
        for (std::size_t changes = 1 + below(4); changes > 0; --changes) {
            auto& items = sections[below(sections.size())].items;
            if (!items.empty()) change(items[below(items.size())], items);
        }
        return sections;
    }

  private:
    std::size_t below(std::size_t limit) { return random_() % limit; }

    std::uint64_t number() {
        const std::uint64_t word = std::uint64_t{random_()} << 32 | random_();
        return std::array<std::uint64_t, 6>{word,
                                            word & 0xff,
                                            word & 3,
                                            ~std::uint64_t{0},
                                            std::uint64_t{1} << below(64),
                                            0}[below(6)];
    }

    void change(StateItem& item, std::vector<StateItem>& items) {
        if (below(8) == 0) {
            item.words.resize(below(5));
        } else if (below(12) == 0) {
            items.pop_back();
        } else if (!item.words.empty()) {
            item.words[below(item.words.size())] = number();
        } else if (!item.bytes.empty()) {
            item.bytes[below(item.bytes.size())] = static_cast<std::uint8_t>(number());
        } else {
            item.name += "x";
        }
    }

    std::mt19937 random_;
};

}  // namespace

TEST_CASE("damaged states are refused or lived with") {
    const sc_core::sc_time layer_time(300, sc_core::SC_US);
    const sc_core::sc_time flush_time(20, sc_core::SC_US);
    const GeneratedLayer layer =
        trace::generate({.width = 8, .height = 8, .bias = true}, *builtin_config("nv_full"))
            .value();
    Bench bench("bench");
    Dla& dla = bench.platform.dla();
    bench.put_images(layer);
    bench.run([&] {}, flush_time);
    bench.run([&] { bench.play(layer); }, layer_time);
    REQUIRE(dla.busy().empty());
    const std::vector<StateSection> good = dla.save_state();

    Damage damage(testing::random_seed(1));
    unsigned refused = 0;
    const unsigned runs = testing::random_runs(300);
    for (unsigned i = 0; i < runs; ++i) {
        bench.run([&] { dla.reset(); }, flush_time);
        const auto done = dla.restore_state(damage.of(good));
        refused += done ? 0 : 1;
        if (!done) CHECK_FALSE(done.error().message.empty());
        bench.run(
            [&] {
                bench.read_everything();
                bench.play(layer);
            },
            layer_time);
    }
    CHECK(refused > runs / 20);
    CHECK(refused < runs);

    bench.run([&] { dla.reset(); }, flush_time);
    REQUIRE(dla.restore_state(good));
    CHECK(dla.busy().empty());
    bench.run([&] { dla.reset(); }, flush_time);
    bench.put_images(layer);
    bench.run([&] { bench.play(layer); }, layer_time);
    for (const trace::Image& golden : layer.outputs)
        CHECK(std::ranges::equal(
            golden.bytes, bench.platform.main_memory().bytes(golden.address, golden.bytes.size())));
}
