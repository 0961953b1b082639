// SPDX-License-Identifier: Apache-2.0
// What CDMA alone knows of a layer's amounts, for csc::ConvFetch.
#pragma once

#include "dla_tlm/cdma/cdma_op.hpp"
#include "dla_tlm/csc/conv_timing.hpp"

namespace dla::cdma {

csc::ConvLayer fetch_layer(const CdmaOp& op);

}  // namespace dla::cdma
