// SPDX-License-Identifier: Apache-2.0
// Public loadables from image to output file: bytes as the reference platforms made them.

#include <filesystem>
#include <map>
#include <regex>

#include "runtime/app/session.hpp"
#include "runtime/loadable/test_files.hpp"
#include "testing/catch.hpp"
#include "vp/infer/host_platform.hpp"
#include "vp/infer/own_process.hpp"

using namespace dla;
using namespace dla::vp;
namespace fs = std::filesystem;

namespace {

struct Network {
    std::string loadable;
    std::string config;
    std::string image{};  // empty: the loadable holds its data
    int normalize = 1;
};

struct Outcome {
    std::string problem{};
    runtime::Dimg output{};
    std::map<std::size_t, std::uint32_t> crcs{};  // by operation
};

Outcome run(const Network& network) {
    HostPlatform platform(builtin_config(network.config).value(), {});
    runtime::Runtime runtime(platform);
    runtime::Session session(runtime);
    auto done = session.load(runtime::file_bytes(network.loadable));
    if (done && !network.image.empty()) {
        done = session.set_image(runtime::read_image(network.image).value(),
                                 {.normalize = network.normalize});
    }
    if (done) done = session.run();
    if (!done) return {.problem = done.error().message};
    Outcome outcome{.output = session.output(0).value()};
    for (std::size_t i = 0; i < platform.runs()[0].outputs.size(); ++i) {
        if (const auto& layer = platform.runs()[0].outputs[i]) outcome.crcs[i] = layer->crc32;
    }
    return outcome;
}

// What `check` says about the outcome.
template <class Check>
std::string outcome_of(const Network& network, Check check) {
    return in_own_process([&] {
        const Outcome outcome = run(network);
        return outcome.problem.empty() ? check(outcome) : outcome.problem;
    });
}

std::string image_beside(const fs::path& loadable) {
    const fs::path grey = loadable.parent_path() / "image.pgm";
    return (fs::exists(grey) ? grey : loadable.parent_path() / "image.jpg").string();
}

// The whole file, or all but the header's format word, whose numbers have changed since.
std::string against(const runtime::Dimg& output, const fs::path& golden) {
    const auto expected = runtime::decode_dimg(runtime::file_bytes(golden.string()));
    return expected ? runtime::dimg_difference(output, *expected) : expected.error().message;
}

// The layers' CRC-32 that the RTL run recorded.
std::string against_recorded_crcs(const Outcome& outcome, const fs::path& cycles) {
    const runtime::Bytes bytes = runtime::file_bytes(cycles.string());
    const std::string text(bytes.begin(), bytes.end());
    const std::regex layer("\\{\"op\":(\\d+),[^}]*\\}[^}]*\"out_crc32\":\"([0-9a-f]{8})\"");
    std::string differences;
    unsigned compared = 0;
    for (std::sregex_iterator it(text.begin(), text.end(), layer), end; it != end; ++it) {
        const auto found = outcome.crcs.find(std::stoul((*it)[1]));
        ++compared;
        if (found == outcome.crcs.end() || found->second != std::stoul((*it)[2], nullptr, 16)) {
            differences += " operation " + (*it)[1].str();
        }
    }
    return compared > 0 ? differences : "no CRC is recorded";
}

}  // namespace

TEST_CASE("networks compiled for small and large equal RTL in every layer and in the output file") {
    for (const std::string& path : runtime::files_below("../shared/golden/networks", ".nvdla")) {
        const fs::path folder = fs::path(path).parent_path();
        if (!fs::exists(folder / "output.dimg")) continue;
        INFO(path);
        const std::string config = folder.parent_path().filename().string();
        CHECK(outcome_of({path, config, image_beside(path)}, [&](const Outcome& outcome) {
                  const bool same = runtime::encode_dimg(outcome.output) ==
                                    runtime::file_bytes((folder / "output.dimg").string());
                  return (same ? "" : "output differs;") +
                         against_recorded_crcs(outcome, folder / "cycles.json");
              }) == "");
    }
}

TEST_CASE("networks compiled for nv_full equal the reference model's output files") {
    for (const std::string& path : runtime::files_below("../shared/loadables/compiled", ".nvdla")) {
        INFO(path);
        const int normalize = path.find("fp16") != std::string::npos ? 255 : 1;
        const Network network{path, "nv_full", image_beside(path), normalize};
        CHECK(outcome_of(network, [&](const Outcome& outcome) {
                  return against(outcome.output, fs::path(path).parent_path() / "golden.dimg");
              }) == "");
    }
}

TEST_CASE("the driver's regression loadables give their published outputs") {
    for (const std::string& path : runtime::files_below("../shared/loadables/kmd", "_fbuf")) {
        INFO(path);
        const bool small = path.ends_with("_small_fbuf");
        const bool large = path.ends_with("_large_fbuf");
        const Network network{path, small ? "nv_small" : large ? "nv_large" : "nv_full"};
        CHECK(outcome_of(network, [&](const Outcome& outcome) {
                  return against(outcome.output, fs::path(path).parent_path() / "o_000000.dimg");
              }) == "");
    }
}

TEST_CASE("LeNet reads digits as its weights say") {
    const std::map<std::string, std::size_t> classes{{"one", 1},  {"two", 7}, {"three", 3},
                                                     {"five", 5}, {"six", 5}, {"eight", 3}};
    const std::string folder = "../shared/loadables/digits/";
    if (!fs::exists(folder)) {
        WARN("skipped: " << folder << " not present");
        return;
    }
    for (const auto& [digit, expected] : classes) {
        INFO(digit);
        const Network network{"../shared/loadables/kmd/NN_L0_0/NN_L0_0_fbuf", "nv_full",
                              folder + digit + ".pgm"};
        CHECK(outcome_of(network, [](const Outcome& outcome) {
                  // fp16 numbers from 0 to 1 are ordered like their bits.
                  std::size_t best = 0;
                  const auto bits = [&](std::size_t c) {
                      return outcome.output.payload[2 * c] | outcome.output.payload[2 * c + 1] << 8;
                  };
                  for (std::size_t c = 1; c < 10; ++c)
                      best = bits(c) > bits(best) ? c : best;
                  return std::to_string(best);
              }) == std::to_string(expected));
    }
}
