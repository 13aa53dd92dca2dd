#pragma once

#include <nanobind/nanobind.h>

/// The module lrscape._core: conversions between Python and the library, without rules of its own.
/// The package lrscape wraps it.
namespace lrscape::python {

namespace nb = nanobind;

void add_errors(nb::module_& module);
void add_problem(nb::module_& module);
void add_schedules(nb::module_& module);
void add_sweep(nb::module_& module);
void add_bounds(nb::module_& module);
void add_analysis(nb::module_& module);
void add_datasets(nb::module_& module);
void add_report(nb::module_& module);

}  // namespace lrscape::python
