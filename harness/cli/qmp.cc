// SPDX-License-Identifier: GPL-2.0-only
//
// See qmp.h.
#include "cli/qmp.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "cli/command.h"

namespace dmafuzz::cli {
using nlohmann::json;

Qmp::Qmp(Clock::time_point deadline) : deadline_(deadline) {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    throw Trouble(fmt::format("no pair of sockets: {}", std::strerror(errno)));
  }
  near_ = ends[0];
  // A copy without CLOEXEC: this end goes to whom we start next.
  far_ = dup(ends[1]);
  close(ends[1]);
}

Qmp::~Qmp() {
  close(near_);
  if (far_ >= 0) close(far_);
}

std::vector<std::string> Qmp::options() const {
  return {"-chardev", fmt::format("socket,id=qmp,fd={}", far_), "-mon", "chardev=qmp,mode=control"};
}

void Qmp::connect() {
  close(std::exchange(far_, -1));
  next();  // it greets
  execute("qmp_capabilities");
}

json Qmp::execute(std::string_view command, json arguments) {
  const std::string line = json{{"execute", command}, {"arguments", std::move(arguments)}}.dump() + "\n";
  for (std::string_view rest = line; !rest.empty();) {
    const ssize_t n = send(near_, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw Trouble(fmt::format("QEMU took no '{}': {}", command, std::strerror(errno)));
    rest.remove_prefix(static_cast<std::size_t>(n));
  }
  for (;;) {
    const json said = next();
    if (const auto error = said.find("error"); error != said.end()) {
      throw Trouble(fmt::format("QEMU refused '{}': {}", command, error->value("desc", "it does not say why")));
    }
    if (const auto answer = said.find("return"); answer != said.end()) return *answer;
    events_.push_back(said.value("event", ""));
  }
}

void Qmp::await(std::string_view event) {
  for (;;) {
    if (const auto at = std::ranges::find(events_, event); at != events_.end()) {
      events_.erase(at);
      return;
    }
    events_.push_back(next().value("event", ""));
  }
}

json Qmp::next() {
  std::size_t end;
  while ((end = arrived_.find('\n')) == std::string::npos) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - Clock::now()).count();
    pollfd fd{.fd = near_, .events = POLLIN, .revents = 0};
    const int ready = left > 0 ? poll(&fd, 1, static_cast<int>(std::min<long>(left, 60000))) : 0;
    if (ready < 0 && errno != EINTR) throw Trouble(fmt::format("QEMU's monitor: {}", std::strerror(errno)));
    if (ready <= 0 && left > 0) continue;
    if (ready <= 0) throw Trouble("QEMU did not answer in time");
    std::array<char, 4096> buffer;
    const ssize_t n = recv(near_, buffer.data(), buffer.size(), 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) throw Trouble("QEMU ended");
    arrived_.append(buffer.data(), static_cast<std::size_t>(n));
  }
  json said = json::parse(arrived_.substr(0, end), nullptr, false);
  arrived_.erase(0, end + 1);
  if (!said.is_object()) throw Trouble("QEMU's monitor says what is not an object of JSON");
  return said;
}

}  // namespace dmafuzz::cli
