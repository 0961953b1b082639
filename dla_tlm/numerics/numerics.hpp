// SPDX-License-Identifier: Apache-2.0
// All arithmetic that the datapath units share, bit-exact. spec: sdp.md sections 1 and 10.
#pragma once

#include "dla_tlm/numerics/float_arithmetic.hpp"
#include "dla_tlm/numerics/float_convert.hpp"
#include "dla_tlm/numerics/float_format.hpp"
#include "dla_tlm/numerics/rounding.hpp"
