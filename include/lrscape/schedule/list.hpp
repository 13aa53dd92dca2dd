#pragma once

#include "lrscape/schedule/constant.hpp"
#include "lrscape/schedule/cosine.hpp"
#include "lrscape/schedule/decay.hpp"
#include "lrscape/schedule/linear.hpp"
#include "lrscape/schedule/listed.hpp"
#include "lrscape/schedule/power.hpp"
#include "lrscape/schedule/wsd.hpp"
#include "lrscape/type_list.hpp"

namespace lrscape {

/// All schedules. The command line and the tests are generated from this list.
using Schedules =
    TypeList<schedule::Constant, schedule::Linear, schedule::PolyDecay, schedule::Cosine,
             schedule::Sqrt, schedule::Power, schedule::SqrtEpoch, schedule::Exponential,
             schedule::Wsd, schedule::Piecewise, schedule::Custom>;

}  // namespace lrscape
