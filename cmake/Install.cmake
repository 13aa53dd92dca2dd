# What `cmake --install` brings: the program, the library with its headers, and what find_package(lrscape) reads.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/lrscape)
install(TARGETS lrscape_program RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
# The last two carry where a static library's own libraries are.
install(TARGETS lrscape lrscape_hwy lrscape_isal EXPORT lrscape_targets
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/lrscape DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT lrscape_targets NAMESPACE lrscape:: DESTINATION ${package_folder})
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/lrscape-config.cmake.in
                              ${PROJECT_BINARY_DIR}/lrscape-config.cmake INSTALL_DESTINATION ${package_folder})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/lrscape-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/lrscape-config.cmake ${PROJECT_BINARY_DIR}/lrscape-config-version.cmake
        DESTINATION ${package_folder})
