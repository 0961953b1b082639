// SPDX-License-Identifier: Apache-2.0
// Random chains of layers that leave lines and weights in CBUF for each other, both groups in turn.
// DLA_CONV_LAYERS=10000 in the environment tries that many layers.
#include <random>

#include "dla_tlm/csc/conv_test_layer.hpp"
#include "dla_tlm/csc/conv_unit_bench.hpp"

using namespace dla;
using namespace dla::testing;

namespace {

constexpr unsigned kNewLines = 8;
constexpr unsigned kMostKept = 4;
constexpr std::uint32_t kElsewhere = 0x30000;  // of data and weights that nobody fetches

// A layer, and what its sums come from.
struct Link {
    BenchLayer layer;
    std::vector<std::uint32_t> lines;  // addresses of its input, kept lines first
    std::uint32_t weights = 0;
};

class Chain {
  public:
    explicit Chain(unsigned seed) : random_(seed) {}

    Link next(const ConvBench& bench) {
        Link link;
        const bool data = !kept_lines_.empty() && pick(0, 3) != 0;
        const bool weights = kept_weights_ && pick(0, 2) != 0;
        BenchLayer& layer = link.layer;
        layer.surface_lines = kNewLines;
        layer.width = data ? last_.layer.width : pick(3, 9);
        layer.channels = data || weights ? last_.layer.channels : pick(1, 20);
        choose_weights(link, weights);
        choose_lines(bench, link, data);
        choose_release(link);
        last_ = link;
        return link;
    }

  private:
    unsigned pick(unsigned low, unsigned high) {
        return std::uniform_int_distribution<unsigned>(low, high)(random_);
    }

    void choose_weights(Link& link, bool reuse) {
        BenchLayer& layer = link.layer;
        layer.kernel = reuse ? last_.layer.kernel : pick(1, 3);
        const unsigned kernels = layer.channels % 8 == 0 ? pick(1, 20) : 8 * pick(1, 3);
        layer.kernels = reuse ? last_.layer.kernels : kernels;  // whole entries of weights
        layer.weights = reuse ? kElsewhere : 0x40000 + pick(0, 15) * 0x1000;
        link.weights = reuse ? last_.weights : layer.weights;
        if (reuse) layer.misc |= kWeightReuse;
    }

    void choose_lines(const ConvBench& bench, Link& link, bool reuse) {
        BenchLayer& layer = link.layer;
        layer.height = kNewLines;
        layer.data = 0x1000 + pick(0, 15) * 0x1000;
        if (reuse) {
            layer.misc |= kDataReuse;
            link.lines = kept_lines_;
            if (nothing_released_) {
                layer.height = static_cast<unsigned>(kept_lines_.size());
                layer.data = kElsewhere;
                return;
            }
            layer.kept_lines = static_cast<unsigned>(kept_lines_.size());
        }
        for (const std::uint32_t line : bench.line_addresses(layer))
            link.lines.push_back(line);
    }

    void choose_release(Link& link) {
        BenchLayer& layer = link.layer;
        kept_weights_ = pick(0, 1) != 0;
        if (kept_weights_) layer.misc |= kSkipWeightRelease;
        nothing_released_ = pick(0, 3) == 0;
        if (nothing_released_) layer.misc |= kSkipDataRelease;
        layer.release = layer.lines() - pick(0, kMostKept);
        kept_lines_ = link.lines;
        if (!nothing_released_)
            kept_lines_.erase(kept_lines_.begin(), kept_lines_.begin() + layer.release);
    }

    std::mt19937 random_;
    Link last_;
    std::vector<std::uint32_t> kept_lines_;
    bool nothing_released_ = false;
    bool kept_weights_ = false;
};

// CSC may leave a layer some cycles behind CACC.
void wait_for_group(ConvBench& bench, unsigned group) {
    for (const char* unit : {"CACC", "CSC"})
        while ((bench.unit(unit).get("S_STATUS") >> (16 * group) & 3) != 0)
            bench.wait_cycles(8);
}

void check_chain(const char* configuration, unsigned seed) {
    ConvBench bench(configuration);
    Chain chain(seed);
    std::vector<Link> links;
    bench.then([&] {
        const unsigned count = csc::layer_count(40);
        for (unsigned i = 0; i < count; ++i) {
            wait_for_group(bench, i % 2);
            links.push_back(chain.next(bench));
            bench.program_and_enable(links.back().layer, i % 2);
        }
        bench.wait_interrupts(3 * std::size_t{count});
    });
    bench.run();
    for (std::size_t i = 0; i < links.size(); ++i) {
        const Link& link = links[i];
        INFO("layer " << i << " D_MISC_CFG " << std::hex << link.layer.misc);
        CHECK(bench.output_is_right(i, link.layer, link.lines, link.weights));
    }
    CHECK(bench.messages.empty());
}

}  // namespace

TEST_CASE("random chains of reuse give the sums of the definition on nv_small") {
    check_chain("nv_small", 1);
}

TEST_CASE("random chains of reuse give the sums of the definition on nv_large") {
    check_chain("nv_large", 2);
}
