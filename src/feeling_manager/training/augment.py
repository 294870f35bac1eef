"""What the camera adds to a face: another place, light, blur, noise, compression, something in front of it.

All of it works on a batch at once, on the device that holds it, and takes a face's landmarks along. The shifts, turns
and scales cover both the crops of FER+ and those aligned by landmarks, so that the network is at home with either.
"""

import math
from functools import cache

import torch
from torch.nn import functional as F

from feeling_manager.landmarks import MIRROR
from feeling_manager.training.align import mirrored

SIDE = 48


def augment(
    images: torch.Tensor,
    points: torch.Tensor | None = None,
    frames: torch.Tensor | None = None,
    *,
    weak: bool = False,
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """uint8 `(n, 1, 48, 48)` → float32 of the same shape, 0 to 1, and the points moved along.

    points: `(n, 68, 2)` from -1 (left, upper edge) to 1. frames: `(n, 2, 3)` of `align.frames`, by which a face is
    aligned and then moved half as much; NaN leaves it. weak: change place and light only. Draws from torch's global
    generator.
    """
    x = images.float() / 255
    x, points = _move(x if weak else _cover(x), points, frames)
    x = _light(x)
    if weak:
        return x.clamp(0, 1), points
    n = len(x)
    # the parts below treat the first faces of a batch: after a shuffle these are any
    eighth = n // 8
    if eighth:
        x[:eighth] = _low_resolution(x[:eighth])
        x[eighth : 2 * eighth] = F.avg_pool2d(F.pad(x[eighth : 2 * eighth], (1, 1, 1, 1), mode="replicate"), 3, 1)
        x[2 * eighth : 4 * eighth] += 0.05 * torch.randn_like(x[2 * eighth : 4 * eighth])
        x[4 * eighth : 5 * eighth] = _compress(x[4 * eighth : 5 * eighth])
    return _erase(x.clamp(0, 1)), points


def flip(images: torch.Tensor, points: torch.Tensor | None = None) -> tuple[torch.Tensor, torch.Tensor | None]:
    """`augment` that only mirrors half of the faces: the least that an ablation can have."""
    flipped = torch.rand(len(images), device=images.device) < 0.5
    x = images.float() / 255
    x = torch.where(flipped[:, None, None, None], x.flip(3), x)
    if points is not None:
        points = torch.where(flipped[:, None, None], mirrored(points), points)
    return x, points


def mixup(x: torch.Tensor, y: torch.Tensor, alpha: float = 0.4) -> tuple[torch.Tensor, torch.Tensor]:
    """Mix-up (Zhang et al. 2018) of a batch `(n, ...)` and its distributions `(n, 8)` with one share for all."""
    share = float(torch.distributions.Beta(alpha, alpha).sample())
    other = torch.randperm(len(x), device=x.device)
    return share * x + (1 - share) * x[other], share * y + (1 - share) * y[other]


def _move(
    x: torch.Tensor, points: torch.Tensor | None, frames: torch.Tensor | None
) -> tuple[torch.Tensor, torch.Tensor | None]:
    n, device = len(x), x.device
    much = torch.ones(n, device=device)
    if frames is not None:
        loose = frames.isnan().flatten(1).any(1)
        much = torch.where(loose, 1.0, 0.5)
        frames = torch.where(loose[:, None, None], torch.eye(2, 3, device=device), frames)
    scale = torch.exp(0.09 * much * torch.randn(n, device=device))
    angle = 0.14 * much * torch.randn(n, device=device)
    flipped = torch.rand(n, device=device) < 0.5
    flip = flipped.float() * -2 + 1
    shear = 0.05 * much * torch.randn(n, device=device)
    cos, sin = torch.cos(angle) / scale, torch.sin(angle) / scale
    turn = torch.stack([torch.stack([cos * flip, shear - sin], 1), torch.stack([sin * flip, cos], 1)], 1)
    shift = 0.07 * much[:, None, None] * torch.randn(n, 2, 1, device=device)
    if frames is not None:
        turn, shift = frames[:, :, :2] @ turn, frames[:, :, :2] @ shift + frames[:, :, 2:]
    grid = F.affine_grid(torch.cat([turn, shift], 2), list(x.shape), align_corners=False)
    # FER2013 pads with black, an aligned crop repeats the frame's edge
    border = "border" if torch.rand(1) < 0.5 else "zeros"
    moved = F.grid_sample(x, grid, padding_mode=border, align_corners=False)
    if points is None:
        return moved, None
    # the matrices lead from the new picture to the old one
    there = torch.linalg.solve(turn, (points.transpose(1, 2) - shift).nan_to_num(1e3)).transpose(1, 2)
    there = torch.where(points.isnan(), points, there)
    return moved, torch.where(flipped[:, None, None], there[:, list(MIRROR)], there)


def _light(x: torch.Tensor) -> torch.Tensor:
    """Contrast, brightness, and a shadow that falls across the face in any direction."""
    n, device = len(x), x.device
    mean = x.mean((2, 3), keepdim=True)
    contrast = torch.exp(0.3 * torch.randn(n, 1, 1, 1, device=device))
    x = (x - mean) * contrast + mean + 0.12 * torch.randn(n, 1, 1, 1, device=device)
    line = torch.linspace(-1, 1, SIDE, device=device)
    angle = torch.rand(n, device=device) * 2 * math.pi
    ramp = torch.cos(angle)[:, None, None] * line[None, None] + torch.sin(angle)[:, None, None] * line[None, :, None]
    return x + ((0.12 * torch.randn(n, device=device))[:, None, None] * ramp)[:, None]


def _low_resolution(x: torch.Tensor) -> torch.Tensor:
    return F.interpolate(F.avg_pool2d(x, 2), size=SIDE, mode="bilinear", align_corners=False)


@cache
def _cosines() -> torch.Tensor:
    """The orthonormal discrete cosine transform of eight samples, `(8, 8)`."""
    k = torch.arange(8.0)
    basis = torch.cos(math.pi / 8 * (k[None] + 0.5) * k[:, None]) / 2
    basis[0] /= math.sqrt(2)
    return basis


def _compress(x: torch.Tensor) -> torch.Tensor:
    """What JPEG leaves of a face: 8×8 blocks whose fine waves are rounded more coarsely than their coarse ones."""
    n = len(x)
    basis = _cosines().to(x.device)
    blocks = x.reshape(n, 6, 8, 6, 8).transpose(2, 3)
    waves = basis @ blocks @ basis.T
    k = torch.arange(8.0, device=x.device)
    quality = torch.exp(-4.5 + 1.5 * torch.rand(n, 1, 1, 1, 1, device=x.device))
    step = quality * (4 + 3 * (k[:, None] + k[None]))
    blocks = basis.T @ (torch.round(waves / step) * step) @ basis
    return blocks.transpose(2, 3).reshape(n, 1, SIDE, SIDE)


def _cover(x: torch.Tensor) -> torch.Tensor:
    """One face in twelve wears dark bars like glasses, one in twelve a mask or a hand before the mouth.

    Drawn before the face is moved, where FER+ has eyes (y = 19) and mouth (y = 36).
    """
    n, device = len(x), x.device
    rows = torch.arange(SIDE, device=device)[None, :, None].float()
    columns = torch.arange(SIDE, device=device)[None, None].float()

    def noise(*size: int) -> torch.Tensor:
        return torch.rand(n, *size, device=device)

    kind = noise(1, 1)
    top, bottom = 14 + 2 * noise(1, 1), 22 + 3 * noise(1, 1)
    rim = (rows - top).abs().minimum((rows - bottom).abs()) < 1
    lens = (rows > top) & (rows < bottom) & ((columns - 23.5).abs() > 3) & ((columns - 23.5).abs() < 16)
    glasses = (kind < 1 / 12) & ((lens & (noise(1, 1) < 0.5)) | (rim & lens.any(1, keepdim=True)))
    middle = 18 + 11 * noise(1, 1)
    below = (rows > 27 + 5 * noise(1, 1) + 0.02 * (columns - middle) ** 2) & ((columns - middle).abs() < 19)
    mask = (kind > 11 / 12) & below
    shade = noise(1, 1)
    x = torch.where(glasses[:, None], (0.35 * shade)[:, None], x)
    return torch.where(mask[:, None], (shade + 0.08 * torch.randn(n, SIDE, SIDE, device=device))[:, None], x)


def _erase(x: torch.Tensor) -> torch.Tensor:
    """A third of the faces have a rectangle in front of them, plain or noisy (Zhong et al. 2020)."""
    n, device = len(x), x.device
    line = torch.arange(SIDE, device=device)[None]
    size = torch.randint(6, 22, (2, n, 1), device=device)
    start = torch.randint(0, SIDE - 5, (2, n, 1), device=device)
    down, across = (line >= start) & (line < start + size)
    inside = down[:, :, None] & across[:, None] & (torch.rand(n, 1, 1, device=device) < 0.35)
    plain = torch.rand(n, 1, 1, device=device).expand(n, SIDE, SIDE)
    noisy = torch.rand(n, SIDE, SIDE, device=device)
    patch = torch.where(torch.rand(n, 1, 1, device=device) < 0.5, plain, noisy)
    return torch.where(inside[:, None], patch[:, None], x)
