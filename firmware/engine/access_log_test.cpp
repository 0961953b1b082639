// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
// Whole networks against the register accesses recorded on RTL: every read and write, in order.
// Reads give the engine what the RTL gave.
#include "firmware/testing/access_log.hpp"

#include <fmt/format.h>

#include "firmware/testing/test_task.hpp"
#include "runtime/loadable/test_files.hpp"
#include "testing/catch.hpp"

namespace dla::firmware::testing {
namespace {

class LogPort : public TaskPort {
  public:
    explicit LogPort(std::vector<Access> log) : log_(std::move(log)) {}

    std::uint32_t read_register(std::uint32_t address) override {
        const Access& expected = next();
        if (expected.kind != 'R' || expected.address != address)
            differ(expected, fmt::format("R 0x{:05x}", address));
        return expected.value;
    }
    void write_register(std::uint32_t address, std::uint32_t value) override {
        const Access& expected = next();
        if (expected.kind != 'W' || expected.address != address || expected.value != value)
            differ(expected, fmt::format("W 0x{:05x} 0x{:08x}", address, value));
    }
    bool at_end() const { return position_ >= log_.size(); }
    std::string difference;

  private:
    const Access& next() {
        static const Access kNothing{'-', 0, 0, 0};
        return at_end() ? kNothing : log_[position_++];
    }
    void differ(const Access& expected, const std::string& found) {
        if (difference.empty())
            difference =
                fmt::format("access {}: recorded {}, found {}", position_, expected.text(), found);
    }

    std::vector<Access> log_;
    std::size_t position_ = 0;
};

std::string replay(const std::string& folder, const HardwareConfig& hardware) {
    const auto files = runtime::files_below(folder, ".nvdla");
    REQUIRE(files.size() == 1);
    const auto loadable = runtime::read_loadable_file(files.front());
    REQUIRE(loadable);
    LoadedTask task = load_task(*loadable, first_dla_task(*loadable));
    LogPort port(read_access_log(folder).accesses);
    REQUIRE_FALSE(port.at_end());
    port.memories = std::move(task.memories);
    port.addresses = std::move(task.addresses);
    Engine engine(port);
    const auto started = engine.execute(engine_config(hardware, task.layout));
    if (!started) return started.error().message;
    while (port.difference.empty()) {
        engine.handle_interrupt();
        const auto done = engine.process_events();
        if (!done) return done.error().message;
        if (*done) break;
    }
    if (port.difference.empty() && !port.at_end()) return "accesses were recorded after the end";
    return port.difference;
}

}  // namespace

TEST_CASE("networks cause the register accesses recorded on RTL, one by one") {
    for (const char* name : {"nv_small", "nv_large"}) {
        const HardwareConfig hardware = *builtin_config(name);
        const std::string root = std::string("../shared/golden/networks/") + name;
        for (const std::string& log : runtime::files_below(root, "csb.txt.gz")) {
            INFO(log);
            CHECK(replay(log.substr(0, log.rfind('/')), hardware) == "");
        }
    }
}

}  // namespace dla::firmware::testing
