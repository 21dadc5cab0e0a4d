"""Runs every test here against one deployment: `PYTHONPATH=infra target/stack/venv/bin/python tests/stack`.

Arguments name what to run, as `test_failing.Failing`; without any, everything runs.
"""

import sys
import unittest

from running import ROOT, Case, running

# The schedules' come last: a minute is the shortest that a schedule knows, and passes while the others run.
EVERYTHING = (
    "test_template",
    "test_following",
    "test_files",
    "test_follow_ups",
    "test_failing",
    "test_granted",
    "test_walking",
    "test_scheduled",
)


def main() -> int:
    suite = unittest.defaultTestLoader.loadTestsFromNames(sys.argv[1:] or EVERYTHING)
    with running(ROOT / "target" / "stack" / "test") as plat:
        Case.plat = plat
        return 0 if unittest.TextTestRunner(verbosity=2).run(suite).wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
