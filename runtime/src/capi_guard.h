// Where exceptions end and become a status and a line of text.
#pragma once

#include <cfenv>
#include <exception>
#include <new>

#include "kernels/common/error.h"
#include "runtime/src/last_error.h"
#include "serene/serene.h"

namespace serene::capi {

serene_status status_of(ErrorKind kind);
// Keeps the text for serene_last_error() and returns the status.
serene_status fail(serene_status status, const char* text) noexcept;

// Rounding belongs to the result: the caller's stays with the caller.
class DefaultFloatingPoint {
 public:
  DefaultFloatingPoint() {
    std::fegetenv(&callers_);
    std::fesetenv(FE_DFL_ENV);
  }
  ~DefaultFloatingPoint() { std::fesetenv(&callers_); }
  DefaultFloatingPoint(const DefaultFloatingPoint&) = delete;
  DefaultFloatingPoint& operator=(const DefaultFloatingPoint&) = delete;

 private:
  std::fenv_t callers_;
};

template <class Body>
serene_status guarded(Body&& body) noexcept {
  runtime::prepare_thread();
  try {
    const DefaultFloatingPoint environment;
    body();
    return SERENE_OK;
  } catch (const Error& error) {
    return fail(status_of(error.kind()), error.what());
  } catch (const std::bad_alloc&) {
    return fail(SERENE_OUT_OF_MEMORY, "out of memory");
  } catch (const std::exception& error) {
    return fail(SERENE_INTERNAL, error.what());
  } catch (...) {
    return fail(SERENE_INTERNAL, "unknown failure");
  }
}

inline void require(bool ok, const char* what) {
  if (!ok) throw Error(ErrorKind::invalid_argument, what);
}

}  // namespace serene::capi
