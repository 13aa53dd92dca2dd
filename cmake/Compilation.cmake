# Options for all C++ targets: lrscape_compilation sets the flags of the numerics contract and the
# warnings.
add_library(lrscape_compilation INTERFACE)
target_compile_options(lrscape_compilation INTERFACE
  # Fused multiply-adds occur only where the source writes them (CONTRIBUTING: numerics contract).
  $<$<COMPILE_LANGUAGE:CXX>:-ffp-contract=off;-fno-math-errno>
  # Position-independent code, of which the Python module is made, is then as fast as any other.
  $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fno-semantic-interposition>
  $<$<COMPILE_LANGUAGE:CXX>:-Wall;-Wextra;-Wpedantic;-Wconversion;-Werror>
  $<$<COMPILE_LANG_AND_ID:CXX,Clang>:-Wno-sign-conversion>
  # GCC 12 warns falsely in std::string (GCC bug 105651) and, with -O3, in std::optional (80635).
  $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-restrict;-Wno-maybe-uninitialized>)
# In a unity build, a local name may hide a name of another file, which is no fault of either.
set(is_unity_build $<BOOL:$<TARGET_PROPERTY:UNITY_BUILD>>)
target_compile_options(lrscape_compilation INTERFACE
  $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<NOT:${is_unity_build}>>:-Wshadow>)
if(LRSCAPE_SANITIZE)
  target_compile_options(lrscape_compilation INTERFACE
    $<$<COMPILE_LANGUAGE:CXX>:-fsanitize=${LRSCAPE_SANITIZE};-fno-sanitize-recover=all;-fno-omit-frame-pointer>)
  target_link_options(lrscape_compilation INTERFACE -fsanitize=${LRSCAPE_SANITIZE})
endif()
if(LRSCAPE_FUZZ)
  # Tells libFuzzer which code a case reaches, at little cost for the tests.
  target_compile_options(lrscape_compilation INTERFACE -fsanitize-coverage=inline-8bit-counters,pc-table)
endif()
