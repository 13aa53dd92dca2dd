#pragma once

#include <string>

#include "report/page.hpp"

namespace lrscape {

/// The bounds of a result over horizons, gammas, steps and the parameters of its schedules, and the
/// best ones. Throws InputError as read_bounds() does.
Json bound_section(const std::string& path, Page& page);

}  // namespace lrscape
