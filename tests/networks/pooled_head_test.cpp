#include "runtime/networks/pooled_head/pooled_head.h"

#include <gtest/gtest.h>

#include "tests/networks/format_text.h"
#include "tests/support/refusal.h"
