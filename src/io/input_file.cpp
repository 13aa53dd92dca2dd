#include "io/input_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "base/memory.hpp"
#include "base/text.hpp"
#include "lrscape/error.hpp"

namespace lrscape::io {

InputFile::InputFile(const std::filesystem::path& path) : name_(printable(path.string())) {
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(path, error);
  if (status.type() == std::filesystem::file_type::not_found) refuse("no such file");
  if (error) refuse(fmt::format("cannot be opened ({})", error.message()));
  if (std::filesystem::is_directory(status)) refuse("this is a folder, not a file");
  if (!std::filesystem::is_regular_file(status)) {
    refuse("this is a device, pipe or socket; expected a regular file, or - for standard input");
  }
  stream_.open(path, std::ios::binary);
  if (!stream_) {
    refuse(fmt::format("cannot be opened ({})", std::generic_category().message(errno)));
  }
  remaining_ = std::filesystem::file_size(path, error);
  if (error) refuse(fmt::format("cannot be read ({})", error.message()));
  if (remaining_ == 0) refuse("the file is empty, expected a matrix");
}

InputFile::InputFile(std::string name, std::string contents)
    : name_(std::move(name)),
      contents_(std::move(contents)),
      in_memory_(true),
      remaining_(contents_.size()) {}

void InputFile::read(void* destination, std::uint64_t size) {
  bool enough = size <= remaining_;
  if (enough && in_memory_) {
    const auto begin = contents_.end() - static_cast<std::ptrdiff_t>(remaining_);
    std::copy_n(begin, size, static_cast<char*>(destination));
  } else if (enough) {
    enough = static_cast<bool>(
        stream_.read(static_cast<char*>(destination), static_cast<std::streamsize>(size)));
  }
  if (!enough) refuse(fmt::format("the file ends early, expected {} more bytes", size));
  remaining_ -= size;
}

std::string InputFile::read_all() {
  if (in_memory_ && remaining_ == contents_.size()) {
    remaining_ = 0;
    return std::move(contents_);
  }
  check_memory(fmt::format("{}: the file", name_), static_cast<double>(remaining_));
  std::string bytes(remaining_, '\0');
  read(bytes.data(), bytes.size());
  return bytes;
}

void InputFile::refuse(std::string_view message) const {
  throw InputError(fmt::format("{}: {}", name_, message));
}

}  // namespace lrscape::io
