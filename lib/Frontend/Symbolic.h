//===- Symbolic.h - when two extents must be equal --------------*- C++ -*-===//

#ifndef MOESAIC_FRONTEND_SYMBOLIC_H
#define MOESAIC_FRONTEND_SYMBOLIC_H

#include "Frontend/Datum.h"

namespace moesaic::frontend {

/// Whether two integers, constants or values of one type, are equal whatever
/// the arguments: they are the same polynomial, with wrapping arithmetic.
bool isProvablyEqual(const Datum &a, const Datum &b);

} // namespace moesaic::frontend

#endif
