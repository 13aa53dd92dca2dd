#include "lrscape/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <utility>

#include "build_info.hpp"
#include "lrscape/bound/bound_result.hpp"
#include "lrscape/error.hpp"
#include "lrscape/store.hpp"
#include "report/bound_section.hpp"
#include "report/comparison_section.hpp"
#include "report/page.hpp"
#include "report/sweep_section.hpp"
#include "report/viridis.hpp"
#include "store/files.hpp"

namespace lrscape {
namespace {

namespace fs = std::filesystem;

/// The colour map from dark to bright, as 0xRRGGBB.
std::vector<std::uint32_t> palette() {
  std::vector<std::uint32_t> colors(256);
  for (std::size_t k = 0; k < colors.size(); ++k)
    colors[k] = static_cast<std::uint32_t>(
        viridis(static_cast<double>(k) / static_cast<double>(colors.size() - 1)));
  return colors;
}

std::string title_of(const std::vector<std::string>& names) {
  std::string title = "Learning-rate landscapes:";
  for (const std::string& name : names) {
    // "out/map.zarr/" has no file name.
    const fs::path path = name;
    title += (title.ends_with(':') ? " " : ", ") +
             (path.has_filename() ? path : path.parent_path()).filename().string();
  }
  return title;
}

/// A page of the sweeps and, where a name has no sweep, of bounds.
ReportPage page_of(const std::vector<std::string>& names,
                   const std::vector<std::optional<std::size_t>>& sweep_of,
                   const std::vector<ReportedSweep>& sweeps, const ReportOptions& options) {
  if (names.empty()) throw InputError("a report needs at least one result");
  Page page;
  std::size_t maps = 0;
  for (const ReportedSweep& sweep : sweeps) maps += sweep.maps.size();
  Json sections = Json::array();
  for (std::size_t k = 0; k < names.size(); ++k)
    sections.push_back(sweep_of[k] ? sweep_section(sweeps[*sweep_of[k]], budget_of(maps), page)
                                   : bound_section(names[k], page));
  Json comparisons = comparison_section(sweeps, page);
  const std::string title = options.title.empty() ? title_of(names) : options.title;
  const Json description = {{"title", title},
                            {"version", build_info::version},
                            {"commit", build_info::commit},
                            {"command_line", options.command_line},
                            {"palette", page.array(palette())},
                            {"scales", color_scales(sweeps)},
                            {"results", std::move(sections)},
                            {"comparisons", std::move(comparisons)},
                            {"left_out", page.left_out()}};
  return {page.html(title, description), page.left_out()};
}

}  // namespace

ReportPage report_page(std::span<const fs::path> results, const ReportOptions& options) {
  std::vector<std::string> names;
  std::vector<std::optional<std::size_t>> sweep_of;
  std::vector<ReportedSweep> sweeps;
  for (const fs::path& path : results) {
    names.push_back(path.string());
    sweep_of.emplace_back();
    if (is_bound_result(path)) continue;
    sweep_of.back() = sweeps.size();
    sweeps.push_back(reported_sweep(path.string(), read_result(path)));
  }
  return page_of(names, sweep_of, sweeps, options);
}

ReportPage report_page(std::vector<NamedResult> results, const ReportOptions& options) {
  std::vector<std::string> names;
  std::vector<std::optional<std::size_t>> sweep_of;
  std::vector<ReportedSweep> sweeps;
  for (NamedResult& one : results) {
    names.push_back(one.name);
    sweep_of.emplace_back(sweeps.size());
    sweeps.push_back(reported_sweep(one.name, std::move(one.result)));
  }
  return page_of(names, sweep_of, sweeps, options);
}

void check_report_path(const fs::path& file) {
  const auto type = files::type(file);
  if (type == fs::file_type::not_found) return;
  const bool is_file = type == fs::file_type::regular;
  if (!is_file || !files::read(file, page_signature.size())->starts_with(page_signature))
    throw InputError(
        fmt::format("{} exists and is not a report, so it is not replaced", file.string()),
        Remedy::other_result);
}

void write_report(const fs::path& file, const ReportPage& page) {
  check_report_path(file);
  try {
    // A name alone has no folder.
    files::write_atomically(file.has_parent_path() ? file : "." / file, page.html);
  } catch (const InterruptedError& error) {
    throw WriteError(error.what());
  }
}

}  // namespace lrscape
