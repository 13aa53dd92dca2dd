#include "base/memory.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <iterator>

#include "lrscape/error.hpp"

namespace lrscape {

void check_memory(std::string_view what, double bytes) {
  const double installed =
      static_cast<double>(::sysconf(_SC_PHYS_PAGES)) * static_cast<double>(::sysconf(_SC_PAGESIZE));
  if (bytes > installed)
    throw MemoryError(fmt::format("{} would take {}, and this machine has {} of memory", what,
                                  bytes_text(bytes), bytes_text(installed)));
}

std::string bytes_text(double bytes) {
  constexpr std::string_view units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  std::size_t unit = 0;
  for (; bytes >= 1024 && unit + 1 < std::size(units); ++unit) bytes /= 1024;
  return fmt::format("{:.{}f} {}", bytes, unit == 0 ? 0 : 1, units[unit]);
}

}  // namespace lrscape
