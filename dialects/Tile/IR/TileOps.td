//===- TileOps.td - every operation of the tile dialect -------------------===//

#ifndef MOESAIC_TILE_OPS_TD
#define MOESAIC_TILE_OPS_TD

include "TileKernelOps.td"
include "TileMemoryOps.td"
include "TileValueOps.td"
include "TileDistributionOps.td"
include "TileLaneOps.td"

#endif
