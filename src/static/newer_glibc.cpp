// GCC 12's libraries, as Debian 12 builds them, call two functions that glibc has since 2.35 and
// 2.36. These definitions take their place in a static program, which then runs with glibc 2.34.

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <stdlib.h>
#include <sys/random.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace {

struct Search {
  std::uintptr_t address;
  dl_find_object* found;
};

/// Returns 1, which ends the search, if the object holds the address.
int visit(dl_phdr_info* object, std::size_t /*size*/, void* data) {
  const Search& search = *static_cast<Search*>(data);
  std::uintptr_t begin = std::numeric_limits<std::uintptr_t>::max();
  std::uintptr_t end = 0;
  std::uintptr_t frames = 0;
  bool holds = false;
  for (std::size_t k = 0; k < object->dlpi_phnum; ++k) {
    const auto& segment = object->dlpi_phdr[k];
    const std::uintptr_t first = object->dlpi_addr + segment.p_vaddr;
    if (segment.p_type == PT_GNU_EH_FRAME) frames = first;
    if (segment.p_type != PT_LOAD) continue;
    holds = holds || (search.address >= first && search.address - first < segment.p_memsz);
    begin = std::min(begin, first);
    end = std::max(end, first + segment.p_memsz);
  }
  if (!holds || frames == 0) return 0;
  *search.found = {};
  search.found->dlfo_map_start = reinterpret_cast<void*>(begin);
  search.found->dlfo_map_end = reinterpret_cast<void*>(end);
  search.found->dlfo_eh_frame = reinterpret_cast<void*>(frames);
  return 1;
}

}  // namespace

/// Returns 0 if an object holds the address, else -1. Does not set dlfo_link_map, which the
/// unwinder does not use.
extern "C" int _dl_find_object(void* address, dl_find_object* found) noexcept {
  Search search = {reinterpret_cast<std::uintptr_t>(address), found};
  return ::dl_iterate_phdr(visit, &search) == 1 ? 0 : -1;
}

/// The source of std::random_device, from which lrscape draws nothing.
extern "C" std::uint32_t arc4random() noexcept {
  std::uint32_t number = 0;
  while (::getrandom(&number, sizeof(number), 0) != sizeof(number)) {
  }
  return number;
}
