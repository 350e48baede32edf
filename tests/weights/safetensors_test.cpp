#include "weights/safetensors.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/hostile_bytes.h"
#include "tests/support/refusal.h"
#include "tests/support/socket_file.h"
#include "tests/support/temp_folder.h"
#include "weights/refuse.h"

namespace serene::weights {
namespace {

using test::entry;
using test::expect_in;
using test::refusal;
using test::safetensors;

const std::string kFour(4, '\1'), kEight(8, '\1');

struct Case {
  std::string name, bytes, expected;
};

std::string one(std::string_view shape, std::string_view offsets, std::string_view dtype = "F32") {
  return "{" + entry("a", dtype, shape, offsets) + "}";
}

std::vector<Case> cases() {
  const std::string metadata = "{\"__metadata__\":";
  return {
      {"empty", "", "not a safetensors file: 0 bytes"},
      {"seven_bytes", std::string(7, '\0'), "not a safetensors file: 7 bytes"},
      {"header_length_0", test::le(0, 8) + "{}", "header length 0 in a file of 10 bytes"},
      {"header_length_2_63", test::le(uint64_t{1} << 63, 8) + "{}", "header length 9223372036854775808"},
      {"header_length_all_ones", test::le(~uint64_t{0}, 8) + "{}", "header length 18446744073709551615"},
      {"header_longer_than_file", test::le(3, 8) + "{}", "header length 3 in a file of 10 bytes"},
      {"header_over_limit", test::le(100'000'001, 8) + "{}", "header length 100000001"},
      {"lfs_pointer", "version https://git-lfs.github.com/spec/v1\noid sha256:12\nsize 9\n",
       "Git LFS pointer"},
      {"zip", test::one_tensor_zip(),
       "a zip archive, perhaps a PyTorch checkpoint: run serene-convert on it"},
      {"text", "Hello, world, this is no model.\n", "not a safetensors file: header length"},
      {"not_a_brace", safetensors("[]      "), "header does not begin with {"},
      {"leading_space", safetensors(" {}"), "header does not begin with {"},
      {"bad_utf8", safetensors("{\"\xff\xfe\":{}}"), "not valid UTF-8"},
      {"overlong_utf8", safetensors("{\"\xc0\xaf\":{}}"), "not valid UTF-8"},
      {"bad_json", safetensors("{\"a\":}"), "header: byte 13: not valid JSON"},
      {"unclosed", safetensors("{\"a\":{"), "not valid JSON"},
      {"two_documents", safetensors("{}{}"), "not valid JSON"},
      {"nul_behind", safetensors(std::string("{}\0", 3)), "not valid JSON"},
      {"duplicate_tensor",
       safetensors("{" + entry("a", "F32", "[1]", "[0,4]") + "," + entry("a", "F32", "[1]", "[0,4]") + "}",
                   kFour),
       "a: duplicate key"},
      {"duplicate_field",
       safetensors("{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
                   kFour),
       "a: duplicate key dtype"},
      {"duplicate_metadata", safetensors(metadata + "{\"x\":\"1\",\"x\":\"2\"}}"),
       "__metadata__: duplicate key x"},
      {"two_metadata", safetensors(metadata + "{},\"__metadata__\":{}}"), "__metadata__: duplicate key"},
      {"deep_objects", safetensors("{\"a\":" + test::repeat("{\"shape\":", 10'000)),
       "a: nested deeper than the format allows"},
      {"deep_arrays", safetensors("{\"a\":{\"shape\":" + test::repeat("[", 10'000)),
       "an array where none belongs"},
      {"deep_in_metadata", safetensors(metadata + test::repeat("{\"x\":", 10'000)),
       "__metadata__: nested deeper than the format allows"},
      {"array_at_top", safetensors("{\"a\":[1]}"), "a: an array where none belongs"},
      {"string_at_top", safetensors("{\"a\":\"b\"}"), "a: a string where none belongs"},
      {"number_at_top", safetensors("{\"a\":1}"), "a: a number where none belongs"},
      {"null", safetensors("{\"a\":null}"), "a: null where none belongs"},
      {"boolean", safetensors("{\"a\":true}"), "a: a boolean where none belongs"},
      {"string_in_shape", safetensors(one("[\"1\"]", "[0,4]"), kFour), "a: a string where none belongs"},
      {"object_in_shape", safetensors(one("[{}]", "[0,4]"), kFour), "a: nested deeper"},
      {"shape_is_a_number", safetensors(one("1", "[0,4]"), kFour), "a: a number where none belongs"},
      {"dtype_is_a_number", safetensors("{\"a\":{\"dtype\":7}}"), "a: a number where none belongs"},
      {"dtype_is_an_array", safetensors("{\"a\":{\"dtype\":[]}}"), "a: an array where none belongs"},
      {"metadata_number", safetensors(metadata + "{\"x\":1}}"),
       "__metadata__: a number where only strings belong"},
      {"metadata_null", safetensors(metadata + "{\"x\":null}}"),
       "__metadata__: null where only strings belong"},
      {"metadata_array", safetensors(metadata + "{\"x\":[]}}"), "__metadata__: an array where none belongs"},
      {"metadata_string", safetensors(metadata + "\"x\"}"),
       "__metadata__: a string where only strings belong"},
      {"unknown_field", safetensors("{\"a\":{\"stride\":[1]}}"), "a: unknown key stride"},
      {"no_fields", safetensors("{\"a\":{}}"), "a: needs dtype, shape and data_offsets"},
      {"no_offsets", safetensors("{\"a\":{\"dtype\":\"F32\",\"shape\":[0]}}"), "a: needs dtype, shape"},
      {"unknown_dtype", safetensors(one("[1]", "[0,4]", "F128"), kFour), "a: unknown dtype F128"},
      {"lower_case_dtype", safetensors(one("[1]", "[0,4]", "f32"), kFour), "a: unknown dtype f32"},
      {"one_offset", safetensors(one("[1]", "[4]"), kFour), "a: data_offsets must be two numbers"},
      {"three_offsets", safetensors(one("[1]", "[0,4,4]"), kFour), "a: data_offsets must be two numbers"},
      {"negative_offset", safetensors(one("[1]", "[-4,0]"), kFour), "a: negative number -4"},
      {"negative_dimension", safetensors(one("[-1]", "[0,4]"), kFour), "a: negative number -1"},
      {"float_offset", safetensors(one("[1]", "[0,4.0]"), kFour), "a: 4.0 is not an integer"},
      {"exponent_offset", safetensors(one("[1]", "[0,4e0]"), kFour), "a: 4e0 is not an integer"},
      {"float_dimension", safetensors(one("[1.5]", "[0,4]"), kFour), "a: 1.5 is not an integer"},
      {"huge_offset_1e400", safetensors(one("[1]", "[0,1e400]"), kFour), "header: byte"},
      {"offset_2_64", safetensors(one("[1]", "[0,18446744073709551616]"), kFour),
       "a: 18446744073709551616 is not an integer"},
      {"offset_2_63", safetensors(one("[1]", "[0,9223372036854775808]"), kFour),
       "a: ends at byte 9223372036854775808 of 4 bytes of data"},
      {"dimension_2_63", safetensors(one("[9223372036854775808]", "[0,4]"), kFour),
       "a: a dimension is too large"},
      {"reversed_offsets", safetensors(one("[1]", "[4,0]"), kFour), "a: data_offsets are reversed"},
      {"behind_the_end", safetensors(one("[2]", "[0,8]"), kFour),
       "a: ends at byte 8 of 4 bytes of data (truncated?)"},
      {"shape_overflow", safetensors(one("[4294967296,4294967296,4]", "[0,4]"), kFour), "a: shape overflows"},
      {"shape_wraps_to_four", safetensors(one("[4611686018427387904,4,1]", "[0,4]"), kFour),
       "a: shape overflows"},
      {"too_few_bytes", safetensors(one("[3]", "[0,8]"), kEight),
       "a: 8 bytes for shape [3] of F32, wanted 12"},
      {"too_many_bytes", safetensors(one("[1]", "[0,8]"), kEight),
       "a: 8 bytes for shape [1] of F32, wanted 4"},
      {"overlap",
       safetensors("{" + entry("a", "F32", "[1]", "[0,4]") + "," + entry("b", "F32", "[1]", "[2,6]") + "}",
                   std::string(6, '\1')),
       "b: overlaps the tensor before it"},
      {"same_bytes",
       safetensors("{" + entry("a", "F32", "[1]", "[0,4]") + "," + entry("b", "F32", "[1]", "[0,4]") + "}",
                   kFour),
       "b: overlaps the tensor before it"},
      {"hole",
       safetensors("{" + entry("a", "F32", "[1]", "[0,4]") + "," + entry("b", "F32", "[1]", "[5,9]") + "}",
                   std::string(9, '\1')),
       "b: 1 unused bytes before it"},
      {"empty_inside_another",
       safetensors("{" + entry("a", "F32", "[2]", "[0,8]") + "," + entry("b", "F32", "[0]", "[4,4]") + "}",
                   kEight),
       "b: overlaps the tensor before it"},
      {"hole_at_the_start", safetensors(one("[1]", "[4,8]"), kEight), "a: 4 unused bytes before it"},
      {"trailing_bytes", safetensors(one("[1]", "[0,4]"), kEight), "4 bytes after the last tensor"},
      {"only_trailing_bytes", safetensors("{}", kEight), "8 bytes after the last tensor"},
      {"rank_65", safetensors(one("[" + test::repeat("1,", 64) + "1]", "[0,4]"), kFour),
       "a: more than 64 dimensions"},
      {"three_offsets_of_many", safetensors(one("[1]", "[0,4" + test::repeat(",4", 100'000) + "]"), kFour),
       "a: data_offsets must be two numbers"},
      // Seven bytes each that would cost hundreds: the first is enough.
      {"entries_without_end",
       safetensors("{" +
                   [] {
                     std::string entries;
                     for (int i = 0; i < 100'000; ++i) entries += "\"" + std::to_string(i) + "\":{},";
                     return entries;
                   }() +
                   "\"x\":{}}"),
       "0: needs dtype, shape and data_offsets"},
      {"metadata_without_end",
       safetensors("{\"__metadata__\":{" +
                   [] {
                     std::string entries;
                     for (int i = 0; i < 20'000; ++i) entries += "\"" + std::to_string(i) + "\":\"\",";
                     return entries;
                   }() +
                   "\"x\":\"\"}}"),
       "__metadata__: more than 10000 keys"},
      {"tensors_without_end",
       safetensors("{" +
                   [] {
                     std::string entries;
                     for (int i = 0; i < 100'001; ++i)
                       entries += (i > 0 ? "," : "") + entry(std::to_string(i), "U8", "[0]", "[0,0]");
                     return entries;
                   }() +
                   "}"),
       "header: more than 100000 tensors"},
      {"line_break_in_a_name", safetensors("{\"a\\nb\\u001b[2J\":{}}"), "a\\nb\\x1b[2J: needs dtype"},
  };
}

class BadSafetensors : public testing::TestWithParam<Case> {};

TEST_P(BadSafetensors, IsNamed) {
  const std::string message =
      refusal([&] { parse_safetensors(test::as_bytes(GetParam().bytes), "model.safetensors"); });
  expect_in(message, GetParam().expected);
  EXPECT_TRUE(message.starts_with("model.safetensors: ")) << message;
}

INSTANTIATE_TEST_SUITE_P(All, BadSafetensors, testing::ValuesIn(cases()),
                         [](const auto& test) { return test.param.name; });

TensorFile small_file() {
  TensorFile file;
  file.metadata = {{"serene", "{\"version\":1}"}, {"k\"\\\n\xc3\xa9", "v"}};
  file.tensors["b"] = from_float("b", {2, 1}, std::vector<float>{1, 2});
  file.tensors["a"] = from_float("a", {}, std::vector<float>{3});
  file.tensors["empty"] = from_float("empty", {0, 7}, {});
  file.tensors["c.bytes"] = Tensor{"c.bytes", DType::u8, {3}, {std::byte{1}, std::byte{2}, std::byte{3}}};
  return file;
}

TEST(Safetensors, RoundTripKeepsEverything) {
  const TensorFile file = small_file();
  const std::vector<std::byte> bytes = serialize_safetensors(file);
  const TensorFile read = parse_safetensors(bytes, "x");
  EXPECT_EQ(read.name, "x");
  EXPECT_EQ(read.metadata, file.metadata);
  ASSERT_EQ(read.tensors.size(), file.tensors.size());
  for (const auto& [name, tensor] : file.tensors) {
    const Tensor* other = read.find(name);
    ASSERT_NE(other, nullptr) << name;
    EXPECT_EQ(other->name, name);
    EXPECT_EQ(other->dtype, tensor.dtype);
    EXPECT_EQ(other->shape, tensor.shape);
    EXPECT_EQ(other->bytes, tensor.bytes);
  }
  EXPECT_EQ(read.find("nothing"), nullptr);
  EXPECT_EQ(serialize_safetensors(read), bytes);
}

TEST(Safetensors, HeaderIsAlignedAndSorted) {
  const std::string text = test::as_text(serialize_safetensors(small_file()));
  EXPECT_EQ(static_cast<uint8_t>(text[0]) % 8, 0);
  EXPECT_LT(text.find("\"__metadata__\""), text.find("\"a\""));
  EXPECT_LT(text.find("\"a\""), text.find("\"b\""));
  EXPECT_EQ(text, test::as_text(serialize_safetensors(small_file())));
}

TEST(Safetensors, AcceptsWhatTheFormatAllows) {
  EXPECT_TRUE(parse_safetensors(test::as_bytes(safetensors("{}")), "x").tensors.empty());
  EXPECT_TRUE(parse_safetensors(test::as_bytes(safetensors("{}   ")), "x").tensors.empty());
  // Entries in any order of their offsets, keys in any order, several empty tensors at one place.
  const std::string header = "{" + entry("z", "F32", "[1]", "[0,4]") + "," +
                             entry("e", "F32", "[0]", "[4,4]") + "," + entry("f", "F32", "[3,0]", "[4,4]") +
                             ",\"a\":{\"data_offsets\":[4,8],\"shape\":[],\"dtype\":\"F32\"}}";
  const TensorFile file = parse_safetensors(test::as_bytes(safetensors(header, kEight)), "x");
  EXPECT_EQ(file.tensors.size(), 4u);
  EXPECT_EQ(file.find("f")->shape, (std::vector<int64_t>{3, 0}));
}

TEST(Safetensors, EveryTruncationIsRefused) {
  const std::string whole = test::as_text(serialize_safetensors(small_file()));
  for (size_t size = 0; size < whole.size(); ++size) {
    // A buffer of its own, so that the sanitizer sees a read beyond the end.
    const std::vector<std::byte> cut(test::as_bytes(whole).begin(),
                                     test::as_bytes(whole).begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_FALSE(test::survives([&] { parse_safetensors(cut, "cut"); })) << size;
  }
}

TEST(Safetensors, EveryFlippedByteIsParsedOrRefused) {
  const std::vector<std::byte> whole = serialize_safetensors(small_file());
  int parsed = 0;
  for (size_t at = 0; at < whole.size(); ++at) {
    for (const int flip : {1, 2, 4, 8, 16, 32, 64, 128, 255}) {
      std::vector<std::byte> bytes = whole;
      bytes[at] ^= static_cast<std::byte>(flip);
      parsed += test::survives([&] { parse_safetensors(bytes, "flipped"); });
    }
  }
  EXPECT_GT(parsed, 0);  // the data may be anything
}

// Only what is asked for is read, and the same bytes are written tensor by tensor.
TEST(Safetensors, StoredTensorsAreReadWhenAskedFor) {
  const std::vector<std::byte> bytes = serialize_safetensors(small_file());
  const StoredFile stored = read_stored(in_memory(bytes, "x"));
  EXPECT_EQ(stored.metadata, small_file().metadata);
  ASSERT_EQ(stored.tensors.size(), small_file().tensors.size());
  for (const auto& [name, tensor] : small_file().tensors) {
    const StoredTensor& found = stored.tensors.at(name);
    EXPECT_EQ(found.dtype, tensor.dtype);
    EXPECT_EQ(found.shape, tensor.shape);
    EXPECT_EQ(bytes_of(found), tensor.bytes.size());
    EXPECT_EQ(found.read().bytes, tensor.bytes);
    EXPECT_EQ(found.read().name, name);
  }
  EXPECT_EQ(serialize_safetensors(stored), bytes);
  const test::TempFolder folder;
  write_safetensors(folder / "x", stored);
  EXPECT_EQ(test::read_file(folder / "x"), test::as_text(bytes));
}

// Nothing is left of a file whose tensors cannot all be read.
TEST(Safetensors, AWriteThatFailsLeavesTheOldFile) {
  const test::TempFolder folder;
  test::write_file(folder / "x", "old");
  StoredFile file;
  file.tensors["a"] = stored(from_float("a", {2}, std::vector<float>{1, 2}));
  file.tensors["b"] = {DType::f32, {2}, []() -> Tensor { refuse("c.pt", "truncated while reading"); }};
  expect_in(refusal([&] { write_safetensors(folder / "x", file); }), "c.pt: truncated while reading");
  file.tensors["b"] = {DType::f32, {3}, [] { return from_float("b", {2}, std::vector<float>{1, 2}); }};
  expect_in(refusal([&] { write_safetensors(folder / "x", file); }, ErrorKind::internal), "b: other bytes");
  EXPECT_EQ(test::read_file(folder / "x"), "old");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
}

class SafetensorsPath : public testing::Test {
 protected:
  std::string said(const std::string& path) {
    const std::string message = refusal([&] { read_safetensors(path); });
    EXPECT_TRUE(message.starts_with(path + ": ")) << message;
    return message;
  }
  test::TempFolder folder;
};

TEST_F(SafetensorsPath, ThatIsNoFileIsNamedAndNeverBlocks) {
  expect_in(said(folder / "nothing"), "No such file or directory");
  expect_in(said(folder.path()), "is a directory, not a file");
  ASSERT_EQ(::mkfifo((folder / "fifo").c_str(), 0600), 0);
  expect_in(said(folder / "fifo"), "is a FIFO, not a file");
  expect_in(said("/dev/zero"), "is a device, not a file");
  test::write_file(folder / "sparse", "");
  ASSERT_EQ(::truncate((folder / "sparse").c_str(), off_t{1} << 40), 0);
  expect_in(said(folder / "sparse"), "larger than 4 GiB");
  ASSERT_EQ(::symlink("loop", (folder / "loop").c_str()), 0);
  expect_in(said(folder / "loop"), "symbolic links");
  test::write_file(folder / "file", "");
  expect_in(said(folder / "file"), "not a safetensors file: 0 bytes");
  expect_in(said((folder / "file") + "/below"), "Not a directory");
}

TEST_F(SafetensorsPath, ThatIsASocketIsNamed) {
  const std::string path = folder / "socket";
  test::make_socket(path);
  expect_in(said(path), "No such device or address");
}

TEST_F(SafetensorsPath, WithoutPermissionIsNamed) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read everything";
  test::write_file(folder / "file", "");
  ASSERT_EQ(::chmod((folder / "file").c_str(), 0), 0);
  expect_in(said(folder / "file"), "Permission denied");
}

TEST_F(SafetensorsPath, IsWrittenWholeOrNotAtAll) {
  const std::string path = folder / "model.safetensors";
  write_safetensors(path, small_file());
  const std::string first = test::read_file(path);
  EXPECT_EQ(first, test::as_text(serialize_safetensors(small_file())));
  write_safetensors(path, small_file());
  EXPECT_EQ(test::read_file(path), first);
  EXPECT_EQ(read_safetensors(path).tensors.size(), 4u);

  const std::string nowhere = folder / "no/such/model.safetensors";
  const std::string message =
      refusal([&] { write_safetensors(nowhere, small_file()); }, ErrorKind::invalid_argument);
  EXPECT_EQ(message, nowhere + ": No such file or directory");
  // A directory in the way: no temporary stays behind.
  ASSERT_EQ(::mkdir((folder / "taken").c_str(), 0700), 0);
  refusal([&] { write_safetensors(folder / "taken", small_file()); }, ErrorKind::invalid_argument);
  int files = 0;
  for ([[maybe_unused]] const auto& item : std::filesystem::directory_iterator(folder.path())) ++files;
  EXPECT_EQ(files, 2);
}

// Who may read the file is the umask's to say, and a name may be as long as names can be.
TEST(Safetensors, AWrittenFileIsLikeAnyOther) {
  const test::TempFolder folder;
  const std::string path = folder / std::string(255, 'm');
  const mode_t before = ::umask(0027);
  write_safetensors(path, small_file());
  ::umask(before);
  struct stat status {};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0640u);
  EXPECT_EQ(test::read_file(path), test::as_text(serialize_safetensors(small_file())));
}

}  // namespace
}  // namespace serene::weights
