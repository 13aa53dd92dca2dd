# Registers each suite of a GoogleTest program as one test of ctest: under the sanitizers a process takes longer to start
# than most tests take.
#
#   discover_suites(TARGET EXCLUDED_FILTER)
#
# Included by CMake it defines the function; run by `cmake -P` after the program is built, it lists the suites.
if(NOT CMAKE_SCRIPT_MODE_FILE)
  function(discover_suites target excluded)
    set(list ${CMAKE_CURRENT_BINARY_DIR}/${target}_suites.cmake)
    add_custom_command(TARGET ${target} POST_BUILD BYPRODUCTS ${list} VERBATIM
                       COMMAND ${CMAKE_COMMAND} -DPROGRAM=$<TARGET_FILE:${target}> -DLIST=${list}
                               "-DEXCLUDED=${excluded}" -P ${CMAKE_CURRENT_FUNCTION_LIST_FILE})
    set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES ${list})
  endfunction()
  return()
endif()

execute_process(COMMAND ${PROGRAM} --gtest_list_tests --gtest_filter=-${EXCLUDED} OUTPUT_VARIABLE tests
                COMMAND_ERROR_IS_FATAL ANY)
# "Suite.", then its tests, indented; behind a # what it is parametrised by.
string(REGEX MATCHALL "(^|\n)[A-Za-z0-9_/]+\\." suites "${tests}")
set(registered "")
foreach(suite IN LISTS suites)
  string(STRIP "${suite}" suite)
  string(APPEND registered "add_test(\"${suite}*\" \"${PROGRAM}\" \"--gtest_filter=${suite}*:-${EXCLUDED}\")\n"
                           "set_tests_properties(\"${suite}*\" PROPERTIES TIMEOUT 600)\n")
endforeach()
file(WRITE ${LIST} "${registered}")
