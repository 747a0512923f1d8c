"""The tests on another day (scripts/test-elsewhere later)."""
import os

# What comes before a command that becomes another user: the library's semaphore would stay the first one's.
THIS_DAY = ["env", "-u", "LD_PRELOAD", "-u", "OUTPOST_FAKETIME_LIBRARY"] if "LD_PRELOAD" in os.environ else []
