# SPDX-License-Identifier: Apache-2.0
# cmake --install and cpack. Components: "runtime" is the program and what it needs without the source tree,
# "development" is the package DlaTlm for other people's platforms, "python" the Python package where it is built.
include(CMakePackageConfigHelpers)
set(DLA_PACKAGE ${CMAKE_INSTALL_LIBDIR}/cmake/DlaTlm)
set(DLA_SHARE ${CMAKE_INSTALL_DATADIR}/dla-vp)
set(DLA_DOC ${CMAKE_INSTALL_DATADIR}/doc/dla-vp)

# The program, and what boot makes the guest and the QEMU device from.
install(TARGETS dla-vp RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT runtime)
set(DLA_RUN_SCRIPTS dimg-to-pgm generate-configurations generate-registers guest guest-init packages qemu-device setup show-help)
list(TRANSFORM DLA_RUN_SCRIPTS PREPEND scripts/)
install(PROGRAMS ${DLA_RUN_SCRIPTS} DESTINATION ${DLA_SHARE}/scripts COMPONENT runtime)
install(DIRECTORY configs firmware qemu-bridge runtime loadables DESTINATION ${DLA_SHARE} COMPONENT runtime
    USE_SOURCE_PERMISSIONS
    PATTERN CMakeLists.txt EXCLUDE PATTERN test EXCLUDE PATTERN testing EXCLUDE
    REGEX "_(test|bench|fuzz)\\.(c|cpp)$" EXCLUDE REGEX "/runtime/samples$" EXCLUDE)
install(DIRECTORY dla_tlm/common dla_tlm/numerics DESTINATION ${DLA_SHARE}/dla_tlm COMPONENT runtime
    FILES_MATCHING PATTERN "*.hpp")
install(FILES README.md LICENSE.md DESTINATION ${DLA_DOC} COMPONENT runtime)
install(DIRECTORY docs LICENSES DESTINATION ${DLA_DOC} COMPONENT runtime)

install(FILES ${DLA_COMPLETION}/dla-vp DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
    COMPONENT runtime)
install(FILES ${DLA_COMPLETION}/_dla-vp DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions
    COMPONENT runtime)

install(DIRECTORY dla_tlm DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development
    FILES_MATCHING PATTERN "*.hpp")
install(DIRECTORY ${DLA_GENERATED}/dla_regs DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development)
install(EXPORT DlaTlmTargets NAMESPACE DlaTlm:: DESTINATION ${DLA_PACKAGE} COMPONENT development)
install(FILES cmake/FindSystemC.cmake DESTINATION ${DLA_PACKAGE} COMPONENT development)
configure_package_config_file(cmake/DlaTlmConfig.cmake.in ${CMAKE_BINARY_DIR}/DlaTlmConfig.cmake
    INSTALL_DESTINATION ${DLA_PACKAGE})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/DlaTlmConfigVersion.cmake
    COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/DlaTlmConfig.cmake ${CMAKE_BINARY_DIR}/DlaTlmConfigVersion.cmake
    DESTINATION ${DLA_PACKAGE} COMPONENT development)
install(DIRECTORY examples/embedding DESTINATION ${DLA_DOC}/examples COMPONENT development)

# cpack: dla-vp_VERSION_ARCH.deb, libdla-tlm-dev_VERSION_ARCH.deb and python3-dla-vp_VERSION_ARCH.deb.
# The packages of one section of scripts/packages, as Debian writes relations.
function(dla_section_packages section result)
    file(STRINGS ${CMAKE_SOURCE_DIR}/scripts/packages lines)
    set(names)
    set(inside FALSE)
    foreach(line IN LISTS lines)
        string(REGEX REPLACE " *#.*" "" line "${line}")
        if(line MATCHES "^\\[(.*)\\]")
            string(COMPARE EQUAL "${CMAKE_MATCH_1}" "${section}" inside)
        elseif(inside AND NOT line STREQUAL "")
            list(APPEND names "${line}")
        endif()
    endforeach()
    list(JOIN names ", " names)
    set(${result} "${names}" PARENT_SCOPE)
endfunction()

set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/scripts/packages)
dla_section_packages(boot DLA_BOOT_PACKAGES)
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME dla-vp)
set(CPACK_PACKAGE_VENDOR "DLA-VP")
set(CPACK_PACKAGE_CONTACT "DLA-VP maintainers <dla-vp@localhost>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL runtime development)
if(TARGET dla_vp_python)
    set(Python_EXECUTABLE ${DLA_PYTHON})
    find_package(Python COMPONENTS Interpreter REQUIRED)
    list(APPEND CPACK_COMPONENTS_ALL python)
endif()
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME dla-vp)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SECTION electronics)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_RECOMMENDS "${DLA_BOOT_PACKAGES}")
set(CPACK_COMPONENT_RUNTIME_DESCRIPTION "Virtual platform of the NVDLA deep-learning accelerator
Replays register traces bit-exactly, runs compiled networks and tells their cycles, boots Linux on QEMU
with the accelerator. The recommended packages are what boot needs.")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libdla-tlm-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS
    "libsystemc-dev, libyaml-cpp-dev, libfmt-dev, libexpected-dev, libhwy-dev")
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION "SystemC/TLM-2.0 model of the NVDLA deep-learning accelerator
find_package(DlaTlm): the register-exact and bit-exact accelerator for SystemC platforms.")
set(CPACK_DEBIAN_PYTHON_PACKAGE_NAME python3-dla-vp)
set(CPACK_DEBIAN_PYTHON_PACKAGE_SECTION python)
set(CPACK_DEBIAN_PYTHON_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PYTHON_PACKAGE_DEPENDS
    "python3 (>= ${Python_VERSION_MAJOR}.${Python_VERSION_MINOR}), python3-numpy")  # SHLIBDEPS adds the rest
set(CPACK_DEBIAN_PYTHON_PACKAGE_SUGGESTS "python3-matplotlib")  # an example that draws
set(CPACK_COMPONENT_PYTHON_DESCRIPTION "Python interface to the virtual platform of the NVDLA accelerator
import dla_vp: registers by name, tensors as NumPy arrays, traces and loadables.")
include(CPack)

if(DLA_TESTS)
    add_test(NAME embedding_test COMMAND ${CMAKE_SOURCE_DIR}/examples/embedding/test ${CMAKE_BINARY_DIR})
    add_test(NAME install_test COMMAND ${CMAKE_SOURCE_DIR}/vp/about/install-test ${CMAKE_BINARY_DIR})
    set_tests_properties(embedding_test install_test PROPERTIES LABELS e2e TIMEOUT 600)
endif()
