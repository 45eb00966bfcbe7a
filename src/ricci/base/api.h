// RICCI_API marks what the shared library exports; everything else stays hidden.
#pragma once

#if defined(__GNUC__)
#define RICCI_API __attribute__((visibility("default")))
#else
#define RICCI_API
#endif
