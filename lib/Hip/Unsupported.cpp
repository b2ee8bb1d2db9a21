//===- Unsupported.cpp - entry points without an implementation -----------===//
//
// Each says so once and fails. The packaged headers stay out of this file: the
// parameters do not matter to a function that reads none.
//
//===----------------------------------------------------------------------===//

#define HIP_EXPORT extern "C" __attribute__((visibility("default")))

extern "C" int moesaicUnsupported(const char *name);

#define UNSUPPORTED(name, text)                                                \
  HIP_EXPORT int name();                                                       \
  HIP_EXPORT int name() { return moesaicUnsupported(text); }
#include "Hip/Unsupported.def"
#undef UNSUPPORTED

/// HIPRTC_ERROR_INTERNAL_ERROR: run-time compilation needs a compiler.
static constexpr int kInternalError = 11;

#define UNSUPPORTED_RTC(name)                                                  \
  HIP_EXPORT int name();                                                       \
  HIP_EXPORT int name() {                                                      \
    (void)moesaicUnsupported(#name);                                           \
    return kInternalError;                                                     \
  }
UNSUPPORTED_RTC(hiprtcAddNameExpression)
UNSUPPORTED_RTC(hiprtcCompileProgram)
UNSUPPORTED_RTC(hiprtcCreateProgram)
UNSUPPORTED_RTC(hiprtcDestroyProgram)
UNSUPPORTED_RTC(hiprtcGetCode)
UNSUPPORTED_RTC(hiprtcGetCodeSize)
UNSUPPORTED_RTC(hiprtcGetLoweredName)
UNSUPPORTED_RTC(hiprtcGetProgramLog)
UNSUPPORTED_RTC(hiprtcGetProgramLogSize)
UNSUPPORTED_RTC(hiprtcVersion)
#undef UNSUPPORTED_RTC

HIP_EXPORT const char *hiprtcGetErrorString(int);
HIP_EXPORT const char *hiprtcGetErrorString(int) {
  return "HIPRTC_ERROR_INTERNAL_ERROR";
}

HIP_EXPORT const char *hipApiName(unsigned);
HIP_EXPORT const char *hipApiName(unsigned) { return "unknown"; }
