#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <string>
#include <vector>

#include "cli/values_from_files.hpp"
#include "lrscape/bound/bound_sweep.hpp"
#include "lrscape/error.hpp"

namespace lrscape {
namespace {

using Values = std::vector<double>;

TEST(GradientNorms, FollowTheirLaw) {
  const auto norms = evaluate(parse_gradient_norms("law:G1=2,A1=-1,G2=3,A2=-0.5,B=0.25"), 2);
  EXPECT_DOUBLE_EQ(norms[0], 2 * std::exp(-1.0) + 3 + 0.25);
  EXPECT_DOUBLE_EQ(norms[1], 2 * std::exp(-2.0) + 3 / std::sqrt(2.0) + 0.25);
  EXPECT_EQ(evaluate(parse_gradient_norms("1.5"), 3), Values(3, 1.5));
}

TEST(GradientNorms, AreParsedWithoutTheirFile) {
  for (const std::string text : {"norms.csv", "norms.csv,column=2"}) {
    const auto norms = parse_gradient_norms(text);
    EXPECT_EQ(norms.file, "norms.csv");
    EXPECT_EQ(norms.column, text == norms.file ? 0U : 2U);
    EXPECT_EQ(norms.to_string(), text);
  }
}

TEST(GradientNorms, ComeFromAColumnOfAFile) {
  const std::string file = testing::TempDir() + "gradient_norms.csv";
  std::ofstream(file) << "step,norm\n1,2\n2,0.5\n";
  std::vector<io::Note> notes;
  const auto norms = cli::with_values(parse_gradient_norms(file + ",column=2"), notes);
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_THAT(notes[0].text, testing::HasSubstr("line 1 is read as titles: step, norm"));
  EXPECT_EQ(evaluate(norms, 2), (Values{2, 0.5}));
  EXPECT_EQ(norms.to_string(), file + ",column=2");
  const auto expect = [&](const std::string& text, const std::string& part) {
    EXPECT_THAT([&] { evaluate(cli::with_values(parse_gradient_norms(text), notes), 3); },
                testing::ThrowsMessage<InputError>(testing::HasSubstr(part)));
  };
  expect(file + ",column=2", ",column=2 has 2 gradient norms for 3 steps");
  expect(file, "single column");
  expect("no_such_file.txt", "no such file");
}

TEST(GradientNorms, RefuseWhatIsNoNorm) {
  const auto expect = [](const std::string& text, const std::string& part) {
    EXPECT_THAT([&] { evaluate(parse_gradient_norms(text), 5); },
                testing::ThrowsMessage<InputError>(testing::HasSubstr(part)))
        << text;
  };
  expect("-1", "finite number >= 0");
  expect("nan", "finite number >= 0");
  expect("law:G3=1", "the law of gradient norms has no parameter 'G3'");
  expect("law:G1", "name=value");
  expect("law:G1=x", "not a number");
  expect("law:A2=2", "A2 has no effect without its factor G2");
  expect("law:A1=2,G2=1", "A1 has no effect without its factor G1");
  expect("law:B=1,G2=-1,A2=1", "gradient norm of step 2");
  expect("law:G1=1,A1=1e6", "gradient norm of step 1");
  expect("", "expected a number, a law or a file name");
  expect("norms.csv,column=0", "whole number >= 1");
  expect("no_such_file.txt,column=2",
         "gradient norms no_such_file.txt,column=2 have no values: their file has not been read");
}

}  // namespace
}  // namespace lrscape
