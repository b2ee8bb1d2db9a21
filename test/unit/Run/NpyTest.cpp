//===- NpyTest.cpp - NumPy files, well-formed and not ---------------------===//

#include "Run/Npy.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/MLIRContext.h"
#include "gtest/gtest.h"

using namespace moesaic::run;
using llvm::StringRef;

static llvm::Expected<NpyArray> parse(const std::string &bytes) {
  return parseNpy(llvm::MemoryBuffer::getMemBufferCopy(bytes));
}
static std::string getError(const std::string &bytes) {
  auto array = parse(bytes);
  return array ? "" : llvm::toString(array.takeError());
}
/// A file of format version 1 with this header.
static std::string makeFile(const std::string &header,
                            const std::string &data = "") {
  std::string file("\x93NUMPY\x01\x00", 8);
  file += static_cast<char>(header.size() & 0xff);
  file += static_cast<char>(header.size() >> 8);
  return file + header + data;
}
static std::string makeHeader(StringRef descr, StringRef shape) {
  return ("{'descr': '" + descr +
          "', 'fortran_order': False, 'shape': " + shape + ", }\n")
      .str();
}

TEST(Npy, RoundTrip) {
  for (llvm::SmallVector<int64_t> shape :
       {llvm::SmallVector<int64_t>{}, {3}, {2, 3}, {0, 4}, {1, 2, 3, 4}}) {
    int64_t count = 1;
    for (int64_t extent : shape) {
      count *= extent;
    }
    std::string data(count * 4, 'x');
    std::string header = makeNpyHeader("<f4", shape);
    EXPECT_EQ(header.size() % 64, 0u);
    EXPECT_EQ(header.back(), '\n');
    auto array = parse(header + data);
    ASSERT_TRUE(static_cast<bool>(array)) << toString(array.takeError());
    EXPECT_EQ(array->descr, "<f4");
    EXPECT_EQ(array->shape, shape);
    EXPECT_EQ(array->data, data);
  }
}

TEST(Npy, LongHeadersOfLaterVersions) {
  std::string header = makeHeader("|u1", "(2,)") + std::string(70000, ' ');
  std::string file("\x93NUMPY\x02\x00", 8);
  for (int shift = 0; shift < 32; shift += 8) {
    file += static_cast<char>(header.size() >> shift);
  }
  auto array = parse(file + header + "ab");
  ASSERT_TRUE(static_cast<bool>(array)) << toString(array.takeError());
  EXPECT_EQ(array->data, "ab");
}

TEST(Npy, MalformedFiles) {
  std::string good = makeFile(makeHeader("<f4", "(1,)"), "abcd");
  ASSERT_EQ(getError(good), "");
  EXPECT_EQ(getError(""), "this is not a .npy file");
  EXPECT_EQ(getError("PK\x03\x04 an npz"), "this is not a .npy file");
  for (size_t length = 6; length < good.size() - 4; ++length) {
    EXPECT_EQ(getError(good.substr(0, length)), "the .npy header is cut off");
  }
  EXPECT_EQ(getError(good.substr(0, good.size() - 1)),
            "3 bytes of elements, expected 4");
  EXPECT_EQ(getError(good + "!"), "5 bytes of elements, expected 4");
  EXPECT_EQ(getError(std::string("\x93NUMPY\x04\x00", 8) + good.substr(8)),
            "unknown .npy version 4, expected 1 to 3");
}

TEST(Npy, MalformedHeaders) {
  auto check = [](const std::string &header, StringRef why) {
    EXPECT_EQ(getError(makeFile(header)),
              ("malformed .npy header: " + why).str())
        << header;
  };
  check("", "expected '{'");
  check("{", "expected a key and ':'");
  check("{}", "expected the keys descr, fortran_order and shape");
  check("{'descr: '<f4'}", "expected a key and ':'");
  check("{'descr': 4}", "expected a string after 'descr'");
  check("{'descr': '<f4' 'shape': (1,)}", "expected ',' or '}'");
  check("{'fortran_order': maybe}",
        "expected True or False after 'fortran_order'");
  check("{'shape': 4}", "expected a tuple after 'shape'");
  check("{'shape': (-4,)}", "expected an extent in 'shape'");
  check("{'shape': (4 4)}", "expected ',' or ')' in 'shape'");
  check("{'shape': (4", "expected ',' or ')' in 'shape'");
  check("{'shape': (99999999999999999999,)}", "expected an extent in 'shape'");
  check("{'other': 4}", "unknown key 'other'");
  check("{'descr': '<f4', 'fortran_order': False, 'shape': ()} x",
        "expected the end after '}'");
}

TEST(Npy, Refusals) {
  EXPECT_EQ(getError(makeFile("{'descr': '<f4', 'fortran_order': True, "
                              "'shape': (2, 2)}")),
            "the array is in Fortran order, expected C order\nhelp: save "
            "numpy.ascontiguousarray(array)");
  EXPECT_EQ(getError(makeFile("{'descr': [('a', '<f4')], 'shape': (1,)}")),
            "structured elements are not supported");
  EXPECT_EQ(getError(makeFile(makeHeader(">f4", "(1,)"), "abcd")),
            "elements of type '>f4' are big-endian, expected little-endian");
  EXPECT_EQ(getError(makeFile(makeHeader("<c8", "(1,)"), "abcdefgh")),
            "elements of type '<c8' are not supported");
  EXPECT_EQ(getError(makeFile(makeHeader("<U3", "(1,)"))),
            "elements of type '<U3' are not supported");
  EXPECT_EQ(getError(makeFile(makeHeader("<f16", "(1,)"))),
            "elements of type '<f16' are not supported");
  EXPECT_EQ(getError(makeFile(makeHeader("|O", "(1,)"))),
            "unknown element type '|O'");
  EXPECT_EQ(getError(makeFile(makeHeader("<f4", "(4611686018427387904, 4)"))),
            "the shape has too many elements");
}

TEST(Npy, ElementTypes) {
  mlir::MLIRContext context;
  mlir::Builder builder(&context);
  mlir::Type i1 = builder.getI1Type(), i8 = builder.getI8Type();
  mlir::Type i32 = builder.getI32Type(), bf16 = builder.getBF16Type();
  mlir::Type f16 = builder.getF16Type(), f32 = builder.getF32Type();
  mlir::Type fp8 = mlir::Float8E4M3FNUZType::get(&context);
  EXPECT_EQ(getNpyDescr(i1), "|b1");
  EXPECT_EQ(getNpyDescr(i8), "|i1");
  EXPECT_EQ(getNpyDescr(bf16), "<u2");
  EXPECT_EQ(getNpyDescr(fp8), "|u1");
  EXPECT_EQ(getNpyDescr(f16), "<f2");
  EXPECT_TRUE(isNpyDescrOf("<f4", f32));
  EXPECT_FALSE(isNpyDescrOf("<f8", f32));
  EXPECT_FALSE(isNpyDescrOf("<i4", f32));
  EXPECT_TRUE(isNpyDescrOf("|u1", i8));
  EXPECT_TRUE(isNpyDescrOf("<u4", i32));
  EXPECT_FALSE(isNpyDescrOf("<i8", i32));
  EXPECT_TRUE(isNpyDescrOf("<V2", bf16));
  EXPECT_FALSE(isNpyDescrOf("<f2", bf16));
  EXPECT_FALSE(isNpyDescrOf("<u2", f16));
  EXPECT_FALSE(isNpyDescrOf("|i1", fp8));
  EXPECT_FALSE(isNpyDescrOf("|u1", i1));
  EXPECT_EQ(describeNpyDescr("<f4"), "float32");
  EXPECT_EQ(describeNpyDescr("|b1"), "bool");
  EXPECT_EQ(describeNpyDescr("<V2"), "void16");
}
