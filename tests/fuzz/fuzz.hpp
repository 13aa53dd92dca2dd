#pragma once

#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "lrscape/error.hpp"

/// Each target defines this function, which libFuzzer calls with the bytes of a case. Any exception
/// that leaves it counts as a fault, like a finding of the sanitizers.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace lrscape::fuzz {

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// Whether the text can be an argument of the command line, and no range in it has more than 9,999
/// values: a million, which is allowed, take ten seconds under the sanitizers.
inline bool is_quick_argument(std::string_view text) {
  std::size_t digits = 0;  // in a row after a colon
  bool after_colon = false;
  for (const char c : text) {
    if (c == '\0') return false;
    const bool is_digit = c >= '0' && c <= '9';
    digits = is_digit && after_colon ? digits + 1 : 0;
    after_colon = c == ':' || (after_colon && is_digit);
    if (digits > 4) return false;
  }
  return true;
}

/// Ends the program with a message if a property does not hold.
inline void expect(bool holds, std::string_view property, std::string_view given = "") {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %.*s\n  given: %.*s\n", static_cast<int>(property.size()),
               property.data(), static_cast<int>(given.size()), given.data());
  std::abort();
}

/// Runs `work`, which may refuse its input, but only with an InputError. Returns whether it did not
/// refuse it.
template <class Work>
bool accepts(const Work& work) {
  try {
    work();
    return true;
  } catch (const InputError& error) {
    const std::string_view message = error.what();
    expect(!message.empty(), "an error has a message");
    return false;
  }
}

/// A folder of this process in memory, removed at the end.
class Folder {
 public:
  Folder() {
    std::string pattern = "/dev/shm/lrscape-fuzz-XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr) std::abort();
    path_ = pattern;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::filesystem::path& path() const { return path_; }

  std::filesystem::path write(const std::string& name, std::string_view bytes) const {
    std::ofstream(path_ / name, std::ios::binary) << bytes;
    return path_ / name;
  }

 private:
  std::filesystem::path path_;
};

}  // namespace lrscape::fuzz
