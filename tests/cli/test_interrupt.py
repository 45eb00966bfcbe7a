"""Ctrl-C and the bar of progress, also on a terminal."""

import os
import pty
import re
import select
import signal
import subprocess
import time
import unittest

from case import RICCI, Case

LONG = ["run", "ij,jk->ik", "randn:4000x4000", "randn:4000x4000", "--semiring", "max_plus", "--dtype", "float64", "-o", "y.npy"]


class Interrupt(Case):
    def stop(self, signal_number, status):
        process = subprocess.Popen([RICCI, *LONG], cwd=self.root, stderr=subprocess.PIPE)
        time.sleep(1.5)
        self.assertIsNone(process.poll(), "the job was too short to interrupt")
        start = time.monotonic()
        process.send_signal(signal_number)
        self.assertEqual(process.wait(timeout=20), status)
        seconds = time.monotonic() - start
        process.stderr.close()
        self.assertEqual(self.names(), [])
        return seconds

    def test_within_a_fifth_of_a_second(self):
        # The best of three: the machine may be busy with other tests.
        self.assertLess(min(self.stop(signal.SIGINT, 130) for _ in range(3)), 0.2)

    def test_termination(self):
        self.stop(signal.SIGTERM, 143)

    def on_a_terminal(self, *extra, until=b"never drawn", seconds=2.5):
        """Ctrl-C once `until` is drawn, or after so many seconds."""
        try:
            pid, terminal = pty.fork()
        except OSError as error:  # a bare container may have no pseudo-terminals
            self.skipTest(str(error))
        if pid == 0:
            os.chdir(self.root)
            os.execv(RICCI, [RICCI, *LONG, *extra])
        drawn, end = b"", time.monotonic() + seconds
        while time.monotonic() < end and until not in drawn:
            if select.select([terminal], [], [], 0.1)[0]:
                drawn += os.read(terminal, 4096)
        os.write(terminal, b"\x03")
        try:
            while chunk := os.read(terminal, 4096):
                drawn += chunk
        except OSError:
            pass
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        os.close(terminal)
        return drawn.decode(), status

    def test_the_bar_is_drawn_and_wiped(self):
        drawn, status = self.on_a_terminal(until=b"contracting", seconds=60)
        self.assertEqual(status, 130)
        self.assertIn("contracting", drawn)
        self.assertRegex(drawn, r"\d\.\d s")
        self.assertTrue(re.search(r"\r\x1b\[K.*interrupted\r\n$", drawn.split("s of")[-1], re.S), repr(drawn[-80:]))

    def test_no_progress(self):
        drawn, status = self.on_a_terminal("--no-progress")
        self.assertEqual(status, 130)
        self.assertNotIn("contracting", drawn)


if __name__ == "__main__":
    unittest.main()
