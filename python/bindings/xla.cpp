// The door from JAX's compiled code: a handler of XLA's foreign function interface, version 0, which
// gives the addresses of dense buffers and takes a result. Runs on XLA's threads, without Python.
#include <array>

#include "operation.h"

namespace ricci::python {
namespace {

// The layout that XLA fixes (xla/ffi/api/c_api.h); names here are ours.
struct Extension {
  std::size_t size;
  std::int32_t type;
  Extension* next;
};
struct Version {
  std::size_t size;
  Extension* extension;
  std::int32_t major, minor;
};
struct Metadata {
  std::size_t size;
  Version version;
  std::uint32_t traits;
};
struct MetadataExtension {
  Extension base;
  Metadata* metadata;
};
struct Failure;
struct FailureArguments {
  std::size_t size;
  Extension* extension;
  const char* message;
  std::int32_t code;
};
struct Api {
  std::size_t size;
  Extension* extension;
  Version version;
  const void* internal;
  Failure* (*create_failure)(FailureArguments*);
};
struct Buffer {
  std::size_t size;
  Extension* extension;
  std::int32_t dtype;
  void* data;
  std::int64_t rank;
  std::int64_t* extents;
};
struct Buffers {
  std::size_t size;
  Extension* extension;
  std::int64_t count;
  const std::int32_t* types;
  Buffer** buffers;
};
struct Text {
  const char* data;
  std::size_t length;
};
struct Number {
  std::int32_t dtype;
  void* value;
};
struct Attributes {
  std::size_t size;
  Extension* extension;
  std::int64_t count;
  const std::int32_t* types;
  const Text* const* names;
  Number** numbers;
};
struct Frame {
  std::size_t size;
  Extension* extension;
  const Api* api;
  void* context;
  std::int32_t stage;
  Buffers inputs, outputs;
  Attributes attributes;
};

constexpr std::int32_t kMetadata = 1, kBuffer = 1, kScalar = 3, kInt64 = 5;
constexpr std::int32_t kInvalidArgument = 3, kExhausted = 8, kInternal = 13;

DType dtype_of(const Buffer& buffer) {
  struct Pair {
    std::int32_t code;
    DType dtype;
  };
  static constexpr Pair kTable[] = {{1, DType::b8},   {2, DType::i8},   {3, DType::i16},   {4, DType::i32},
                                    {5, DType::i64},  {6, DType::u8},   {10, DType::f16},  {11, DType::f32},
                                    {12, DType::f64}, {15, DType::c64}, {16, DType::bf16}, {18, DType::c128}};
  for (const Pair& pair : kTable)
    if (pair.code == buffer.dtype) return pair.dtype;
  fail<DTypeError>("XLA's element type ", buffer.dtype, " has no counterpart\n  convert the operand to a float dtype");
}

Tensor tensor_of(const Buffers& all, std::int64_t i) {
  if (all.types[i] != kBuffer) fail("XLA passed something that is no buffer");
  const Buffer& buffer = *all.buffers[i];
  const Shape shape(buffer.extents, buffer.extents + buffer.rank);
  if (buffer.data || element_count(shape) > 0) return from_memory(buffer.data, dtype_of(buffer), shape);
  return empty(shape, {.dtype = dtype_of(buffer)});
}

Ref<Op> operation_of(const Attributes& attributes) {
  for (std::int64_t i = 0; i < attributes.count; ++i) {
    const Number& number = *attributes.numbers[i];
    if (std::string_view(attributes.names[i]->data, attributes.names[i]->length) != "key") continue;
    if (attributes.types[i] != kScalar || number.dtype != kInt64) break;
    if (Ref<Op> op = registered(*static_cast<const std::int64_t*>(number.value))) return op;
  }
  fail("this compiled code was made by another process, or outlived its operation\n  compile it again");
}

void run(const Frame& frame) {
  const NoGrad inside;
  const Ref<Op> op = operation_of(frame.attributes);
  Tensors inputs;
  for (std::int64_t i = 0; i < frame.inputs.count; ++i) inputs.push_back(tensor_of(frame.inputs, i));
  const Operands all(inputs.data(), inputs.size());
  Tensor out = tensor_of(frame.outputs, 0);
  if (out.numel() == 0) return;
  if (!op->run_into(all, out)) copy_into(out, op->run(all));
}

Failure* failure(const Frame& frame, const char* message, std::int32_t code) {
  FailureArguments arguments{sizeof(FailureArguments), nullptr, message, code};
  return frame.api->create_failure(&arguments);
}

Failure* handle(Frame* frame) {
  if (frame->extension && frame->extension->type == kMetadata) {
    Metadata& metadata = *reinterpret_cast<MetadataExtension*>(frame->extension)->metadata;
    metadata.version.major = 0;
    metadata.version.minor = 1;
    return nullptr;
  }
  try {
    run(*frame);
    return nullptr;
  } catch (const MemoryError& error) {
    return failure(*frame, error.what(), kExhausted);
  } catch (const Error& error) {
    return failure(*frame, error.what(), kInvalidArgument);
  } catch (const std::exception& error) {
    return failure(*frame, error.what(), kInternal);
  }
}

}  // namespace

nb::capsule xla_handler() { return nb::capsule(reinterpret_cast<void*>(handle)); }

}  // namespace ricci::python
