// SPDX-License-Identifier: Apache-2.0
// A SystemC kernel beside the process's own, so that simulations can come and go:
//
//   Kernel kernel;
//   const Kernel::Use use(kernel);
//   Platform platform("platform", config, timing);
//   const Kernel::EndOfThreads end;      // behind the modules: goes first
#pragma once

#include <memory>
#include <systemc>

namespace dla::vp {

class Kernel {
  public:
    Kernel();
    ~Kernel();
    Kernel(const Kernel&) = delete;
    Kernel& operator=(const Kernel&) = delete;

    // Makes a kernel the current one until it goes out of scope.
    class Use {
      public:
        explicit Use(Kernel& kernel);
        ~Use();
        Use(const Use&) = delete;
        Use& operator=(const Use&) = delete;

      private:
        sc_core::sc_simcontext* before_;
    };

    // Ends every thread of the current kernel, if its simulation has begun; nothing runs after it.
    // What the threads' stacks own is freed, and SystemC 3.0, whose kernel frees what switches
    // threads before the threads themselves, finds none left.
    static void end_threads();

    struct EndOfThreads {
        EndOfThreads() = default;
        EndOfThreads(const EndOfThreads&) = delete;
        EndOfThreads& operator=(const EndOfThreads&) = delete;
        ~EndOfThreads() { end_threads(); }
    };

  private:
    std::unique_ptr<sc_core::sc_simcontext> context_;
};

}  // namespace dla::vp
