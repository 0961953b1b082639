// SPDX-License-Identifier: Apache-2.0
// CDMA: fetches input data and weights of a layer into CBUF, each stream by a worker of its own.
// spec: conv-pipeline.md sections 3 to 5, csb-and-control.md section 2.
#pragma once

#include <optional>
#include <vector>

#include "dla_tlm/cdma/conv_buffer.hpp"
#include "dla_tlm/cdma/slice_builder.hpp"
#include "dla_tlm/cdma/stall_timing.hpp"
#include "dla_tlm/common/unit.hpp"
#include "dla_tlm/csc/conv_timing.hpp"

namespace dla::cdma {

class CdmaUnit : public Unit {
  public:
    CdmaUnit(sc_core::sc_module_name name, ConvBuffer& buffer, const UnitContext& context);

    // With CBUF's content, which is CDMA's to keep.
    void visit_state(StateVisitor& state) override;

  protected:
    void on_read(std::uint32_t offset, std::uint32_t& value) override;
    void on_reset() override;

  private:
    // The layer in flight, shared by both workers.
    struct Layer {
        CdmaOp op;
        unsigned group;
        std::uint64_t number;
        std::uint64_t begin;
        std::uint64_t bytes_before;  // read by CDMA until then
        csc::ConvLayer amounts;
        csc::ConvFetch plan;
        std::vector<SliceBuilder> builders;  // per worker
        NonFinite weight_counters{};
        bool reuses_all_data = false;
        bool weights_done = false;
        std::uint32_t data_latency = 0;
        // Both streams on their ports.
        std::shared_ptr<PortFlow> data_flow{};
        std::shared_ptr<PortFlow> weight_flow{};
    };

    // Weights or masks on their way from memory into their banks.
    struct WeightStream {
        std::uint64_t address;
        std::uint64_t size;
        const char* address_register;
        cbuf::StreamRegion& region;
        bool elements;            // fp16 numbers may be counted and flushed
        std::uint64_t moved = 0;  // with zeros up to a whole entry
        std::uint64_t entry_bytes;

        std::uint64_t padded() const {
            return (size + entry_bytes - 1) / entry_bytes * entry_bytes;
        }
        std::uint64_t missing() const { return padded() - moved; }
    };

    // Lines in memory and the place of the slice to be built of them.
    struct PendingSlice {
        std::size_t first_line;  // of lines_
        std::size_t lines;
        std::span<std::uint8_t> place;
    };

    // Weights still to be copied.
    struct Block {
        Bytes source;
        std::span<std::uint8_t> place;
        std::uint64_t offset;  // in the stream
    };

    // The last wait for space in the data banks; cycle 0: there was none.
    struct Stall {
        std::uint64_t cycle = 0;
        unsigned slices_left = 0;
    };

    void run();
    void run_weights();
    void begin_layer(unsigned group);
    std::uint64_t bytes_fetched();
    void end_layer();
    struct Results {
        NonFinite data;
        NonFinite weights;
        ReadStalls stalls;
        std::uint32_t data_latency = 0;
    };
    NonFinite data_counters() const;
    void set_results(unsigned group, const Results& results);
    bool counts_performance(unsigned group) const;
    // Returns whether it did.
    bool change_layout(const cbuf::Layout& layout, unsigned group);
    void open_flows();
    // Wait for the end of the stream and return its cycle; stall: the last wait for space in CBUF.
    std::uint64_t wait_for_data_end(const Stall& stall);
    std::uint64_t wait_for_weights_end(std::uint64_t stalled);

    void fetch_data();
    Stall fetch_slices();
    std::uint32_t data_latency(std::uint64_t done) const;
    void fetch_slice(unsigned number, unsigned batch);
    void add_lines(unsigned number, unsigned batch);
    void add_feature_lines(unsigned line, unsigned batch);
    void add_image_lines(unsigned line);
    void add_winograd_lines(unsigned number);
    void build_slices();
    WorkerPool& data_pool(const CdmaOp& op);

    void fetch_weights();
    // Returns the cycle of the last wait for room in the banks, or 0.
    std::uint64_t fill_banks();
    std::vector<std::uint32_t> fetch_group_sizes();
    // Moves what there is room for; whether that was anything.
    bool advance(WeightStream& stream);
    void read_block(const WeightStream& stream, std::span<std::uint8_t> block);
    void copy_blocks();
    WorkerPool& weight_pool(const CdmaOp& op);
    Bytes fetch(std::uint64_t address, std::size_t size, const char* address_register);
    std::uint64_t read_latency(Ram ram) const;

    ConvBuffer& buffer_;
    std::optional<Layer> layer_;
    std::uint64_t layers_ = 0;
    std::uint64_t reset_cycle_ = 0;
    bool kept_data_ = false;     // the layer before releases none of its data
    bool back_to_back_ = false;  // the next layer was enabled when the last one ended
    std::vector<std::vector<std::uint8_t>> scratch_;  // where memory offers no direct view
    std::size_t scratch_used_ = 0;
    std::vector<Bytes> lines_;  // of the pending slices
    std::vector<PendingSlice> pending_;
    std::vector<Block> blocks_;
    sc_core::sc_event weights_begin_;
    sc_core::sc_event weights_end_;
};

}  // namespace dla::cdma
