#pragma once

#include <span>
#include <string_view>

#include "backend/backend_kind.hpp"

namespace lrscape {

/// The kinds of backends in this build. Later kinds are preferred.
std::span<const BackendKind* const> backend_kinds();

/// A kind that this build lacks: cuda, if it was built without nvcc.
struct MissingKind {
  std::string_view name;
  bool numbered;  ///< as in BackendKind
  std::string_view title;
};
std::span<const MissingKind> missing_kinds();

}  // namespace lrscape
