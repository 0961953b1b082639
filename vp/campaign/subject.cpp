// SPDX-License-Identifier: Apache-2.0
#include "vp/campaign/subject.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <filesystem>

#include "runtime/app/session.hpp"
#include "runtime/loadable/file_bytes.hpp"
#include "runtime/show/layers.hpp"
#include "trace-tests/format/load_trace.hpp"
#include "vp/infer/host_platform.hpp"
#include "vp/inject/inject_options.hpp"
#include "vp/trace_run.hpp"

namespace dla::vp::campaign {
namespace {

namespace json = boost::json;

bool checks_memory(const trace::Trace& trace) {
    return std::ranges::any_of(trace.statements, [](const trace::Statement& statement) {
        return std::holds_alternative<trace::CompareMemory>(statement.action) ||
               std::holds_alternative<trace::CheckCrc>(statement.action);
    });
}

class TraceSubject : public Subject {
  public:
    TraceSubject(std::string path, const HardwareConfig& config, const TimingMode& timing)
        : path_(std::move(path)), config_(config), timing_(timing) {}

    Ending run(const inject::InjectedRun& injected, std::uint64_t hang_clocks) const override {
        RunWatch watch;
        Ending ending;
        TraceRunOptions options{.timing = timing_, .hang_clocks = hang_clocks};
        options.inject = injected;
        options.before = [&](Platform& platform) { watch.watch(platform.dla()); };
        options.after = [&](Platform&) { ending.seen = watch.finish(); };
        const trace::Outcome outcome = run_trace(path_, config_, options);
        ending.why = outcome.detail.substr(0, outcome.detail.find('\n'));
        ending.output = name_of(outcome.verdict);
        if (outcome.verdict == trace::Verdict::kHang) ending.kind = Ending::Kind::kHang;
        if (outcome.verdict == trace::Verdict::kError ||
            outcome.verdict == trace::Verdict::kUnsupported)
            ending.kind = Ending::Kind::kBroken;
        return ending;
    }

    std::string identity() const override {
        // The trace and the data files beside it.
        std::uintmax_t bytes = 0;
        for (const auto& entry :
             std::filesystem::directory_iterator(std::filesystem::absolute(path_).parent_path()))
            if (entry.is_regular_file()) bytes += entry.file_size();
        return fmt::format("trace {}, {} bytes", path_, bytes);
    }

  private:
    std::string path_;
    HardwareConfig config_;
    TimingMode timing_;
};

class NetworkSubject : public Subject {
  public:
    NetworkSubject(std::string path, runtime::Bytes file, NetworkInput input,
                   const HardwareConfig& config, const TimingMode& timing)
        : path_(std::move(path)),
          file_(std::move(file)),
          input_(std::move(input)),
          config_(config),
          timing_(timing) {}

    Ending run(const inject::InjectedRun& injected, std::uint64_t /*hang_clocks*/) const override {
        HostPlatform platform(config_, timing_);
        RunWatch watch;
        watch.watch(platform.dla());
        const auto injector = inject::start(platform.platform(), injected);
        runtime::Runtime runtime(platform);
        runtime::Session session(runtime);
        Ending ending;
        const auto stop = [&](Ending::Kind kind, const std::string& why) {
            ending.kind = kind;
            ending.why = why;
            ending.seen = watch.finish();
            return ending;
        };
        if (auto loaded = session.load(file_); !loaded)
            return stop(Ending::Kind::kBroken, loaded.error().message);
        if (auto set = set_input(input_, session); !set)
            return stop(Ending::Kind::kBroken, set.error().message);
        if (auto done = session.run(); !done) {
            const bool hang = done.error().message.find("the DLA hangs") != std::string::npos;
            return stop(hang ? Ending::Kind::kHang : Ending::Kind::kTold, done.error().message);
        }
        for (int i = 0; i < session.num_outputs(); ++i) {
            const auto dimg = session.output(i);
            if (!dimg) return stop(Ending::Kind::kBroken, dimg.error().message);
            ending.output += fmt::format("{:08x} ", runtime::crc32(dimg->payload));
        }
        return stop(Ending::Kind::kEnded, "");
    }

    std::string identity() const override {
        return fmt::format("loadable {} {:08x}, input {}", path_, runtime::crc32(file_),
                           input_.words());
    }

  private:
    std::string path_;
    runtime::Bytes file_;
    NetworkInput input_;
    HardwareConfig config_;
    TimingMode timing_;
};

json::array array_of(const std::vector<std::string>& texts) {
    return json::array(texts.begin(), texts.end());
}

std::vector<std::string> texts_of(const json::value& array) {
    std::vector<std::string> texts;
    for (const json::value& text : array.as_array())
        texts.emplace_back(text.as_string());
    return texts;
}

// The first that the other run had not, in words; empty where they are alike.
std::string first_other(const std::vector<std::string>& was, const std::vector<std::string>& is) {
    for (std::size_t i = 0; i < is.size(); ++i)
        if (i >= was.size() || was[i] != is[i]) return is[i];
    return was.size() > is.size() ? "not any more: " + was[is.size()] : "";
}

}  // namespace

std::string Ending::json() const {
    return json::serialize(json::object{{"kind", static_cast<int>(kind)},
                                        {"why", why},
                                        {"output", output},
                                        {"first", seen.first_cycle},
                                        {"last", seen.last_cycle},
                                        {"errors", array_of(seen.errors)},
                                        {"counters", array_of(seen.counters)}});
}

Result<Ending> Ending::parse(std::string_view text) {
    boost::system::error_code error;
    const json::value value = json::parse(json::string_view(text.data(), text.size()), error);
    if (error) return fail("the run without a flip ended without a word");
    const json::object& object = value.as_object();
    Ending ending;
    ending.kind = static_cast<Kind>(object.at("kind").to_number<int>());
    ending.why = std::string(object.at("why").as_string());
    ending.output = std::string(object.at("output").as_string());
    ending.seen.first_cycle = object.at("first").to_number<std::uint64_t>();
    ending.seen.last_cycle = object.at("last").to_number<std::uint64_t>();
    ending.seen.errors = texts_of(object.at("errors"));
    ending.seen.counters = texts_of(object.at("counters"));
    return ending;
}

RunRecord judge(const Ending& undisturbed, const Ending& ending) {
    RunRecord record;
    record.why = ending.why;
    const std::string refused = first_other(undisturbed.seen.errors, ending.seen.errors);
    if (ending.kind == Ending::Kind::kBroken) {
        record.fate = Fate::kCrash;
    } else if (!refused.empty()) {
        record.fate = Fate::kDetected;
        record.why = refused;
    } else if (ending.kind == Ending::Kind::kTold) {
        record.fate = Fate::kDetected;
    } else if (ending.kind == Ending::Kind::kHang) {
        record.fate = Fate::kHang;
    } else if (const std::string counter =
                   first_other(undisturbed.seen.counters, ending.seen.counters);
               !counter.empty()) {
        record.fate = Fate::kDetected;
        record.why = "counter " + counter;
    } else if (ending.output != undisturbed.output) {
        record.fate = Fate::kWrongOutput;
    } else {
        record.why.clear();
    }
    return record;
}

Result<std::unique_ptr<Subject>> trace_subject(const std::string& path,
                                               const HardwareConfig& config,
                                               const TimingMode& timing) {
    const auto trace = trace::load_trace(path, config.address_map);
    if (!trace) return tl::unexpected(trace.error());
    if (!checks_memory(*trace))
        return fail(path +
                    ": the trace compares no memory, so that nobody could tell a wrong "
                    "output");
    return std::make_unique<TraceSubject>(path, config, timing);
}

Result<std::unique_ptr<Subject>> network_subject(const std::string& loadable,
                                                 const NetworkInput& input,
                                                 const HardwareConfig& config,
                                                 const TimingMode& timing) {
    auto file = runtime::read_file(loadable);
    if (!file) return tl::unexpected(file.error());
    return std::make_unique<NetworkSubject>(loadable, std::move(*file), input, config, timing);
}

}  // namespace dla::vp::campaign
