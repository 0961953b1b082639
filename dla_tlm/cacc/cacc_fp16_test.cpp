// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/cacc/cacc_fp16.hpp"

#include "testing/catch.hpp"

namespace dla::cacc {

TEST_CASE("one product of one by one accumulates to one and is delivered as fp32 one") {
    Fp48 sum;
    accumulate(sum, {24, std::int64_t{1} << 26});
    CHECK(sum == Fp48{std::int64_t{1} << 38, 63});
    CHECK(to_fp32(sum) == 0x3f800000);
}

}  // namespace dla::cacc
