//===- RunTool.h - the tool moe-run ----------------------------*- C++ -*-===//

#ifndef MOESAIC_RUN_RUNTOOL_H
#define MOESAIC_RUN_RUNTOOL_H

namespace moesaic::run {

/// The whole of moe-run; gives its exit status.
int runTool(int argc, char **argv);

} // namespace moesaic::run

#endif
