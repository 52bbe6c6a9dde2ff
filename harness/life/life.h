// SPDX-License-Identifier: GPL-2.0-only OR MIT
// A driver's life as a program: the device, and what happens to its driver in order, from loading to unloading. Here
// are the program, the table of what its operations are made of, and its binary form; the text form is in life_text.h.
#ifndef DMAFUZZ_LIFE_LIFE_H
#define DMAFUZZ_LIFE_LIFE_H

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

namespace dmafuzz {

// How the device behaves. What is found says which of them it took.
enum class Degree : std::uint8_t {
  kFaithful,   // by its manual; what the program says of a hostile device does nothing
  kFaulty,     // answers and writes what it likes, where a device of its kind may write
  kUntrusted,  // a malicious host: whatever it can reach, at any time
  kCount
};

// Where the program starts.
enum class Start : std::uint8_t {
  kUnloaded,
  kUp,  // the driver is loaded, its network device open for 3 s; up to there the device was faithful and fill was 0;
        // dma-debug is off
  kCount
};

enum class LifeCode : std::uint8_t {
  // The driver.
  kLoad,
  kUnload,
  kUnbind,
  kBind,
  kUnplug,  // the device is gone, and the bus says so
  // Its network device, as the stack and its users.
  kOpen,
  kStop,
  kTransmit,
  kMtu,
  kMac,
  kRxMode,
  kIoctl,
  kEthtool,
  kTxTimeout,
  // Its random number generator, as a reader.
  kReadRandom,
  // The device.
  kWire,       // a packet arrives
  kAct,        // it does what was put off
  kInterrupt,  // for no reason
  kAnswer,     // a register reads as something else
  kWrite,      // into memory that it can reach
  kChange,     // the same, between two loads of the driver
  kStorm,      // interrupts while the driver runs
  // The machine.
  kTime,
  kFailAlloc,
  // Its disk, as file systems and users.
  kDiskRead,
  kDiskWrite,
  kDiskFlush,
  kDiskDiscard,
  kDiskZero,
  kDiskControl,
  // The machine again: it sleeps and wakes; mappings fail.
  kSleep,
  kFailMap,
  // Its DMA engine, as a client.
  kCopy,
  kCopyTerminate,
  kCopyRelease,
  kCopyStatus,
  // The file that it made, as a user.
  kFileWrite,
  kFileRead,
  kCount
};

// Flags, by bit.
enum LifeFlag : std::uint8_t {
  kHold = 1,        // the device puts off what it has to do
  kCsum = 2,        // transmit: the device is to fill in the checksum
  kGso = 4,         // transmit: the device is to cut the packet
  kUnaligned = 8,   // transmit: at an odd address
  kBroadcast = 16,  // wire
  kTransport = 32,  // unbind: from the driver that made the device of another one
  kPlug = 64,       // disk, copy: held back until something else is done
  kFua = 128        // disk_write: on the medium when it is done
};

struct LifeOp {
  std::uint8_t code;  // LifeCode
  std::uint8_t flags;
  std::uint16_t x;
  std::uint32_t a, b, c;
};

struct LifeConfig {
  std::uint8_t degree;
  std::uint8_t path;         // index of life_path_words(): how the device reaches memory
  std::uint8_t noncoherent;  // 0 or 1
  std::uint8_t fill;         // seed of fresh memory
  std::uint8_t start;        // Start
  std::uint8_t reserved[3];  // 0
  std::uint32_t variant;     // which of its kind the device is, by bits that its model knows (driver/model.h)
};
static_assert(std::has_unique_object_representations_v<LifeOp> && sizeof(LifeOp) == 16);
static_assert(std::has_unique_object_representations_v<LifeConfig> && sizeof(LifeConfig) == 12);

struct Life {
  LifeConfig config = {};
  std::vector<LifeOp> ops;
};

bool operator==(const Life& a, const Life& b);

inline constexpr std::size_t kMaxLifeOps = 128;

// What an operation is made of. An argument without a key is not used, and zero.
struct LifeArg {
  std::string_view key = {};
  std::uint32_t max = 0;  // inclusive
};
struct LifeInfo {
  std::string_view name;
  std::uint8_t flags = 0;
  LifeArg x = {}, a = {}, b = {}, c = {};
  bool hostile = false;  // of a device that is not faithful
};
// `code` must be below LifeCode::kCount.
const LifeInfo& life_info(unsigned code);
std::span<const std::string_view> degree_words();
// Words of the flags, by bit.
std::span<const std::string_view> life_flag_words();
std::span<const std::string_view> life_path_words();
std::span<const std::string_view> start_words();

// Folds each field into its range. Idempotent.
void canonicalise(LifeOp& op);
void canonicalise(LifeConfig& config);

// The same life for a process whose inputs all start as `start` says: what loads and opens the driver is left out if it
// is up by then.
Life started_as(Life life, const LifeConfig& start);

// The binary form: the configuration, then the operations, as the structs lie in memory (little-endian); values out of
// range are folded, what is cut short is dropped (operations) or padded with zeroes (configuration).
void decode_life(std::span<const std::uint8_t> bytes, Life& out);
std::vector<std::uint8_t> encode_life(const Life& life);

}  // namespace dmafuzz

#endif
