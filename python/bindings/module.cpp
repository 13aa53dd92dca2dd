#include "bindings.hpp"
#include "calls.hpp"

NB_MODULE(_core, module) {
  using namespace lrscape::python;
  module.doc() = "Conversions between Python and the C++ library; the package lrscape wraps them.";
  add_errors(module);
  add_calls(module);
  add_problem(module);
  add_schedules(module);
  add_datasets(module);
  add_sweep(module);
  add_bounds(module);
  add_analysis(module);
  add_report(module);
}
