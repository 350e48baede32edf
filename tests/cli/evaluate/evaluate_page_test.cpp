// The page of `serene evaluate --html` against numbers worked out by hand, as a file and in a browser.
#include "tests/cli/evaluate/page.h"
#include "tests/cli/score/batch_run.h"

namespace serene::test {
namespace {

// What would run, or end an attribute, were it markup.
constexpr const char* kHostile = "\"><img src=x onerror=\"document.body.dataset.injected=1\">'&amp;";

class EvaluatePageTest : public BatchRunTest {
 protected:
  void SetUp() override {
    BatchRunTest::SetUp();
    std::string text;
    const auto add = [&](const char* label, const char* reference, double coefficient, const Json& snr) {
      Json row{{"schema", 1}, {"path", "a"}, {"label", label}, {"coefficient", coefficient}};
      if (*reference != 0) row["reference"] = reference;
      row["columns"] = {{"snr", snr}, {"noise", snr == 0 ? kHostile : "rain"}};
      text += row.dump() + '\n';
    };
    add("sad", "sad", 0.1, 0);
    add("sad", "sad", 0.3, 0);
    add("sad", kHostile, 0.2, 0);
    add(kHostile, kHostile, 0.5, "-5.0");
    add("sad", "sad", 1, "clean");
    add("sad", "", 0.7, -5);
    write_file(folder_ / "rows.jsonl", text);
  }

  ProcessResult evaluate(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"evaluate", "rows.jsonl"});
    return serene(arguments, quick_options(folder_.path()));
  }

  std::string page() {
    const ProcessResult run = evaluate({"--by", "noise", "--html", "page.html"});
    EXPECT_EQ(run.exit_code, 0) << run.err;
    return read_file(folder_ / "page.html");
  }
};

void expect_values(const std::string& document) {
  const std::vector<Attributes> measures = elements(document, "tr", {"data-measure"});
  ASSERT_EQ(measures.size(), 4u);
  EXPECT_EQ(measures[0].at("data-count"), "5");
  EXPECT_EQ(std::stod(measures[1].at("data-share")), 0.75);
  EXPECT_EQ(std::stod(measures[2].at("data-share")), 0.8);

  const std::vector<Attributes> cells = elements(document, "td", {"data-reference", "data-label"});
  ASSERT_EQ(cells.size(), 4u);
  EXPECT_EQ(cells[0].at("data-reference"), kHostile);
  EXPECT_EQ(cells[1].at("data-label"), "sad");
  const int counts[] = {1, 1, 0, 3};
  const double shares[] = {0.5, 0.5, 0, 1};
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(std::stoi(cells[i].at("data-count")), counts[i]);
    EXPECT_EQ(std::stod(cells[i].at("data-share")), shares[i]);
  }

  const std::vector<Attributes> conditions = elements(document, "tr", {"data-column"});
  ASSERT_EQ(conditions.size(), 2u);
  EXPECT_EQ(conditions[0].at("data-value"), kHostile);
  EXPECT_EQ(conditions[0].at("data-recordings"), "3");
  EXPECT_EQ(std::stod(conditions[0].at("data-uar")), 0.5);

  // Numbers in their order, -5 and -5.0 as one, then what is no number.
  const std::vector<Attributes> boxes = elements(document, "g", {"data-value"});
  ASSERT_EQ(boxes.size(), 3u);
  const char* values[] = {"-5", "0", "clean"};
  const double means[] = {0.6, 0.2, 1}, medians[] = {0.6, 0.2, 1}, lows[] = {0.5, 0.1, 1},
               thirds[] = {0.65, 0.25, 1};
  const int recordings[] = {2, 3, 1};
  const std::vector<Attributes> points = elements(document, "circle", {"data-mean"});
  ASSERT_EQ(points.size(), 3u);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(boxes[i].at("data-value"), values[i]);
    EXPECT_EQ(std::stoi(boxes[i].at("data-recordings")), recordings[i]);
    EXPECT_NEAR(std::stod(boxes[i].at("data-mean")), means[i], 1e-15);
    EXPECT_NEAR(std::stod(boxes[i].at("data-median")), medians[i], 1e-15);
    EXPECT_EQ(std::stod(boxes[i].at("data-low")), lows[i]);
    EXPECT_NEAR(std::stod(boxes[i].at("data-third-quartile")), thirds[i], 1e-15);
    // 244 units are 1.
    EXPECT_NEAR(std::stod(points[i].at("cy")), 256 - 244 * means[i], 0.01);
  }
  EXPECT_NEAR(std::stod(boxes[1].at("data-deviation")), 0.1, 1e-15);
  EXPECT_LT(std::stod(points[0].at("cx")), std::stod(points[1].at("cx")));
}

TEST_F(EvaluatePageTest, HoldsTheNumbersAndNoMarkupOfTheRows) {
  const std::string document = page();
  expect_values(document);
  EXPECT_EQ(document.find("<img"), std::string::npos);
  EXPECT_EQ(document.find("http"), document.find("http-equiv")) << "the page needs nothing from elsewhere";
}

TEST_F(EvaluatePageTest, TextAndJsonHaveTheCoefficientToo) {
  const Json json = Json::parse(evaluate({"--json"}).out)["coefficient"];
  EXPECT_EQ(json["column"], "snr");
  EXPECT_EQ(json["recordings"], 6);
  EXPECT_NEAR(json["mean"].get<double>(), 2.8 / 6, 1e-15);
  ASSERT_EQ(json["by"].size(), 3u);
  EXPECT_NEAR(json["by"]["-5"]["mean"].get<double>(), 0.6, 1e-15);
  EXPECT_EQ(json["by"]["0"]["lowest"], 0.1);
  EXPECT_EQ(json["by"]["0"]["highest"], 0.3);
  EXPECT_NE(
      evaluate({}).out.find("\n"
                            "coefficient by snr  recordings   mean  deviation  lowest  median  highest\n"
                            "-5                           2  0.600      0.141   0.500   0.600    0.700\n"
                            "0                            3  0.200      0.100   0.100   0.200    0.300\n"
                            "clean                        1  1.000      0.000   1.000   1.000    1.000\n"
                            "all                          6  0.467      0.339   0.100   0.400    1.000\n"),
      std::string::npos);
  const Json other = Json::parse(evaluate({"--json", "--snr-column", "noise"}).out)["coefficient"];
  EXPECT_EQ(other["by"]["rain"]["recordings"], 3);
}

TEST_F(EvaluatePageTest, WhatMakesNoSenseIsNamed) {
  const auto expect_exit = [&](int code, const std::string& text, const std::vector<std::string>& arguments) {
    const ProcessResult run = evaluate(arguments);
    EXPECT_EQ(run.exit_code, code) << run.err;
    EXPECT_NE(run.err.find(text), std::string::npos) << run.err;
  };
  const std::string rows = read_file(folder_ / "rows.jsonl");
  expect_exit(2, "--html rows.jsonl is rows.jsonl, which the page would replace", {"--html", "rows.jsonl"});
  EXPECT_EQ(read_file(folder_ / "rows.jsonl"), rows);
  expect_exit(2, "--snr-column place: no row with a coefficient", {"--snr-column", "place"});
  expect_exit(7, "none/page.html", {"--html", "none/page.html"});
  write_file(folder_ / "rows.jsonl", "{\"schema\":1,\"path\":\"a\",\"label\":\"sad\",\"coefficient\":1.5}\n");
  expect_exit(2, "rows.jsonl:1: coefficient is 1.5, not a number from 0 to 1", {});
}

TEST_F(EvaluatePageTest, TheBrowserShowsTheSame) {
  if (std::string(SERENE_TEST_CHROMIUM).empty())
    GTEST_SKIP() << "no Chromium: install chromium-headless-shell";
  page();
  const ProcessResult browser =
      browser_document(SERENE_TEST_CHROMIUM, folder_ / "page.html", folder_ / "browser");
  ASSERT_EQ(browser.exit_code, 0) << browser.err;
  expect_values(browser.out);
  EXPECT_TRUE(elements(browser.out, "body", {"data-injected"}).empty());
  EXPECT_TRUE(elements(browser.out, "img", {}).empty());
}

}  // namespace
}  // namespace serene::test
