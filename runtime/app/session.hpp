// SPDX-License-Identifier: Apache-2.0
// One loadable with its bound tensors: what the application, the server and the platform's command
// line do with a Runtime.
//
//   Session session(runtime);
//   session.load(bytes);                       // binds every input and output, zeroed
//   session.set_image(image, preprocessing);   // input 0
//   session.run();
//   auto dimg = session.output(0);
#pragma once

#include "runtime/api/runtime.hpp"
#include "runtime/image/dimg.hpp"
#include "runtime/image/image.hpp"

namespace dla::runtime {

class Session {
  public:
    explicit Session(Runtime& runtime) : runtime_(runtime) {}
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    Result<void> load(std::span<const std::uint8_t> file, int instance = 0);
    // Of input 0; null where the network has none.
    const Tensor* input_tensor() const { return runtime_.tensor(kMemoryInput, 0); }
    // Into input 0; channels that the tensor has not are left out.
    Result<void> set_image(const Image& image, const Preprocessing& how);
    // The raw bytes of input 0.
    Result<void> set_input(std::span<const std::uint8_t> bytes);
    Result<void> run();
    int num_outputs() const { return static_cast<int>(outputs_.size()); }
    Result<Dimg> output(int index) const;

  private:
    struct Buffer {
        void* handle;
        std::span<std::uint8_t> bytes;
    };

    Result<void> bind(MemoryFlag direction, std::vector<Buffer>& buffers);
    void release();

    Runtime& runtime_;
    std::vector<Buffer> inputs_;
    std::vector<Buffer> outputs_;
};

}  // namespace dla::runtime
