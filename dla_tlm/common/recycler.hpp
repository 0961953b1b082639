// SPDX-License-Identifier: Apache-2.0
// Objects with large buffers that come back for the next use when their last holder lets go, in
// any thread: fresh memory costs more than the numbers in it.
//
//   Recycler<MacSums> sums;
//   std::shared_ptr<MacSums> some = sums.take();       // with what the one before left in it
#pragma once

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace dla {

template <class Object>
class Recycler {
  public:
    std::shared_ptr<Object> take() {
        std::unique_ptr<Object> object = shelf_->take();
        if (!object) object = std::make_unique<Object>();
        // Holders may outlive the recycler.
        return {object.release(), [shelf = shelf_](Object* returned) {
                    shelf->put(std::unique_ptr<Object>(returned));
                }};
    }

  private:
    class Shelf {
      public:
        std::unique_ptr<Object> take() {
            const std::lock_guard lock(mutex_);
            if (objects_.empty()) return nullptr;
            std::unique_ptr<Object> object = std::move(objects_.back());
            objects_.pop_back();
            return object;
        }
        void put(std::unique_ptr<Object> object) {
            const std::lock_guard lock(mutex_);
            objects_.push_back(std::move(object));
        }

      private:
        std::mutex mutex_;
        std::vector<std::unique_ptr<Object>> objects_;
    };

    std::shared_ptr<Shelf> shelf_ = std::make_shared<Shelf>();
};

}  // namespace dla
