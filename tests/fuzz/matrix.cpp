#include "fuzz.hpp"
#include "io/read_matrix.hpp"

/// The first byte chooses the format of the file.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lrscape;
  static const fuzz::Folder folder;
  if (size == 0) return 0;
  const std::string name = data[0] % 2 == 0 ? "file.csv" : "file.npy";
  const auto file = folder.write(name, fuzz::text_of(data + 1, size - 1));
  fuzz::accepts([&] {
    const Matrix matrix = io::read_matrix(file);
    fuzz::expect(matrix.rows > 0 && matrix.columns > 0, "a matrix has values");
    fuzz::expect(matrix.values.size() == matrix.rows * matrix.columns,
                 "there is a value for every row and column");
  });
  fuzz::accepts([&] { io::read_column(file, 0, 0); });
  fuzz::accepts([&] { io::read_column(file, 2); });
  return 0;
}
