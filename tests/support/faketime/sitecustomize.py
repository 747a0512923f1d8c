"""The tests on another day (scripts/test-elsewhere later). Python's threads and its sleep do not bear libfaketime, so Python
itself runs without it, tells the time as the library would, and hands the library on to the programs that it starts."""
import os
import ssl
import sys
import time

library = os.environ.get("OUTPOST_FAKETIME_LIBRARY")
if library:
    if os.environ.pop("LD_PRELOAD", None):  # started by such a program
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])
    os.environ["LD_PRELOAD"] = library
    os.environ.pop("FAKETIME_SHARED", None)  # what the library shares among the programs of the one that started this
    ahead = int(os.environ["FAKETIME"])
    today, broken_down, context = time.time, time.gmtime, ssl.create_default_context
    time.time = lambda: today() + ahead
    time.gmtime = lambda seconds=None: broken_down(time.time() if seconds is None else seconds)

    def without_dates(*arguments, **named):
        """OpenSSL asks the kernel for the day, on which the certificates are not valid yet."""
        made = context(*arguments, **named)
        made.verify_flags |= 0x200000  # X509_V_FLAG_NO_CHECK_TIME
        return made

    ssl.create_default_context = without_dates
