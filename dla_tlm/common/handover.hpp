// SPDX-License-Identifier: Apache-2.0
// How a reader unit (PDP_RDMA, CDP_RDMA) lends its layer to the unit it reads for. Either side may
// come first; the reader's layer ends when the other has had all its data.
//
//   Handover<PdpRdmaOp> handover("PDP_RDMA", "PDP", waits);
//   handover.lend(op, group);                   // reader: returns when given back
//   const PdpRdmaOp op = handover.take(group);  // user: blocks until the reader has a layer
//   handover.give_back();                       // user: the last element was delivered
#pragma once

#include <optional>
#include <string>
#include <systemc>
#include <utility>

#include "dla_tlm/common/wait_board.hpp"

namespace dla {

template <class Layer>
class Handover {
  public:
    Handover(const char* reader, const char* user, WaitBoard& board)
        : reader_(reader), user_(user), board_(board) {}

    void lend(Layer layer, unsigned group) {
        layer_ = std::move(layer);
        lent_.notify(sc_core::SC_ZERO_TIME);
        const WaitBoard::Pin pin(board_, reader_, group,
                                 {user_, " to take the data of the layer", user_});
        while (layer_)
            sc_core::wait(returned_);
    }

    Layer take(unsigned group) {
        const std::string reason = "a layer of " + reader_ + ", which is not enabled";
        while (!layer_) {
            const WaitBoard::Pin pin(board_, user_, group, {reason, {}, reader_});
            sc_core::wait(lent_);
        }
        return *layer_;
    }

    void give_back() {
        layer_.reset();
        returned_.notify(sc_core::SC_ZERO_TIME);
    }

    void reset() { layer_.reset(); }

  private:
    std::string reader_;
    std::string user_;
    WaitBoard& board_;
    std::optional<Layer> layer_;
    sc_core::sc_event lent_;
    sc_core::sc_event returned_;
};

}  // namespace dla
