#pragma once

#include <string>
#include <string_view>

namespace lrscape {

/// Throws MemoryError if `bytes` exceeds the memory of this machine. `what` begins the message.
/// `bytes` is a double, so that the product of huge sizes does not overflow.
void check_memory(std::string_view what, double bytes);

/// "1.5 GiB"
std::string bytes_text(double bytes);

}  // namespace lrscape
