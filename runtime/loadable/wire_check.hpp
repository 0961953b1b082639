// SPDX-License-Identifier: Apache-2.0
// Verifies a FlatBuffers file against its generated type table and says where it is damaged, which
// the library's own verifier does not.
//
//   if (auto why = wire_damage(file, wire::LoadableTypeTable()); !why.empty()) return fail(why);
//
// After "" every table, vector and string reachable by the schema lies inside the file.
#pragma once

#include <flatbuffers/minireflect.h>

#include <cstdint>
#include <span>
#include <string>

namespace dla::runtime {

std::string wire_damage(std::span<const std::uint8_t> file, const flatbuffers::TypeTable* root);

}  // namespace dla::runtime
