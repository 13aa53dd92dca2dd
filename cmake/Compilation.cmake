# Options for all C++ targets: lrscape_compilation sets the flags of the numerics contract and the
# warnings.
add_library(lrscape_compilation INTERFACE)
target_compile_options(lrscape_compilation INTERFACE
  # Fused multiply-adds occur only where the source writes them (CONTRIBUTING: numerics contract).
  $<$<COMPILE_LANGUAGE:CXX>:-ffp-contract=off;-fno-math-errno>
  $<$<COMPILE_LANGUAGE:CXX>:-Wall;-Wextra;-Wpedantic;-Wshadow;-Wconversion;-Werror>
  $<$<COMPILE_LANG_AND_ID:CXX,Clang>:-Wno-sign-conversion>
  # GCC 12 warns falsely in std::string (GCC bug 105651).
  $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-restrict>)
if(LRSCAPE_SANITIZE)
  target_compile_options(lrscape_compilation INTERFACE
    $<$<COMPILE_LANGUAGE:CXX>:-fsanitize=${LRSCAPE_SANITIZE};-fno-sanitize-recover=all;-fno-omit-frame-pointer>)
  target_link_options(lrscape_compilation INTERFACE -fsanitize=${LRSCAPE_SANITIZE})
endif()
