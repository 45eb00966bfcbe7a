// Which sanitizers this is compiled under: GCC says so by macros, clang by __has_feature.
#pragma once

#if defined(__has_feature)
#define RICCI_HAS_FEATURE(name) __has_feature(name)
#else
#define RICCI_HAS_FEATURE(name) 0
#endif

#if defined(__SANITIZE_ADDRESS__) || RICCI_HAS_FEATURE(address_sanitizer)
#define RICCI_ADDRESS_SANITIZER 1
#else
#define RICCI_ADDRESS_SANITIZER 0
#endif

#if defined(__SANITIZE_THREAD__) || RICCI_HAS_FEATURE(thread_sanitizer)
#define RICCI_THREAD_SANITIZER 1
#else
#define RICCI_THREAD_SANITIZER 0
#endif
