#include "runtime/networks/speech_transformer/speech_transformer.h"

#include <gtest/gtest.h>

#include "tests/networks/format_text.h"
#include "tests/support/refusal.h"
