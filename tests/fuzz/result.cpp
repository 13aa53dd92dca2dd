#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "fuzz.hpp"
#include "lrscape/prepared_sweep.hpp"
#include "lrscape/run.hpp"
#include "lrscape/store.hpp"
#include "store/zarr.hpp"

namespace lrscape::fuzz {
namespace {

namespace fs = std::filesystem;

/// A small result on disk, some of whose files a case replaces.
class SmallResult {
 public:
  SmallResult() : prepared_(small_sweep()) {
    DeviceOptions options;
    options.device = "cpu";
    options.threads = 1;
    StoreSink sink(path(), prepared_, {"fuzzer", "", "fuzzer"});
    run(prepared_, *make_backend(prepared_, options), sink);
    for (const auto& entry : fs::recursive_directory_iterator(path())) {
      if (!entry.is_regular_file()) continue;
      std::ifstream stream(entry.path(), std::ios::binary);
      files_.emplace_back(entry.path(), std::string(std::istreambuf_iterator<char>(stream), {}));
    }
    std::ranges::sort(files_);
  }

  fs::path path() const { return folder_.path() / "map.zarr"; }
  const PreparedSweep& prepared() const { return prepared_; }

  /// Replaces a file, or removes it. A chunk gets a checksum that matches.
  void replace(std::size_t index, std::string_view bytes, bool is_removed) {
    const fs::path& file = files_[index % files_.size()].first;
    replaced_.push_back(index % files_.size());
    if (is_removed)
      fs::remove(file);
    else if (file.extension() == ".json")
      write(file, std::string(bytes));
    else
      write(file, zarr::with_checksum(std::string(bytes)));
  }

  void restore() {
    for (const std::size_t index : replaced_) write(files_[index].first, files_[index].second);
    replaced_.clear();
  }

 private:
  static Sweep small_sweep() {
    Sweep sweep;
    sweep.problem = make_synthetic({.rows = 4, .validation_rows = 2, .features = 2});
    sweep.problem_source = "fuzzer";
    sweep.optimizers = {choose_optimizer("sgd", {})};
    sweep.learning_rates = {0.1, 0.2};
    sweep.weight_decays = {0, 0.1};
    sweep.epochs = 2;
    sweep.record_epochs = true;
    sweep.batch_size = 2;
    sweep.seeds = 2;
    return sweep;
  }

  static void write(const fs::path& file, const std::string& bytes) {
    std::ofstream(file, std::ios::binary) << bytes;
  }

  Folder folder_;
  PreparedSweep prepared_;
  std::vector<std::pair<fs::path, std::string>> files_;
  std::vector<std::size_t> replaced_;
};

}  // namespace
}  // namespace lrscape::fuzz

/// A case is a list of files to replace: the number of the file, two bytes for its length (all ones
/// remove the file), and its bytes. The last file has what is left.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lrscape;
  static fuzz::SmallResult result;
  auto rest = fuzz::text_of(data, size);
  for (int files = 0; rest.size() > 2 && files < 8; ++files) {
    const auto byte = [&](std::size_t k) { return static_cast<unsigned char>(rest[k]); };
    const std::size_t index = byte(0);
    const std::size_t length = byte(1) + 256U * byte(2);
    rest.remove_prefix(3);
    const auto bytes = rest.substr(0, length);
    rest.remove_prefix(bytes.size());
    result.replace(index, bytes, length == 0xffff);
  }
  fuzz::accepts([&] {
    const Result read = read_result(result.path());
    const std::size_t runs = read.optimizers.size() * read.learning_rates.size() *
                             read.weight_decays.size() * read.seeds.size();
    fuzz::expect(read.status.size() == runs, "every run has a status");
    fuzz::expect(read.validation_loss.size() == runs * read.recorded_epochs(),
                 "every run has its losses");
  });
  fuzz::accepts([&] { missing_units(result.path(), result.prepared(), {}); });
  result.restore();
  return 0;
}
