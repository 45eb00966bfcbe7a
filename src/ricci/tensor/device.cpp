#include "ricci/tensor/device.h"

#include <array>
#include <atomic>
#include <mutex>

#include "ricci/base/at_fork.h"
#include "ricci/base/error.h"
#include "ricci/tensor/host_memory.h"

namespace ricci {
namespace {

struct Row {
  Device device{};
  std::string name{};
  DeviceMemory* memory = nullptr;
};

// Rows are added and never changed, so that readers need no lock. Tensors of the first are made most.
struct Registry {
  std::mutex adding;
  std::array<Row, 32> rows{Row{{DeviceType::cpu, 0}, "cpu", &host_memory()},
                           Row{{DeviceType::reference, 0}, "reference", &host_memory()}};
  std::atomic<std::size_t> count{2};

  Registry() { hold_across_fork(ForkRank::settings, adding); }
};

Registry& registry() {
  static Registry& instance = *new Registry;  // outlives every static tensor
  return instance;
}

template <class Is>
const Row* find_row(Is is) {
  const Registry& all = registry();
  const std::size_t count = all.count.load(std::memory_order_acquire);
  for (std::size_t i = 0; i < count; ++i)
    if (is(all.rows[i])) return &all.rows[i];
  return nullptr;
}

const Row& row_of(Device device) {
  if (const Row* row = find_row([&](const Row& r) { return r.device == device; })) return *row;
  fail<DeviceError>("there is no device number ", device.index, " of kind ", static_cast<int>(device.type));
}

}  // namespace

std::string_view name_of(Device device) { return row_of(device).name; }
DeviceMemory& memory_of(Device device) { return *row_of(device).memory; }

std::optional<Device> find_device(std::string_view name) {
  const Row* row = find_row([&](const Row& r) { return r.name == name; });
  return row ? std::optional(row->device) : std::nullopt;
}

Device parse_device(std::string_view name) {
  if (const auto device = find_device(name)) return *device;
  fail<DeviceError>("this build has no device '", name, "'\n  it has: ", device_names());
}

std::string device_names() {
  std::string out;
  find_row([&](const Row& row) {
    out += concat(out.empty() ? "" : ", ", row.name);
    return false;
  });
  return out;
}

void add_device(Device device, std::string name, DeviceMemory& memory) {
  Registry& all = registry();
  const std::lock_guard lock(all.adding);
  const std::size_t count = all.count.load(std::memory_order_relaxed);
  if (find_row([&](const Row& row) { return row.device == device || row.name == name; }))
    fail<DeviceError>("there is a device '", name, "' already");
  if (count == all.rows.size()) fail<DeviceError>("no more than ", count, " devices can be known");
  memory.pool().hold_across_fork();
  all.rows[count] = {device, std::move(name), &memory};
  all.count.store(count + 1, std::memory_order_release);
}

}  // namespace ricci
