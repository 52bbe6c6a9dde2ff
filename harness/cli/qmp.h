// SPDX-License-Identifier: GPL-2.0-only
//
// A QEMU process's monitor: commands and events, a line of JSON each (docs/interop/qmp-spec of QEMU), over a pair of
// sockets of which the process inherits one end.
#ifndef DMAFUZZ_CLI_QMP_H
#define DMAFUZZ_CLI_QMP_H

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "cli/process.h"

namespace dmafuzz::cli {

class Qmp {
 public:
  // Everything must have happened by then. Throws Trouble if the system has no sockets left.
  explicit Qmp(Clock::time_point deadline);
  ~Qmp();
  Qmp(const Qmp&) = delete;
  Qmp& operator=(const Qmp&) = delete;

  // What QEMU's command line needs. Start it before connect(), which gives up our hold of its end.
  std::vector<std::string> options() const;
  int far_end() const { return far_; }

  // These throw Trouble: refused, in QEMU's words; the deadline has passed; the other end is gone.
  void connect();
  // The command's answer. Events that come before it are kept.
  nlohmann::json execute(std::string_view command, nlohmann::json arguments = nlohmann::json::object());
  // Until that event has come, now or earlier.
  void await(std::string_view event);

 private:
  nlohmann::json next();

  Clock::time_point deadline_;
  int near_ = -1, far_ = -1;
  std::string arrived_;
  std::vector<std::string> events_;
};

}  // namespace dmafuzz::cli

#endif
