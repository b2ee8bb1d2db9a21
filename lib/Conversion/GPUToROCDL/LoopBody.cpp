//===- LoopBody.cpp - what loops with products consist of -----------------===//

#include "Conversion/GPUToROCDL/LoopBody.h"
#include "mlir/Dialect/AMDGPU/IR/AMDGPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/ROCDLDialect.h"

using namespace mlir;
using namespace moesaic;

bool moesaic::isProduct(Operation *op) {
  return isa<amdgpu::MFMAOp, amdgpu::WMMAOp>(op);
}

static bool isShared(Value address) {
  constexpr unsigned sharedSpace = 3;
  return cast<LLVM::LLVMPointerType>(address.getType()).getAddressSpace() ==
         sharedSpace;
}

bool moesaic::isSharedLoad(Operation *op) {
  if (isa<ROCDL::ds_read_tr16_b64, ROCDL::ds_read_tr8_b64>(op)) {
    return true;
  }
  auto load = dyn_cast<LLVM::LoadOp>(op);
  return load && isShared(load.getAddr());
}

bool moesaic::isSharedStore(Operation *op) {
  auto store = dyn_cast<LLVM::StoreOp>(op);
  return store && isShared(store.getAddr());
}

bool moesaic::isGlobalLoad(Operation *op) {
  return isa<ROCDL::RawPtrBufferLoadOp, ROCDL::RawPtrBufferLoadLdsOp>(op);
}

SmallVector<scf::ForOp> moesaic::findProductLoops(gpu::GPUFuncOp function) {
  SmallVector<scf::ForOp> loops;
  function.walk([&](scf::ForOp loop) {
    if (loop->hasAttr(tile::steadyAttr) &&
        llvm::any_of(*loop.getBody(),
                     [](Operation &op) { return isProduct(&op); })) {
      loops.push_back(loop);
    }
  });
  return loops;
}

SmallVector<Operations> moesaic::splitProducts(ArrayRef<Operation *> segment) {
  SmallVector<Operations> steps(1);
  llvm::SmallPtrSet<Operation *, 32> needsStep;
  for (Operation *op : segment) {
    bool needs = llvm::any_of(op->getOperands(), [&](Value operand) {
      Operation *def = operand.getDefiningOp();
      return def && needsStep.contains(def);
    });
    if (!isProduct(op)) {
      if (needs) {
        needsStep.insert(op);
      }
      continue;
    }
    if (needs) {
      steps.emplace_back();
      needsStep.clear();
    }
    steps.back().push_back(op);
    needsStep.insert(op);
  }
  return steps;
}

llvm::DenseMap<Operation *, size_t>
moesaic::assignSteps(ArrayRef<Operation *> segment,
                     ArrayRef<Operations> steps) {
  llvm::DenseMap<Operation *, size_t> stepOf;
  for (auto [number, products] : llvm::enumerate(steps)) {
    for (Operation *product : products) {
      stepOf[product] = number;
    }
  }
  for (Operation *op : llvm::reverse(segment)) {
    if (isProduct(op)) {
      continue;
    }
    size_t first = steps.size();
    for (Operation *user : op->getUsers()) {
      auto found = stepOf.find(user);
      first = std::min(first, found == stepOf.end() ? 0 : found->second);
    }
    bool canMove = isPure(op) || isSharedLoad(op);
    stepOf[op] = canMove && first < steps.size() ? first : 0;
  }
  return stepOf;
}
