# Installs the program, the library with its headers, and the files for find_package(lrscape).
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/lrscape)

# The program prints its own man page and completions.
set(documents ${PROJECT_BINARY_DIR}/documents)
set(outputs "")
function(print_to file)
  add_custom_command(OUTPUT ${documents}/${file}
                     COMMAND ${CMAKE_COMMAND} -E make_directory ${documents}
                     COMMAND lrscape_program ${ARGN} > ${documents}/${file}
                     DEPENDS lrscape_program VERBATIM)
  set(outputs ${outputs} ${documents}/${file} PARENT_SCOPE)
endfunction()
print_to(lrscape.1 man-page)
print_to(lrscape.bash completions bash)
print_to(_lrscape completions zsh)
print_to(lrscape.fish completions fish)
add_custom_target(lrscape_documents ALL DEPENDS ${outputs})
install(FILES ${documents}/lrscape.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${documents}/lrscape.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME lrscape)
install(FILES ${documents}/_lrscape DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(FILES ${documents}/lrscape.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)

install(TARGETS lrscape_program RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
# lrscape_isal and lrscape_zip tell users of a static lrscape where its own libraries are.
install(TARGETS lrscape lrscape_isal lrscape_zip EXPORT lrscape_targets
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/lrscape DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT lrscape_targets NAMESPACE lrscape:: DESTINATION ${package_folder})
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/lrscape-config.cmake.in
                              ${PROJECT_BINARY_DIR}/lrscape-config.cmake INSTALL_DESTINATION ${package_folder})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/lrscape-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/lrscape-config.cmake ${PROJECT_BINARY_DIR}/lrscape-config-version.cmake
        DESTINATION ${package_folder})
