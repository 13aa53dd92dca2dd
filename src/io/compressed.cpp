#include "io/compressed.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <isa-l/igzip_lib.h>
#include <unistd.h>
#include <zip.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "base/memory.hpp"
#include "base/text.hpp"

namespace lrscape::io {
namespace {

/// Calls read(destination, size), which returns how many bytes it wrote, until it returns 0.
template <class Read>
std::string collect(const std::string& name, Read read) {
  constexpr std::size_t step = std::size_t{1} << 20;
  std::string bytes;
  for (;;) {
    if (bytes.capacity() - bytes.size() < step) {
      const std::size_t capacity = 2 * std::max(bytes.capacity(), step);
      // While the bytes move, the old and the new memory are in use.
      check_memory(fmt::format("{}: more than {} of data", name,
                               bytes_text(static_cast<double>(bytes.size()))),
                   1.5 * static_cast<double>(capacity));
      bytes.reserve(capacity);
    }
    const std::size_t size = bytes.size();
    bytes.resize(size + step);
    const std::size_t count = read(bytes.data() + size, step);
    bytes.resize(size + count);
    if (count == 0) return bytes;
  }
}

/// Decompresses gzip parts, one after the other.
class Gunzip {
 public:
  explicit Gunzip(InputFile& file) : file_(file), state_(std::make_unique<inflate_state>()) {
    isal_inflate_init(state_.get());
    state_->crc_flag = ISAL_GZIP;
  }

  std::size_t read(char* destination, std::size_t size) {
    state_->next_out = reinterpret_cast<std::uint8_t*>(destination);
    state_->avail_out = static_cast<std::uint32_t>(size);
    while (state_->avail_out > 0) {
      const bool ended = state_->avail_in == 0 && !refill();
      if (state_->block_state == ISAL_BLOCK_FINISH) {
        if (ended) break;
        isal_inflate_reset(state_.get());
      } else if (ended) {
        file_.refuse("the compressed data are cut short");
      }
      const int status = isal_inflate(state_.get());
      if (status != ISAL_DECOMP_OK && status != ISAL_END_INPUT)
        file_.refuse(status == ISAL_INCORRECT_CHECKSUM
                         ? "the compressed data are damaged (wrong checksum)"
                         : "the compressed data are damaged, expected a gzip file");
    }
    return size - state_->avail_out;
  }

 private:
  /// Returns false at the end of the file.
  bool refill() {
    buffer_.resize(std::min<std::uint64_t>(file_.remaining(), std::uint64_t{1} << 16));
    file_.read(buffer_.data(), buffer_.size());
    state_->next_in = buffer_.data();
    state_->avail_in = static_cast<std::uint32_t>(buffer_.size());
    return !buffer_.empty();
  }

  InputFile& file_;
  std::unique_ptr<inflate_state> state_;
  std::vector<std::uint8_t> buffer_;
};

struct CloseZip {
  void operator()(zip_t* archive) const { zip_discard(archive); }
  void operator()(zip_file_t* member) const { zip_fclose(member); }
};
using Archive = std::unique_ptr<zip_t, CloseZip>;
using Member = std::unique_ptr<zip_file_t, CloseZip>;

Archive open_archive(const InputFile& file, const std::string& bytes) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* const source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  Archive archive(source == nullptr ? nullptr : zip_open_from_source(source, ZIP_RDONLY, &error));
  const std::string message = zip_error_strerror(&error);
  zip_error_fini(&error);
  if (archive) return archive;
  if (source != nullptr) zip_source_free(source);
  file.refuse(
      fmt::format("this is not a .npz file, expected one that numpy.savez wrote ({})", message));
}

std::vector<std::string> array_names(zip_t* archive) {
  constexpr std::string_view extension = ".npy";
  std::vector<std::string> names;
  for (zip_int64_t k = 0; k < zip_get_num_entries(archive, 0); ++k) {
    const char* const name = zip_get_name(archive, static_cast<zip_uint64_t>(k), ZIP_FL_ENC_RAW);
    names.emplace_back(name == nullptr ? "" : name);
    if (names.back().ends_with(extension))
      names.back().resize(names.back().size() - extension.size());
  }
  return names;
}

std::string list_of(const std::vector<std::string>& names) {
  constexpr std::size_t most = 8;
  constexpr std::size_t shown_bytes = 40;
  std::vector<std::string> shown;
  for (std::size_t k = 0; k < std::min(names.size(), most); ++k)
    shown.push_back(printable(names[k], shown_bytes));
  return fmt::format("{}{}", fmt::join(shown, ", "), names.size() > most ? ", ..." : "");
}

}  // namespace

InputFile decompressed(InputFile& file) {
  Gunzip gunzip(file);
  std::string bytes = collect(file.name(), [&](char* destination, std::size_t size) {
    return gunzip.read(destination, size);
  });
  if (bytes.empty()) file.refuse("the file is empty, expected a matrix");
  return {file.name(), std::move(bytes)};
}

InputFile array_of_npz(InputFile& file, std::string_view array) {
  const std::string bytes = file.read_all();
  const Archive archive = open_archive(file, bytes);
  const std::vector<std::string> names = array_names(archive.get());
  if (names.empty()) file.refuse("found no arrays, expected at least one");
  if (array.empty() && names.size() > 1)
    file.refuse(fmt::format("found the arrays {}; name one, as in FILE.npz:{}", list_of(names),
                            printable(names.front())));
  auto found = names.begin();
  if (!array.empty()) found = std::find(names.begin(), names.end(), array);
  if (found == names.end())
    file.refuse(
        fmt::format("found no array {}, expected one of {}", printable(array), list_of(names)));

  const auto index = static_cast<zip_uint64_t>(found - names.begin());
  const std::string name = fmt::format("{}:{}", file.name(), printable(*found));
  const Member member(zip_fopen_index(archive.get(), index, 0));
  if (!member)
    file.refuse(fmt::format("the array {} cannot be read ({})", printable(*found),
                            zip_strerror(archive.get())));
  std::string contents = collect(name, [&](char* destination, std::size_t size) {
    const zip_int64_t count = zip_fread(member.get(), destination, size);
    if (count < 0)
      file.refuse(fmt::format("the array {} is damaged ({})", printable(*found),
                              zip_file_strerror(member.get())));
    return static_cast<std::size_t>(count);
  });
  return {name, std::move(contents)};
}

InputFile standard_input() {
  const std::string name = "standard input";
  std::string bytes = collect(name, [&](char* destination, std::size_t size) {
    for (;;) {
      const ssize_t count = ::read(STDIN_FILENO, destination, size);
      if (count >= 0) return static_cast<std::size_t>(count);
      if (errno != EINTR)
        InputFile(name, "").refuse(
            fmt::format("cannot be read ({})", std::generic_category().message(errno)));
    }
  });
  InputFile file(name, std::move(bytes));
  if (file.remaining() == 0) file.refuse("found no data; standard input can be read only once");
  return file;
}

}  // namespace lrscape::io
