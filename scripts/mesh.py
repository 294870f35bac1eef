"""Labels 48×48 faces with 68 landmarks by MediaPipe's Face Mesh, as the teacher of `feeling train --landmarks`.

Runs in an environment of its own, which is needed here only (its NumPy is older than ours, and nothing of it ships):

    python3.11 -m venv mesh && mesh/bin/pip install mediapipe==0.10.21
    mesh/bin/python scripts/mesh.py ferplus.tar.gz --out landmarks.npz

Reads every PNG of a folder or tar archive and writes `digests` (BLAKE2b-128 of a face's 48·48 grey bytes, so that any
layout finds its faces again) and `points`, float32 (n, 68, 2) in pixels of the face. Faces without a mesh are left out.
"""

import argparse
import hashlib
import tarfile
import time
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import cv2
import mediapipe
import numpy as np

SIDE, SCALE, PAD = 48, 4, 64
# The vertices of the mesh that lie where the 68 points do: jaw, brows, nose, eyes, lips outside and inside.
VERTICES = [
    *(162, 234, 93, 58, 172, 136, 149, 148, 152, 377, 378, 365, 397, 288, 323, 454, 389),
    *(71, 63, 105, 66, 107, 336, 296, 334, 293, 301),
    *(168, 197, 5, 4, 75, 97, 2, 326, 305),
    *(33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380),
    *(61, 39, 37, 0, 267, 269, 291, 405, 314, 17, 84, 181, 78, 82, 13, 312, 308, 317, 14, 87),
]


def pictures(path: Path) -> Iterator[bytes]:
    if path.is_dir():
        for file in sorted(path.rglob("*.png")):
            yield file.read_bytes()
        return
    with tarfile.open(path) as archive:
        for member in archive:
            content = archive.extractfile(member) if member.name.endswith(".png") else None
            if content:
                yield content.read()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="+")
    parser.add_argument("--out", type=Path, default=Path("landmarks.npz"))
    options = parser.parse_args()
    mesh = mediapipe.solutions.face_mesh.FaceMesh(static_image_mode=True, refine_landmarks=True)
    digests, points, seen, begun = [], [], 0, time.monotonic()
    for content in chain.from_iterable(map(pictures, options.data)):
        face = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_GRAYSCALE)
        if face is None or face.shape != (SIDE, SIDE):
            continue
        seen += 1
        large = cv2.resize(face, None, fx=SCALE, fy=SCALE, interpolation=cv2.INTER_CUBIC)
        large = cv2.copyMakeBorder(large, PAD, PAD, PAD, PAD, cv2.BORDER_REPLICATE)
        found = mesh.process(cv2.cvtColor(large, cv2.COLOR_GRAY2RGB)).multi_face_landmarks
        if found:
            every = np.array([(p.x, p.y) for p in found[0].landmark], np.float32)[VERTICES]
            digests.append(hashlib.blake2b(face.tobytes(), digest_size=16).digest())
            points.append((every * (SIDE * SCALE + 2 * PAD) - PAD) / SCALE)
        if seen % 2000 == 0:
            print(f"{seen} faces, {len(points)} with a mesh, {time.monotonic() - begun:.0f} s", flush=True)
    np.savez(options.out, digests=np.frombuffer(b"".join(digests), np.uint8).reshape(-1, 16), points=np.stack(points))
    print(f"{seen} faces, {len(points)} with a mesh: {options.out}")


if __name__ == "__main__":
    main()
