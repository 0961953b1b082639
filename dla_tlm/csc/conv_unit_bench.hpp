// SPDX-License-Identifier: Apache-2.0
// The units of the convolution pipeline on a bench: CDMA to CACC, with a consumer in SDP's place.
// Layers are feature convolutions, stride 1, no padding; results are checked for int8.
#pragma once

#include <array>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "dla_tlm/cacc/cacc_unit.hpp"
#include "dla_tlm/cdma/cdma_unit.hpp"
#include "dla_tlm/cmac/cmac_unit.hpp"
#include "dla_tlm/core/convolution_links.hpp"
#include "dla_tlm/csc/csc_unit.hpp"
#include "testing/unit_bench.hpp"

namespace dla::testing {

struct BenchLayer {
    unsigned width = 6;
    unsigned height = 5;
    unsigned channels = 8;
    unsigned kernels = 16;
    unsigned kernel = 3;      // rows and columns
    unsigned kept_lines = 0;  // of the layer before, in front of `height` new ones
    unsigned release = 0;     // lines freed at the end; 0: all
    std::uint32_t data = 0x1000;
    std::uint32_t weights = 0x40000;
    std::uint32_t weight_bytes = 0;  // 0: as many as there are
    std::uint32_t misc = 0;          // reuse and skip bits of D_MISC_CFG
    Precision precision = Precision::kInt8;
    unsigned surface_lines = 0;  // from surface to surface in memory; 0: height
    unsigned data_banks = 4;
    unsigned weight_banks = 4;

    unsigned lines() const { return height + kept_lines; }
    unsigned lines_per_surface() const { return surface_lines != 0 ? surface_lines : height; }
    unsigned out_width() const { return width - kernel + 1; }
    unsigned out_height() const { return lines() - kernel + 1; }
    unsigned kernel_bytes() const {
        return kernels * kernel * kernel * channels * bytes_per_element(precision);
    }
};

constexpr std::uint32_t kDataReuse = 1u << 16;
constexpr std::uint32_t kWeightReuse = 1u << 20;
constexpr std::uint32_t kSkipDataRelease = 1u << 24;
constexpr std::uint32_t kSkipWeightRelease = 1u << 28;

class ConvBench : public UnitBench {
  public:
    explicit ConvBench(const char* configuration = "nv_small", TimingMode mode = {});

    // Registers of the producer group of every unit; enables nothing.
    void program(const BenchLayer& layer, unsigned group = 0);
    void enable(const std::vector<std::string>& order);
    void program_and_enable(const BenchLayer& layer, unsigned group = 0);
    void reset();
    UnitProgram& unit(const std::string& name) { return *programs_.at(name); }

    // Output lines that came out for layer `number` against the definition; lines_at(y) gives the
    // address of input line y's first atom.
    bool output_is_right(std::size_t number, const BenchLayer& layer);
    std::vector<std::uint32_t> line_addresses(const BenchLayer& layer) const;
    bool output_is_right(std::size_t number, const BenchLayer& layer,
                         const std::vector<std::uint32_t>& lines, std::uint32_t weights);

    std::vector<std::vector<AccumulatorChunk>> outputs;  // per layer

    ConvolutionLinks links;
    AccumulatorLink to_sdp;
    cdma::CdmaUnit cdma;
    csc::CscUnit csc;
    cmac::CmacUnit cmac_a;
    cmac::CmacUnit cmac_b;
    cacc::CaccUnit cacc;

  private:
    void set_all(const std::vector<std::string>& units, const char* name, std::uint32_t value);
    std::int32_t expected(const BenchLayer& layer, const std::vector<std::uint32_t>& lines,
                          std::uint32_t weights, const std::array<unsigned, 3>& place);

    std::map<std::string, std::unique_ptr<UnitProgram>> programs_;
};

}  // namespace dla::testing
