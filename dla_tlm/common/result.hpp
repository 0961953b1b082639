// SPDX-License-Identifier: Apache-2.0
// Results at boundaries: a value or an Error whose message is a whole sentence for the user.
//
//   Result<Trace> parse(...);
//   if (auto trace = parse(path)) use(*trace); else report(trace.error().message);
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace dla {

struct Error {
    std::string message;
};

template <class T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(std::string message) {
    return tl::unexpected<Error>(Error{std::move(message)});
}

}  // namespace dla
