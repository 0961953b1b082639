// SPDX-License-Identifier: Apache-2.0
// Looks at the registers of every operation when it is enabled.
//
//   Collector collector(model);
//   collector.watch(dla);                    // before the run
//   collector.collected().json();
#pragma once

#include "dla_tlm/core/dla.hpp"
#include "vp/coverage/collected.hpp"

namespace dla::vp::coverage {

class Collector : public EventSink {
  public:
    explicit Collector(const Model& model) : model_(model) {}

    // One DLA for each collector.
    void watch(Dla& dla);
    void on_csb(const CsbEvent& event) override;

    const Collected& collected() const { return collected_; }

  private:
    const Model& model_;
    Dla* dla_ = nullptr;
    Collected collected_;
};

}  // namespace dla::vp::coverage
