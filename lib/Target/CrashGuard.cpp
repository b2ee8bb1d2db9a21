//===- CrashGuard.cpp - code that may abort, run so that we survive -------===//

#include "Target/CrashGuard.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/CrashRecoveryContext.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/raw_ostream.h"
#include <cstdlib>
#include <cstring>
#include <mutex>

using namespace llvm;

// The reason of a fatal error in this thread, while a guard is active.
static thread_local std::string *currentReason = nullptr;

[[noreturn]] static void onFatalError(void *, const char *reason, bool) {
  if (currentReason) {
    *currentReason = StringRef(reason).trim().str();
  }
  if (CrashRecoveryContext *context = CrashRecoveryContext::GetCurrent()) {
    context->HandleExit(1);
  }
  errs() << "error: " << reason << "\n";
  std::exit(1);
}

bool moesaic::runGuarded(function_ref<void()> body, std::string &reason) {
  static std::once_flag once;
  std::call_once(once, [] {
    CrashRecoveryContext::Enable();
    remove_fatal_error_handler();
    install_fatal_error_handler(onFatalError);
  });
  reason.clear();
  std::string *outerReason = currentReason;
  currentReason = &reason;
  CrashRecoveryContext context;
  bool finished = context.RunSafely(body);
  currentReason = outerReason;
  if (!finished && reason.empty()) {
    // A signal is reported as 128 and its number, as shells do.
    reason = context.RetCode > 128 ? strsignal(context.RetCode - 128)
                                   : "unexpected exit";
  }
  return finished;
}
