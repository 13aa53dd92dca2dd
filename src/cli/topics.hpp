#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/help.hpp"

namespace lrscape::cli {

/// A help page on a subject that several commands share. `lrscape help NAME` prints it.
struct Topic {
  std::string name;
  std::string summary;
  std::function<Page()> page;
};

const std::vector<Topic>& all_topics();

}  // namespace lrscape::cli
