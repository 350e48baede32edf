// What a reader says of a file it refuses, and an op of its arguments.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "kernels/common/error.h"

namespace serene::test {

// The message of the Error(kind) that `act` throws; a test failure and "" if it throws none or another.
template <class Act>
std::string refusal(Act&& act, ErrorKind kind = ErrorKind::model) {
  try {
    act();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind) << error.what();
    return error.what();
  } catch (const std::exception& error) {
    ADD_FAILURE() << "another exception: " << error.what();
    return "";
  }
  ADD_FAILURE() << "accepted";
  return "";
}

// True if `act` returns, false if it throws Error; anything else is a test failure.
template <class Act>
bool survives(Act&& act) {
  try {
    act();
    return true;
  } catch (const Error&) {
    return false;
  } catch (const std::exception& error) {
    ADD_FAILURE() << "another exception: " << error.what();
    return false;
  }
}

inline void expect_in(const std::string& message, const std::string& part) {
  EXPECT_NE(message.find(part), std::string::npos) << "said: " << message << "\nwanted: " << part;
  EXPECT_EQ(message.find('\n'), std::string::npos) << "more than a line: " << message;
}

}  // namespace serene::test
