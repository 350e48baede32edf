// `serene evaluate` against numbers worked out by hand.
#include <sys/stat.h>

#include <filesystem>

#include "tests/cli/score/batch_run.h"

namespace serene::test {
namespace {

class EvaluateRunTest : public BatchRunTest {
 protected:
  ProcessResult evaluate(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "evaluate");
    return serene(arguments, quick_options(folder_.path()));
  }
  // A row per word "path:label:reference:snr", - for nothing; label ! for an error.
  void write_rows(const std::string& words) {
    std::istringstream list(words);
    std::string text;
    for (std::string word; list >> word;) {
      std::istringstream parts(word);
      std::string path, label, reference, snr;
      std::getline(parts, path, ':');
      std::getline(parts, label, ':');
      std::getline(parts, reference, ':');
      std::getline(parts, snr, ':');
      Json row{{"schema", 1}, {"path", path}};
      if (label == "!") {
        row["error"] = {{"stage", "open"}, {"code", "not_found"}, {"message", ""}};
      } else {
        row["label"] = label;
      }
      if (reference != "-") row["reference"] = reference;
      const bool is_number = snr.find_first_not_of("-0123456789") == std::string::npos;
      if (!snr.empty()) row["columns"] = {{"snr", is_number ? Json(std::stoi(snr)) : Json(snr)}};
      text += row.dump() + '\n';
    }
    write_file(folder_ / "rows.jsonl", text);
  }
};

// sad: 3 of 4, angry: 1 of 2.
constexpr const char* kRows =
    "a:sad:sad:0 b:sad:sad:0 c:sad:sad:5 d:angry:sad:5 e:angry:angry:0 f:happy:angry:5 g:!:sad:0 h:sad:-:0";

TEST_F(EvaluateRunTest, MeasuresAreThoseWorkedOutByHand) {
  write_rows(kRows);
  const ProcessResult run = evaluate({"rows.jsonl", "--by", "snr", "--json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const Json result = Json::parse(run.out);
  EXPECT_EQ(result["recordings"], 6);
  EXPECT_DOUBLE_EQ(result["uar"], (0.75 + 0.5) / 2);
  EXPECT_DOUBLE_EQ(result["war"], 4.0 / 6);
  // F1: angry 2*1/(2+2), happy 0, sad 2*3/(4+3).
  EXPECT_DOUBLE_EQ(result["macro_f1"], (0.5 + 0 + 6.0 / 7) / 3);
  EXPECT_EQ(result["labels"], Json({"angry", "happy", "sad"}));
  EXPECT_EQ(result["confusion"], Json({{1, 1, 0}, {0, 0, 0}, {1, 0, 3}}));
  EXPECT_DOUBLE_EQ(result["classes"]["sad"]["precision"], 1);
  EXPECT_DOUBLE_EQ(result["classes"]["angry"]["precision"], 0.5);
  EXPECT_EQ(result["failed"], 1);
  EXPECT_EQ(result["unlabelled"], 1);
  EXPECT_DOUBLE_EQ(result["by"]["snr"]["0"]["uar"], 1);
  EXPECT_EQ(result["by"]["snr"]["0"]["recordings"], 3);
  EXPECT_DOUBLE_EQ(result["by"]["snr"]["5"]["war"], 1.0 / 3);
}

TEST_F(EvaluateRunTest, ConditionsAreInTheOrderOfTheirNumbersThenOfTheirNames) {
  write_rows("a:sad:sad:20 b:sad:sad:5 c:sad:sad:-5 d:sad:sad:clean e:sad:sad:0");
  const std::string text = evaluate({"rows.jsonl", "--by", "snr"}).out;
  size_t at = text.find("\nsnr ");
  for (const char* value : {"\n-5 ", "\n0 ", "\n5 ", "\n20 ", "\nclean "}) {
    at = text.find(value, at);
    ASSERT_NE(at, std::string::npos) << value << text;
  }
}

TEST_F(EvaluateRunTest, AColumnIsTakenAsItIs) {
  write_file(folder_ / "rows.jsonl",
             R"({"schema":1,"path":"a","label":"sad","reference":"sad","columns":{"[x,y]":"1"}})");
  const ProcessResult run = evaluate({"--by", "[x,y]", "rows.jsonl", "--json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(Json::parse(run.out)["by"]["[x,y]"]["1"]["recordings"], 1);
}

TEST_F(EvaluateRunTest, TextShowsTheSame) {
  write_rows(kRows);
  const ProcessResult run = evaluate({"rows.jsonl", "--by", "snr"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(run.out,
            "recordings        6\n"
            "UAR         62.50 %\n"
            "WAR         66.67 %\n"
            "macro F1    45.24 %\n"
            "not counted: 1 failed, 0 of silence, 1 without a label, 0 never scored\n"
            "\n"
            "reference \\ label  angry  happy  sad   recall  precision       F1\n"
            "angry                  1      1    0  50.00 %    50.00 %  50.00 %\n"
            "happy                  0      0    0   0.00 %     0.00 %   0.00 %\n"
            "sad                    1      0    3  75.00 %   100.00 %  85.71 %\n"
            "\n"
            "snr  recordings       UAR       WAR  macro F1\n"
            "0             3  100.00 %  100.00 %  100.00 %\n"
            "5             3   25.00 %   33.33 %   22.22 %\n");
}

TEST_F(EvaluateRunTest, RowsWithoutALabelAreCountedByReason) {
  const auto unlabelled = [](const std::string& path, const std::string& reason) {
    return R"({"schema":1,"path":")" + path + R"(","label":null,"outputs":{"snr_db":1.5},"reason":")" +
           reason + R"(","reference":"sad","columns":{"snr_db":"2"}})" + '\n';
  };
  const std::string sure =
      R"({"schema":1,"path":"a","label":"sad","outputs":{"snr_db":1},"reference":"sad","columns":{"snr_db":"2"}})";
  write_file(folder_ / "rows.jsonl", sure + '\n' + unlabelled("b", "silence") + unlabelled("c", "no_speech") +
                                         unlabelled("d", "no_speech") + unlabelled("e", "confidence"));
  const ProcessResult run = evaluate({"rows.jsonl", "--html", "page.html"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const std::string counts =
      "not counted: 0 failed, 1 of silence, 2 without speech, 1 of low confidence, 0 without a label, 0 "
      "never "
      "scored";
  EXPECT_NE(run.out.find(counts + '\n'), std::string::npos) << run.out;
  const std::string page = read_file(folder_ / "page.html");
  EXPECT_NE(page.find(R"(data-silent="1" data-no-speech="2" data-low-confidence="1" data-unlabelled="0")"),
            std::string::npos);
  EXPECT_NE(page.find(counts), std::string::npos);
  const Json result = Json::parse(evaluate({"rows.jsonl", "--json"}).out);
  EXPECT_EQ(result["recordings"], 1);
  EXPECT_EQ(result["silent"], 1);
  EXPECT_EQ(result["no_speech"], 2);
  EXPECT_EQ(result["low_confidence"], 1);
  // What lacks confidence in its label has its outputs.
  const Json snr = Json::parse(evaluate({"rows.jsonl", "--output", "snr_db", "--json"}).out);
  EXPECT_EQ(snr["recordings"], 2);
  EXPECT_EQ(snr["low_confidence"], 0);
  EXPECT_EQ(snr["no_speech"], 2);
}

TEST_F(EvaluateRunTest, LabelsFromAListOfTheirOwn) {
  write_rows("a:sad:- b:sad:- c:sad:- z:sad:-");
  write_file(folder_ / "truth.csv", "path,label,place\na,sad,home\nb,angry,work\nc,sad,home\nd,sad,home\n");
  const ProcessResult run = evaluate({"rows.jsonl", "--labels", "truth.csv", "--by", "place", "--json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const Json result = Json::parse(run.out);
  EXPECT_EQ(result["recordings"], 3);
  EXPECT_EQ(result["unlabelled"], 1);
  EXPECT_EQ(result["not_scored"], 1);
  EXPECT_DOUBLE_EQ(result["war"], 2.0 / 3);
  EXPECT_DOUBLE_EQ(result["by"]["place"]["home"]["war"], 1);
}

TEST_F(EvaluateRunTest, PartsOfARecordingAreToldApartByTheirIds) {
  write_file(folder_ / "rows.jsonl",
             "{\"schema\":1,\"path\":\"a\",\"id\":2,\"label\":\"sad\"}\n"
             "{\"schema\":1,\"path\":\"a\",\"id\":1,\"label\":\"angry\"}\n"
             "{\"schema\":1,\"path\":\"a\",\"id\":1,\"window\":0,\"label\":\"sad\"}\n");
  write_file(folder_ / "t.jsonl",
             "{\"path\":\"a\",\"id\":1,\"label\":\"angry\"}\n{\"path\":\"a\",\"id\":2,\"label\":\"sad\"}\n");
  const Json result = Json::parse(evaluate({"rows.jsonl", "--labels", "t.jsonl", "--json"}).out);
  EXPECT_EQ(result["recordings"], 2);
  EXPECT_EQ(result["war"], 1.0);
  // Without an id in the row it could be either.
  write_rows("a:sad:-");
  const ProcessResult run = evaluate({"rows.jsonl", "--labels", "t.jsonl"});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_NE(run.err.find("several labels for a"), std::string::npos) << run.err;
}

TEST_F(EvaluateRunTest, BothFormatsOfTheProgramsOwnRows) {
  make_recordings(3);
  write_file(folder_ / "m.csv",
             "path,label,snr\n000.wav,sad,5\n001.wav,happy,5\n002.wav,angry,0\nnone.wav,sad,0\n");
  score({"-q", "--manifest", "m.csv", "-o", "rows.jsonl"});
  score({"-q", "--manifest", "m.csv", "-o", "rows.csv", "--format", "csv"});
  const ProcessResult json = evaluate({"rows.jsonl", "--by", "snr", "--json"});
  ASSERT_EQ(json.exit_code, 0) << json.err;
  EXPECT_EQ(Json::parse(json.out)["recordings"], 3);
  EXPECT_EQ(Json::parse(json.out)["failed"], 1);
  EXPECT_EQ(evaluate({"rows.csv", "--by", "snr", "--json"}).out, json.out);
}

TEST_F(EvaluateRunTest, LabelsThatBelongToNoRowAreTold) {
  write_rows("a.wav:sad:- b.wav:sad:-");
  write_file(folder_ / "truth.csv", "path,label\n/data/a.wav,sad\n/data/b.wav,sad\n");
  const auto message = [&] {
    const ProcessResult run = evaluate({"rows.jsonl", "--labels", "truth.csv"});
    EXPECT_EQ(run.exit_code, 6);
    EXPECT_EQ(run.out, "");
    return run.err;
  };
  EXPECT_EQ(message(),
            "serene: error: truth.csv: 2 labels, and none of them belongs to a row of rows.jsonl: the first "
            "label is "
            "of /data/a.wav, the first row of a.wav\n");
  write_file(folder_ / "truth.csv", "path,id,label\na.wav,7,sad\n");
  write_file(folder_ / "rows.jsonl", R"({"schema":1,"path":"a.wav","id":8,"label":"sad"})");
  EXPECT_NE(message().find("the first label is of id 7, the first row of id 8"), std::string::npos);
  write_file(folder_ / "truth.csv", "path,emotion\na.wav,sad\n");
  EXPECT_EQ(message(), "serene: error: truth.csv: no row with a label\n");
}

TEST_F(EvaluateRunTest, AReferenceTheModelCannotGiveIsNamed) {
  make_recordings(2);
  write_file(folder_ / "m.csv", "path,label\n000.wav,Angry\n001.wav,sad\n");
  for (const char* format : {"jsonl", "csv"}) {
    score({"-q", "--manifest", "m.csv", "-o", "rows", "--format", format});
    const ProcessResult run = evaluate({"rows", "--json"});
    EXPECT_EQ(run.exit_code, 0);
    EXPECT_EQ(Json::parse(run.out)["recordings"], 2);
    EXPECT_EQ(
        run.err,
        "serene: warning: reference labels that the model never gives, so that no row of theirs is right: "
        "Angry; it gives angry, happy, neutral, sad\n")
        << format;
  }
  write_file(folder_ / "m.csv", "path,label\n000.wav,angry\n001.wav,sad\n");
  score({"-q", "--manifest", "m.csv", "-o", "rows"});
  EXPECT_EQ(evaluate({"rows"}).err, "");
}

TEST_F(EvaluateRunTest, AdviceNamesOptionsThatThereAre) {
  write_rows(kRows);
  write_file(folder_ / "truth.txt", "path,label\na,sad\n");
  const ProcessResult format = evaluate({"rows.jsonl", "--labels", "truth.txt"});
  EXPECT_EQ(format.exit_code, 2);
  EXPECT_NE(format.err.find("say what it is with --labels-format"), std::string::npos) << format.err;
  write_file(folder_ / "truth.jsonl", "nonsense\n");
  const ProcessResult row = evaluate({"rows.jsonl", "--labels", "truth.jsonl"});
  EXPECT_EQ(row.exit_code, 2);
  EXPECT_NE(row.err.find("truth.jsonl:1:"), std::string::npos) << row.err;
  EXPECT_EQ(row.err.find("--skip-bad-rows"), std::string::npos) << row.err;
  EXPECT_NE(score({"--manifest", "truth.jsonl"}).err.find("(--skip-bad-rows goes on"), std::string::npos);
}

// References and predictions of agreement_test.cpp, in two groups of three; NumPy's numbers.
TEST_F(EvaluateRunTest, ANumberIsMeasuredAgainstAColumn) {
  const double x[] = {0.1, 0.35, 0.5, 0.8, 0.65, 0.2}, y[] = {0.15, 0.3, 0.7, 0.75, 0.4, 0.25};
  std::string rows, truth = "path,rating\n";
  for (size_t i = 0; i < 6; ++i) {
    const std::string path = std::to_string(i) + ".wav";
    const Json row{{"schema", 1},
                   {"path", path},
                   {"label", nullptr},
                   {"outputs", {{"arousal", y[i]}, {"valence", 0.5}}},
                   {"columns", {{"arousal", x[i]}, {"half", i < 3 ? "a" : "b"}}}};
    rows += row.dump() + '\n';
    truth += path + ',' + std::to_string(x[i]) + '\n';
  }
  // In no measure: failed, of silence, without a reference.
  rows += R"({"schema":1,"path":"f","error":{"stage":"open"},"columns":{"arousal":1}})"
          "\n"
          R"({"schema":1,"path":"s","label":null,"reason":"silence","outputs":null,"columns":{"arousal":1}})"
          "\n"
          R"({"schema":1,"path":"n","label":null,"outputs":{"arousal":1}})"
          "\n";
  write_file(folder_ / "rows.jsonl", rows);
  write_file(folder_ / "truth.csv", truth);
  const auto expect_all = [](const Json& result) {
    EXPECT_EQ(result["output"], "arousal");
    EXPECT_EQ(result["recordings"], 6);
    EXPECT_NEAR(result["ccc"], 0.8301886792452831, 1e-12);
    EXPECT_NEAR(result["pearson"], 0.8335486371305786, 1e-12);
    EXPECT_NEAR(result["rmse"], 0.13693063937629152, 1e-12);
    EXPECT_FALSE(result.contains("uar"));
  };
  const ProcessResult by_column = evaluate({"rows.jsonl", "--output", "arousal", "--by", "half", "--json"});
  ASSERT_EQ(by_column.exit_code, 0) << by_column.err;
  const Json result = Json::parse(by_column.out);
  expect_all(result);
  EXPECT_NEAR(result["by"]["half"]["a"]["ccc"], 0.8246753246753247, 1e-12);
  EXPECT_NEAR(result["by"]["half"]["b"]["pearson"], 0.8737210711800155, 1e-12);
  EXPECT_EQ(result["failed"], 1);
  EXPECT_EQ(result["silent"], 1);
  EXPECT_EQ(result["unlabelled"], 1);
  const ProcessResult by_list = evaluate(
      {"rows.jsonl", "--output", "arousal", "--reference", "rating", "--labels", "truth.csv", "--json"});
  ASSERT_EQ(by_list.exit_code, 0) << by_list.err;
  expect_all(Json::parse(by_list.out));

  const ProcessResult text =
      evaluate({"rows.jsonl", "--output", "arousal", "--by", "half", "--html", "page.html"});
  EXPECT_EQ(text.out,
            "recordings       6\n"
            "CCC         0.8302\n"
            "Pearson     0.8335\n"
            "RMSE        0.1369\n"
            "not counted: 1 failed, 1 of silence, 1 without a label, 0 never scored\n"
            "\n"
            "half  recordings     CCC  Pearson    RMSE\n"
            "a              3  0.8247   0.9211  0.1225\n"
            "b              3  0.8058   0.8737  0.1500\n")
      << text.err;
  const std::string page = read_file(folder_ / "page.html");
  EXPECT_NE(page.find("<p>Output: arousal</p>"), std::string::npos);
  EXPECT_NE(page.find("data-measure=\"ccc\" data-value=\"0.83018867924"), std::string::npos) << page;
  EXPECT_NE(page.find("data-value=\"a\" data-recordings=\"3\" data-ccc=\"0.82467532467"), std::string::npos);

  const auto refused = [&](int code, const std::string& cause, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "rows.jsonl");
    const ProcessResult run = evaluate(arguments);
    EXPECT_EQ(run.exit_code, code);
    EXPECT_NE(run.err.find(cause), std::string::npos) << run.err;
  };
  refused(6, "rows.jsonl: rows without labels; --output names an output: arousal, valence", {});
  refused(6, "rows.jsonl: no output dominance; the rows have: arousal, valence", {"--output", "dominance"});
  refused(6, "no scored recording with the output valence and a value in the column valence",
          {"--output", "valence"});
  refused(2, "0.wav: the reference of valence is a, not a number",
          {"--output", "valence", "--reference", "half"});
  refused(2, "--reference needs --output", {"--reference", "half"});
}

TEST_F(EvaluateRunTest, WhatMakesNoSenseIsNamed) {
  write_rows(kRows);
  const auto expect_exit = [&](int code, const std::string& text, const std::vector<std::string>& arguments) {
    const ProcessResult run = evaluate(arguments);
    EXPECT_EQ(run.exit_code, code) << run.err;
    EXPECT_NE(run.err.find(text), std::string::npos) << run.err;
    EXPECT_EQ(run.out, "");
  };
  expect_exit(2, "no row has such a column", {"rows.jsonl", "--by", "place"});
  expect_exit(2, "missing", {"missing"});
  write_file(folder_ / "torn.jsonl", read_file(folder_ / "rows.jsonl") + "{\"schema\":1,\"pa");
  expect_exit(2, "torn.jsonl:9:", {"torn.jsonl"});
  write_file(folder_ / "other.jsonl", "{\"a\":1}\n");
  expect_exit(2, "other.jsonl:1: not a row of serene score", {"other.jsonl"});
  write_file(folder_ / "empty.jsonl", "");
  expect_exit(6, "no scored recording with a label", {"empty.jsonl"});
  write_file(folder_ / "twice.csv", "path,id,label\na,1,sad\nb,1,angry\n");
  expect_exit(2, "two rows with the id 1", {"rows.jsonl", "--labels", "twice.csv"});
}

TEST_F(EvaluateRunTest, APageReplacesNothingThatIsNeededAndIsNotLeftEmpty) {
  make_recordings(1);
  write_file(folder_ / "m.csv", "path,label\n000.wav,sad\n");
  EXPECT_EQ(score({"-q", "--manifest", "m.csv", "-o", "rows.jsonl"}).exit_code, 0);
  const std::string journal = read_file(folder_ / "rows.jsonl.journal"),
                    sound = read_file(folder_ / "000.wav");
  EXPECT_EQ(evaluate({"nope.jsonl", "--html", "p.html"}).exit_code, 2);
  EXPECT_EQ(evaluate({"rows.jsonl", "--by", "none", "--html", "p.html"}).exit_code, 2);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "p.html"));
  for (const auto& [page, text] : std::vector<std::pair<std::string, std::string>>{
           {"rows.jsonl.journal", "is a journal of serene score, which pages would replace"},
           {"000.wav", "is a recording, which pages would replace"},
           {"rows.jsonl", "is rows.jsonl, which the page would replace"}}) {
    const ProcessResult run = evaluate({"rows.jsonl", "--html", page});
    EXPECT_EQ(run.exit_code, 2) << page;
    EXPECT_NE(run.err.find("--html " + page + ' ' + text), std::string::npos) << run.err;
  }
  EXPECT_EQ(read_file(folder_ / "rows.jsonl.journal"), journal);
  EXPECT_EQ(read_file(folder_ / "000.wav"), sound);
  EXPECT_EQ(evaluate({"rows.jsonl", "--html", ""}).exit_code, 2);
  EXPECT_EQ(evaluate({"rows.jsonl", "--html", "-"}).exit_code, 2);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "-"));
  EXPECT_EQ(evaluate({"rows.jsonl", "--html", "p.html"}).exit_code, 0);
  EXPECT_TRUE(read_file(folder_ / "p.html").starts_with("<!"));
}

TEST_F(EvaluateRunTest, APageIsReplacedWholeOrStays) {
  write_rows(kRows);
  write_file(folder_ / "old.html", "old");
  std::filesystem::create_symlink("old.html", folder_ / "link.html");
  ASSERT_EQ(::mkfifo((folder_ / "fifo").c_str(), 0600), 0);
  const ProcessResult full = shell("ulimit -f 1; $SERENE evaluate rows.jsonl --html link.html");
  EXPECT_EQ(full.exit_code, 7);
  EXPECT_EQ(full.err, "serene: error: link.html: File too large\n");
  EXPECT_EQ(read_file(folder_ / "old.html"), "old");
  // Somebody reads from it.
  const ProcessResult fifo =
      shell("exec 3<>fifo; $SERENE evaluate rows.jsonl --html fifo; code=$?; exec 3>&-; exit $code");
  EXPECT_EQ(fifo.exit_code, 7);
  EXPECT_EQ(fifo.err, "serene: error: fifo: is a FIFO, not a file\n");
  EXPECT_EQ(evaluate({"rows.jsonl", "--html", "link.html"}).exit_code, 0);
  EXPECT_TRUE(std::filesystem::is_symlink(folder_ / "link.html"));
  EXPECT_TRUE(read_file(folder_ / "old.html").starts_with("<!"));
  EXPECT_EQ(shell("ls -A").out, "fifo\nlink.html\nold.html\nrows.jsonl\n");
}

}  // namespace
}  // namespace serene::test
