# SPDX-License-Identifier: Apache-2.0
# cmake --install: the program, what it needs at run time, and the package DlaTlm for other platforms.
include(CMakePackageConfigHelpers)
set(DLA_PACKAGE ${CMAKE_INSTALL_LIBDIR}/cmake/DlaTlm)

install(TARGETS dla-vp RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY scripts configs firmware qemu-bridge runtime
    DESTINATION ${CMAKE_INSTALL_DATADIR}/dla-vp USE_SOURCE_PERMISSIONS)

install(DIRECTORY dla_tlm DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.hpp")
install(DIRECTORY ${DLA_GENERATED}/dla_regs DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT DlaTlmTargets NAMESPACE DlaTlm:: DESTINATION ${DLA_PACKAGE})
install(FILES cmake/FindSystemC.cmake DESTINATION ${DLA_PACKAGE})
configure_package_config_file(cmake/DlaTlmConfig.cmake.in ${CMAKE_BINARY_DIR}/DlaTlmConfig.cmake
    INSTALL_DESTINATION ${DLA_PACKAGE})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/DlaTlmConfigVersion.cmake
    COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/DlaTlmConfig.cmake ${CMAKE_BINARY_DIR}/DlaTlmConfigVersion.cmake
    DESTINATION ${DLA_PACKAGE})

if(DLA_TESTS)
    add_test(NAME embedding_test COMMAND ${CMAKE_SOURCE_DIR}/examples/embedding/test ${CMAKE_BINARY_DIR})
    set_tests_properties(embedding_test PROPERTIES LABELS e2e TIMEOUT 600)
endif()
