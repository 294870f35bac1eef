"""Networks for 48×48 grey faces, in plain PyTorch."""

import math
from collections.abc import Callable, Sequence

import torch
from torch import nn
from torch.nn import functional as F

from feeling_manager.labels import EMOTIONS
from feeling_manager.landmarks import EXPRESSIVE, POINTS

PLACES = 6
"""Places along a side of the last features."""


class SqueezeExcitation(nn.Module):
    """Reweigh channels by what the whole picture holds (Hu, Shen & Sun 2018). (n, c, h, w) → same."""

    def __init__(self, channels: int, reduction: int = 4) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(channels, channels // reduction, 1)
        self.excite = nn.Conv2d(channels // reduction, channels, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        weights = F.relu(self.squeeze(x.mean((2, 3), keepdim=True)))
        return x * torch.sigmoid(self.excite(weights))


class ResidualBlock(nn.Module):
    """Two 3×3 convolutions with squeeze-excitation beside a shortcut (He et al. 2016).

    The shortcut averages before it strides ("ResNet-D", He et al. 2019), so no pixel is ignored.
    """

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(outputs)
        self.attention = SqueezeExcitation(outputs)
        shortcut: list[nn.Module] = []
        if stride > 1:
            shortcut.append(nn.AvgPool2d(stride))
        if inputs != outputs:
            shortcut += [nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs)]
        self.shortcut = nn.Sequential(*shortcut)
        # Each block starts as its shortcut, which lets a deep network learn from the first step.
        nn.init.zeros_(self.norm2.weight)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = F.relu(self.norm1(self.conv1(x)))
        y = self.attention(self.norm2(self.conv2(y)))
        return F.relu(y + self.shortcut(x))


class InvertedResidual(nn.Module):
    """MBConv: widen, a convolution for each channel, squeeze-excitation, narrow (Tan & Le 2019)."""

    def __init__(self, inputs: int, outputs: int, stride: int, kernel: int, widening: int) -> None:
        super().__init__()
        hidden = inputs * widening
        parts: list[nn.Module] = []
        if widening > 1:
            parts += [nn.Conv2d(inputs, hidden, 1, bias=False), nn.BatchNorm2d(hidden), nn.SiLU(inplace=True)]
        parts += [
            nn.Conv2d(hidden, hidden, kernel, stride, kernel // 2, groups=hidden, bias=False),
            nn.BatchNorm2d(hidden),
            nn.SiLU(inplace=True),
            SqueezeExcitation(hidden, reduction=4 * widening),
            nn.Conv2d(hidden, outputs, 1, bias=False),
            nn.BatchNorm2d(outputs),
        ]
        self.parts = nn.Sequential(*parts)
        self.joined = stride == 1 and inputs == outputs

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y: torch.Tensor = self.parts(x)
        return x + y if self.joined else y


class FaceNetwork(nn.Module):
    """Faces (n, 1, 48, 48), normalised → logits (n, 8) in the order of `EMOTIONS`, landmarks (n, 68, 2), and the
    description (n, channels) that the logits are read from.

    features: pictures → (n, channels, 6, 6). Emotions are read from the mean over the face; landmarks, from -1 (left,
    upper edge) to 1, need to know where, so from a few channels at every place.
    shaped: emotions see `shape_features` of these landmarks too, as the original classifier did.
    """

    def __init__(self, features: nn.Module, channels: int, dropout: float, *, shaped: bool = False) -> None:
        super().__init__()
        self.features = features
        self.channels = channels
        self.dropout = nn.Dropout(dropout)
        self.shaped = shaped
        self.head = nn.Linear(channels + (4 * len(EXPRESSIVE) if shaped else 0), len(EMOTIONS))
        self.places = nn.Sequential(nn.Conv2d(channels, 16, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU())
        self.points = nn.Linear(16 * PLACES * PLACES, 2 * POINTS)
        self.shape = nn.Buffer(torch.zeros(POINTS, 2))
        nn.init.normal_(self.points.weight, std=1e-3)

    @torch.no_grad()
    def start_from(self, shape: torch.Tensor) -> None:
        """Give every face these landmarks `(68, 2)` until more is learned; `align` takes them for the mean shape."""
        self.points.bias.copy_(shape.flatten())
        self.shape.copy_(shape)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        y = self.features(x)
        # training may begin on smaller pictures
        places = self.places(y if y.shape[-1] == PLACES else F.interpolate(y, size=(PLACES, PLACES)))
        points = self.points(places.flatten(1)).reshape(-1, POINTS, 2)
        pooled = y.mean((2, 3))
        seen = torch.cat([pooled, _shape(points.detach()).to(pooled.dtype)], 1) if self.shaped else pooled
        return self.head(self.dropout(seen)), points, pooled


def residual(
    stem: int, widths: Sequence[int], depths: Sequence[int], dropout: float, *, shaped: bool = False
) -> FaceNetwork:
    """`widths[i]` channels in `depths[i]` residual blocks at a resolution halved `i` times after the stem."""
    parts: list[nn.Module] = [
        nn.Conv2d(1, stem, 3, 1, 1, bias=False),
        nn.BatchNorm2d(stem),
        nn.ReLU(inplace=True),
        nn.Conv2d(stem, widths[0], 3, 2, 1, bias=False),
        nn.BatchNorm2d(widths[0]),
        nn.ReLU(inplace=True),
    ]
    channels = widths[0]
    for stage, (width, depth) in enumerate(zip(widths, depths, strict=True)):
        for index in range(depth):
            parts.append(ResidualBlock(channels, width, 2 if stage > 0 and index == 0 else 1))
            channels = width
    return FaceNetwork(nn.Sequential(*parts), channels, dropout, shaped=shaped)


def efficientnet_b0() -> FaceNetwork:
    """EfficientNet-B0 (Tan & Le 2019) for small faces: grey, and strided three times instead of five, to 6×6."""
    stages = (
        (1, 16, 1, 1, 3),
        (6, 24, 2, 2, 3),
        (6, 40, 2, 2, 5),
        (6, 80, 3, 2, 3),
        (6, 112, 3, 1, 5),
        (6, 192, 4, 1, 5),
        (6, 320, 1, 1, 3),
    )
    parts: list[nn.Module] = [nn.Conv2d(1, 32, 3, 1, 1, bias=False), nn.BatchNorm2d(32), nn.SiLU(inplace=True)]
    channels = 32
    for widening, width, depth, stride, kernel in stages:
        for index in range(depth):
            parts.append(InvertedResidual(channels, width, stride if index == 0 else 1, kernel, widening))
            channels = width
    parts += [nn.Conv2d(channels, 1280, 1, bias=False), nn.BatchNorm2d(1280), nn.SiLU(inplace=True)]
    return FaceNetwork(nn.Sequential(*parts), 1280, dropout=0.3)


def _shape(points: torch.Tensor) -> torch.Tensor:
    """`landmarks.shape_features` in PyTorch."""
    some = points[:, list(EXPRESSIVE)].float()
    distance = (points[:, 36] - points[:, 45]).float().norm(dim=1).clamp(min=1e-6)
    offset = (some - some.mean(1, keepdim=True)) / distance[:, None, None]
    angle = torch.atan2(offset[..., 1:], offset[..., :1]) / math.pi
    return torch.cat([offset, offset.norm(dim=2, keepdim=True), angle], 2).flatten(1)


NETWORKS: dict[str, Callable[[], FaceNetwork]] = {
    "slim": lambda: residual(24, (48, 96, 160), (2, 3, 2), dropout=0.2),
    "small": lambda: residual(24, (48, 96, 192), (2, 3, 2), dropout=0.2),
    "medium": lambda: residual(28, (56, 112, 224), (2, 3, 2), dropout=0.2),
    "large": lambda: residual(32, (64, 128, 256), (3, 4, 3), dropout=0.3),
    "efficientnet-b0": efficientnet_b0,
    "slim-shaped": lambda: residual(24, (48, 96, 160), (2, 3, 2), dropout=0.2, shaped=True),
    "tiny": lambda: residual(8, (8, 16, 32), (1, 1, 1), dropout=0.0),
}
"""Network by name: `large` and `efficientnet-b0` are teachers, `slim-shaped` is a row of the ablation;
`tiny` learns in seconds, for trying the pipeline out."""
