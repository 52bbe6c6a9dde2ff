// SPDX-License-Identifier: GPL-2.0-only
#include "cli/qmp.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>
#include <string_view>

#include "cli/command.h"

namespace dmafuzz::cli {
namespace {

using namespace std::chrono_literals;

// Stands in for QEMU: it says all that it has to say at once, which waits in the socket, and then listens.
class FakeMonitor {
 public:
  FakeMonitor(const Qmp& qmp, std::string_view says) : end_(dup(qmp.far_end())) {
    EXPECT_EQ(send(end_, says.data(), says.size(), 0), static_cast<ssize_t>(says.size()));
  }
  ~FakeMonitor() { close(end_); }
  std::string told() const {
    std::array<char, 4096> buffer;
    const ssize_t n = recv(end_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    return {buffer.data(), static_cast<size_t>(n > 0 ? n : 0)};
  }
  void end() const { shutdown(end_, SHUT_RDWR); }

 private:
  int end_;
};

std::string trouble(const auto& act) {
  try {
    act();
  } catch (const Trouble& trouble) {
    return trouble.what();
  }
  return {};
}

constexpr std::string_view kGreeted = "{\"QMP\": {}}\r\n{\"return\": {}}\r\n";

TEST(Qmp, CommandsAndEvents) {
  Qmp qmp(Clock::now() + 60s);
  EXPECT_EQ(qmp.options().at(1), "socket,id=qmp,fd=" + std::to_string(qmp.far_end()));
  const FakeMonitor qemu(
      qmp, std::string(kGreeted) + "{\"event\": \"STOP\"}\n{\"return\": {\"status\": \"paused\"}}\n{\"return\": {}}\n");
  qmp.connect();
  EXPECT_EQ(qmp.execute("query-status").at("status"), "paused");
  qmp.await("STOP");  // it came before the answer
  qmp.execute("migrate", {{"uri", "exec:true"}});
  EXPECT_EQ(qemu.told(),
            "{\"arguments\":{},\"execute\":\"qmp_capabilities\"}\n{\"arguments\":{},\"execute\":\"query-status\"}\n"
            "{\"arguments\":{\"uri\":\"exec:true\"},\"execute\":\"migrate\"}\n");
  qemu.end();
  EXPECT_EQ(trouble([&] { qmp.await("STOP"); }), "QEMU ended");  // and did not come twice
}

TEST(Qmp, WhatIsRefused) {
  Qmp qmp(Clock::now() + 60s);
  const FakeMonitor qemu(qmp, std::string(kGreeted) + "{\"error\": {\"class\": \"X\", \"desc\": \"not now\"}}\n");
  qmp.connect();
  EXPECT_EQ(trouble([&] { qmp.execute("cont"); }), "QEMU refused 'cont': not now");
}

TEST(Qmp, WhatMakesNoSense) {
  Qmp qmp(Clock::now() + 60s);
  const FakeMonitor qemu(qmp, "what?\n");
  EXPECT_EQ(trouble([&] { qmp.connect(); }), "QEMU's monitor says what is not an object of JSON");
}

TEST(Qmp, NobodyThere) {
  Qmp qmp(Clock::now() + 60s);
  EXPECT_EQ(trouble([&] { qmp.connect(); }), "QEMU ended");
}

TEST(Qmp, TimeIsLimited) {
  Qmp qmp(Clock::now() + 10ms);
  const FakeMonitor qemu(qmp, "{\"QMP\"");
  EXPECT_EQ(trouble([&] { qmp.connect(); }), "QEMU did not answer in time");
}

}  // namespace
}  // namespace dmafuzz::cli
