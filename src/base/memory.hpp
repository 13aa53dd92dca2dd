#pragma once

#include <string>
#include <string_view>

namespace lrscape {

/// Throws InputError if so many bytes are more than this machine has. `what` begins the message. A
/// double, since a product of sizes that overflows is what this is to catch.
void check_memory(std::string_view what, double bytes);

/// "1.5 GiB"
std::string bytes_text(double bytes);

}  // namespace lrscape
