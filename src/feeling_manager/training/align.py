"""Faces brought to one place, size and slant by the landmarks that the network itself sees.

A spatial transformer (Jaderberg et al. 2015) whose transform is not learned but follows from landmarks: the similarity
that leads nearest to their mean shape (Umeyama 1991). All coordinates are from -1 (left, upper edge) to 1.
"""

import torch
from torch.nn import functional as F

from feeling_manager.landmarks import MIRROR, POINTS
from feeling_manager.training.networks import FaceNetwork

ZOOM = 1.05
"""How much larger than on average a face is made: its surroundings say little."""


def frames(points: torch.Tensor, shape: torch.Tensor) -> torch.Tensor:
    """Where an aligned picture lies in the one at hand: `(n, 2, 3)`, from the former's coordinates to the latter's.

    points: landmarks `(n, 68, 2)`; NaN gives NaN. shape: what they are on average, `(68, 2)`.
    """
    middle, centres = shape.mean(0), points.mean(1)
    about, offsets = ZOOM * (shape - middle), points - centres[:, None]
    size = about.square().sum()
    along = (about * offsets).sum((1, 2)) / size
    across = (about[:, 0] * offsets[:, :, 1] - about[:, 1] * offsets[:, :, 0]).sum(1) / size
    turn = torch.stack([torch.stack([along, -across], 1), torch.stack([across, along], 1)], 1)
    return torch.cat([turn, (centres - turn @ middle)[:, :, None]], 2)


def some_frames(points: torch.Tensor, shape: torch.Tensor, share: float) -> torch.Tensor:
    """`frames` of this share of the faces, drawn from torch's global generator; NaN for the others."""
    chosen = torch.rand(len(points), 1, 1, device=points.device) < share
    return torch.where(chosen, frames(points, shape), torch.nan)


def moved(points: torch.Tensor, frames: torch.Tensor) -> torch.Tensor:
    """Points `(n, k, 2)` of the aligned picture in the one at hand."""
    return points @ frames[:, :, :2].transpose(1, 2) + frames[:, None, :, 2]


def mean_shape(points: torch.Tensor) -> torch.Tensor:
    """`(68, 2)` of landmarks `(n, 68, 2)` and their mirror images, where they are known."""
    mean = points.nanmean(0)
    return (mean + mirrored(mean)) / 2


def mirrored(points: torch.Tensor) -> torch.Tensor:
    """Landmarks `(..., 68, 2)` of the mirror image."""
    return points[..., list(MIRROR), :] * torch.tensor([-1.0, 1.0], device=points.device)


def aligned(x: torch.Tensor, frames: torch.Tensor) -> torch.Tensor:
    """Pictures `(n, c, side, side)` as their frames show them, edges repeated."""
    side = x.shape[-1]
    line = (torch.arange(side, device=x.device, dtype=frames.dtype) + 0.5) * (2 / side) - 1
    rows, columns = torch.meshgrid(line, line, indexing="ij")
    places = moved(torch.stack([columns, rows], 2).reshape(1, -1, 2), frames)
    return F.grid_sample(x, places.reshape(-1, side, side, 2), padding_mode="border", align_corners=False)


def read(network: FaceNetwork, x: torch.Tensor, *, tta_views: int, aligning: bool) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits `(n, 8)`, the mean of all views, and landmarks `(n, 68, 2)` of pictures `(n, 1, 48, 48)`, normalised.

    tta_views: with 2 the mirror image is read too, with `aligning` aligned by the landmarks of the first view; with 3
    the aligned picture as well. Landmarks are those of the aligned views, if there are any, else of all.
    """
    if tta_views == 1:
        logits, points, _ = network(x)
        return logits, points
    first, places = [], None
    if aligning:
        logits, points, _ = network(x)
        first, places = [logits], frames(points, network.shape)
        x = aligned(x, places)
    views = [x.flip(3)] if aligning and tta_views == 2 else [x.flip(3), x]
    # in one batch, which takes less time than one after the other
    logits, points, _ = network(torch.cat(views))
    mirror, *straight = points.reshape(len(views), -1, POINTS, 2)
    found = torch.stack([mirrored(mirror), *straight]).mean(0)
    logits = torch.stack([*first, *logits.reshape(len(views), -1, logits.shape[1])]).mean(0)
    return logits, found if places is None else moved(found, places)
