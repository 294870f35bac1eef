"""Reads the files named on standard input to their end, in a process that may crash, hang or grow by itself.

Writes one JSON object a file: how it ended ("read", the code of a FeelingError, or "crash" with what was raised), the
number of frames, and the memory in use.
"""

import json
import sys
from collections import deque
from pathlib import Path
from typing import Any

from feeling_manager.errors import FeelingError
from feeling_manager.sources import open_source


def read(path: Path) -> dict[str, Any]:
    frames = 0
    times: deque[float] = deque([-1.0], maxlen=1)
    try:
        with open_source(path) as source:
            for frame in source:
                frames += 1
                if not 0 <= frame.time < 1e9 or frame.time <= times[0] or frame.image.ndim != 3:
                    return {"end": "crash", "said": f"time {frame.time} after {times[0]}, {frame.image.shape}"}
                times.append(frame.time)
            return {"end": "read", "frames": frames, "dropped": source.dropped}
    except FeelingError as error:
        return {"end": error.code, "frames": frames, "said": str(error)}
    except Exception as error:
        return {"end": "crash", "frames": frames, "said": repr(error)}


def main() -> None:
    for line in sys.stdin:
        path = Path(line.rstrip("\n"))
        result = read(path)
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
        sys.stdout.write(json.dumps({"file": path.name, "mib": pages * 4096 >> 20} | result) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
