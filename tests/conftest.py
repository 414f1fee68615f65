"""What all tests need."""

import signal

# A test command that a script runs in the background inherits an ignored Ctrl-C, and so would
# every process that the tests start and interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)
