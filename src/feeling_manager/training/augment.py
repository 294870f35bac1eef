"""What the camera adds to a face: another place, light, blur, noise, something in front of it.

All of it works on a batch at once. The shifts, turns and scales cover both the crops of FER+ and those aligned by
landmarks, so that the network is at home with either.
"""

import math

import torch
from torch.nn import functional as F

SIDE = 48


def augment(images: torch.Tensor) -> torch.Tensor:
    """uint8 `(n, 1, 48, 48)` → float32 of the same shape, 0 to 1. Draws from torch's global generator."""
    x = images.float() / 255
    # the parts below treat the first faces of a batch: after a shuffle these are any
    x = _light(_move(x))
    n = len(x)
    eighth = n // 8
    if eighth:
        x[:eighth] = _low_resolution(x[:eighth])
        x[eighth : 2 * eighth] = F.avg_pool2d(F.pad(x[eighth : 2 * eighth], (1, 1, 1, 1), mode="replicate"), 3, 1)
        x[2 * eighth : 4 * eighth] += 0.05 * torch.randn_like(x[2 * eighth : 4 * eighth])
    return _erase(x.clamp(0, 1))


def mix(x: torch.Tensor, y: torch.Tensor, alpha: float = 0.4) -> tuple[torch.Tensor, torch.Tensor]:
    """Mix-up (Zhang et al. 2018) of a batch `(n, ...)` and its distributions `(n, 8)` with one share for all."""
    share = float(torch.distributions.Beta(alpha, alpha).sample())
    other = torch.randperm(len(x))
    return share * x + (1 - share) * x[other], share * y + (1 - share) * y[other]


def _move(x: torch.Tensor) -> torch.Tensor:
    n = len(x)
    scale = torch.exp(0.09 * torch.randn(n))
    angle = 0.14 * torch.randn(n)
    flip = (torch.rand(n) < 0.5).float() * -2 + 1
    shear = 0.05 * torch.randn(n)
    cos, sin = torch.cos(angle) / scale, torch.sin(angle) / scale
    shift = 0.07 * torch.randn(2, n)
    matrices = torch.stack(
        [torch.stack([cos * flip, shear - sin, shift[0]], 1), torch.stack([sin * flip, cos, shift[1]], 1)], 1
    )
    grid = F.affine_grid(matrices, list(x.shape), align_corners=False)
    # FER2013 pads with black, an aligned crop repeats the frame's edge
    border = "border" if torch.rand(1) < 0.5 else "zeros"
    return F.grid_sample(x, grid, padding_mode=border, align_corners=False)


def _light(x: torch.Tensor) -> torch.Tensor:
    """Contrast, brightness, and a shadow that falls across the face in any direction."""
    n = len(x)
    mean = x.mean((2, 3), keepdim=True)
    x = (x - mean) * torch.exp(0.3 * torch.randn(n, 1, 1, 1)) + mean + 0.12 * torch.randn(n, 1, 1, 1)
    line = torch.linspace(-1, 1, SIDE)
    angle = torch.rand(n) * 2 * math.pi
    ramp = torch.cos(angle)[:, None, None] * line[None, None] + torch.sin(angle)[:, None, None] * line[None, :, None]
    return x + ((0.12 * torch.randn(n))[:, None, None] * ramp)[:, None]


def _low_resolution(x: torch.Tensor) -> torch.Tensor:
    return F.interpolate(F.avg_pool2d(x, 2), size=SIDE, mode="bilinear", align_corners=False)


def _erase(x: torch.Tensor) -> torch.Tensor:
    """A third of the faces have a rectangle in front of them, plain or noisy (Zhong et al. 2020)."""
    for row in torch.nonzero(torch.rand(len(x)) < 0.35)[:, 0].tolist():
        height, width = torch.randint(6, 22, (2,)).tolist()
        top, left = torch.randint(0, SIDE - 5, (2,)).tolist()
        patch = x[row, :, top : top + height, left : left + width]
        patch.copy_(torch.rand(1).expand_as(patch) if torch.rand(1) < 0.5 else torch.rand_like(patch))
    return x
