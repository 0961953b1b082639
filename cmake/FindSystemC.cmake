# SPDX-License-Identifier: Apache-2.0
# Debian's libsystemc-dev ships no CMake package. Defines SystemC::systemc.
find_path(SystemC_INCLUDE_DIR systemc.h)
find_library(SystemC_LIBRARY systemc)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(SystemC REQUIRED_VARS SystemC_LIBRARY SystemC_INCLUDE_DIR)
if(SystemC_FOUND AND NOT TARGET SystemC::systemc)
    find_package(Threads REQUIRED)
    add_library(SystemC::systemc UNKNOWN IMPORTED)
    set_target_properties(SystemC::systemc PROPERTIES
        IMPORTED_LOCATION ${SystemC_LIBRARY}
        INTERFACE_INCLUDE_DIRECTORIES ${SystemC_INCLUDE_DIR}
        # The packaged library was built as C++17 and checks that at link time.
        INTERFACE_COMPILE_DEFINITIONS "SC_CPLUSPLUS=201703L;SC_INCLUDE_DYNAMIC_PROCESSES"
        INTERFACE_LINK_LIBRARIES Threads::Threads)
endif()
