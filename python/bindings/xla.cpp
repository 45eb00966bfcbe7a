// The door from JAX's compiled code: handlers of XLA's foreign function interface, version 0.3, which
// gives the addresses of dense buffers and takes a result. They run on XLA's threads, without Python; what
// they run is owned by the executable, which may outlive every Python object that led to it.
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
struct TypeId {
  std::int64_t id;
};
struct Metadata {
  std::size_t size;
  Version version;
  std::uint32_t traits;
  TypeId state_type;
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
struct TypeInfo {
  std::size_t size;
  Extension* extension;
  void (*destroy)(void* object);
};
struct ByteSpan {
  const char* data;
  std::size_t length;
};
struct RegisterType {
  std::size_t size;
  Extension* extension;
  ByteSpan name;
  TypeId* type;
  const TypeInfo* info;
};
struct State {
  std::size_t size;
  Extension* extension;
  void* context;
  std::int32_t stage;
  TypeId* type;
  void* value;
};
struct Api {
  std::size_t size;
  Extension* extension;
  Version version;
  const void* internal;
  Failure* (*create_failure)(FailureArguments*);
  const void *failure_message, *destroy_failure, *register_handler, *stream;
  Failure* (*register_type)(RegisterType*);
  const void* context;
  Failure* (*set_state)(State*);
  Failure* (*get_state)(State*);
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
struct Number {
  std::int32_t dtype;
  void* value;
};
struct Attributes {
  std::size_t size;
  Extension* extension;
  std::int64_t count;
  const std::int32_t* types;
  const ByteSpan* const* names;
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

constexpr std::int32_t kInstantiate = 0, kMetadata = 1, kBuffer = 1, kScalar = 3, kInt64 = 5;
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
  fail("this compiled code was made by another process\n  compile it again");
}

/// The type of an executable's state, a Ref<Op>; known to XLA once it has asked for the handlers' metadata.
TypeId& state_type() {
  static TypeId type{0};
  return type;
}

Failure* register_state(const Api& api) {
  static constexpr std::string_view kName = "ricci.operation";
  static constexpr TypeInfo kInfo{sizeof(TypeInfo), nullptr, [](void* op) { delete static_cast<Ref<Op>*>(op); }};
  RegisterType arguments{sizeof(RegisterType), nullptr, {kName.data(), kName.size()}, &state_type(), &kInfo};
  return state_type().id ? nullptr : api.register_type(&arguments);
}

Failure* describe(const Frame& frame, Metadata& metadata, bool stateful) {
  metadata.version.major = 0;
  metadata.version.minor = 3;
  if (!stateful) return nullptr;
  Failure* failure = register_state(*frame.api);
  metadata.state_type = state_type();
  return failure;
}

Failure* instantiate(const Frame& frame) {
  auto op = std::make_unique<Ref<Op>>(operation_of(frame.attributes));
  State state{sizeof(State), nullptr, frame.context, kInstantiate, &state_type(), op.get()};
  Failure* failure = frame.api->set_state(&state);
  if (!failure) op.release();
  return failure;
}

Failure* run(const Frame& frame) {
  State state{sizeof(State), nullptr, frame.context, kInstantiate, &state_type(), nullptr};
  if (Failure* failure = frame.api->get_state(&state)) return failure;
  const Ref<Op>& op = *static_cast<const Ref<Op>*>(state.value);
  const NoGrad inside;
  Tensors inputs;
  for (std::int64_t i = 0; i < frame.inputs.count; ++i) inputs.push_back(tensor_of(frame.inputs, i));
  const Operands all(inputs.data(), inputs.size());
  Tensor out = tensor_of(frame.outputs, 0);
  if (out.numel() > 0) op->run_into(all, out);
  return nullptr;
}

Failure* failure(const Frame& frame, const char* message, std::int32_t code) {
  FailureArguments arguments{sizeof(FailureArguments), nullptr, message, code};
  return frame.api->create_failure(&arguments);
}

template <Failure* (*stage)(const Frame&)>
Failure* handle(Frame* frame) {
  if (frame->extension && frame->extension->type == kMetadata)
    return describe(*frame, *reinterpret_cast<MetadataExtension*>(frame->extension)->metadata, stage == instantiate);
  try {
    return stage(*frame);
  } catch (const MemoryError& error) {
    return failure(*frame, error.what(), kExhausted);
  } catch (const Error& error) {
    return failure(*frame, error.what(), kInvalidArgument);
  } catch (const std::exception& error) {
    return failure(*frame, error.what(), kInternal);
  }
}

template <Failure* (*stage)(const Frame&)>
nb::capsule handler() {
  return nb::capsule(reinterpret_cast<void*>(handle<stage>));
}

}  // namespace

nb::dict xla_handlers() {
  nb::dict out;
  out["instantiate"] = handler<instantiate>();
  out["execute"] = handler<run>();
  return out;
}

}  // namespace ricci::python
