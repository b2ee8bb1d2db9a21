//===- moe-run.cpp - runs kernels and entries on NumPy files --------------===//

#include "Run/RunTool.h"

int main(int argc, char **argv) { return moesaic::run::runTool(argc, argv); }
