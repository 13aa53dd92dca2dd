#include "lrscape/report.hpp"

#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "arrays.hpp"
#include "calls.hpp"

namespace lrscape::python {
namespace {

namespace fs = std::filesystem;

void add_number_axis(Result& result, const std::string& name, const std::vector<double>& values) {
  result.axes.push_back(number_axis(name, values));
}

void add_label_axis(Result& result, const std::string& name,
                    const std::vector<std::string>& labels) {
  result.axes.push_back({name, labels});
}

void set_losses(Result& result, const Numbers1& losses, const Numbers1& status, bool is_fp64) {
  result.validation_loss = to_vector(losses);
  result.precision = is_fp64 ? Precision::fp64 : Precision::fp32;
  result.status.clear();
  for (const double one : to_vector(status))
    result.status.push_back(static_cast<RunStatus>(static_cast<std::uint8_t>(one)));
}

/// Writes a report and returns what it leaves out.
std::vector<std::string> write_report_of(const fs::path& file,
                                         const std::vector<std::string>& names,
                                         std::vector<Result> results, const std::string& title,
                                         const std::string& command) {
  const Unlocked unlocked;
  check_report_path(file);
  std::vector<NamedResult> named;
  for (std::size_t k = 0; k < results.size(); ++k)
    named.push_back({names.at(k), std::move(results[k])});
  const ReportPage page = report_page(std::move(named), {title, command});
  write_report(file, page);
  return page.left_out;
}

}  // namespace

void add_report(nb::module_& module) {
  using namespace nb::literals;
  nb::class_<Result>(module, "Result")
      .def(nb::init<>())
      .def_rw("optimizers", &Result::optimizers)
      .def_rw("learning_rates", &Result::learning_rates)
      .def_rw("weight_decays", &Result::weight_decays)
      .def_rw("seeds", &Result::seeds)
      .def_rw("epochs", &Result::epochs)
      .def_rw("attributes", &Result::attributes)
      .def("add_number_axis", &add_number_axis, "name"_a, "values"_a)
      .def("add_label_axis", &add_label_axis, "name"_a, "labels"_a)
      .def("set_losses", &set_losses, "losses"_a, "status"_a, "is_fp64"_a);
  module.def("write_report", &write_report_of, "file"_a, "names"_a, "results"_a, "title"_a,
             "command"_a);
}

}  // namespace lrscape::python
