// SPDX-License-Identifier: GPL-2.0-only
//
// The functions that the body of an exported test calls: patterns of bytes, and what the device does. The CPU does it
// in its place, by the DMA address: where there is no IOMMU that leads to the very memory that a device would reach,
// the bounce buffer included.
#ifndef DMAFUZZ_EXPORT_HELPERS_H
#define DMAFUZZ_EXPORT_HELPERS_H

#include <set>
#include <string>

#include "export/body.h"

namespace dmafuzz {

// Adds what the helpers need themselves, and their headers, to the body.
void complete_helpers(Body& body);
// Their text, in an order in which each finds those that it calls.
std::string write_helpers(const std::set<Helper>& helpers);

}  // namespace dmafuzz

#endif
