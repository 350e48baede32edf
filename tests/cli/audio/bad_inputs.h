// Inputs that are not as they should be, each with what must become of it. The list is run through the reader
// alone (bad_input_test.cpp, under sanitizers too) and through the program (score_run_test.cpp).
#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <functional>
#include <limits>
#include <ostream>
#include <string>
#include <vector>

#include "tests/cli/audio/audio_files.h"
#include "tests/support/socket_file.h"
#include "tests/support/temp_folder.h"

namespace serene::test {

struct BadInput {
  const char* name;
  std::string file;                              // its name in the folder, or a path that begins with /
  std::function<void(const std::string&)> make;  // null: nothing to be made
  const char* stage;                             // of the error; "" where it must be read
  const char* code;                              // of the error
  std::vector<std::string> flags = {};           // where it is read
  double seconds = 0;                            // where it is read and this is not 0
  bool sound = true;                             // where it is read: it has a label
};

inline void PrintTo(const BadInput& input, std::ostream* out) { *out << input.file; }

inline void cut(const std::string& path, double share) {
  std::filesystem::resize_file(
      path, static_cast<uintmax_t>(share * static_cast<double>(std::filesystem::file_size(path))));
}

inline void poke(const std::string& path, size_t offset, std::string_view bytes) {
  std::string content = read_file(path);
  content.replace(offset, bytes.size(), bytes);
  write_file(path, content);
}

inline std::function<void(const std::string&)> audio(int format, int rate = 16000, int channels = 1,
                                                     double seconds = 1) {
  return [=](const std::string& path) {
    write_audio(path, sine(440, 0.5, rate, seconds, channels), format, rate, channels);
  };
}

// Four seconds of noise, which no coding makes small, of which a share is left.
inline std::function<void(const std::string&)> cut_audio(int format, double share) {
  return [=](const std::string& path) {
    write_audio(path, noise(0.3, 4 * 16000), format);
    cut(path, share);
  };
}

// A second of sound, and the same file after it once more.
inline std::function<void(const std::string&)> twice(int format) {
  return [=](const std::string& path) {
    write_audio(path, noise(0.3, 16000), format);
    const std::string once = read_file(path);
    write_file(path, once + once);
  };
}

// Four seconds in Ogg without a page from its middle.
inline void make_ogg_with_a_gap(const std::string& path) {
  write_audio(path, noise(0.3, 4 * 16000), kOgg);
  const std::string whole = read_file(path);
  const size_t page = whole.find("OggS", whole.size() / 2);
  write_file(path, whole.substr(0, page) + whole.substr(whole.find("OggS", page + 4)));
}

// Four seconds in FLAC, of which the header declares one.
inline void make_flac_that_says_less(const std::string& path) {
  constexpr size_t kSamplesAt = 22;
  write_audio(path, noise(0.3, 4 * 16000), kFlac);
  poke(path, kSamplesAt, std::string_view("\0\0\x3e\x80", 4));
}

inline std::function<void(const std::string&)> poked_wav(size_t offset, std::string bytes) {
  return [=](const std::string& path) {
    audio(kWav16)(path);
    poke(path, offset, bytes);
  };
}

inline std::function<void(const std::string&)> samples(std::vector<float> values, int format = kWavFloat) {
  return [=](const std::string& path) { write_audio(path, values, format); };
}

inline std::function<void(const std::string&)> bytes(std::string content) {
  return [=](const std::string& path) { write_file(path, content); };
}

inline std::vector<float> with_value(float value, size_t index) {
  std::vector<float> values = sine(440, 0.5, 16000, 3);
  values[index] = value;
  return values;
}

// Offsets in a WAV file as libsndfile writes it: RIFF size, channels, rate, bytes per second, block align and
// data size.
inline constexpr size_t kRiffSizeAt = 4, kChannelsAt = 22, kRateAt = 24, kBlockAlignAt = 32, kDataSizeAt = 40;

inline std::vector<BadInput> bad_inputs() {
  using namespace std::string_literals;
  const float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  std::vector<float> square(16000);
  for (size_t i = 0; i < square.size(); ++i) square[i] = i / 20 % 2 == 0 ? 1.0f : -1.0f;
  std::vector<BadInput> list{
      // no sound, or little of it
      {"EmptyFile", "empty.wav", bytes(""), "decode", "empty_audio"},
      {"HeaderOnly", "header.wav", samples({}, kWav16), "decode", "empty_audio"},
      {"HeaderOnlyFlac", "header.flac", samples({}, kFlac), "decode", "empty_audio"},
      {"OneSample", "one.wav", samples({0.25f}), "", "", {}, 1.0 / 16000, false},
      {"OneSampleAt192k",
       "one192.wav",
       [](const std::string& path) { write_audio(path, std::vector{0.25f}, kWavFloat, 192000); },
       "",
       "",
       {},
       0,
       false},
      {"ShorterThanAWindow", "short.wav", audio(kWav16, 16000, 1, 0.01), "", "", {"short"}, 0.01},
      // cut short, or never finished
      {"CutWav", "cut.wav", cut_audio(kWav16, 0.5), "", "", {"short", "truncated"}},
      {"CutFlac", "cut.flac", cut_audio(kFlac, 0.5), "", "", {"short", "truncated"}},
      {"CutOgg", "cut.ogg", cut_audio(kOgg, 0.5), "", "", {"short", "truncated"}},
      {"CutMp3", "cut.mp3", cut_audio(kMp3, 0.5), "", "", {"short", "truncated"}},
      {"CutAiff",
       "cut.aiff",
       cut_audio(SF_FORMAT_AIFF | SF_FORMAT_PCM_16, 0.5),
       "",
       "",
       {"short", "truncated"}},
      {"CutW64", "cut.w64", cut_audio(SF_FORMAT_W64 | SF_FORMAT_PCM_16, 0.5), "", "", {"short", "truncated"}},
      {"CutAu", "cut.au", cut_audio(SF_FORMAT_AU | SF_FORMAT_PCM_16, 0.5), "", "", {"short", "truncated"}},
      {"CutAuOfTheOtherOrder",
       "cut.snd",
       cut_audio(SF_FORMAT_AU | SF_FORMAT_PCM_24 | SF_ENDIAN_LITTLE, 0.5),
       "",
       "",
       {"short", "truncated"}},
      {"CutCaf", "cut.caf", cut_audio(SF_FORMAT_CAF | SF_FORMAT_PCM_16, 0.5), "decode", "damaged_file"},
      {"WholeW64", "whole.w64", audio(SF_FORMAT_W64 | SF_FORMAT_PCM_16), "", "", {"short"}, 1},
      {"WholeAu", "whole.au", audio(SF_FORMAT_AU | SF_FORMAT_ULAW), "", "", {"short"}, 1},
      {"WholeCaf", "whole.caf", audio(SF_FORMAT_CAF | SF_FORMAT_PCM_24), "", "", {"short"}, 1},
      {"OggWithAGap", "gap.ogg", make_ogg_with_a_gap, "", "", {"short", "truncated"}},
      // more than the header says
      {"WavTwice", "twice.wav", twice(kWav16), "decode", "damaged_file"},
      {"FlacTwice", "twice.flac", twice(kFlac), "", "", {"short", "trailing_data"}, 1},
      {"OggTwice", "twice.ogg", twice(kOgg), "", "", {"short", "trailing_data"}, 1},
      {"OpusTwice", "twice.opus", twice(SF_FORMAT_OGG | SF_FORMAT_OPUS), "", "", {"short", "trailing_data"}},
      {"Mp3Twice", "twice.mp3", twice(kMp3), "", "", {"short", "trailing_data"}},
      {"FlacThatSaysLess", "less.flac", make_flac_that_says_less, "", "", {"short", "trailing_data"}, 1},
      {"CutInTheHeader", "cuthead.wav", cut_audio(kWav16, 0.0001), "decode", "damaged_file"},
      {"DataSizeZero", "zero.wav", poked_wav(kDataSizeAt, "\0\0\0\0"s), "", "", {"short", "truncated"}, 1},
      {"AllSizesZero",
       "zeros.wav",
       [](const std::string& path) {
         audio(kWav16)(path);
         poke(path, kRiffSizeAt, "\0\0\0\0"s);
         poke(path, kDataSizeAt, "\0\0\0\0"s);
       },
       "",
       "",
       {"short", "truncated"},
       1},
      {"DataSizeAllOnes",
       "ones.wav",
       poked_wav(kDataSizeAt, "\xff\xff\xff\xff"),
       "",
       "",
       {"short", "truncated"},
       1},
      // numbers that are none
      {"NaN", "nan.wav", samples(with_value(nan, 20000)), "decode", "nonfinite_audio"},
      {"Infinity", "inf.wav", samples(with_value(inf, 0)), "decode", "nonfinite_audio"},
      {"MinusInfinity", "minusinf.wav", samples(with_value(-inf, 47999)), "decode", "nonfinite_audio"},
      {"Denormals",
       "denormal.wav",
       samples(std::vector<float>(16000, 1e-40f)),
       "",
       "",
       {"silence"},
       1,
       false},
      // rates and channels
      {"Rate0", "rate0.wav", poked_wav(kRateAt, "\0\0\0\0"s), "decode", nullptr},
      {"Rate999", "rate999.wav", audio(kWav16, 999), "decode", "sample_rate_out_of_range"},
      {"Rate768001", "rate768001.wav", audio(kWav16, 768001, 1, 0.1), "decode", "sample_rate_out_of_range"},
      {"Rate2To31", "rate2to31.wav", poked_wav(kRateAt, "\0\0\0\x80"s), "decode", nullptr},
      {"NoChannels", "channels0.wav", poked_wav(kChannelsAt, "\0\0"s), "decode", nullptr},
      {"BlockAlign0", "align0.wav", poked_wav(kBlockAlignAt, "\0\0"s), nullptr, nullptr},
      {"Channels32", "channels32.wav", audio(kWav16, 16000, 32), "", "", {"short"}, 1},
      {"Channels64", "channels64.wav", audio(kWav16, 16000, 64), "", "", {"short"}, 1},
      {"Channels65", "channels65.wav", audio(kWav16, 16000, 65), "decode", "too_many_channels"},
      {"Channels255", "channels255.wav", audio(kWav16, 16000, 255), "decode", "too_many_channels"},
      // content decides
      {"Mp3CalledWav", "mp3.wav", audio(kMp3), "", "", {"short"}},
      {"WavCalledText", "wav.txt", audio(kWav16), "", "", {"short"}, 1},
      {"NoExtension", "noextension", audio(kFlac), "", "", {"short"}, 1},
      {"UpperCase", "UPPER.WAV", audio(kWav16), "", "", {"short"}, 1},
      {"Text", "text.wav", bytes("This is no recording.\n"), "decode", "unsupported_format"},
      {"Jpeg", "jpeg.wav", bytes("\xff\xd8\xff\xe0\x00\x10JFIF\x00"s + std::string(4000, 'x')), "decode",
       "unsupported_format"},
      {"Zip", "zip.flac", bytes("PK\x03\x04"s + std::string(4000, '\0')), "decode", "unsupported_format"},
      {"Mp4", "mp4.wav",
       bytes("\0\0\0\x20"
             "ftypM4A "s +
             std::string(4000, '\0')),
       "decode", "unsupported_format"},
      {"Zeros", "zeros.bin", bytes(std::string(100000, '\0')), "decode", "unsupported_format"},
      {"OneByte", "onebyte.wav", bytes("R"), "decode", "unsupported_format"},
      {"HostileChunks", "chunks.wav",
       [](const std::string& path) {
         std::string content = "RIFF\xff\xff\xff\x7fWAVE";
         for (int i = 0; i < 20000; ++i) content += "junk\0\0\0\0"s;
         write_file(path, content);
       },
       "decode", nullptr},
      // loud, quiet
      {"Silence", "silence.wav", samples(std::vector<float>(80000), kWav16), "", "", {"silence"}, 5, false},
      {"DirectCurrent", "dc.wav", samples(std::vector<float>(80000, 0.5f), kWav16), "", "", {}, 5, false},
      {"Square", "square.wav", samples(square, kWav16), "", "", {"short", "clipping"}, 1},
      {"Huge", "huge.wav", samples(std::vector<float>(16000, 1e30f)), "", "", {"clipping"}, 1, false},
      {"TooLargeToResample", "large.wav",
       [](const std::string& path) {
         write_audio(path, sine(440, std::numeric_limits<float>::max(), 8000, 1), kWavFloat, 8000);
       },
       "resample", "resample_failed"},
      // not files
      {"Folder", "folder.wav", [](const std::string& path) { std::filesystem::create_directory(path); },
       "open", "not_a_file"},
      {"Fifo", "fifo.wav", [](const std::string& path) { ::mkfifo(path.c_str(), 0600); }, "open",
       "not_a_file"},
      {"Socket", "socket.wav", make_socket, "open", "not_a_file"},
      {"EndlessDevice", "/dev/zero", nullptr, "open", "not_a_file"},
      {"Terminal", "/dev/tty", nullptr, "open", nullptr},
      {"Missing", "missing.wav", nullptr, "open", "not_found"},
      {"MissingFolder", "nofolder/missing.wav", nullptr, "open", "not_found"},
      {"DanglingLink", "dangling.wav",
       [](const std::string& path) { std::filesystem::create_symlink("nowhere", path); }, "open",
       "not_found"},
      {"LinkLoop", "loop.wav", [](const std::string& path) { std::filesystem::create_symlink(path, path); },
       "open", "open_failed"},
      {"NameTooLong", std::string(300, 'n') + ".wav", nullptr, "open", "open_failed"},
      // names
      {"NotUtf8", "caf\xe9.wav", audio(kWav16), "", "", {"short"}, 1},
      {"Newline", "new\nline.wav", audio(kWav16), "", "", {"short"}, 1},
      {"QuotesAndTab", "\"quoted\"\t'name'.wav", audio(kWav16), "", "", {"short"}, 1},
      {"LeadingDash", "-dash.wav", audio(kWav16), "", "", {"short"}, 1},
      {"Formula", "=cmd.wav", audio(kWav16), "", "", {"short"}, 1},
      {"LongName", std::string(251, 'n') + ".wav", audio(kWav16), "", "", {"short"}, 1},
  };
  for (const int rate : {8000, 11025, 22050, 44100, 48000, 96000, 192000}) {
    list.push_back(
        {nullptr, "rate" + std::to_string(rate) + ".wav", audio(kWav16, rate), "", "", {"short"}, 1});
  }
  return list;
}

}  // namespace serene::test
