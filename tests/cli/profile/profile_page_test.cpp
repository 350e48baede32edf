// The profile's page as a browser shows it: every value it draws is in the document, and is the JSON's.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>

#include "tests/cli/evaluate/page.h"
#include "tests/cli/support/program.h"
#include "tests/support/temp_folder.h"

namespace serene::test {
namespace {

TEST(ProfilePageTest, TheBrowserDrawsTheValuesOfTheProfile) {
  if (std::string(SERENE_TEST_CHROMIUM).empty())
    GTEST_SKIP() << "no Chromium: install chromium-headless-shell";
  const TempFolder folder;
  const ProcessResult run =
      serene({"profile", "-m", SERENE_TEST_QUICK_MODEL, "--device", "cpu", "--repeat", "1", "--warmup", "0",
              "--peak-gflops", "100", "--peak-gbps", "20", "-o", folder.path()});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const Json json = Json::parse(read_file(folder / "profile.json"));
  const ProcessResult browser =
      browser_document(SERENE_TEST_CHROMIUM, folder / "profile.html", folder / "browser");
  ASSERT_EQ(browser.exit_code, 0) << browser.err;
  const std::string& document = browser.out;
  ASSERT_EQ(elements(document, "body", {"data-drawn"}).size(), 1u) << browser.err;

  // Tables: a row for each op and each step, with its numbers.
  const std::vector<Attributes> rows = elements(document, "tr", {"data-name"});
  ASSERT_EQ(rows.size(), json.at("ops").size() + json.at("steps").size());
  for (size_t i = 0; i < json.at("ops").size(); ++i) {
    const Json& op = json.at("ops").at(i);
    EXPECT_EQ(rows[i].at("data-name"), op.at("name"));
    EXPECT_EQ(std::stoi(rows[i].at("data-calls")), op.at("calls"));
    EXPECT_EQ(std::stod(rows[i].at("data-ms")), op.at("ms"));
    EXPECT_EQ(std::stod(rows[i].at("data-gflop")), op.at("gflop"));
    EXPECT_EQ(std::stod(rows[i].at("data-roofline")), op.at("roofline"));
  }

  // Roofline: the roof, and a point for each op that computes. Those with more a byte are further right,
  // those that are faster higher.
  const std::vector<Attributes> roof = elements(document, "path", {"data-ridge"});
  ASSERT_EQ(roof.size(), 1u);
  EXPECT_EQ(std::stod(roof[0].at("data-ridge")), 5);
  std::map<std::string, Attributes> points;
  for (const Attributes& point : elements(document, "circle", {"data-op"}))
    points[point.at("data-op")] = point;
  for (const Json& op : json.at("ops")) {
    const std::string name = op.at("name");
    SCOPED_TRACE(name);
    ASSERT_EQ(points.contains(name), op.at("gflop") > 0.0);
    if (op.at("gflop") == 0.0) continue;
    EXPECT_EQ(std::stod(points[name].at("data-flop-per-byte")), op.at("flop_per_byte"));
    EXPECT_EQ(std::stod(points[name].at("data-gflop-per-s")), op.at("gflop_per_s"));
    for (const Json& other : json.at("ops")) {
      if (other.at("gflop") == 0.0) continue;
      const Attributes& a = points.at(name);
      const Attributes& b = points.at(other.at("name"));
      if (op.at("flop_per_byte") < other.at("flop_per_byte")) {
        EXPECT_LT(std::stod(a.at("cx")), std::stod(b.at("cx")));
      }
      if (op.at("gflop_per_s") < other.at("gflop_per_s")) {
        EXPECT_GT(std::stod(a.at("cy")), std::stod(b.at("cy")));
      }
    }
  }

  // Timeline: a box for each span, as wide as it took long.
  const std::vector<Attributes> boxes = elements(document, "rect", {"data-span"});
  ASSERT_EQ(boxes.size(), json.at("spans").size());
  const double whole_us = json.at("spans").at(0).at("end_us"), whole = std::stod(boxes[0].at("width"));
  for (size_t i = 0; i < boxes.size(); ++i) {
    const Json& span = json.at("spans").at(i);
    const double us = span.at("end_us").get<double>() - span.at("start_us").get<double>();
    EXPECT_EQ(boxes[i].at("data-name"), span.at("name"));
    EXPECT_EQ(boxes[i].at("data-kind"), span.at("kind"));
    EXPECT_NEAR(std::stod(boxes[i].at("data-ms")), us / 1e3, 1e-9);
    EXPECT_NEAR(std::stod(boxes[i].at("x")), span.at("start_us").get<double>() / whole_us * whole, 1e-3);
    EXPECT_NEAR(std::stod(boxes[i].at("width")), std::max(us / whole_us * whole, 0.4), 1e-3);
  }
}

}  // namespace
}  // namespace serene::test
