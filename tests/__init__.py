"""The tests."""

import os

# before numpy comes: two threads on small matrices wait for each other, three times as long on a busy machine
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
