#pragma once

#include "lrscape/optimizer/adam_l2.hpp"
#include "lrscape/optimizer/adam_prox.hpp"
#include "lrscape/optimizer/adamw_lh.hpp"
#include "lrscape/optimizer/adamw_pt.hpp"
#include "lrscape/optimizer/sgd.hpp"
#include "lrscape/optimizer/sgdw.hpp"
#include "lrscape/type_list.hpp"

namespace lrscape {

/// All optimizers. The backends, the command line and the tests are generated from this list.
using Optimizers = TypeList<optimizer::AdamWPT, optimizer::AdamWLH, optimizer::AdamL2,
                            optimizer::AdamProx, optimizer::SGD, optimizer::SGDW>;

}  // namespace lrscape
