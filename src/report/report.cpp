#include "lrscape/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "build_info.hpp"
#include "lrscape/bound/bound_result.hpp"
#include "lrscape/error.hpp"
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

std::string title_of(std::span<const fs::path> results) {
  std::string title = "Learning-rate landscapes:";
  for (const fs::path& path : results) {
    // "out/map.zarr/" has no file name.
    const fs::path name = path.has_filename() ? path.filename() : path.parent_path().filename();
    title += (title.ends_with(':') ? " " : ", ") + name.string();
  }
  return title;
}

}  // namespace

ReportPage report_page(std::span<const fs::path> results, const ReportOptions& options) {
  if (results.empty()) throw InputError("a report needs at least one result");
  Page page;
  std::vector<ReportedSweep> sweeps;
  std::vector<bool> is_bound;
  std::size_t maps = 0;
  for (const fs::path& path : results) {
    is_bound.push_back(is_bound_result(path));
    if (is_bound.back()) continue;
    sweeps.push_back(reported_sweep(path.string()));
    maps += sweeps.back().maps.size();
  }
  Json sections = Json::array();
  std::size_t sweep = 0;
  for (std::size_t k = 0; k < results.size(); ++k)
    sections.push_back(is_bound[k] ? bound_section(results[k].string(), page)
                                   : sweep_section(sweeps[sweep++], budget_of(maps), page));
  Json comparisons = comparison_section(sweeps, page);
  const std::string title = options.title.empty() ? title_of(results) : options.title;
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
