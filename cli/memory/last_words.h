// What the program says where it has no memory left, without allocating.
#pragma once

namespace serene::cli {

// One line on standard error, as the log has it. Returns kExitMemory.
int say_out_of_memory() noexcept;
// The same, and ends the process at once: rows that were written are whole, as after a signal.
[[noreturn]] void end_out_of_memory() noexcept;
// From now on an exception for want of memory that nothing catches, in a destructor or a thread, ends the
// program so.
void catch_uncaught() noexcept;
// While --log-json holds: lines are JSON, and go to this descriptor. -1: as before.
void say_as_json_to(int descriptor) noexcept;

}  // namespace serene::cli
