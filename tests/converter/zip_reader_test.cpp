#include "converter/zip_reader.h"

#include <gtest/gtest.h>

#include "tests/support/hostile_bytes.h"
#include "tests/support/refusal.h"

namespace serene::converter {
namespace {

using test::expect_in;
using test::refusal;
using test::zip;
using test::ZipEntry;

struct Case {
  std::string name, bytes, expected;
};

ZipEntry plain(const std::string& name = "a/x", const std::string& data = "12345678") {
  return {.name = name, .data = data};
}

template <class Change>
std::string changed(Change&& change) {
  ZipEntry entry = plain();
  change(entry);
  return zip({entry});
}

// An entry after which a whole archive of its own hides in the comment.
std::string two_ends() {
  const std::string inner = zip({plain()});
  return zip({plain()}, {.comment = inner});
}

std::vector<Case> cases() {
  const std::string good = zip({plain("a/x"), plain("a/y")});
  const std::string central("PK\x01\x02", 4);
  std::string no_signature = good;
  no_signature[good.find(central)] = 'Q';
  std::string wrong_local = good;
  wrong_local[0] = 'Q';
  std::string damaged = good;
  damaged[good.find("12345678")] = '!';
  const std::string nul_name("a/x\0y", 5);
  return {
      {"only_a_signature", std::string("PK\x03\x04", 4), "truncated: no end record"},
      {"cut_at_25", good.substr(0, good.size() / 4), "truncated: no end record"},
      {"cut_at_50", good.substr(0, good.size() / 2), "truncated: no end record"},
      {"cut_at_99", good.substr(0, good.size() - 2), "truncated: no end record"},
      {"bytes_behind", good + "x", "truncated: no end record"},
      {"comment_cut", zip({plain()}, {.comment = std::string(100, 'c')}).substr(0, 150),
       "truncated: no end record"},
      {"two_end_records", two_ends(), "two end records"},
      {"several_disks", zip({plain()}, {.disk = 1}), "end record: archive of several disks"},
      {"count_too_high", zip({plain()}, {.entries = 2}), "end record: 2 entries in a directory of"},
      {"count_too_low", zip({plain(), plain("a/y")}, {.entries = 1}), "bytes too many"},
      {"count_zero", zip({plain()}, {.entries = 0}), "bytes too many"},
      {"directory_offset_behind", zip({plain()}, {.offset = 5000}),
       "the central directory does not lie before it"},
      {"directory_offset_low", zip({plain()}, {.offset = 0}), "the central directory does not lie before it"},
      {"directory_size_lie", zip({plain()}, {.size = 4}), "the central directory does not lie before it"},
      {"gap_before_end", zip({plain()}, {.gap = "gap"}), "the central directory does not lie before it"},
      {"zip64_marks_without_record", zip({plain()}, {.entries = 0xffff}), "end record: zip64 record missing"},
      {"zip64_size_mark_without_record", zip({plain()}, {.size = 0xffffffff}),
       "end record: zip64 record missing"},
      {"zip64_locator_behind", zip({plain()}, {.zip64 = true, .locator = 1u << 20}),
       "zip64 locator: offset out of the file"},
      {"zip64_locator_2_63", zip({plain()}, {.zip64 = true, .locator = uint64_t{1} << 63}),
       "zip64 locator: offset out of the file"},
      {"zip64_locator_all_ones", zip({plain()}, {.zip64 = true, .locator = ~uint64_t{0}}),
       "zip64 locator: offset out of the file"},
      {"zip64_signature", zip({plain()}, {.zip64 = true, .signature64 = 1}),
       "zip64 end record: wrong signature"},
      {"zip64_count_2_63", zip({plain()}, {.entries = uint64_t{1} << 63, .zip64 = true}),
       "end record: 9223372036854775808 entries in a directory of"},
      {"zip64_size_2_63", zip({plain()}, {.size = uint64_t{1} << 63, .zip64 = true}),
       "the central directory does not lie before it"},
      {"zip64_offset_2_63", zip({plain()}, {.offset = uint64_t{1} << 63, .zip64 = true}),
       "the central directory does not lie before it"},
      {"zip64_record_too_long", zip({plain()}, {.zip64 = true, .size64 = 45}),
       "zip64 end record: its size does not reach to the locator"},
      {"zip64_record_size_2_63", zip({plain()}, {.zip64 = true, .size64 = uint64_t{1} << 63}),
       "zip64 end record: its size does not reach to the locator"},
      {"end_records_differ", zip({plain(), plain("a/y")}, {.zip64 = true, .short_entries = 1}),
       "zip64 end record: differs from the end record"},
      {"two_counts", zip({plain()}, {.entries_here = 2}), "end record: two counts of entries"},
      {"local_checksum_differs", changed([](ZipEntry& e) { e.local_crc = 1; }),
       "a/x: local header has another checksum"},
      {"entry_size64_2_63", changed([](ZipEntry& e) {
         e.zip64 = true;
         e.size64 = uint64_t{1} << 63;
         e.local_size = 0xffffffff;
       }),
       "a/x: data runs over the end of the file"},
      {"entry_size64_all_ones", changed([](ZipEntry& e) {
         e.zip64 = true;
         e.size64 = ~uint64_t{0};
         e.local_size = 0xffffffff;
       }),
       "a/x: data runs over the end of the file"},
      {"entry_offset64_past_end", changed([](ZipEntry& e) {
         e.zip64 = true;
         e.offset = uint64_t{1} << 62;
       }),
       "a/x: offset out of the file"},
      {"zip64_field_too_short", changed([](ZipEntry& e) {
         e.size = e.packed = 0xffffffff;
         e.extra = test::le(1, 2) + test::le(4, 2) + test::le(8, 4);
       }),
       "a/x: zip64 extra field: too short"},
      {"extra_field_over_its_end", changed([](ZipEntry& e) { e.extra = test::le(7, 2) + test::le(900, 2); }),
       "a/x: extra field: runs over its end"},
      {"size_mark_without_zip64", changed([](ZipEntry& e) { e.size = e.packed = 0xffffffff; }),
       "a/x: data runs over the end of the file"},
      {"size_past_end", changed([](ZipEntry& e) { e.size = 5000; }),
       "a/x: data runs over the end of the file"},
      {"size_into_directory", changed([](ZipEntry& e) { e.size = 9; }),
       "a/x: data runs over the end of the file"},
      {"offset_past_end", changed([](ZipEntry& e) { e.offset = 5000; }), "a/x: offset out of the file"},
      {"offset_in_the_middle", changed([](ZipEntry& e) { e.offset = 1; }),
       "a/x: local header: wrong signature"},
      {"local_signature", wrong_local, "a/x: local header: wrong signature"},
      {"central_signature", no_signature, "central directory: wrong signature at byte"},
      {"local_name_differs", changed([](ZipEntry& e) { e.local_name = "a/y"; }),
       "a/x: local header has another name"},
      {"local_size_differs", changed([](ZipEntry& e) { e.local_size = 7; }),
       "a/x: local header has another size"},
      {"local_method_differs", changed([](ZipEntry& e) { e.local_method = 8; }),
       "a/x: local header has another method"},
      {"two_sizes", changed([](ZipEntry& e) { e.packed = 7; }), "a/x: stored entry with two sizes"},
      {"deflated", changed([](ZipEntry& e) { e.method = 8; }), "a/x: compressed entry not accepted"},
      {"bomb", changed([](ZipEntry& e) {
         e.method = 8;
         e.packed = 8;
         e.size = 0x7fffffff;
       }),
       "a/x: compressed entry not accepted"},
      {"zstandard", changed([](ZipEntry& e) { e.method = 93; }), "a/x: compressed entry not accepted"},
      {"encrypted", changed([](ZipEntry& e) { e.flags = 1; }), "a/x: encrypted entry not accepted"},
      {"encrypted_locally", changed([](ZipEntry& e) { e.local_flags = 1; }),
       "a/x: encrypted entry not accepted"},
      {"checksum", damaged, "m.pt: x: checksum differs: the file is damaged"},
      {"duplicate", zip({plain(), plain()}), "a/x: duplicate entry"},
      {"overlap_same_data",
       zip({plain(),
            [] {
              ZipEntry again = plain();
              again.offset = 0;
              return again;
            }()}),
       "a/x: "},
      {"overlap_nested",
       zip({plain("a/out", zip({plain("a/in")})),
            [] {
              ZipEntry inside = plain("a/in");
              inside.offset = 30 + 5;
              return inside;
            }()}),
       "a/in: overlaps a/out"},
      {"parent", zip({plain("../../etc/passwd")}), "../../etc/passwd: name not accepted"},
      {"parent_inside", zip({plain("a/../b")}), "a/../b: name not accepted"},
      {"parent_at_the_end", zip({plain("a/..")}), "a/..: name not accepted"},
      {"absolute", zip({plain("/etc/passwd")}), "/etc/passwd: name not accepted"},
      {"backslash", zip({plain("a\\x")}), "a\\x: name not accepted"},
      {"nul_in_name", zip({plain(nul_name)}), "a/x\\x00y: name not accepted"},
      {"line_break_in_name", zip({plain("a/x\ny")}), "a/x\\ny: name not accepted"},
      {"empty_name", zip({plain("")}), ": name not accepted"},
      {"name_of_64_kb", zip({plain(std::string(65535, 'n'))}), "nnn...: name not accepted"},
  };
}

// Every entry, its checksum compared.
void read_all(const std::string& bytes) {
  const ZipReader reader(weights::in_memory(test::as_bytes(bytes), "m.pt"));
  for (const auto& [name, entry] : reader.entries()) reader.read(name);
}

class BadZip : public testing::TestWithParam<Case> {};

TEST_P(BadZip, IsNamed) {
  const std::string message = refusal([&] { read_all(GetParam().bytes); });
  expect_in(message, GetParam().expected);
  EXPECT_TRUE(message.starts_with("m.pt: ")) << message;
}

INSTANTIATE_TEST_SUITE_P(All, BadZip, testing::ValuesIn(cases()),
                         [](const auto& test) { return test.param.name; });

void expect_two_entries(const std::string& bytes) {
  const ZipReader reader(weights::in_memory(test::as_bytes(bytes), "m.pt"));
  ASSERT_EQ(reader.entries().size(), 2u);
  EXPECT_EQ(test::as_text(reader.read("x")), "12345678");
  EXPECT_EQ(test::as_text(reader.read("d/y")), "");
}

TEST(ZipReader, ReadsStoredEntriesBelowTheirFolder) {
  const std::vector<ZipEntry> entries{plain("a/x"), plain("a/d/y", "")};
  expect_two_entries(zip(entries));
  expect_two_entries(zip(entries, {.comment = "a comment"}));
  expect_two_entries(zip(entries, {.comment = std::string(65535, 'c')}));
  expect_two_entries(zip(entries, {.zip64 = true}));
  expect_two_entries(zip(entries, {.zip64 = true, .short_entries = 2}));  // as PyTorch writes it
}

TEST(ZipReader, ReadsZip64Entries) {
  std::vector<ZipEntry> entries{plain("a/x"), plain("a/d/y", "")};
  for (ZipEntry& entry : entries) {
    entry.zip64 = true;
    entry.local_size = 0xffffffff;
    entry.extra = test::le(0x4650, 2) + test::le(3, 2) + "ZZZ";  // PyTorch's padding
  }
  expect_two_entries(zip(entries, {.zip64 = true}));
}

TEST(ZipReader, ReadsSizesInDataDescriptors) {
  std::vector<ZipEntry> entries{plain("a/x"), plain("a/d/y", "")};
  for (ZipEntry& entry : entries) {
    entry.flags = 8;
    entry.local_size = entry.local_crc = 0;
  }
  expect_two_entries(zip(entries));
}

TEST(ZipReader, KeepsNamesWithoutACommonFolder) {
  const std::string bytes = zip({plain("a/x"), plain("b/x"), plain("folder/", "")});
  const ZipReader reader(weights::in_memory(test::as_bytes(bytes), "m.pt"));
  EXPECT_TRUE(reader.has("a/x"));
  EXPECT_TRUE(reader.has("b/x"));
  EXPECT_FALSE(reader.has("x"));
  expect_in(refusal([&] { reader.entry("c"); }), "m.pt: c: missing from the archive");
}

TEST(ZipReader, KnowsTheSignature) {
  EXPECT_TRUE(ZipReader::looks_like_zip(test::as_bytes(zip({plain()}))));
  EXPECT_TRUE(ZipReader::looks_like_zip(test::as_bytes(zip({}))));
  for (const char* text : {"", "P", "PK", "PK\x03", "GIF89a", "PKPK"})
    EXPECT_FALSE(ZipReader::looks_like_zip(test::as_bytes(text))) << text;
}

// Each entry's data holds all the entries after it: were checksums taken before overlaps are seen, this file
// of 2 MB would cost 8 GB of them.
TEST(ZipReader, NestedEntriesCostNoTime) {
  constexpr size_t kEntries = 8000;
  std::string body, directory;
  std::vector<std::string> names;
  for (size_t i = 0; i < kEntries; ++i) names.push_back("a/" + std::to_string(100'000 + i));
  const size_t one = 30 + names[0].size(), tail = 2'000'000;
  const size_t whole = kEntries * one + tail;
  for (size_t i = 0; i < kEntries; ++i) {
    const size_t size = whole - (i + 1) * one;
    const std::string common = test::le(0, 2) + test::le(0, 2) + test::le(0, 4) + test::le(0, 4) +
                               test::le(size, 4) + test::le(size, 4) + test::le(names[i].size(), 2) +
                               test::le(0, 2);
    body += test::le(0x04034b50, 4) + test::le(20, 2) + common + names[i];
    directory += test::le(0x02014b50, 4) + test::le(20, 2) + test::le(20, 2) + common + test::le(0, 2) +
                 test::le(0, 2) + test::le(0, 2) + test::le(0, 4) + test::le(i * one, 4) + names[i];
  }
  // The checksum of the first entry is right, so that the reader goes on.
  body.append(tail, '\0');
  const std::string crc = test::le(test::zip_crc(std::string_view(body).substr(one)), 4);
  body.replace(14, 4, crc);
  directory.replace(16, 4, crc);
  const std::string file = body + directory + test::zip_end(kEntries, directory.size(), body.size());
  expect_in(refusal([&] { read_all(file); }), "overlaps a/100000");
}

TEST(ZipReader, TruncationsAndFlipsAreReadOrRefused) {
  std::vector<ZipEntry> entries{plain("a/x"), plain("a/y")};
  for (const bool zip64 : {false, true}) {
    entries[1].zip64 = zip64;
    const std::string whole = zip(entries, {.zip64 = zip64});
    for (size_t size = 0; size < whole.size(); ++size) {
      const std::string cut = whole.substr(0, size);
      EXPECT_FALSE(test::survives([&] { read_all(cut); })) << size;
    }
    for (size_t at = 0; at < whole.size(); ++at) {
      for (int bit = 0; bit < 8; ++bit) {
        std::string bytes = whole;
        bytes[at] = static_cast<char>(bytes[at] ^ 1 << bit);
        test::survives([&] { read_all(bytes); });
      }
    }
  }
}

}  // namespace
}  // namespace serene::converter
