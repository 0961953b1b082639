// SPDX-License-Identifier: Apache-2.0
#include "bench/onednn_convolution.hpp"

#include <dlfcn.h>

#include <cstring>
#include <dnnl.hpp>

namespace dla::bench {
namespace {

// oneDNN brings its own OpenMP library; whichever it is gets the number of threads.
void set_threads(unsigned threads) {
    using SetThreads = void (*)(int);
    void* symbol = dlsym(RTLD_DEFAULT, "omp_set_num_threads");
    if (symbol != nullptr) reinterpret_cast<SetThreads>(symbol)(static_cast<int>(threads));
}

dnnl::memory random_memory(const dnnl::memory::desc& desc, const dnnl::engine& engine) {
    dnnl::memory memory(desc, engine);
    auto* bytes = static_cast<unsigned char*>(memory.get_data_handle());
    for (std::size_t i = 0; i < desc.get_size(); ++i)
        bytes[i] = static_cast<unsigned char>(i * 37 + i / 251);
    return memory;
}

}  // namespace

double onednn_seconds(const BenchLayer& layer, unsigned threads) {
    using Memory = dnnl::memory;
    using Type = Memory::data_type;
    set_threads(threads);
    const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
    dnnl::stream stream(engine);
    const auto desc = [](const Memory::dims& dims, Type type) {
        return Memory::desc(dims, type, Memory::format_tag::any);
    };
    const auto at = [](unsigned value) { return static_cast<Memory::dim>(value); };
    const Memory::dims side{at(layer.padding()), at(layer.padding())};
    const auto prop = dnnl::prop_kind::forward_inference;
    const auto algorithm = dnnl::algorithm::convolution_direct;
    const auto src_desc = desc({1, at(layer.channels), at(layer.size), at(layer.size)}, Type::s8);
    const auto weights_desc =
        desc({at(layer.kernels), at(layer.channels), at(layer.kernel), at(layer.kernel)}, Type::s8);
    const auto dst_desc =
        desc({1, at(layer.kernels), at(layer.out_size()), at(layer.out_size())}, Type::s32);
    const Memory::dims strides{at(layer.stride), at(layer.stride)};
#if DNNL_VERSION_MAJOR >= 3
    const dnnl::convolution_forward::primitive_desc primitive(
        engine, prop, algorithm, src_desc, weights_desc, dst_desc, strides, side, side);
#else
    const dnnl::convolution_forward::desc convolution(prop, algorithm, src_desc, weights_desc,
                                                      dst_desc, strides, side, side);
    const dnnl::convolution_forward::primitive_desc primitive(convolution, engine);
#endif
    const dnnl::convolution_forward run(primitive);
    Memory src = random_memory(primitive.src_desc(), engine);
    Memory weights = random_memory(primitive.weights_desc(), engine);
    Memory dst = random_memory(primitive.dst_desc(), engine);
    return seconds_per_run([&] {
        run.execute(stream,
                    {{DNNL_ARG_SRC, src}, {DNNL_ARG_WEIGHTS, weights}, {DNNL_ARG_DST, dst}});
        stream.wait();
    });
}

}  // namespace dla::bench
