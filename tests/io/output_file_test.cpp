#include "ricci/files/output_file.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "ricci/io/load.h"
#include "tests/io/helpers.h"

namespace ricci::io::test {
namespace {

constexpr Waiting kWaitings[] = {Waiting::nameless_if_possible, Waiting::named};

TEST(OutputFile, AppearsOnlyWithCommit) {
  for (const Waiting waiting : kWaitings) {
    const Folder folder;
    {
      OutputFile out(folder / "a", waiting);
      out.write("lost");
      EXPECT_FALSE(std::filesystem::exists(folder / "a"));
    }
    EXPECT_EQ(folder.entries(), 0u);
    {
      OutputFile out(folder / "a", waiting);
      out.write("kept");
      out.commit();
    }
    EXPECT_EQ(bytes_of(folder / "a"), "kept");
    {
      OutputFile out(folder / "a", waiting);
      out.write("not this");
    }
    EXPECT_EQ(bytes_of(folder / "a"), "kept");
    {
      OutputFile out(folder / "a", waiting);
      out.write("newer");
      out.commit();
    }
    EXPECT_EQ(bytes_of(folder / "a"), "newer");
    EXPECT_EQ(folder.entries(), 1u);
  }
}

TEST(OutputFile, KeepsModeAndLinks) {
  const Folder folder;
  {
    OutputFile out(folder / "a");
    out.commit();
  }
  ::chmod((folder / "a").c_str(), 0640);
  std::filesystem::create_symlink("a", folder / "link");
  OutputFile out(folder / "link");
  out.write("through the link");
  out.commit();
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "link"));
  EXPECT_EQ(bytes_of(folder / "a"), "through the link");
  struct stat status;
  ASSERT_EQ(::stat((folder / "a").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0640u);
}

TEST(OutputFile, LongNamesHaveRoom) {
  for (const Waiting waiting : kWaitings) {
    const Folder folder;
    OutputFile out(folder / std::string(255, 'n'), waiting);
    out.commit();
    EXPECT_EQ(folder.entries(), 1u);
  }
}

TEST(OutputFile, FailuresAreTypedAndLeaveNothing) {
  const Folder folder;
  EXPECT_HAS(message_of([&] { OutputFile(folder / "no/such/a"); }), "there is no folder '" + folder / "no" + "'");
  EXPECT_HAS(message_of([&] { OutputFile(folder / ""); }), "is a folder");
  EXPECT_HAS(message_of([&] { OutputFile out(""); }), "not a file name");
  {
    OutputFile out(folder / "file");
    out.commit();
  }
  EXPECT_HAS(message_of([&] { OutputFile(folder / "file/a"); }), "is a file, not a folder");
  EXPECT_EQ(folder.entries(), 1u);
}

TEST(OutputFile, AFullDiskIsAnError) {
  const std::string text = message_of([] {
    OutputFile out("/dev/full");
    out.write("x");
    out.commit();
  });
  EXPECT_HAS(text, "No space left");
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/full"));
}

// A child writes half a file and is killed; afterwards the old file stands and nothing else.
void kill_half_way(const std::string& path, Waiting waiting, int signal_number, void (*handler)(int)) {
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    if (handler) ::signal(signal_number, handler);
    OutputFile out(path, waiting);
    out.write(std::string(1 << 20, 'x'));
    if (::write(ready[1], "r", 1) != 1) ::_exit(1);
    while (true) ::pause();
  }
  char byte;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  ::kill(child, signal_number);
  int status;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST(OutputFile, KilledWhileWritingLeavesTheOldFileWhole) {
  const Folder folder;
  {
    OutputFile out(folder / "a");
    out.write("old");
    out.commit();
  }
  kill_half_way(folder / "a", Waiting::nameless_if_possible, SIGKILL, nullptr);
  EXPECT_EQ(bytes_of(folder / "a"), "old");
  kill_half_way(folder / "a", Waiting::named, SIGKILL, nullptr);
  EXPECT_EQ(bytes_of(folder / "a"), "old");
}

TEST(OutputFile, AnInterruptHandlerRemovesHiddenFiles) {
  const Folder folder;
  const auto handler = [](int) {
    unlink_unfinished_files();
    ::_exit(130);
  };
  kill_half_way(folder / "a", Waiting::named, SIGINT, handler);
  kill_half_way(folder / "a", Waiting::nameless_if_possible, SIGINT, handler);
  EXPECT_EQ(folder.entries(), 0u);
}

TEST(OutputFile, SavingOverAFileThatIsBeingReadIsSafe) {
  const Folder folder;
  const Tensor old = random_tensor({1000, 3}, DType::f64, 1), fresh = random_tensor({7}, DType::i32, 2);
  save(folder / "a.npy", old);
  const InputFile file = InputFile::open(folder / "a.npy");
  save(folder / "a.npy", fresh);
  std::string bytes(static_cast<std::size_t>(file.size()), '\0');
  file.read(0, bytes.data(), file.size());
  EXPECT_EQ(bytes.substr(bytes.size() - 24000), elements_of(old));
  expect_same(load_tensor(folder / "a.npy"), fresh);
}

}  // namespace
}  // namespace ricci::io::test
