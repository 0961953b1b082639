// SPDX-License-Identifier: Apache-2.0
// What --inject takes and refuses. The flips themselves are tested by vp/campaign/check-campaign.
#include "testing/catch.hpp"
#include "vp/inject/flip_spec.hpp"

namespace dla::vp::inject {
namespace {

std::string refusal(const std::string& text, const std::string& config = "nv_small",
                    bool needs_time = true) {
    const auto spec = parse_flip(text, *builtin_config(config), needs_time);
    return spec ? "" : spec.error().message;
}

bool says(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

TEST_CASE("A flip is described by its place, what of it, and when") {
    const auto spec =
        parse_flip("cbuf,bank=3,entry=0x10..0x20,bit=7,at=1200", *builtin_config("nv_small"));
    REQUIRE(spec);
    CHECK(spec->place == Place::kCbuf);
    CHECK(spec->at->first == 1200);
    CHECK(spec->number("entry", {0, 1}).last == 0x20);
    CHECK(spec->number("byte", {0, 7}).last == 7);
    CHECK(parse_flip("memory,rate=1e-6", *builtin_config("nv_full"))->rate == 1e-6);
}

TEST_CASE("What is illegal is refused with what is legal") {
    CHECK(says(refusal("ram,at=1"), "legal are register, table, cbuf"));
    CHECK(says(refusal("cbuf"), "at=CYCLE"));
    CHECK(says(refusal("cbuf,at=9..3"), "at=9..3 is no number and no range"));
    CHECK(says(refusal("cbuf,at=-1"), "no number"));
    CHECK(says(refusal("cbuf,at=1e9"), "no number"));
    CHECK(says(refusal("cbuf,at=99999999999999999"), "cycles go up to"));
    CHECK(says(refusal("cbuf,bank=32,at=1"), "legal on nv_small are 0..31"));
    CHECK(says(refusal("cbuf,bank=16,at=1", "nv_full"), "are 0..15"));
    CHECK(says(refusal("cbuf,unit=SDP,at=1"), "bank, entry, byte, bit"));
    CHECK(says(refusal("cbuf,bank,at=1"), "KEY=VALUE"));
    CHECK(says(refusal("cbuf,rate=0"), "flips per cycle"));
    CHECK(says(refusal("cbuf,rate=nan"), "flips per cycle"));
    CHECK(says(refusal("cbuf,rate=1e-3x"), "flips per cycle"));
    CHECK(says(refusal("second-memory,at=1"), "nv_small has no second memory"));
    CHECK(says(refusal("accumulator,bit=34,at=1"), "0..33"));
    CHECK(says(refusal("cbuf,at=3", "nv_small", false), "--cycles"));
}

TEST_CASE("Only bits of registers that are stored can flip") {
    CHECK(says(refusal("register,unit=BDMA,at=1"), "no unit BDMA"));
    CHECK(refusal("register,unit=BDMA,at=1", "nv_full").empty());
    CHECK(says(refusal("register,unit=SDP,name=NONE,at=1"), "docs/registers"));
    CHECK(says(refusal("register,unit=SDP,name=S_STATUS,at=1"), "made when read"));
    CHECK(says(refusal("register,unit=SDP,name=D_OP_ENABLE,bit=1,at=1"), "0x00000001"));
    CHECK(says(refusal("register,unit=GLB,name=S_INTR_MASK,group=1,at=1"), "no such bit"));
    CHECK(says(refusal("register,unit=SDP,group=2,at=1"), "0..1"));
    CHECK(says(refusal("table,unit=SDP,name=LE,entry=65,at=1", "nv_full"), "0..64"));
    CHECK(says(refusal("table,unit=SDP,at=1"), "legal are CDP"));
}

TEST_CASE("A register's bits are those of its fields, in both groups") {
    const HardwareConfig config = *builtin_config("nv_small");
    const auto spec = parse_flip("register,unit=SDP,name=D_OP_ENABLE,at=1", config);
    const auto bits = register_bits(*spec, config);
    REQUIRE(bits.size() == 2);
    CHECK(bits[0].group == 0);
    CHECK(bits[1].group == 1);
    CHECK(bits[0].bit == 0);
    const auto pointer = parse_flip("register,unit=SDP,name=S_POINTER,at=1", config);
    CHECK(register_bits(*pointer, config).size() == 2);  // PRODUCER and CONSUMER
}

}  // namespace
}  // namespace dla::vp::inject
