#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "lrscape/result.hpp"

namespace lrscape {

struct ReportOptions {
  std::string title;         ///< of the page; the names of the results if empty
  std::string command_line;  ///< with which the report was made, for display
};

/// A page of HTML that needs neither a network nor another file.
struct ReportPage {
  std::string html;
  std::vector<std::string> left_out;  ///< What the page lacks to stay small, as sentences.
};

/// Shows results of sweeps and of bounds, in the order given, with all numbers computed: statistics
/// and slices of each map, and comparisons of every pair of results with runs in common. Reads
/// unfinished results as far as they have run. Throws InputError if there are no results, or if one
/// cannot be read or is given twice.
ReportPage report_page(std::span<const std::filesystem::path> results,
                       const ReportOptions& options = {});

/// A result in memory, and the name under which a report shows it.
struct NamedResult {
  std::string name;
  Result result;
};

/// The same for results of sweeps in memory.
ReportPage report_page(std::vector<NamedResult> results, const ReportOptions& options = {});

/// Throws InputError if the path is a folder, a file that is neither empty nor a page of
/// report_page(), or inside a result.
void check_report_path(const std::filesystem::path& file);

/// Writes the page, completely or not at all, and replaces an earlier report, also through a link.
/// Throws InputError as check_report_path() does or if the file cannot be written, and WriteError
/// if the disk is full.
void write_report(const std::filesystem::path& file, const ReportPage& page);

}  // namespace lrscape
