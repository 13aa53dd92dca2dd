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

/// Where a file is or will be, with all links followed: a link to a report stays a link.
fs::path place_of(const fs::path& file) {
  std::error_code error;
  fs::path place = fs::weakly_canonical(fs::absolute(file), error);
  return error ? fs::absolute(file) : place;
}

/// Throws InputError if two of the paths lead to the same folder.
void check_differ(std::span<const fs::path> results) {
  std::error_code unknown;
  for (std::size_t b = 1; b < results.size(); ++b)
    for (std::size_t a = 0; a < b; ++a)
      if (fs::equivalent(results[a], results[b], unknown))
        throw InputError(fmt::format("{} is given twice", results[b].string()));
}

/// A page of the sweeps and, where a name has no sweep, of bounds.
ReportPage page_of(const std::vector<std::string>& names,
                   const std::vector<std::optional<std::size_t>>& sweep_of,
                   std::vector<ReportedSweep> sweeps, const ReportOptions& options) {
  if (names.empty()) throw InputError("a report needs at least one result");
  Page page;
  std::size_t maps = 0;
  for (const ReportedSweep& sweep : sweeps) maps += sweep.maps.size();
  group_scales(sweeps);
  Json sections = Json::array();
  for (std::size_t k = 0; k < names.size(); ++k)
    sections.push_back(sweep_of[k] ? sweep_section(sweeps[*sweep_of[k]], budget_of(maps), page)
                                   : bound_section(names[k], page));
  Comparisons comparisons = comparison_section(sweeps, page);
  const std::string title = options.title.empty() ? title_of(names) : options.title;
  const Json description = {{"title", title},
                            {"version", build_info::version},
                            {"commit", build_info::commit},
                            {"command_line", options.command_line},
                            {"palette", page.array(palette())},
                            {"scales", page_scales(sweeps)},
                            {"results", std::move(sections)},
                            {"comparisons", std::move(comparisons.shown)},
                            {"not_compared", std::move(comparisons.reasons)},
                            {"left_out", page.left_out()}};
  return {page.html(title, description), page.left_out()};
}

}  // namespace

ReportPage report_page(std::span<const fs::path> results, const ReportOptions& options) {
  std::vector<std::string> names;
  std::vector<std::optional<std::size_t>> sweep_of;
  std::vector<ReportedSweep> sweeps;
  check_differ(results);
  for (const fs::path& path : results) {
    names.push_back(path.string());
    sweep_of.emplace_back();
    if (is_bound_result(path)) continue;
    sweep_of.back() = sweeps.size();
    sweeps.push_back(reported_sweep(path.string(), read_result(path)));
  }
  return page_of(names, sweep_of, std::move(sweeps), options);
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
  return page_of(names, sweep_of, std::move(sweeps), options);
}

void check_report_path(const fs::path& file) {
  const auto type = files::type(file);
  const auto refuse = [&](const char* reason) {
    throw InputError(fmt::format("{} {}", file.string(), reason), Remedy::other_result);
  };
  if (type != fs::file_type::not_found) {
    if (type != fs::file_type::regular) refuse("exists and is not a file, so it is not replaced");
    const auto beginning = files::read(file, page_signature.size());
    // mktemp makes an empty file.
    if (beginning && !beginning->empty() && !beginning->starts_with(page_signature))
      refuse("exists and is not a report, so it is not replaced");
  }
  for (fs::path folder = place_of(file).parent_path(); folder.has_relative_path();
       folder = folder.parent_path())
    if (files::type(folder / "zarr.json") == fs::file_type::regular)
      refuse("lies inside a result, which holds nothing else");
}

void write_report(const fs::path& file, const ReportPage& page) {
  check_report_path(file);
  const fs::path place = place_of(file);
  try {
    files::write_atomically(place, page.html);
  } catch (const InterruptedError& error) {
    throw WriteError(error.what());
  }
  files::remove_abandoned(place.parent_path(),
                          [&](std::string_view name) { return name == place.filename(); });
}

}  // namespace lrscape
