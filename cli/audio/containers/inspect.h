// What the containers tell of their length, a format a file.
#pragma once

#include "cli/audio/container.h"

namespace serene::cli {

ContainerLength inspect_wave(const SourceFile& file, bool rf64);
ContainerLength inspect_aiff(const SourceFile& file);
ContainerLength inspect_wave64(const SourceFile& file);
ContainerLength inspect_au(const SourceFile& file, bool little_endian);
ContainerLength inspect_ogg(const SourceFile& file);
// Of an MP3 with a Xing header.
ContainerLength inspect_mp3(const SourceFile& file);

// Where ID3v2 tags that begin at `offset` end.
int64_t id3_end(const SourceFile& file, int64_t offset);

}  // namespace serene::cli
