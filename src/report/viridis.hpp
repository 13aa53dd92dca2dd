#pragma once

namespace lrscape {

/// The colour 0xRRGGBB of a place in the colour map viridis, from 0 (dark) to 1 (bright).
int viridis(double brightness);

}  // namespace lrscape
