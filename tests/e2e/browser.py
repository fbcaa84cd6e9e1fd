"""Which Chromium drives the tests, and how it is started."""

import shutil

# The headless shell is the same engine without the windows, tabs and extensions of a desktop browser around it: a look
# at a page takes it 0.6 of the processor time. Where a system has no such package, Chromium itself does the same.
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--in-process-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Threads that compile and tidy up in advance cost a fourth more than they bring on pages seen for half a second.
    "--js-flags=--single-threaded --no-opt --no-maglev",
]


def chromium_path() -> str:
    """Find the Chromium of this machine, the lightest there is.

    Raises: AssertionError if there is none.
    """
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    assert found, "The browser tests need Chromium: apt-get install chromium-headless-shell"
    return found
