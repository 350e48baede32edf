// `serene profile`: the table, its JSON, the trace, and two profiles compared.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "tests/cli/support/program.h"
#include "tests/support/temp_folder.h"

namespace serene::test {
namespace {

ProcessResult profile(std::vector<std::string> arguments) {
  std::vector<std::string> all{
      "profile",  "-m", SERENE_TEST_QUICK_MODEL, "--device", "cpu",         "--repeat", "3",
      "--warmup", "1",  "--peak-gflops",         "100",      "--peak-gbps", "20"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return serene(all);
}

// One run into a folder, for all tests that read what it wrote.
struct Written {
  ProcessResult run;
  Json json, trace;
  std::string page;
};

const Written& written() {
  static const Written all = [] {
    const TempFolder folder;
    Written made;
    made.run = profile({"-o", folder / "new/profile"});
    made.json = Json::parse(read_file(folder / "new/profile/profile.json"));
    made.trace = Json::parse(read_file(folder / "new/profile/trace.json"));
    made.page = read_file(folder / "new/profile/profile.html");
    return made;
  }();
  return all;
}

const Json& row_of(const Json& rows, const std::string& name) {
  for (const Json& row : rows) {
    if (row.at("name") == name) return row;
  }
  throw std::runtime_error("no row " + name);
}

// The cells of the table's line that begins with `name`.
std::vector<std::string> cells(const std::string& table, const std::string& name) {
  std::istringstream lines(table);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(name + " ")) continue;
    std::istringstream words(line.substr(name.size()));
    std::vector<std::string> found;
    for (std::string word; words >> word;) found.push_back(word);
    return found;
  }
  throw std::runtime_error("no line " + name + " in\n" + table);
}

TEST(ProfileRunTest, TheTableSaysWhatTheJsonSays) {
  const Written& all = written();
  ASSERT_EQ(all.run.exit_code, 0) << all.run.err;
  for (const auto& [part, name] : {std::pair{"ops", "conv2d"}, std::pair{"steps", "se.dense_encoder"}}) {
    const Json& row = row_of(all.json.at(part), name);
    const std::vector<std::string> line = cells(all.run.out, name);
    ASSERT_EQ(line.size(), 10u);
    EXPECT_EQ(std::stoi(line[0]), row.at("calls"));
    EXPECT_NEAR(std::stod(line[1]), row.at("ms"), 5e-4);
    EXPECT_NEAR(std::stod(line[2]), row.at("high_ms").get<double>() - row.at("low_ms").get<double>(), 5e-4);
    EXPECT_NEAR(std::stod(line[3]), 100 * row.at("share").get<double>(), 0.05);
    EXPECT_NEAR(std::stod(line[4]), row.at("gflop"), 5e-4);
    EXPECT_NEAR(std::stod(line[9]), 100 * row.at("roofline").get<double>(), 0.05);
  }
  EXPECT_NEAR(std::stod(cells(all.run.out, "total")[0]), all.json.at("total").at("ms"), 5e-4);
  EXPECT_EQ(cells(all.run.out, "peak")[0], "100.0");
}

TEST(ProfileRunTest, JsonNamesWhatWasMeasured) {
  const Json& json = written().json;
  EXPECT_EQ(json.at("format"), "serene-profile");
  EXPECT_EQ(json.at("version"), 1);
  EXPECT_TRUE(json.at("device").get<std::string>().starts_with("cpu "));
  EXPECT_EQ(json.at("model"), SERENE_TEST_QUICK_MODEL);
  EXPECT_EQ(json.at("model_sha256").get<std::string>().size(), 64u);
  EXPECT_EQ(json.at("batch"), 1);
  EXPECT_EQ(json.at("seconds"), 0.2);
  EXPECT_EQ(json.at("repeat"), 3);
  EXPECT_EQ(json.at("warmup"), 1);
  EXPECT_EQ(json.at("peak"), (Json{{"gflop_per_s", 100.0}, {"gbyte_per_s", 20.0}, {"source", "given"}}));
  EXPECT_EQ(json.at("kernels"), Json::array());
}

TEST(ProfileRunTest, JsonAddsUp) {
  const Json& json = written().json;
  double flop = 0, bytes = 0, calls = 0;
  for (const Json& op : json.at("ops")) {
    SCOPED_TRACE(op.at("name").get<std::string>());
    flop += op.at("gflop").get<double>();
    bytes += op.at("gbyte").get<double>();
    calls += op.at("calls").get<double>();
    const double ms = op.at("ms"), share = op.at("share");
    EXPECT_LE(op.at("low_ms"), ms);
    EXPECT_GE(op.at("high_ms"), ms);
    EXPECT_NEAR(share, ms / json.at("total").at("ms").get<double>(), 1e-9);
    EXPECT_NEAR(op.at("gflop_per_s").get<double>() * ms * 1e-3, op.at("gflop"), 1e-9);
    EXPECT_NEAR(op.at("flop_per_byte").get<double>() * op.at("gbyte").get<double>(), op.at("gflop"), 1e-9);
  }
  EXPECT_NEAR(flop, json.at("total").at("gflop"), 1e-9);
  EXPECT_NEAR(bytes, json.at("total").at("gbyte"), 1e-9);
  EXPECT_NEAR(json.at("total").at("times_real_time").get<double>(),
              200 / json.at("total").at("ms").get<double>(), 1e-6);
  // short_conformer is made of ops: it is among the spans and not among the rows.
  int64_t op_spans = 0, conformers = 0;
  for (const Json& span : json.at("spans")) {
    op_spans += span.at("kind") == "op";
    conformers += span.at("name") == "short_conformer";
  }
  EXPECT_GT(conformers, 0);
  EXPECT_EQ(op_spans - conformers, calls);
}

// https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU, as its readers check it.
TEST(ProfileRunTest, TheTraceHasCompleteEventsThatNest) {
  const Json& trace = written().trace;
  EXPECT_EQ(trace.at("displayTimeUnit"), "ms");
  std::map<std::pair<int64_t, int64_t>, std::vector<Json>> complete;  // of each thread
  int names = 0;
  for (const Json& event : trace.at("traceEvents")) {
    ASSERT_TRUE(event.at("name").is_string());
    ASSERT_TRUE(event.at("pid").is_number_integer());
    ASSERT_TRUE(event.at("tid").is_number_integer());
    const std::string phase = event.at("ph");
    if (phase == "M") {
      EXPECT_TRUE(event.at("args").at("name").is_string());
      names += event.at("name") == "process_name" || event.at("name") == "thread_name";
      continue;
    }
    ASSERT_EQ(phase, "X");
    ASSERT_TRUE(event.at("ts").is_number());
    ASSERT_TRUE(event.at("dur").is_number());
    EXPECT_GE(event.at("ts"), 0.0);
    EXPECT_GE(event.at("dur"), 0.0);
    EXPECT_TRUE(event.at("cat") == "step" || event.at("cat") == "op") << event;
    EXPECT_TRUE(event.at("args").is_object());
    complete[{event.at("pid"), event.at("tid")}].push_back(event);
  }
  EXPECT_EQ(names, 2);
  ASSERT_EQ(complete.size(), 1u);
  std::vector<Json>& events = complete.begin()->second;
  EXPECT_EQ(events.size(), written().json.at("spans").size());
  // A thread's events are either apart or one within the other, to the nanosecond they are given in.
  std::vector<double> open;  // ends of what is around
  double last = 0;
  for (const Json& event : events) {
    const double start = event.at("ts"), end = start + event.at("dur").get<double>();
    EXPECT_GE(start, last) << event;
    last = start;
    while (!open.empty() && open.back() <= start + 1e-4 && open.back() < end - 1e-4) open.pop_back();
    EXPECT_LE(end, (open.empty() ? end : open.back()) + 1e-4) << event;
    open.push_back(end);
  }
}

TEST(ProfileRunTest, TheTraceIsInMicroseconds) {
  const Written& all = written();
  const Json& pass = all.trace.at("traceEvents").at(2);
  EXPECT_EQ(pass.at("name"), "pass");
  // Of three repetitions the one with the median is shown.
  EXPECT_NEAR(pass.at("dur").get<double>(), 1e3 * all.json.at("total").at("ms").get<double>(), 2e-3);
  EXPECT_LT(pass.at("dur"), 1e6 * all.run.seconds);
  double ops = 0;
  for (const Json& event : all.trace.at("traceEvents")) {
    if (event.at("ph") == "X" && event.at("cat") == "op" && event.at("name") != "short_conformer")
      ops += event.at("dur").get<double>();
  }
  EXPECT_LE(ops, pass.at("dur"));
  EXPECT_GT(ops, 0.2 * pass.at("dur").get<double>());
}

TEST(ProfileRunTest, EachFormatGoesToStandardOutput) {
  const ProcessResult json = profile({"--json"}), trace = profile({"--trace"}), page = profile({"--html"});
  EXPECT_EQ(Json::parse(json.out).at("format"), "serene-profile");
  EXPECT_TRUE(Json::parse(trace.out).contains("traceEvents"));
  EXPECT_TRUE(page.out.starts_with("<!DOCTYPE html>"));
  EXPECT_TRUE(page.out.ends_with("</html>\n"));
}

// Nothing is fetched: the one address in it names SVG.
TEST(ProfileRunTest, ThePageStandsAlone) {
  const std::string& page = written().page;
  size_t addresses = 0;
  for (size_t at = page.find("://"); at != std::string::npos; at = page.find("://", at + 1)) ++addresses;
  EXPECT_EQ(addresses, 1u);
  EXPECT_NE(page.find("http://www.w3.org/2000/svg"), std::string::npos);
  EXPECT_EQ(page.find("src="), std::string::npos);
  EXPECT_EQ(page.find("{{profile}}"), std::string::npos);
}

TEST(ProfileRunTest, PeaksThatNobodyGaveAreMeasured) {
  const ProcessResult run = serene({"profile", "-m", SERENE_TEST_QUICK_MODEL, "--device", "cpu", "--repeat",
                                    "1", "--warmup", "0", "--peak-gbps", "20", "--json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const Json peak = Json::parse(run.out).at("peak");
  EXPECT_GT(peak.at("gflop_per_s"), 0.01);
  EXPECT_EQ(peak.at("gbyte_per_s"), 20.0);
  EXPECT_EQ(peak.at("source"), "measured, given");
}

TEST(ProfileRunTest, AnEnhancerAloneIsProfiledAtAnyLength) {
  const ProcessResult run =
      serene({"profile", "-m", SERENE_TEST_ENHANCER, "--device", "cpu", "--repeat", "1", "--warmup", "0",
              "--seconds", "0.1", "--batch", "2", "--peak-gflops", "1", "--peak-gbps", "1", "--json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const Json json = Json::parse(run.out);
  EXPECT_EQ(json.at("seconds"), 0.1);
  EXPECT_EQ(json.at("batch"), 2);
  EXPECT_EQ(row_of(json.at("steps"), "se").at("calls"), 2);
  EXPECT_EQ(row_of(json.at("ops"), "istft").at("calls"), 2);
  for (const Json& step : json.at("steps"))
    EXPECT_FALSE(step.at("name").get<std::string>().starts_with("ser"));
}

TEST(ProfileRunTest, ARecogniserWithoutItsEnhancerIsRefused) {
  const ProcessResult run = serene(
      {"profile", "-m", SERENE_TEST_RECOGNISER, "--device", "cpu", "--peak-gflops", "1", "--peak-gbps", "1"});
  EXPECT_EQ(run.exit_code, 3);
  EXPECT_EQ(run.out, "");
  EXPECT_EQ(run.err, "serene: error: " SERENE_TEST_RECOGNISER
                     ": the classifier needs enhanced speech, and the model has no enhancer\n");
}

void scale_times(Json& row, double factor) {
  for (const char* key : {"ms", "low_ms", "high_ms"}) row[key] = row.at(key).get<double>() * factor;
}

TEST(ProfileRunTest, CompareNamesWhatGotSlowerAndFaster) {
  Json old = written().json;
  for (Json& op : old.at("ops")) {
    if (op.at("name") == "conv2d") scale_times(op, 1e-3);
    if (op.at("name") == "relative_attention") scale_times(op, 1e-4);
    if (op.at("name") == "instance_norm") scale_times(op, 1e4);
    if (op.at("name") == "stft") scale_times(op, 1e9);
    // All others may lie anywhere.
    if (op.at("name") == "film") op["low_ms"] = 0, op["high_ms"] = 1e9;
    if (op.at("name") == "classifier") op["name"] = "classifier_of_old";
  }
  old["device"] = "cpu of another machine";
  const TempFolder folder;
  write_file(folder / "old.json", old.dump());
  const ProcessResult run = profile({"--compare", folder / "old.json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const std::string text = run.out.substr(run.out.find("compared with " + (folder / "old.json")));
  const size_t slower = text.find("\nslower, beyond the spread:"), faster = text.find("\nfaster, beyond");
  ASSERT_NE(slower, std::string::npos) << text;
  ASSERT_NE(faster, std::string::npos) << text;
  const std::string slow = text.substr(slower, faster - slower), fast = text.substr(faster);
  EXPECT_NE(slow.find("  conv2d "), std::string::npos) << text;
  EXPECT_NE(slow.find("  relative_attention "), std::string::npos) << text;
  EXPECT_NE(fast.find("  instance_norm "), std::string::npos) << text;
  EXPECT_EQ(text.find("  film "), std::string::npos) << text;
  EXPECT_NE(text.find("new:\n  classifier\n"), std::string::npos) << text;
  EXPECT_NE(text.find("gone:\n  classifier_of_old\n"), std::string::npos) << text;
  EXPECT_NE(text.find("device was \"cpu of another machine\", is \"cpu "), std::string::npos) << text;
  // The largest difference first.
  EXPECT_LT(fast.find("  stft "), fast.find("  instance_norm ")) << text;
}

TEST(ProfileRunTest, AnOldProfileThatIsNoneIsNamedInOneLine) {
  const TempFolder folder;
  const auto expect = [&](const std::string& name, const std::string& cause) {
    const ProcessResult run = profile({"--compare", folder / name});
    EXPECT_EQ(run.exit_code, 2) << name;
    EXPECT_EQ(run.out, "") << name;
    EXPECT_NE(run.err.find((folder / name) + ": " + cause), std::string::npos) << run.err;
    EXPECT_EQ(std::count(run.err.begin(), run.err.end(), '\n'), 1) << run.err;
  };
  expect("missing.json", "No such file");
  expect(".", "not a file");
  write_file(folder / "text.json", "profile");
  expect("text.json", "not JSON");
  write_file(folder / "list.json", "[1]");
  expect("list.json", "not what serene profile --json writes");
  write_file(folder / "other.json", R"({"traceEvents": []})");
  expect("other.json", "not what serene profile --json writes");
  write_file(folder / "later.json", R"({"format": "serene-profile", "version": 2})");
  expect("later.json", "version 2 of a profile, this program reads 1");
  Json old = written().json;
  old.at("ops").at(0).erase("low_ms");
  write_file(folder / "part.json", old.dump());
  expect("part.json", "a profile with parts missing");
  old = written().json;
  old.at("total")["ms"] = "fast";
  write_file(folder / "kind.json", old.dump());
  expect("kind.json", "a profile with parts missing");
}

TEST(ProfileRunTest, OldFilesStayUntilNewOnesAreWhole) {
  const TempFolder folder;
  write_file(folder / "profile.json", "old");
  std::filesystem::create_symlink("/dev/full", folder / "trace.json");
  const ProcessResult device = profile({"-o", folder.path()});
  EXPECT_EQ(device.exit_code, 7);
  EXPECT_EQ(device.err, "serene: error: " + (folder / "trace.json") + ": is a device, not a file\n");
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "trace.json"));
  std::filesystem::remove(folder / "trace.json");
  const ProcessResult full =
      run_process({"/bin/bash", "-c", "ulimit -f 1; exec \"$0\" profile --warmup 0 --repeat 1 -o \"$1\"",
                   SERENE_TEST_PROGRAM, folder.path()},
                  {.environment = {{"SERENE_MODEL", SERENE_TEST_QUICK_MODEL}}});
  EXPECT_EQ(full.exit_code, 7);
  EXPECT_EQ(full.err, "serene: error: " + (folder / "profile.json") + ": File too large\n");
  EXPECT_EQ(read_file(folder / "profile.json"), "old");
  const auto entries = std::filesystem::directory_iterator(folder.path());
  EXPECT_EQ(std::distance(begin(entries), end(entries)), 1);
}

TEST(ProfileRunTest, BadUsageEndsBeforeAnythingIsMeasured) {
  const TempFolder folder;
  write_file(folder / "file", "");
  const ProcessResult blocked = profile({"-o", folder / "file/profile"});
  EXPECT_EQ(blocked.exit_code, 7);
  EXPECT_NE(blocked.err.find(folder / "file/profile"), std::string::npos) << blocked.err;
  EXPECT_EQ(std::count(blocked.err.begin(), blocked.err.end(), '\n'), 1) << blocked.err;

  const ProcessResult length = profile({"--seconds", "3"});
  EXPECT_EQ(length.exit_code, 2);
  EXPECT_NE(length.err.find("--seconds: the model's clips have 0.2 s"), std::string::npos) << length.err;

  EXPECT_EQ(profile({"--json", "--html"}).exit_code, 2);
  EXPECT_EQ(profile({"--json", "--compare", folder / "file"}).exit_code, 2);
  EXPECT_EQ(profile({"--repeat", "0"}).exit_code, 2);
  EXPECT_EQ(profile({"--peak-gflops", "-1"}).exit_code, 2);
  EXPECT_EQ(serene({"profile", "-m", folder / "file"}).exit_code, 3);
  EXPECT_EQ(serene({"profile", "--device", "tpu"}).exit_code, 2);
}

}  // namespace
}  // namespace serene::test
