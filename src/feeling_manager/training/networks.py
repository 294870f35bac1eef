"""Networks for 48×48 grey faces, in plain PyTorch."""

from collections.abc import Callable, Sequence

import torch
from torch import nn
from torch.nn import functional as F

from feeling_manager.labels import EMOTIONS


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


class ResidualNetwork(nn.Module):
    """Faces (n, 1, 48, 48), normalised → logits (n, 8) in the order of `EMOTIONS`.

    `widths[i]` channels in `depths[i]` blocks at a resolution halved `i` times after the stem.
    """

    def __init__(self, stem: int, widths: Sequence[int], depths: Sequence[int], dropout: float) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(1, stem, 3, 1, 1, bias=False),
            nn.BatchNorm2d(stem),
            nn.ReLU(inplace=True),
            nn.Conv2d(stem, widths[0], 3, 2, 1, bias=False),
            nn.BatchNorm2d(widths[0]),
            nn.ReLU(inplace=True),
        )
        blocks: list[nn.Module] = []
        channels = widths[0]
        for stage, (width, depth) in enumerate(zip(widths, depths, strict=True)):
            for index in range(depth):
                blocks.append(ResidualBlock(channels, width, 2 if stage > 0 and index == 0 else 1))
                channels = width
        self.blocks = nn.Sequential(*blocks)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(channels, len(EMOTIONS))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.blocks(self.stem(x)).mean((2, 3))
        logits: torch.Tensor = self.head(self.dropout(y))
        return logits


NETWORKS: dict[str, Callable[[], nn.Module]] = {
    "small": lambda: ResidualNetwork(24, (48, 96, 192), (2, 3, 2), dropout=0.2),
    "medium": lambda: ResidualNetwork(28, (56, 112, 224), (2, 3, 2), dropout=0.2),
    "tiny": lambda: ResidualNetwork(8, (8, 16, 32), (1, 1, 1), dropout=0.0),
}
"""Network by name: `small` is shipped; `tiny` learns in seconds, for trying the pipeline out."""
