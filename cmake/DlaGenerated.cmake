# SPDX-License-Identifier: Apache-2.0
# Register tables, the firmware's register header and the embedded configurations, from configs/.
set(DLA_GENERATED ${CMAKE_BINARY_DIR}/generated)
file(GLOB DLA_REGISTER_FILES CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/configs/registers/*.yaml)
file(GLOB DLA_CONFIG_FILES CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/configs/nv_*.yaml
    ${CMAKE_SOURCE_DIR}/configs/memory/*.yaml)

set(DLA_REGISTER_HEADERS)
foreach(file ${DLA_REGISTER_FILES})
    cmake_path(GET file STEM unit)
    list(APPEND DLA_REGISTER_HEADERS ${DLA_GENERATED}/dla_regs/${unit}_regs.hpp)
endforeach()

add_custom_command(
    OUTPUT ${DLA_GENERATED}/register_catalogue.cpp ${DLA_GENERATED}/register_values.cpp
    BYPRODUCTS ${DLA_REGISTER_HEADERS} ${DLA_GENERATED}/firmware/dla_registers.h
    COMMAND ${DLA_PYTHON} ${CMAKE_SOURCE_DIR}/scripts/generate-registers
        --configs ${CMAKE_SOURCE_DIR}/configs --cpp ${DLA_GENERATED}
        --c-header ${DLA_GENERATED}/firmware/dla_registers.h
    COMMAND ${CMAKE_COMMAND} -E touch ${DLA_GENERATED}/register_catalogue.cpp
        ${DLA_GENERATED}/register_values.cpp
    DEPENDS ${CMAKE_SOURCE_DIR}/scripts/generate-registers
        ${CMAKE_SOURCE_DIR}/configs/address_maps.yaml ${DLA_REGISTER_FILES}
    COMMENT "Register tables from configs/registers")

add_custom_command(
    OUTPUT ${DLA_GENERATED}/firmware/dla_configurations.h
    COMMAND ${DLA_PYTHON} ${CMAKE_SOURCE_DIR}/scripts/generate-configurations
        --configs ${CMAKE_SOURCE_DIR}/configs
        --c-header ${DLA_GENERATED}/firmware/dla_configurations.h
    DEPENDS ${CMAKE_SOURCE_DIR}/scripts/generate-configurations ${DLA_CONFIG_FILES}
    COMMENT "The firmware's configurations from configs")

add_custom_command(
    OUTPUT ${DLA_GENERATED}/builtin_configs.cpp
    COMMAND ${DLA_PYTHON} ${CMAKE_SOURCE_DIR}/scripts/embed-configs
        --output ${DLA_GENERATED}/builtin_configs.cpp ${DLA_CONFIG_FILES}
    DEPENDS ${CMAKE_SOURCE_DIR}/scripts/embed-configs ${DLA_CONFIG_FILES}
    COMMENT "Configurations from configs")

add_custom_target(dla_generated
    DEPENDS ${DLA_GENERATED}/register_catalogue.cpp ${DLA_GENERATED}/register_values.cpp
        ${DLA_GENERATED}/builtin_configs.cpp ${DLA_GENERATED}/firmware/dla_configurations.h)
