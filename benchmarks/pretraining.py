"""A network that has seen many faces and no label of them, for a row of `ablation.py --start FILE`.

    feeling preprocess faces192.tar.gz --out people
    mesh/bin/python scripts/mesh.py ferplus.tar.gz people --out landmarks.npz
    python -m benchmarks.pretraining points --data ferplus.tar.gz --people people --landmarks landmarks.npz \\
        --out points.pt

What it learns of FER+'s training faces and of those of `--people`, on pictures of 32 pixels:

points    the landmarks that Face Mesh finds
views     to tell two changed pictures of one face from those of all others in the batch (Chen et al. 2020, SimCLR)
people    the same, but two pictures of one person where `labels.csv` names people by their files' names
"""

import argparse
import csv
import re
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.nn import functional as F

from feeling_manager.training import align
from feeling_manager.training.augment import augment
from feeling_manager.training.datasets import SIDE, open_dataset
from feeling_manager.training.networks import NETWORKS
from feeling_manager.training.teacher import landmarks_of
from feeling_manager.training.train import landmark_loss, normalise

SMALL = 32
TEMPERATURE = 0.2


def named(path: Path) -> list[str]:
    """Who each face of a folder that `feeling preprocess` made is: `Tony_Blair_0104.jpg` → `Tony_Blair`."""
    with (path / "labels.csv").open(newline="", encoding="utf-8") as file:
        return [re.sub(r"_\d+$", "", Path(row["source"]).stem) for row in csv.DictReader(file)]


def partners(people: npt.NDArray[np.intp], generator: np.random.Generator) -> npt.NDArray[np.intp]:
    """For each face another of the same person, drawn anew every time, or itself where there is none."""
    order = np.lexsort((generator.random(len(people)), people))
    sorted_people = people[order]
    last = sorted_people != np.roll(sorted_people, -1)
    result = np.empty_like(order)
    result[order] = np.where(last, order[np.searchsorted(sorted_people, sorted_people)], np.roll(order, -1))
    return result


def confusion(one: torch.Tensor, other: torch.Tensor, people: torch.Tensor) -> torch.Tensor:
    """Cross-entropy of finding each description's partner among all that are not of the same person."""
    rows = torch.arange(2 * len(one))
    partner = rows.roll(len(one))
    described = F.normalize(torch.cat([one, other]))
    same = people.repeat(2)[:, None] == people.repeat(2)
    same[rows, partner] = False
    return F.cross_entropy((described @ described.T / TEMPERATURE).masked_fill(same, -torch.inf), partner)


def change(
    images: torch.Tensor, points: torch.Tensor | None = None, shape: torch.Tensor | None = None
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Pictures as a network of the recipe sees them, three quarters of them aligned where landmarks are given."""
    frames = None
    if points is not None and shape is not None:
        frames = torch.where(torch.rand(len(points), 1, 1) < 0.75, align.frames(points, shape), torch.nan)
    x, points = augment(images, points, frames)
    return normalise(F.interpolate(x, size=SMALL, mode="bilinear", antialias=True)), points


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("task", choices=("points", "views", "people"))
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--people", type=Path, required=True)
    parser.add_argument("--landmarks", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--network", default="slim")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    if options.task == "points" and not options.landmarks:
        parser.error("points need --landmarks")
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    generator = np.random.default_rng(options.seed)
    first = open_dataset(options.data).faces("train").images
    second = open_dataset(options.people).faces("all").images
    every = np.concatenate([first, second])
    people = np.arange(len(every))
    if options.task == "people":
        people[len(first) :] = len(first) + np.unique(named(options.people), return_inverse=True)[1]
    print(f"{len(every)} faces of {len(np.unique(people))} people, as far as is known", flush=True)
    images = torch.from_numpy(every)[:, None]
    network = NETWORKS[options.network]()
    points = None
    if options.task == "points":
        points = torch.from_numpy(landmarks_of(every, options.landmarks) * (2 / SIDE) - 1)
        network.start_from(align.mean_shape(points))
    width = network.channels
    head = nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 64))
    learning = [*network.parameters(), *head.parameters()]
    optimizer = torch.optim.AdamW(learning, lr=options.rate, weight_decay=0.05)
    steps = len(images) // options.batch * options.epochs
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, options.rate, steps, pct_start=0.1)
    for epoch in range(options.epochs):
        begun, losses = time.monotonic(), []
        partner = torch.from_numpy(partners(people, generator))
        for rows in torch.randperm(len(images)).split(options.batch)[: len(images) // options.batch]:
            if points is not None:
                x, there = change(images[rows], points[rows], network.shape)
                loss = landmark_loss(network(x)[1], there)
            else:
                views = torch.cat([change(images[rows])[0], change(images[partner[rows]])[0]])
                one, other = head(network(views)[2]).chunk(2)
                loss = confusion(one, other, torch.from_numpy(people)[rows])
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(learning, 2.0)
            optimizer.step()
            schedule.step()
            losses.append(float(loss.detach()))
        print(f"epoch {epoch}: loss {np.mean(losses):.4f}, {time.monotonic() - begun:.0f} s", flush=True)
    kept = ("features.", "places.", "points.", "shape") if points is not None else ("features.",)
    state = {name: value for name, value in network.state_dict().items() if name.startswith(kept)}
    torch.save({"averaged": state}, options.out)


if __name__ == "__main__":
    main()
