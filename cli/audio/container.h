// What a container's header promises about its length. libsndfile quietly believes the file's size instead;
// a user wants to know that a recording was cut short.
#pragma once

#include <cstdint>
#include <optional>

#include "cli/audio/source_file.h"

namespace serene::cli {

// A size field that a writer left at zero because it wrote to a pipe or was killed, and its true value.
struct SizePatch {
  int64_t offset = 0;     // of a 32-bit field
  uint8_t bytes[4] = {};  // what it should hold
};

struct ContainerLength {
  bool truncated = false;                  // less is there than promised, or the length was never filled in
  bool followed = false;                   // another stream comes after the one that is read
  std::optional<double> declared_seconds;  // as promised, where the header says and less is there
  std::optional<SizePatch> patch;          // to be laid over the file's bytes when decoding
};

// Knows WAV, RF64, Wave64 and AIFF (chunk sizes), AU (its header), Ogg (pages in order, end-of-stream mark)
// and what follows on an MP3 with a Xing header; says nothing of other formats.
ContainerLength inspect_container(const SourceFile& file);

// Bytes of ID3 tags in front of a container that has no place for them, 0 where there are none. libsndfile
// passes over a tag, but then takes as many bytes from the end. An MP3's own tag is not counted.
int64_t tag_before_container(const SourceFile& file);

}  // namespace serene::cli
