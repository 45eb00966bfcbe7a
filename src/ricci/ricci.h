// The public umbrella: #include <ricci/ricci.h> is all a program needs.
#pragma once

#include "ricci/autograd/record.h"
#include "ricci/base/error.h"
#include "ricci/base/parallel.h"
#include "ricci/io/load.h"
#include "ricci/io/network.h"
#include "ricci/nn/module.h"
#include "ricci/ops/create.h"
#include "ricci/ops/einsum.h"
#include "ricci/ops/elementwise.h"
#include "ricci/ops/index.h"
#include "ricci/ops/random.h"
#include "ricci/ops/reduce.h"
#include "ricci/ops/shape.h"
#include "ricci/ops/spellings.h"
#include "ricci/transform/backward.h"
#include "ricci/transform/forward.h"
