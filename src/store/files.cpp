#include "store/files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/random.h>
#include <sys/resource.h>
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

namespace lrscape::files {
namespace {

namespace fs = std::filesystem;

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

fs::file_type type(const fs::path& path) {
  std::error_code error;
  const auto found = fs::status(path, error).type();
  if (found == fs::file_type::none)
    throw InputError(fmt::format("{} cannot be read: {}", path.string(), error.message()));
  return found;
}

namespace {

constexpr int reading = O_RDONLY | O_CLOEXEC | O_NONBLOCK;  // A named pipe must not block.

std::optional<std::string> contents(const Descriptor& file, std::size_t most_bytes) {
  const auto unfit = [&](std::string_view reason) {
    throw InputError(fmt::format("{} cannot be read: {}", file.path().string(), reason));
  };
  try {
    if (!file.is_open()) {
      if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
      refuse(file.path(), "read", errno);
    }
    const auto mode = file.status().st_mode;
    if (S_ISDIR(mode)) unfit("it is a folder");
    if (!S_ISREG(mode)) unfit("it is not a regular file");
    return file.read(most_bytes + 1);
  } catch (const InputError& failure) {
    constexpr std::string_view remedy =
        "; make it readable or remove it, then rerun the command that wrote it";
    throw InputError(fmt::format("{}{}", failure.what(), remedy));
  }
}

}  // namespace

std::optional<std::string> read(const fs::path& file, std::size_t most_bytes) {
  return contents(Descriptor::try_open(file, reading), most_bytes);
}

Folder::Folder(const fs::path& path, fs::path shown)
    : descriptor_(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, std::move(shown)) {}

Folder Folder::folder(const std::string& name) const {
  auto opened = Descriptor::try_open(
      descriptor_, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, path() / name);
  if (!opened.is_open()) refuse(path() / name, "opened", errno);
  return Folder(std::move(opened));
}

Identity Folder::identity() const {
  const auto found = descriptor_.status();
  return {found.st_dev, found.st_ino};
}

std::optional<std::string> Folder::read(const std::string& file, std::size_t most_bytes) const {
  return contents(Descriptor::try_open(descriptor_, file.c_str(), reading, path() / file),
                  most_bytes);
}

void Folder::remove(const std::string& file) const {
  if (::unlinkat(descriptor_.number(), file.c_str(), 0) != 0 && errno != ENOENT)
    refuse(path() / file, "removed", errno);
}

fs::path temporary_name(const fs::path& path) {
  const auto folder = path.has_filename() ? path : path.parent_path();
  std::uint64_t random = 0;
  if (::getrandom(&random, sizeof(random), 0) != sizeof(random)) random = std::random_device{}();
  return folder.parent_path() / fmt::format(".{}.{}-{}-{:016x}{}", folder.filename().string(),
                                            host_name(), ::getpid(), random, temporary_suffix);
}

namespace {

/// A part of the descriptors of this process, so that other threads can open files as well.
std::size_t most_open_files() {
  constexpr rlim_t most = 256;
  struct rlimit limit = {};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return most;
  return std::clamp<rlim_t>(limit.rlim_cur / 4, 1, most);
}

}  // namespace

struct Batch::Pending {
  const Folder* folder;
  std::string file, present;  ///< The final name and the present one.
  Descriptor descriptor;
};

Batch::Batch(Names names) : names_(names) {}

Batch::~Batch() {
  for (const Pending& pending : pending_)
    ::unlinkat(pending.folder->descriptor().number(), pending.present.c_str(), 0);
}

void Batch::add(const Folder& folder, const std::string& file, std::string_view bytes) {
  // Allocates all memory before the file exists, so that a lack of it leaves no file behind.
  static const std::size_t most_open = most_open_files();
  pending_.reserve(most_open);
  Pending pending = {
      &folder, file, names_ == Names::final ? file : temporary_name(file).string(), {}};
  const auto open = [&] {
    // Never through a file or link that somebody else has put there. Messages name the final file.
    constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    pending.descriptor = Descriptor::try_open(folder.descriptor(), pending.present.c_str(), flags,
                                              folder.path() / file);
    return pending.descriptor.is_open();
  };
  if (!open()) {
    if (errno != EMFILE || pending_.empty()) refuse(pending.descriptor.path(), "opened", errno);
    commit();  // Closes its files.
    if (!open()) refuse(pending.descriptor.path(), "opened", errno);
  }
  pending_.push_back(std::move(pending));
  pending_.back().descriptor.write(bytes);
  pending_.back().descriptor.start_sync();
  if (pending_.size() >= most_open) commit();
}

void Batch::commit() {
  for (const Pending& pending : pending_) pending.descriptor.sync();
  std::set<const Folder*> folders;
  for (const Pending& pending : pending_) {
    const int at = pending.folder->descriptor().number();
    if (pending.present != pending.file &&
        ::renameat(at, pending.present.c_str(), at, pending.file.c_str()) != 0)
      refuse(pending.folder->path() / pending.file, "put in place", errno);
    folders.insert(pending.folder);
  }
  pending_.clear();
  for (const Folder* folder : folders) folder->sync();
}

void write_atomically(const fs::path& file, std::string_view bytes) {
  const Folder folder(file.parent_path());
  Batch batch;
  batch.add(folder, file.filename().string(), bytes);
  batch.commit();
}

void create_folder(const fs::path& folder, const fs::path& shown) {
  if (::mkdir(folder.c_str(), 0777) == 0) return;
  const int error = errno;
  if (error != EEXIST || !identity(folder)) refuse(shown, "created", error);
}

void create_folders(const fs::path& folder) {
  if (folder.empty() || identity(folder)) return;
  create_folders(folder.parent_path());
  create_folder(folder, folder);
  sync_folder(folder.parent_path());
}

void sync_folder(const fs::path& folder) {
  // The parent of a relative path may be empty. An error names the whole path then.
  Descriptor(folder.empty() ? fs::current_path() : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      .sync();
}

std::optional<Identity> identity(const fs::path& folder) {
  struct stat found = {};
  if (::stat(folder.c_str(), &found) != 0) {
    if (errno != ENOENT && errno != ENOTDIR) refuse(folder, "read", errno);
    return std::nullopt;
  }
  if (!S_ISDIR(found.st_mode)) return std::nullopt;
  return Identity{found.st_dev, found.st_ino};
}

bool rename_folder(const fs::path& from, const fs::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) {
    if (errno == EEXIST || errno == ENOTEMPTY || errno == ENOTDIR) return false;
    refuse(to, "created", errno);
  }
  sync_folder(to.parent_path());
  return true;
}

void remove_abandoned(const fs::path& folder,
                      const std::function<bool(std::string_view name)>& is_ours) {
  const auto host = "." + host_name() + "-";
  std::error_code error;
  for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    const auto name = entry->path().filename().string();
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
    std::error_code ignored;
    fs::remove_all(entry->path(), ignored);
  }
}

}  // namespace lrscape::files
