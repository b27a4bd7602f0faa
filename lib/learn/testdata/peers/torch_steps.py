"""Times PyTorch on the networks of BenchmarkTrain and BenchmarkField, on as many threads
as the first argument says: milliseconds for a step, the median of 30 rounds."""

import statistics
import sys
import time

import torch
from torch import nn

torch.set_num_threads(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
torch.manual_seed(1)
FEATURES = 17


def features(u):
    angles = u[:, None] * 2.0 ** torch.arange(8)
    return torch.cat([u[:, None], angles.cos(), angles.sin()], 1)


class MLP(nn.Module):
    def __init__(self, d, width):
        super().__init__()
        self.first, self.time = nn.Linear(d, width), nn.Linear(FEATURES, width, bias=False)
        self.rest = nn.Sequential(nn.SiLU(), nn.Linear(width, width), nn.SiLU(), nn.Linear(width, d))

    def forward(self, x, u):
        return self.rest(self.first(x) + self.time(features(u)))


class Conv(nn.Module):
    def __init__(self, side=28, patch=4, channels=64, layers=4):
        super().__init__()
        self.side, self.patch = side, patch
        self.first = nn.Conv2d(patch**2, channels, 1)
        self.convs = nn.ModuleList(nn.Conv2d(channels, channels, 3, padding=1) for _ in range(layers))
        self.times = nn.ModuleList(nn.Linear(FEATURES, channels, bias=False) for _ in range(layers + 1))
        self.last = nn.Conv2d(channels, patch**2, 1)

    def forward(self, x, u):
        phi = features(u)
        a = nn.functional.pixel_unshuffle(x.view(-1, 1, self.side, self.side), self.patch)
        a = nn.functional.silu(self.first(a) + self.times[0](phi)[:, :, None, None])
        for conv, t in zip(self.convs, self.times[1:]):
            a = a + nn.functional.silu(conv(a) + t(phi)[:, :, None, None])
        return nn.functional.pixel_shuffle(self.last(a), self.patch).flatten(1)


def median(f, inner):
    for _ in range(inner):
        f()
    rounds = []
    for _ in range(30):
        begin = time.perf_counter()
        for _ in range(inner):
            f()
        rounds.append((time.perf_counter() - begin) / inner)
    return 1e3 * statistics.median(rounds)


for name, net, d, batch, inner in [
    ("plane", MLP(2, 128), 2, 512, 50),
    ("digits", MLP(64, 256), 64, 256, 20),
    ("garments", Conv(), 784, 128, 1),
]:
    data = torch.randn(1000, d)
    adam = torch.optim.Adam(net.parameters(), fused=True)

    def step():
        x0, e, t = data[torch.randint(1000, (batch,))], torch.randn(batch, d), torch.rand(batch)
        x = (1 - t[:, None]) * x0 + t[:, None] * e
        scale = ((1 - t) ** 2 + t**2).sqrt()
        loss = (net(x / scale[:, None], 2 * torch.atan2(t, 1 - t)) - (e - x0)).square().mean()
        adam.zero_grad()
        loss.backward()
        adam.step()

    print(f"Train/{name} {median(step, inner):.4f} ms", flush=True)
    x, u = torch.randn(10000, d), torch.full((10000,), 1.5)
    with torch.no_grad():
        print(f"Field/{name} {median(lambda: net(x, u), 1):.4f} ms", flush=True)
