#include "ricci/io/load.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <thread>

#include "tests/io/helpers.h"

namespace ricci::io::test {
namespace {

TEST(Load, TheSuffixDecides) {
  const Folder folder;
  const Tensor tensor = random_tensor({2, 3}, DType::f32);
  for (const char* name : {"a.npy", "a.npz", "a.safetensors"}) {
    save(folder / name, tensor);
    expect_same(load_tensor(folder / name), tensor);
    EXPECT_EQ(load(folder / name).size(), 1u);
    EXPECT_EQ(read_info(folder / name).arrays[0].shape, (Shape{2, 3}));
  }
  EXPECT_EQ(load(folder / "a.npz")[0].name, "arr_0");
  EXPECT_HAS(message_of([&] { save(folder / "a.txt", tensor); }), "known: .npy");
  EXPECT_HAS(message_of([&] { load(folder / "a"); }), "known: .npy");
  EXPECT_EQ(folder.entries(), 3u);
}

TEST(Load, WhatAFormatCanNotHold) {
  const Folder folder;
  const Tensor tensor = random_tensor({2, 3}, DType::f32);
  const std::vector<NamedTensor> two{{"a", tensor}, {"b", tensor}};
  EXPECT_HAS(message_of([&] { save(folder / "a.npy", two); }), "use .npz");
  EXPECT_HAS(message_of([&] { save(folder / "a.npz", two, {{"k", "v"}}); }), "use .safetensors");
  EXPECT_HAS(message_of<DTypeError>([&] { save(folder / "a.npz", random_tensor({2}, DType::bf16)); }), "bfloat16");
  EXPECT_THROW(save(folder / "a.npy", Tensor()), Error);
  EXPECT_THROW(save(folder / "a.safetensors", metadata_of(tensor)), Error);
  EXPECT_EQ(folder.entries(), 0u);
  save(folder / "a.npy", tensor);
  EXPECT_HAS(message_of([&] { load_tensor(folder / "a.npy", "x"); }), "leave the name out");
}

TEST(Load, MissingFilesNameTheMissingFolder) {
  const Folder folder;
  EXPECT_HAS(message_of([&] { load(folder / "a.npy"); }), "no such file");
  EXPECT_HAS(message_of([&] { load(folder / "b/a.npy"); }), "there is no folder '" + folder / "b" + "'");
  std::filesystem::create_directory(folder / "d.npz");
  EXPECT_HAS(message_of([&] { load(folder / "d.npz"); }), "is a folder");
  std::filesystem::create_symlink("/dev/zero", folder / "zero.npy");
  EXPECT_HAS(message_of([&] { load(folder / "zero.npy"); }), "is a device");
}

TEST(Load, APipeIsReadToItsEnd) {
  const Folder folder;
  const std::string pipe = folder / "pipe.npy";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const Tensor tensor = random_tensor({300, 1000}, DType::f32);
  std::thread writer([&] { save(pipe, tensor); });
  const Tensor back = load_tensor(pipe);
  writer.join();
  expect_same(back, tensor);
}

// Nobody writes to these: whoever waited for a writer would wait for ever.
TEST(Load, APipeIsRefusedWhereItWouldBeReadTwice) {
  const Folder folder;
  for (const char* name : {"pipe.npy", "pipe.npz", "pipe.safetensors"}) {
    const std::string pipe = folder / name;
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    EXPECT_HAS(message_of([&] { read_info(pipe); }), "is a pipe");
    EXPECT_HAS(message_of([&] { read_info(pipe, ""); }), "is a pipe");
  }
}

TEST(Load, ASocketIsNamed) {
  const Folder folder;
  const std::string path = folder / "s.npy";
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  ASSERT_LT(path.size(), sizeof address.sun_path);
  path.copy(address.sun_path, path.size());
  const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
  ASSERT_EQ(::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  EXPECT_HAS(message_of([&] { load(path); }), "is a socket");
  ::close(socket);
}

TEST(Load, AHeaderIsHeldAgainstTheFile) {
  const Folder folder;
  save(folder / "a.npy", random_tensor({200}, DType::f32));
  std::filesystem::resize_file(folder / "a.npy", 500);
  EXPECT_HAS(message_of([&] { read_info(folder / "a.npy"); }), "promises 800 bytes");
}

}  // namespace
}  // namespace ricci::io::test
