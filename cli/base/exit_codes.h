// Exit codes of the command line, the same for every command; `serene --help` lists them.
#pragma once

namespace serene::cli {

inline constexpr int kExitOk = 0;
inline constexpr int kExitCheckFailed = 1;  // check: a tensor is further from its reference than allowed
inline constexpr int kExitUsage = 2;
inline constexpr int kExitModel = 3;
inline constexpr int kExitDevice = 4;
inline constexpr int kExitSomeFailed = 5;
inline constexpr int kExitNoneFound = 6;
inline constexpr int kExitOutput = 7;
inline constexpr int kExitTooManyFailed = 9;  // --max-failures ended the run
inline constexpr int kExitInternal = 70;      // a bug; the number is sysexits.h's EX_SOFTWARE
inline constexpr int kExitMemory = 71;        // too little memory; sysexits.h's EX_OSERR
inline constexpr int kExitBrokenPipe = 141;   // 128 + SIGPIPE, as a shell shows it

}  // namespace serene::cli
