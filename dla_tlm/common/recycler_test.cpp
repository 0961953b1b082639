// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/common/recycler.hpp"

#include "testing/catch.hpp"

TEST_CASE("an object is not given out again while someone holds it") {
    dla::Recycler<std::vector<int>> recycler;
    std::shared_ptr<std::vector<int>> first = recycler.take();
    first->assign(5, 7);
    const std::vector<int>* place = first.get();
    const auto holder = first;
    first.reset();
    CHECK(recycler.take().get() != place);
}

TEST_CASE("objects outlive their recycler while someone holds them") {
    std::shared_ptr<std::vector<int>> object;
    {
        dla::Recycler<std::vector<int>> recycler;
        object = recycler.take();
        const std::vector<int>* place = object.get();
        object->assign(5, 7);
        object.reset();
        object = recycler.take();
        CHECK(object.get() == place);
        CHECK(object->size() == 5);
    }
    CHECK(object->at(4) == 7);
}
