"""What the clock sets off."""

from running import HASTENED, Case, until

MINUTE = 60
# How often the emulator looks which schedules are due.
LOOKS = 10


class Scheduled(Case):
    def test_a_schedule_fires(self):
        # Nothing else calls this job.
        done = f"{HASTENED} 1 records, 0 failures"
        fired = until(
            lambda: [line for line in self.plat.log(HASTENED) if done in line], MINUTE + 2 * LOOKS
        )

        log = self.plat.log(HASTENED)
        self.assertTrue(fired, log)
        self.assertEqual([line for line in log if "AccessDenied" in line], [])
