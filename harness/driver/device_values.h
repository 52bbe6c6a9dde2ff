// SPDX-License-Identifier: GPL-2.0-only
//
// Writes down what the driver takes from its device (report/device_value.h), and gives it another value in one place:
// what `dmafuzz triage` asks of a target to find out which of the device's values a finding hangs on.
#ifndef DMAFUZZ_DRIVER_DEVICE_VALUES_H
#define DMAFUZZ_DRIVER_DEVICE_VALUES_H

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "report/finding.h"

namespace dmafuzz {

// Options of a target: a file, to which a line of JSON is added for each value; a number and what the driver gets
// there.
inline constexpr std::string_view kValuesOption = "--device-values=";
inline constexpr std::string_view kValueOption = "--device-value=";  // N:VALUE

class DeviceValues {
 public:
  // Takes the options out of a command line. Ends the process (status 2) if they cannot be had.
  void take_options(int* argc, char** argv);

  // Whether anybody asks: a run without one of the options pays for this question alone.
  bool wanted() const { return wanted_; }
  // For a new input: counts from 0.
  void restart() { count_ = 0; }
  // The driver is about to take `size` bytes (at most 8) that read `value`; `where` says from where, if it is asked,
  // `frame` is that of a function below the driver's (as for take_stack()). Returns what the driver is to get.
  uint64_t take(uint64_t value, unsigned size, const std::function<std::string()>& where, const void* frame);

 private:
  const SourceFrame& place(const void* frame);

  bool wanted_ = false, changes_ = false;
  int file_ = -1;
  uint64_t count_ = 0, changed_ = 0, changed_to_ = 0;
  // By address of code; empty: none of the functions there is to be named.
  std::unordered_map<uintptr_t, SourceFrame> places_;
};

DeviceValues& device_values();

}  // namespace dmafuzz

#endif
