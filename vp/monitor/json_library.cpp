// SPDX-License-Identifier: Apache-2.0
// Boost.JSON is compiled into this one file; Debian's headers come without a library of it.
#include <boost/json/src.hpp>
