// SPDX-License-Identifier: Apache-2.0
// A long working day in short: networks run again and again, DLAs are made and destroyed, recorded
// or not, watched or not, saved and restored. Results stay right, and what the process holds in
// memory, files and threads stays what it was after the first rounds. DLA_SOAK_ROUNDS says how many
// rounds.
#include <fmt/format.h>
#include <malloc.h>

#include <ctime>
#include <filesystem>
#include <optional>
#include <thread>

#include "runtime/app/session.hpp"
#include "runtime/loadable/test_files.hpp"
#include "runtime/samples/samples.hpp"
#include "testing/catch.hpp"
#include "testing/random_runs.hpp"
#include "testing/resident.hpp"
#include "vp/infer/host_platform.hpp"
#include "vp/infer/infer_checkpoint.hpp"
#include "vp/monitor/client.hpp"
#include "vp/monitor/monitor.hpp"
#include "vp/observe/sink_set.hpp"
#include "vp/platform/kernel.hpp"

using namespace dla;
using namespace dla::vp;
namespace fs = std::filesystem;

namespace {

constexpr unsigned kSubmits = 4;  // of one DLA

class PrivateFolder {
  public:
    PrivateFolder() {
        std::string pattern = (fs::temp_directory_path() / "dla-soak-XXXXXX").string();
        REQUIRE(mkdtemp(pattern.data()) != nullptr);
        path_ = pattern;
    }
    ~PrivateFolder() { fs::remove_all(path_); }
    PrivateFolder(const PrivateFolder&) = delete;
    PrivateFolder& operator=(const PrivateFolder&) = delete;
    std::string operator/(const char* name) const { return path_ + "/" + name; }

  private:
    std::string path_;
};

struct Watching {
    bool recorded;
    bool monitored;
    bool timed;
};

void require_done(const Result<void>& done) {
    INFO((done ? "" : done.error().message));
    REQUIRE(done);
}

void submit(runtime::Session& session, HostPlatform& platform, const runtime::Sample& sample) {
    for (unsigned i = 0; i < kSubmits; ++i) {
        require_done(session.set_input(sample.input));
        require_done(session.run());
        REQUIRE(runtime::dimg_difference(session.output(0).value(), sample.golden) == "");
        platform.forget_runs();  // what a report would show
    }
}

// One platform from its making to its end.
void run_platform(const runtime::Sample& sample, const Watching& watching,
                  const PrivateFolder& folder, const InferCheckpointOptions& checkpoints) {
    Kernel kernel;
    const Kernel::Use use(kernel);
    const HardwareConfig config = builtin_config(sample.config).value();
    TimingMode timing;
    timing.enabled = watching.timed;
    HostPlatform platform(config, timing);
    std::vector<std::string> sinks;
    if (watching.recorded)
        for (const char* kind : {"log", "perfetto", "vcd", "csv", "html"})
            sinks.push_back(fmt::format("{}={}:CDMA", kind, folder / kind));
    auto set = SinkSet::open(sinks, "soak", config,
                             {.folder = watching.recorded ? folder / "records" : ""});
    REQUIRE(set);
    set->attach(platform.dla().events());
    const std::string socket = watching.monitored ? folder / "monitor" : "";
    auto monitor =
        monitor::Monitor::open({.socket = socket, .hold = false}, monitor::Gate::Pause::kBlock);
    REQUIRE(monitor);
    (*monitor)->watch("", platform.dla());
    const runtime::Bytes file = runtime::write_loadable(sample.loadable);
    auto checkpoint = InferCheckpoint::open(platform, file, checkpoints);
    REQUIRE(checkpoint);
    runtime::Runtime runtime(platform);
    runtime::Session session(runtime);
    require_done(session.load(file));
    require_done((*checkpoint)->restore());
    (*monitor)->begin();
    std::thread client;
    if (watching.monitored)
        client = std::thread([&] {
            for (const char* line : {"status", "json status", "regs CDMA"})
                if (!monitor::ask(socket, line)) return;  // the run is over
        });
    submit(session, platform, sample);
    require_done((*checkpoint)->finish());
    monitor->reset();
    if (client.joinable()) client.join();
    require_done(set->finish());
    Kernel::end_threads();
}

void play_round(unsigned round, const std::vector<runtime::Sample>& samples) {
    const PrivateFolder folder;
    const runtime::Sample& sample = samples[round % samples.size()];
    INFO("round " << round << ": " << sample.name);
    const Watching watching{
        .recorded = round % 2 == 0, .monitored = round % 3 == 0, .timed = round % 4 < 2};
    const std::string state = folder / "state";
    run_platform(sample, watching, folder, {.save = state});
    run_platform(sample, watching, folder, {.restore = state});
}

struct Held {
    long resident_kib;
    long heap_bytes;  // in use
    long files;
    long threads;
};

Held held() {
    malloc_trim(0);
    const auto entries = [](const char* folder) {
        return static_cast<long>(std::distance(fs::directory_iterator(folder), {}));
    };
    return {testing::resident_kib(), static_cast<long>(mallinfo2().uordblks),
            entries("/proc/self/fd"), entries("/proc/self/task")};
}

}  // namespace

TEST_CASE("memory, files and threads stay what they are over many runs") {
    constexpr long kMostGrowthKib = 4 * 1024;
    constexpr long kMostHeapGrowth = 24 * 1024;
    const auto samples = runtime::make_samples().value();
    // Every sample once in every way of watching, so that all that is made once is there.
    const unsigned warm = static_cast<unsigned>(samples.size());
    const auto rounds =
        warm + static_cast<unsigned>(testing::environment_number("DLA_SOAK_ROUNDS", 2 * warm));
    std::optional<Held> before;
    for (unsigned round = 0; round < rounds; ++round) {
        if (round == warm) before = held();
        play_round(round, samples);
        if (round % 50 == 0)
            fmt::print("  round {} of {}: {} KiB resident\n", round, rounds, held().resident_kib);
    }
    const Held after = held();
    fmt::print(
        "{} platforms, {} submits, {:.0f} s of processor time; {} KiB resident after {} rounds, {} "
        "at the end; {} bytes of heap more\n",
        2 * rounds, 2 * rounds * kSubmits, static_cast<double>(std::clock()) / CLOCKS_PER_SEC,
        before->resident_kib, warm, after.resident_kib, after.heap_bytes - before->heap_bytes);
    CHECK(after.resident_kib - before->resident_kib < kMostGrowthKib + testing::kSanitizerKeepsKib);
    CHECK(after.heap_bytes - before->heap_bytes < kMostHeapGrowth);
    CHECK(after.files == before->files);
    CHECK(after.threads == before->threads);
}
