// SPDX-License-Identifier: Apache-2.0
// What CDMA and CSC share: the CBUF storage, CDMA's fetches in the order of layers, and an event
// for each side. spec: conv-pipeline.md section 5.
//
//   buffer.fetches.push_back(...);                buffer.cdma_progress.notify(SC_ZERO_TIME);  CDMA
//   while (buffer.fetch_of(layer) == nullptr) wait(buffer.cdma_progress);                     CSC
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <systemc>
#include <vector>

#include "dla_tlm/cbuf/cbuf.hpp"
#include "dla_tlm/cdma/cdma_op.hpp"
#include "dla_tlm/common/port_arbiter.hpp"
#include "dla_tlm/common/register_file.hpp"
#include "dla_tlm/csc/conv_timing.hpp"

namespace dla::cdma {

// One layer's fetch as CSC needs to know it.
struct LayerFetch {
    std::uint64_t layer;  // layers since reset, counted alike by both units
    CdmaOp op;
    csc::ConvLayer amounts;  // what CDMA knows of them
    RegisterFile registers;  // as they were when the layer began
    unsigned group;
    std::uint64_t begin_cycle;                 // cycle 0 of the layer's timing
    bool layout_changed;                       // nothing of earlier layers is left
    bool data_complete = false;                // the last data entry is in CBUF
    std::uint64_t data_cycle = 0;              // since then
    bool weights_complete = false;             // the last weight and mask byte is in CBUF
    std::uint64_t weight_stall_cycle = 0;      // weights arrived late for want of space until then
    std::vector<std::uint32_t> group_bytes{};  // compressed: of each kernel group
    // Both streams on their ports, at the pace of ConvFetch.
    std::shared_ptr<PortFlow> data{};
    std::shared_ptr<PortFlow> weights{};
};

struct ConvBuffer {
    explicit ConvBuffer(const CbufGeometry& geometry) : storage(geometry) {}

    LayerFetch* fetch_of(std::uint64_t layer) {
        for (LayerFetch& fetch : fetches) {
            if (fetch.layer == layer) return &fetch;
        }
        return nullptr;
    }
    void reset() {
        storage.flush();
        fetches.clear();
        layers_consumed = 0;
    }

    cbuf::Cbuf storage;
    std::deque<LayerFetch> fetches;     // from CDMA's start to CSC's end of a layer
    std::uint64_t layers_consumed = 0;  // that CSC has ended
    sc_core::sc_event cdma_progress;    // a layer began, data or weights arrived
    sc_core::sc_event csc_progress;     // space became free, a layer ended
};

}  // namespace dla::cdma
