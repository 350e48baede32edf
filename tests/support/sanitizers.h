// Which sanitizers this is compiled with: GCC and clang say it in different ways.
#pragma once

#ifdef __has_feature
#define SERENE_HAS_FEATURE(feature) __has_feature(feature)
#else
#define SERENE_HAS_FEATURE(feature) 0
#endif

#if defined(__SANITIZE_ADDRESS__) || SERENE_HAS_FEATURE(address_sanitizer)
#define SERENE_ADDRESS_SANITIZED 1
#else
#define SERENE_ADDRESS_SANITIZED 0
#endif

#if defined(__SANITIZE_THREAD__) || SERENE_HAS_FEATURE(thread_sanitizer)
#define SERENE_THREAD_SANITIZED 1
#else
#define SERENE_THREAD_SANITIZED 0
#endif
