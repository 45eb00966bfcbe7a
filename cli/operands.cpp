#include "cli/operands.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "ricci/algebra/parse.h"
#include "ricci/io/numpy/npy.h"

namespace ricci::cli {
namespace {

// "c.safetensors:name" as path and name; a file whose own name has the colon is taken as it is.
std::pair<std::string, std::string> split_name(const std::string& written) {
  if (std::filesystem::exists(written)) return {written, ""};
  for (auto colon = written.find(':'); colon != std::string::npos; colon = written.find(':', colon + 1))
    if (std::string path = written.substr(0, colon); io::find_format(path)) return {path, written.substr(colon + 1)};
  return {written, ""};
}

Operand loaded(const std::string& written, const Tensor& tensor) {
  return {written, tensor.shape(), tensor.dtype(), [tensor] { return tensor; }};
}

Operand random_operand(const std::string& written, const Common& common) {
  const auto colon = written.find(':');
  const Shape shape = parse_shape(written.substr(colon + 1), written);
  const DType dtype = chosen_dtype(common).value_or(DType::f32);
  const bool normal = colon == 5;
  return {written, shape, dtype,
          [=] { return normal ? randn(shape, {.dtype = dtype}) : rand(shape, {.dtype = dtype}); }};
}

Operand from_standard_input() {
  const io::InputFile file = io::InputFile::standard_input();
  io::FileStream stream(file);
  return loaded("-", io::read_npy(stream));
}

// A text that is read whole: its tensors are made at once, or, where it has none, of random numbers.
Job text_job(const Common& common) {
  const Network network = load_network(common.equation, chosen_network(common));
  Job job{network.equation, {}, {}};
  job.options.semiring = network.semiring;
  if (!network.path.empty()) job.options.optimize = network.path;
  const auto name = [&job] { return concat("operand ", job.operands.size() + 1); };
  for (const Tensor& tensor : network.operands) job.operands.push_back(loaded(name(), tensor));
  for (const io::ArrayInfo& info : network.absent)
    job.operands.push_back(
        {name(), info.shape, info.dtype, [info] { return randn(info.shape, {.dtype = info.dtype}); }});
  if (!network.absent.empty())
    job.remark = concat(common.equation, " has shapes but no values: they are random (--seed)");
  return job;
}

Job network_job(const Common& common) {
  if (!common.files.empty())
    fail<WrongCall>("'", common.equation, "' is a network file, with an equation and operands of its own",
                    "\n  leave the other files out, or give an equation first");
  if (!networks::find_format(common.equation)->inspect) return text_job(common);
  const networks::NetworkInfo info = networks::read_network_info(common.equation, chosen_network(common));
  Job job{info.equation, {}, {}};
  job.options.sizes = info.sizes;
  job.options.semiring = info.semiring;
  // One reading serves all operands, and keeps those that share a tensor sharing it.
  const auto network = std::make_shared<Network>();
  for (std::size_t i = 0; i < info.operands.size(); ++i)
    job.operands.push_back(
        {info.operands[i].name, info.operands[i].shape, info.operands[i].dtype, [network, i, path = common.equation] {
           if (network->operands.empty()) *network = load_network(path);
           return network->operands[i];
         }});
  return job;
}

}  // namespace

std::vector<Shape> Job::shapes() const {
  std::vector<Shape> out;
  for (const Operand& operand : operands) out.push_back(operand.shape);
  return out;
}

Operand find_operand(const std::string& written, const Common& common) {
  if (written == "-") return from_standard_input();
  if (written.starts_with("rand:") || written.starts_with("randn:")) return random_operand(written, common);
  const auto place = split_name(written);
  const io::ArrayInfo info = io::read_info(place.first, place.second);
  return {written, info.shape, info.dtype, [place] { return load_tensor(place.first, place.second); }};
}

Job make_job(const Common& common) {
  check_equation_text(common);
  Job job;
  if (networks::names_network(common.equation)) {
    job = network_job(common);
  } else {
    job.equation = common.equation;
    const auto inputs = std::count(common.files.begin(), common.files.end(), "-");
    if (inputs > 1) fail<WrongCall>("'-' stands for standard input, which can be read only once");
    for (const std::string& written : common.files) job.operands.push_back(find_operand(written, common));
    job.options.sizes = chosen_sizes(common);
    job.options.semiring = parse_semiring(common.semiring);
  }
  job.options.strict = common.strict;
  const bool ordered = std::holds_alternative<Path>(job.options.optimize);  // by the network itself
  if (!ordered || common.optimize != "auto" || common.seconds || !common.goal.empty())
    job.options.optimize = chosen_order(common);
  job.options.dtype = chosen_dtype(common);
  if (!common.goal.empty()) job.options.goal = path::parse_goal(common.goal);
  job.options.rates = common.rates;
  job.options.seconds = common.seconds;
  job.options.max_bytes = chosen_budget(common);
  return job;
}

namespace {

// The dtype of the call: --dtype, or what the operands promote to.
std::optional<DType> working_dtype(const Job& job) {
  std::optional<DType> dtype = job.options.dtype;
  if (!dtype)
    for (const Operand& operand : job.operands) dtype = dtype ? promote(*dtype, operand.dtype) : operand.dtype;
  return dtype;
}

void check_plan_fits(const Plan& plan, const Job& job, const std::string& file) {
  std::vector<Extents> shapes;
  for (const Operand& operand : job.operands) shapes.emplace_back(operand.shape.begin(), operand.shape.end());
  const std::vector<DType> dtypes(shapes.size(), working_dtype(job).value_or(DType::f32));
  const Parsed parsed =
      parse(job.equation, shapes, dtypes,
            {.sizes = job.options.sizes, .strict = job.options.strict, .semiring = job.options.semiring});
  if (parsed.contraction.canonical() != plan.data().whole.canonical() || plan.shapes() != job.shapes())
    fail<WrongCall>("the plan '", file, "' is for ", plan.data().whole.equation(), " in ", plan.data().whole.dtype,
                    " with other labels, shapes, dtype or semiring than ", job.equation,
                    "\n  make it anew: ricci plan ... --save ", file);
}

constexpr std::size_t kMostNamed = 6;

// "operand 1 is a.npy, operand 2 is b.npy": messages count from 1, and the call named files.
std::string names_of(const Job& job, int operand) {
  std::string out;
  for (std::size_t i = 0; i < job.operands.size(); ++i)
    if (job.operands[i].load && (job.operands.size() <= kMostNamed || static_cast<int>(i) == operand))
      out += concat(out.empty() ? "\n  " : ", ", "operand ", i + 1, " is ", job.operands[i].written);
  return out;
}

}  // namespace

Plan make_plan(const Job& job, const Common& common, Bar& bar) {
  bar.phase("planning", common.seconds.value_or(0));
  if (!common.plan_file.empty()) {
    const Plan plan = Plan::load(common.plan_file);
    check_plan_fits(plan, job, common.plan_file);
    if (job.options.max_bytes && plan.data().max_bytes.value_or(INT64_MAX) > *job.options.max_bytes)
      fail<WrongCall>("the plan '", common.plan_file, "' was not made for --max-bytes ", common.max_bytes,
                      "\n  make it anew: ricci plan ... --max-bytes ", common.max_bytes, " --save ", common.plan_file);
    return plan;
  }
  PlanOptions options = job.options;
  options.gradients = options.gradients && is_linear(options.semiring);
  options.dtype = working_dtype(job);
  options.progress = [&bar](const path::SearchProgress& progress) {
    bar.detail(fmt::format("10^{:.2f} flops", std::log10(progress.best.flops)));
    return true;
  };
  try {
    return plan(job.equation, job.shapes(), options);
  } catch (const EinsumError& error) {
    if (error.operand() < 0) throw;
    fail<WrongCall>(error.what(), names_of(job, error.operand()));
  }
}

std::vector<Tensor> load_operands(const Job& job, const Common& common) {
  if (!job.remark.empty()) note(common, job.remark);
  std::vector<Tensor> out;
  for (const Operand& operand : job.operands) {
    const Tensor tensor = operand.load();
    out.push_back(job.options.dtype ? to(tensor, *job.options.dtype) : tensor);
  }
  return out;
}

}  // namespace ricci::cli
