#include "store/opened_group.hpp"

#include <fmt/format.h>

#include "lrscape/error.hpp"
#include "store/configuration.hpp"
#include "store/files.hpp"
#include "store/group.hpp"

namespace lrscape {

std::string OpenedGroup::kind() const {
  const auto found = configuration.find("kind");
  return found != configuration.end() && found->is_string() ? found->get<std::string>() : "sweep";
}

OpenedGroup open_group(const std::filesystem::path& path) {
  const auto type = files::type(path);
  if (type == std::filesystem::file_type::not_found)
    throw InputError(fmt::format("{}: no such folder", path.string()));
  const bool is_folder = type == std::filesystem::file_type::directory;
  const auto text = is_folder ? files::read(path / "zarr.json") : std::nullopt;
  if (!text)
    throw InputError(
        fmt::format("{} is not a result of lrscape: it has no zarr.json", path.string()));
  auto description = zarr::parse_description(path, *text);
  auto configuration = stored_configuration(path, description);
  if (!configuration) throw InputError(fmt::format("{} is not a result of lrscape", path.string()));
  return {std::move(description), std::move(*configuration)};
}

}  // namespace lrscape
