// SPDX-License-Identifier: GPL-2.0-only
//
// See symbols.h. The program is linked at a fixed address, so symbol values are addresses.
#include "engine/symbols.h"

#include <elf.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace dmafuzz {
namespace {

struct Function {
  uintptr_t start, end;
  std::string name;
};

std::vector<Function> read_functions() {
  std::ifstream in("/proc/self/exe", std::ios::binary);
  const std::string file((std::istreambuf_iterator<char>(in)), {});
  std::vector<Function> functions;
  if (file.size() < sizeof(Elf64_Ehdr)) return functions;
  Elf64_Ehdr header;
  std::memcpy(&header, file.data(), sizeof header);
  const auto section = [&](size_t index) {
    Elf64_Shdr s;
    std::memcpy(&s, file.data() + header.e_shoff + index * sizeof s, sizeof s);
    return s;
  };
  for (size_t i = 0; i < header.e_shnum; ++i) {
    const Elf64_Shdr table = section(i);
    if (table.sh_type != SHT_SYMTAB) continue;
    const Elf64_Shdr names = section(table.sh_link);
    for (size_t at = 0; at < table.sh_size; at += sizeof(Elf64_Sym)) {
      Elf64_Sym symbol;
      std::memcpy(&symbol, file.data() + table.sh_offset + at, sizeof symbol);
      if (ELF64_ST_TYPE(symbol.st_info) != STT_FUNC || !symbol.st_size) continue;
      functions.push_back(
          {symbol.st_value, symbol.st_value + symbol.st_size, file.data() + names.sh_offset + symbol.st_name});
    }
  }
  std::ranges::sort(functions, {}, &Function::start);
  return functions;
}

}  // namespace

bool in_function(uintptr_t pc, std::span<const std::string_view> names) {
  static const std::vector<Function> functions = read_functions();
  auto after = std::ranges::upper_bound(functions, pc, {}, &Function::start);
  if (after == functions.begin()) return false;
  const Function& function = *--after;
  return pc < function.end && std::ranges::find(names, function.name) != names.end();
}

}  // namespace dmafuzz
