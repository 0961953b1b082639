# SPDX-License-Identifier: Apache-2.0
# How targets are made here:
#
#   dla_add_library(pdp_datapath SOURCES pdp_kernel.cpp ... LINK dla_common)     no SystemC
#   dla_add_library(pdp_unit SOURCES pdp_unit.cpp LINK pdp_datapath dla_unit)    SystemC through LINK
#   dla_add_test(pdp_core_test SOURCES pdp_kernel_test.cpp LINK pdp_datapath)    label core
#   dla_add_systemc_test(pdp_unit_test SOURCES pdp_unit_test.cpp LINK pdp_unit)  label unit
#   dla_add_benchmark(pdp_bench SOURCES pdp_bench.cpp LINK pdp_datapath)
#   dla_add_fuzzer(trace_fuzz SOURCES trace_fuzz.cpp LINK trace_format)
set(DLA_TLM_FOLDER ${CMAKE_SOURCE_DIR}/dla_tlm)
add_library(dla_options INTERFACE)
target_compile_options(dla_options INTERFACE
    -Wall -Wextra -Wconversion -Wshadow -Werror -fno-omit-frame-pointer)
target_include_directories(dla_options INTERFACE ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR}/generated)
# Seconds of a test on a busy machine.
set(DLA_TEST_TIMEOUT 600)
if(DLA_SANITIZE)
    set(DLA_TEST_TIMEOUT 3600)
    target_compile_options(dla_options INTERFACE
        -fsanitize=${DLA_SANITIZE} -fno-sanitize-recover=all)
    target_link_options(dla_options INTERFACE -fsanitize=${DLA_SANITIZE})
    if(DLA_FUZZERS)
        target_compile_options(dla_options INTERFACE -fsanitize=fuzzer-no-link)
    endif()
endif()

function(dla_add_library name)
    cmake_parse_arguments(ARG "" "" "SOURCES;LINK;PRIVATE_LINK" ${ARGN})
    add_library(${name} STATIC ${ARG_SOURCES})
    set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE ON)
    target_link_libraries(${name} PUBLIC ${ARG_LINK} PRIVATE ${ARG_PRIVATE_LINK})
    target_compile_options(${name} PRIVATE $<TARGET_PROPERTY:dla_options,INTERFACE_COMPILE_OPTIONS>)
    target_compile_features(${name} PUBLIC cxx_std_20)
    # Sanitizer flags must reach the final link; includes reach every user.
    target_link_options(${name} PUBLIC
        $<BUILD_INTERFACE:$<TARGET_PROPERTY:dla_options,INTERFACE_LINK_OPTIONS>>)
    target_include_directories(${name} PUBLIC
        $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}> $<BUILD_INTERFACE:${CMAKE_BINARY_DIR}/generated>
        $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
    add_dependencies(${name} dla_generated)
    # What find_package(DlaTlm) offers: the DLA and everything below it.
    cmake_path(IS_PREFIX DLA_TLM_FOLDER ${CMAKE_CURRENT_SOURCE_DIR} is_model)
    if(is_model)
        install(TARGETS ${name} EXPORT DlaTlmTargets
            ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}/DlaTlm COMPONENT development)
    endif()
endfunction()

function(dla_add_executable name)
    cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
    add_executable(${name} ${ARG_SOURCES})
    target_link_libraries(${name} PRIVATE dla_options ${ARG_LINK})
    add_dependencies(${name} dla_generated)
endfunction()

# A test executable and its ctest entry; tests run in the source root.
function(dla_add_test_with_main name main label)
    if(NOT DLA_TESTS)
        return()
    endif()
    cmake_parse_arguments(ARG "" "LABEL" "SOURCES;LINK" ${ARGN})
    dla_add_executable(${name} SOURCES ${ARG_SOURCES} LINK ${main} ${ARG_LINK})
    # Lines for a backtrace; whole debug information would cost a fifth of the time it takes to compile.
    if(CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
        target_compile_options(${name} PRIVATE -g1)
    endif()
    if(ARG_LABEL)
        set(label ${ARG_LABEL})
    endif()
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES LABELS ${label}
        WORKING_DIRECTORY ${CMAKE_SOURCE_DIR} TIMEOUT ${DLA_TEST_TIMEOUT})
endfunction()

# One process for the whole executable.
function(dla_add_test name)
    dla_add_test_with_main(${name} dla_test_main core ${ARGN})
endfunction()

# SystemC elaborates once per process, so every test case runs in a process of its own.
function(dla_add_systemc_test name)
    dla_add_test_with_main(${name} dla_systemc_test_main unit ${ARGN})
endfunction()

function(dla_add_benchmark name)
    if(NOT DLA_BENCHMARKS)
        return()
    endif()
    cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
    dla_add_executable(${name} SOURCES ${ARG_SOURCES} LINK ${ARG_LINK})
endfunction()

function(dla_add_fuzzer name)
    if(NOT DLA_FUZZERS)
        return()
    endif()
    cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
    dla_add_executable(${name} SOURCES ${ARG_SOURCES} LINK ${ARG_LINK})
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
endfunction()
