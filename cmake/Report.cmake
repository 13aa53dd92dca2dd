# Embeds the page of a report, with the parts of D3 that draw scales and axes, in the library.
set(page_folder ${PROJECT_SOURCE_DIR}/src/report/page)
# In the order in which the browser loads them.
set(d3_modules array collection color interpolate format time time-format scale selection axis path shape)
set(program_files numbers arrays elements colors axes heatmap curve_plot cell_view slice_view map_panel comparison
    curve_choice bounds details main)
set(library_files ${page_folder}/d3_license.js)
foreach(module IN LISTS d3_modules)
  list(APPEND library_files ${D3_FOLDER}/d3-${module}/dist/d3-${module}.min.js)
endforeach()
list(TRANSFORM program_files PREPEND ${page_folder}/)
list(TRANSFORM program_files APPEND .js)

set(page_source ${PROJECT_BINARY_DIR}/generated/page_sources.cpp)
list(JOIN library_files "|" library)
list(JOIN program_files "|" program)
add_custom_command(
  OUTPUT ${page_source}
  COMMAND ${CMAKE_COMMAND} -D OUTPUT=${page_source} -D PAGE=${page_folder}/page.html -D STYLE=${page_folder}/style.css
          -D "LIBRARY=${library}" -D "PROGRAM=${program}" -P ${PROJECT_SOURCE_DIR}/cmake/PageSources.cmake
  DEPENDS ${page_folder}/page.html ${page_folder}/style.css ${library_files} ${program_files}
          ${PROJECT_SOURCE_DIR}/cmake/PageSources.cmake
  COMMENT "Embedding the page of a report" VERBATIM)
target_sources(lrscape PRIVATE ${page_source})
# The file defines what no other part of a unity build may include.
set_source_files_properties(${page_source} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
