// SPDX-License-Identifier: GPL-2.0-only
// What the room of memory wants of a host; no test here gets to any of it.
#include <cstdlib>

#include "host.h"

extern "C" {

void host_panic(const char*) {
  std::abort();
}
void host_finding(const char*, const char*) {
  std::abort();
}
void host_event(const char*, unsigned long long, unsigned long long, unsigned long long) {}

}  // extern "C"
