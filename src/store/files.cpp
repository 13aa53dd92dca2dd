#include "store/files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <random>
#include <set>
#include <utility>

#include "lrscape/error.hpp"
#include "store/descriptor.hpp"

namespace lrscape::files {
namespace {

namespace fs = std::filesystem;

void sync_folder(const fs::path& folder) {
  Descriptor(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC).sync();
}

/// Names what process numbers are valid for: the machine and the namespace, since containers may
/// share the name of a machine.
const std::string& host_name() {
  static const std::string known = [] {
    std::array<char, 256> name = {};
    ::gethostname(name.data(), name.size() - 1);
    struct stat space = {};
    if (::stat("/proc/self/ns/pid", &space) != 0) return std::string(name.data());
    return fmt::format("{}.{}", name.data(), space.st_ino);
  }();
  return known;
}

constexpr std::string_view temporary_suffix = ".tmp";

}  // namespace

std::optional<std::string> read(const fs::path& file, std::size_t most_bytes) {
  std::error_code error;
  const auto status = fs::status(file, error);
  if (status.type() == fs::file_type::not_found) return std::nullopt;
  const auto refuse = [&](std::string_view reason) {
    throw InputError(
        fmt::format("{} cannot be read: {}; make it readable or remove it, then rerun the command "
                    "that wrote it",
                    file.string(), reason));
  };
  if (error) refuse(error.message());
  if (status.type() == fs::file_type::directory) refuse("it is a folder");
  if (status.type() != fs::file_type::regular) refuse("it is not a regular file");
  std::ifstream stream(file, std::ios::binary);
  if (!stream) refuse(std::strerror(errno));
  const auto size = std::min<std::uintmax_t>(fs::file_size(file, error), most_bytes + 1);
  if (error) refuse(error.message());
  std::string bytes(size, '\0');
  stream.read(bytes.data(), static_cast<std::streamsize>(size));
  bytes.resize(static_cast<std::size_t>(stream.gcount()));
  return bytes;
}

fs::path temporary_name(const fs::path& path) {
  const auto folder = path.has_filename() ? path : path.parent_path();
  std::uint64_t random = 0;
  if (::getrandom(&random, sizeof(random), 0) != sizeof(random)) random = std::random_device{}();
  return folder.parent_path() / fmt::format(".{}.{}-{}-{:016x}{}", folder.filename().string(),
                                            host_name(), ::getpid(), random, temporary_suffix);
}

namespace {

/// Whether this process has a free file descriptor.
bool has_descriptor() {
  const int spare = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (spare < 0) return errno != EMFILE;
  ::close(spare);
  return true;
}

}  // namespace

struct Batch::Pending {
  fs::path file, temporary;
  Descriptor descriptor;
};

Batch::Batch() = default;

Batch::~Batch() {
  std::error_code ignored;
  for (const Pending& pending : pending_) fs::remove(pending.temporary, ignored);
}

void Batch::add(const fs::path& file, std::string_view bytes) {
  const auto temporary = temporary_name(file);
  // Never through a file or link that somebody else has put there.
  constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  if (!pending_.empty() && !has_descriptor()) commit();
  pending_.push_back({file, temporary, Descriptor(temporary, flags)});
  pending_.back().descriptor.write(bytes);
  pending_.back().descriptor.start_sync();
  constexpr std::size_t most_open = 256;
  if (pending_.size() >= most_open) commit();
}

void Batch::commit() {
  for (const Pending& pending : pending_) pending.descriptor.sync();
  std::set<fs::path> folders;
  for (const Pending& pending : pending_) try {
      fs::rename(pending.temporary, pending.file);
      folders.insert(pending.file.parent_path());
    } catch (const fs::filesystem_error& error) {
      throw InterruptedError(fmt::format("{} cannot be put in place: {}", pending.file.string(),
                                         error.code().message()));
    }
  pending_.clear();  // Closes the files: syncing a folder needs a descriptor.
  for (const fs::path& folder : folders) sync_folder(folder);
}

void write_atomically(const fs::path& file, std::string_view bytes) {
  Batch batch;
  batch.add(file, bytes);
  batch.commit();
}

void create_folders(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) refuse(folder, "created", error.value());
}

std::optional<Identity> identity(const fs::path& folder) {
  struct stat found = {};
  if (::stat(folder.c_str(), &found) != 0 || !S_ISDIR(found.st_mode)) return std::nullopt;
  return Identity{found.st_dev, found.st_ino};
}

bool rename_folder(const fs::path& from, const fs::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) {
    if (errno == EEXIST || errno == ENOTEMPTY || errno == ENOTDIR) return false;
    refuse(to, "created", errno);
  }
  sync_folder(to.parent_path().empty() ? fs::path(".") : to.parent_path());
  return true;
}

void remove_abandoned(const fs::path& folder,
                      const std::function<bool(std::string_view name)>& is_ours) {
  const auto host = "." + host_name() + "-";
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const auto name = entry.path().filename().string();
    const auto at = name.rfind(host);
    if (name.front() != '.' || !name.ends_with(temporary_suffix) || at == std::string::npos)
      continue;
    if (at == 0 || !is_ours(std::string_view(name).substr(1, at - 1))) continue;
    pid_t process = 0;
    const char* const begin = name.data() + at + host.size();
    const char* const end = name.data() + name.size() - temporary_suffix.size();
    // Behind the process, earlier versions had no random number.
    const char* const stop = std::from_chars(begin, end, process).ptr;
    if ((stop != end && *stop != '-') || process <= 0 || process == ::getpid()) continue;
    if (::kill(process, 0) == 0 || errno != ESRCH) continue;
    fs::remove_all(entry.path(), error);
  }
}

}  // namespace lrscape::files
