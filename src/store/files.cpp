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
  const auto refuse = [&](std::string_view reason) {
    throw InputError(
        fmt::format("{} cannot be read: {}; make it readable or remove it, then rerun the command "
                    "that wrote it",
                    file.string(), reason));
  };
  // O_NONBLOCK keeps a named pipe from blocking.
  const Descriptor descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK), file);
  if (!descriptor.is_open()) {
    if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
    refuse(std::strerror(errno));
  }
  const struct stat status = descriptor.status();
  if (S_ISDIR(status.st_mode)) refuse("it is a folder");
  if (!S_ISREG(status.st_mode)) refuse("it is not a regular file");
  std::string bytes(
      std::min<std::uintmax_t>(static_cast<std::uintmax_t>(status.st_size), most_bytes + 1), '\0');
  bytes.resize(descriptor.read(bytes));
  return bytes;
}

fs::path temporary_name(const fs::path& path) {
  const auto folder = path.has_filename() ? path : path.parent_path();
  std::uint64_t random = 0;
  if (::getrandom(&random, sizeof(random), 0) != sizeof(random)) random = std::random_device{}();
  return folder.parent_path() / fmt::format(".{}.{}-{}-{:016x}{}", folder.filename().string(),
                                            host_name(), ::getpid(), random, temporary_suffix);
}

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
  // Allocates all memory before the file exists, so that running out of it leaves no file behind.
  Pending pending = {file, temporary_name(file), Descriptor(-1, {})};
  constexpr std::size_t most_open = 256;
  pending_.reserve(most_open);
  fs::path name = pending.temporary;
  // Never through a file or link that somebody else has put there.
  constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  int opened = ::open(name.c_str(), flags, 0666);
  if (opened < 0 && errno == EMFILE && !pending_.empty()) {
    commit();  // Closes its files.
    opened = ::open(name.c_str(), flags, 0666);
  }
  if (opened < 0) refuse(name, "opened", errno);
  pending.descriptor = Descriptor(opened, std::move(name));
  pending_.push_back(std::move(pending));
  pending_.back().descriptor.write(bytes);
  pending_.back().descriptor.start_sync();
  if (pending_.size() >= most_open) commit();
}

void Batch::commit() {
  for (const Pending& pending : pending_) pending.descriptor.sync();
  std::set<std::string> folders;
  for (const Pending& pending : pending_) {
    if (::rename(pending.temporary.c_str(), pending.file.c_str()) != 0)
      throw InterruptedError(fmt::format("{} cannot be put in place: {}", pending.file.string(),
                                         std::strerror(errno)));
    folders.insert(pending.file.parent_path().string());
  }
  pending_.clear();  // Closes the files: syncing a folder needs a descriptor.
  for (const std::string& folder : folders) sync_folder(folder);
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
