# All dependencies are Debian packages; scripts/bootstrap installs them.
set(fmt_library fmt::fmt)
set(toml_library tomlplusplus::tomlplusplus)
set(shared_or_static ${CMAKE_FIND_LIBRARY_SUFFIXES})
if(LRSCAPE_STATIC)
  # Debian has no archives of ISA-L and libzip, which scripts/static-libraries builds, nor of fmt
  # and toml++, whose headers suffice.
  set(CMAKE_FIND_LIBRARY_SUFFIXES .a)
  set(fmt_library fmt::fmt-header-only)
  set(toml_library lrscape_toml)
endif()
find_package(Boost REQUIRED)  # Only the headers of Boost.Math
find_package(CLI11 REQUIRED)
find_package(Eigen3 REQUIRED NO_MODULE)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(OpenMP REQUIRED COMPONENTS CXX)
find_package(tomlplusplus REQUIRED)
find_path(HWY_INCLUDE_DIR hwy/highway.h REQUIRED)
find_path(ISAL_INCLUDE_DIR isa-l/crc.h REQUIRED)
find_library(ISAL_LIBRARY isal REQUIRED)
# Debian's package for CMake asks for the tools of libzip as well.
find_path(ZIP_INCLUDE_DIR zip.h REQUIRED)
find_library(ZIP_LIBRARY zip REQUIRED)
if(LRSCAPE_STATIC)
  find_package(ZLIB REQUIRED)
  # Debian's libgomp.a only suits programs. A module takes the shared library, which scripts/wheel
  # adds to the wheel.
  set(is_module $<STREQUAL:$<TARGET_PROPERTY:TYPE>,MODULE_LIBRARY>)
  set_property(TARGET OpenMP::OpenMP_CXX PROPERTY INTERFACE_LINK_LIBRARIES
               $<IF:${is_module},${OpenMP_CXX_FLAGS},${OpenMP_CXX_LIBRARIES}>)
endif()
set(CMAKE_FIND_LIBRARY_SUFFIXES ${shared_or_static})
# The modules of D3 in the pages of lrscape report.
find_path(D3_FOLDER d3-scale/dist/d3-scale.min.js PATHS ${CMAKE_PREFIX_PATH} /usr PATH_SUFFIXES share/nodejs REQUIRED)

# The headers of Highway alone: they need nothing from its library.
add_library(lrscape_hwy INTERFACE)
target_include_directories(lrscape_hwy SYSTEM INTERFACE ${HWY_INCLUDE_DIR})
add_library(lrscape_isal INTERFACE)
target_include_directories(lrscape_isal SYSTEM INTERFACE ${ISAL_INCLUDE_DIR})
target_link_libraries(lrscape_isal INTERFACE ${ISAL_LIBRARY})
add_library(lrscape_zip INTERFACE)
target_include_directories(lrscape_zip SYSTEM INTERFACE ${ZIP_INCLUDE_DIR})
target_link_libraries(lrscape_zip INTERFACE ${ZIP_LIBRARY})
if(LRSCAPE_STATIC)
  target_link_libraries(lrscape_zip INTERFACE ZLIB::ZLIB)
endif()

# toml++ without its library.
if(LRSCAPE_STATIC)
  add_library(lrscape_toml INTERFACE)
  target_include_directories(lrscape_toml SYSTEM INTERFACE
    $<TARGET_PROPERTY:tomlplusplus::tomlplusplus,INTERFACE_INCLUDE_DIRECTORIES>)
endif()

set(LRSCAPE_WITH_CUDA OFF)
if(NOT LRSCAPE_CUDA STREQUAL "OFF")
  include(CheckLanguage)
  check_language(CUDA)
  if(CMAKE_CUDA_COMPILER)
    # Machine code for the A100, H100 and B200 generations, plus PTX for sm_90, from which the
    # driver compiles code for other newer devices.
    if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES)
      set(CMAKE_CUDA_ARCHITECTURES 80-real 90)
      execute_process(COMMAND ${CMAKE_CUDA_COMPILER} --list-gpu-arch OUTPUT_VARIABLE architectures)
      if(architectures MATCHES "compute_100")
        list(APPEND CMAKE_CUDA_ARCHITECTURES 100-real)
      endif()
    endif()
    enable_language(CUDA)
    # Debian 12's CMake does not know that nvcc 13 supports C++20.
    if(NOT CMAKE_CUDA20_STANDARD_COMPILE_OPTION)
      set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION -std=c++20)
      set(CMAKE_CUDA20_EXTENSION_COMPILE_OPTION -std=c++20)
    endif()
    set(CMAKE_CUDA_STANDARD 20)
    find_package(CUDAToolkit REQUIRED)
    set(LRSCAPE_WITH_CUDA ON)
  elseif(LRSCAPE_CUDA STREQUAL "ON")
    message(FATAL_ERROR "LRSCAPE_CUDA=ON, but no nvcc was found: put it on the PATH or name it in CMAKE_CUDA_COMPILER")
  endif()
endif()
message(STATUS "lrscape: CUDA ${LRSCAPE_WITH_CUDA}")
