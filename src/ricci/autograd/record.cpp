#include "ricci/autograd/record.h"

#include <algorithm>

#include "ricci/autograd/accumulate.h"
#include "ricci/autograd/batched.h"
#include "ricci/autograd/dual.h"
#include "ricci/autograd/foreign.h"
#include "ricci/autograd/node.h"
#include "ricci/tensor/defined.h"

namespace ricci {
namespace {

struct Switch {
  bool on = true;
  ScopeLink* innermost = nullptr;
};
thread_local Switch records;

void check_operands(const Op& op, Operands inputs) {
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    check_defined_at(op.name(), i, inputs[i]);
    if (!(inputs[i].device() == inputs[0].device()))
      fail_at<DeviceError>({.operand = static_cast<int>(i)}, op.name(), ": operand 1 is on ",
                           name_of(inputs[0].device()), " but operand ", i + 1, " on ", name_of(inputs[i].device()),
                           "\n  move them to one device with to()");
  }
}

// Takes the duals of this level apart: the value one level down, and the tangent by the rule's map.
Tensor call_dual(std::int64_t level, const Ref<Op>& op, Operands inputs, Record& record) {
  Tensors primals;
  for (const Tensor& t : inputs) {
    const Dual* dual = dual_of(t, level);
    primals.push_back(dual ? dual->primal() : t);
  }
  const Operands plain(primals.data(), primals.size());
  const Tensor value = call_recorded(op, plain, record.rules);
  if (!op->differentiable() || !is_float(value.dtype())) return value;
  Tensor tangent;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (const Dual* dual = dual_of(inputs[i], level))
      tangent = accumulate(tangent, record.rules->derivative(i, plain, value).apply(dual->tangent()));
  return make_dual(level, value, tangent);
}

// Takes the batches of this level apart: the operation runs once, on the whole.
Tensor call_batched(std::int64_t level, const Ref<Op>& op, Operands inputs, Record& record) {
  Tensors values;
  Batch batch;
  for (const Tensor& t : inputs) {
    const Batched* many = batched_of(t, level);
    batch.has.push_back(many != nullptr);
    values.push_back(many ? many->value : t);
    if (many) batch.extent = many->batch();
  }
  return make_batched(level, op->batched_recorded(Operands(values.data(), values.size()), batch, record));
}

// `asked`: somebody other than the tape asks for the rules.
Tensor call(const Ref<Op>& op, Operands inputs, bool asked, Record& record) {
  check_operands(*op, inputs);
  const bool recorded = op->differentiable() && is_recorded(inputs);
  Tensor output;
  if (const Wrapper* wrapper = outermost(inputs)) {
    output = (wrapper->batch() < 0 ? call_dual : call_batched)(wrapper->level, op, inputs, record);
  } else if (const Foreign* foreign = foreign_among(inputs)) {
    return foreign->call(op, inputs);
  } else {
    const NoGrad inside;
    output = recorded || asked ? op->run_recorded(inputs, record) : op->run(inputs);
  }
  if (!recorded || !is_float(output.dtype())) return output;
  auto node = make_ref<Node>(record.rules ? record.rules : op, inputs, output, std::move(record.kept));
  if (output.impl()->owners() > 1) return with_history(output, node);
  output.impl()->history = node;  // nobody else has seen it
  return output;
}

}  // namespace

bool recording() { return records.on; }

bool is_recorded(Operands operands) {
  return records.on && std::any_of(operands.begin(), operands.end(), [](const Tensor& t) { return t.requires_grad(); });
}

RecordingScope::RecordingScope(bool on) : ScopeLink(records.innermost), on_(on) { records.on = on; }
RecordingScope::~RecordingScope() {
  close(records.innermost);
  records.on = !records.innermost || static_cast<RecordingScope*>(records.innermost)->on_;
}

Tensor call(const Ref<Op>& op, Operands inputs) {
  Record record;
  return call(op, inputs, false, record);
}

Tensor call_recorded(const Ref<Op>& op, Operands inputs, Ref<Op>& rules) {
  Record record;
  Tensor output = call(op, inputs, true, record);
  rules = record.rules ? std::move(record.rules) : op;
  return output;
}

}  // namespace ricci
