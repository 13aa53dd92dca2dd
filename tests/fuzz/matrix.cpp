#include <array>
#include <string>

#include "fuzz.hpp"
#include "io/read_matrix.hpp"

/// The first byte chooses the format of the file.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lrscape;
  static const fuzz::Folder folder;
  if (size == 0) return 0;
  constexpr std::array names = {"file.csv", "file.npy", "file.csv.gz", "file.npz"};
  const auto file = folder.write(names[data[0] % names.size()], fuzz::text_of(data + 1, size - 1));
  for (const io::Header header : {io::Header::automatic, io::Header::yes, io::Header::no})
    fuzz::accepts([&] {
      io::Table table = io::read_matrix(file, header);
      const Matrix& matrix = table.values;
      fuzz::expect(matrix.rows > 0 && matrix.columns > 0, "a table has values");
      fuzz::expect(matrix.values.size() == matrix.rows * matrix.columns,
                   "there is a value for every row and column");
      fuzz::expect(table.columns.size() == matrix.columns, "every column is described");
      io::encode_texts(table, nullptr);
      io::refuse_missing(table);
    });
  fuzz::accepts([&] { io::read_column(file, 0, 0); });
  fuzz::accepts([&] { io::read_column(file, 2); });
  return 0;
}
