// SPDX-License-Identifier: Apache-2.0
// Every input of a good trace removed, cut off and overwritten: each must be refused in words.
#include <filesystem>

#include "testing/catch.hpp"
#include "trace-tests/format/load_trace.hpp"
#include "trace-tests/generator/generated_layer.hpp"
#include "trace-tests/test_folder.hpp"

namespace dla::trace {
namespace {

namespace fs = std::filesystem;

struct GoodTrace {
    explicit GoodTrace(DialectChoice dialect) {
        const HardwareConfig config = *builtin_config("nv_full");
        LayerSpec spec;
        spec.name = "t";
        spec.kind = LayerKind::kSdp;
        spec.width = 3;
        spec.height = 2;
        spec.relu = true;
        const auto layer = generate(spec, config);
        REQUIRE(layer);
        REQUIRE(write_traces(*layer, spec, config, folder.path(), dialect));
        program = folder.path() + (dialect == DialectChoice::kTxn ? "/input.txn" : "/t.cfg");
        for (const auto& entry : fs::directory_iterator(folder.path()))
            inputs.push_back(entry.path());
    }

    Result<Trace> load() const { return load_trace(program, regs::AddressMap::kNvFull); }
    std::string message() const {
        const auto trace = load();
        return trace ? "" : trace.error().message;
    }

    TestFolder folder;
    std::string program;
    std::vector<fs::path> inputs;
};

void check_damage(DialectChoice dialect) {
    const GoodTrace good(dialect);
    REQUIRE(good.message().empty());
    REQUIRE(good.inputs.size() == 4);
    for (const fs::path& input : good.inputs) {
        INFO(input);
        const std::string text = read_text(input);
        fs::remove(input);
        CHECK(good.message().find(input.string()) != std::string::npos);
        good.folder.write(input.filename().string(), "");
        CHECK_FALSE(good.message().empty());
        good.folder.write(input.filename().string(), std::string(text.size(), '\xff'));
        CHECK_FALSE(good.message().empty());
        good.folder.write(input.filename().string(), "0x00 0x0q\n" + text);
        CHECK(good.message().find(input.string() + ":1:") != std::string::npos);
        good.folder.write(input.filename().string(), text);
    }
    CHECK(good.message().empty());
}

// Cuts a file at every place before its last quarter.
void check_cuts(DialectChoice dialect) {
    const GoodTrace good(dialect);
    for (const fs::path& input : good.inputs) {
        const std::string text = read_text(input);
        std::size_t accepted = 0;
        for (std::size_t length = 0; length < text.size() * 3 / 4; length += 7) {
            good.folder.write(input.filename().string(), std::string_view(text).substr(0, length));
            if (good.load()) ++accepted;
        }
        INFO(input);
        CHECK(accepted == 0);
        good.folder.write(input.filename().string(), text);
    }
}

}  // namespace

TEST_CASE("a txn trace with a missing or damaged input is refused") {
    check_damage(DialectChoice::kTxn);
}

TEST_CASE("a cfg trace with a missing or damaged input is refused") {
    check_damage(DialectChoice::kCfg);
}

TEST_CASE("a txn trace that was cut off is refused") {
    check_cuts(DialectChoice::kTxn);
}

TEST_CASE("a cfg trace that was cut off is refused") {
    check_cuts(DialectChoice::kCfg);
}

TEST_CASE("a trace cut off behind its wait is recognised by the golden nobody uses") {
    const GoodTrace good(DialectChoice::kTxn);
    const std::string text = read_text(good.program);
    good.folder.write("input.txn", text.substr(0, text.rfind("dump_mem") - 1));
    CHECK(good.message().find("output.dat is never used; the trace is cut off") !=
          std::string::npos);
}

}  // namespace dla::trace
