// The text of the calling thread's last failure, kept without allocating: it has to tell of a failed
// allocation, too.
#pragma once

namespace serene::runtime {

// At the start of a call. Where the library was loaded at run time, glibc allocates a thread's variables at
// their first use, those of exceptions, too, and ends the process where it cannot: while a call still has
// memory, and not once it reports that there is none.
void prepare_thread() noexcept;
// Shown as weights/refuse.h shows text: in one line, 4000 bytes at the most.
void set_last_error(const char* text) noexcept;
// "" before the first. Valid until the thread's next failure.
const char* last_error() noexcept;

}  // namespace serene::runtime
