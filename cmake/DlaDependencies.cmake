# SPDX-License-Identifier: Apache-2.0
# Everything from outside; scripts/packages lists the Debian packages behind it.
find_package(Threads REQUIRED)
find_package(SystemC REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(fmt REQUIRED)
find_package(CLI11 REQUIRED)
find_package(tl-expected REQUIRED)
find_package(hwy REQUIRED)
if(DLA_TESTS)
    find_package(Catch2 REQUIRED)
endif()

find_program(CCACHE ccache)
if(CCACHE)
    set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

# The generators need PyYAML; a Python from outside Debian may lack it.
find_program(DLA_PYTHON NAMES python3 PATHS /usr/bin NO_DEFAULT_PATH REQUIRED)
