"""Reads a checkpoint into PyTorch, compares the network's values on given points with the
given ones, and writes the weights back. Called by TestPyTorch with a folder."""

import json
import sys

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

folder = sys.argv[1]
with safe_open(folder + "/net", "pt") as f:
    shape = json.loads(f.metadata()["network"])
weights = {k: v for k, v in load_file(folder + "/net").items() if k.startswith("stages.")}
given = load_file(folder + "/io")
x, u = given["x"], given["u"]

k = torch.arange(max(shape["frequencies"], 0))
angles = u[:, None] * 2.0**k
phi = torch.cat([u[:, None], torch.stack([angles.cos(), angles.sin()], 2).flatten(1)], 1)


def told(i):
    name = f"stages.{i}.time"
    return phi @ weights[name].T if name in weights else 0


def layer(i, a):
    linear = torch.nn.Linear(weights[f"stages.{i}.weight"].shape[1], weights[f"stages.{i}.weight"].shape[0])
    linear.load_state_dict({"weight": weights[f"stages.{i}.weight"], "bias": weights[f"stages.{i}.bias"]})
    return linear(a)


silu = torch.nn.functional.silu
if shape["kind"] == "mlp":
    last = len(shape["mlp"]["hidden"])
    a = x
    for i in range(last):
        a = silu(layer(i, a) + told(i))
    y = layer(last, a)
else:
    o = shape["conv"]
    side, p = o["side"] // o["patch"], o["patch"]
    a = torch.nn.functional.pixel_unshuffle(x.view(-1, 1, o["side"], o["side"]), p)
    t = told(0)
    if torch.is_tensor(t):
        t = t[:, None, None]
    a = silu(layer(0, a.permute(0, 2, 3, 1)) + t).permute(0, 3, 1, 2)
    for i in range(1, o["layers"] + 1):
        conv = torch.nn.Conv2d(o["channels"], o["channels"], 3, padding=1)
        conv.load_state_dict({"weight": weights[f"stages.{i}.weight"], "bias": weights[f"stages.{i}.bias"]})
        t = told(i)
        if torch.is_tensor(t):
            t = t[:, :, None, None]
        a = a + silu(conv(a) + t)
    a = a.permute(0, 2, 3, 1)
    last = o["layers"] + 1
    if o["outputs"]:
        y = layer(last, a.flatten(1))
    else:
        y = torch.nn.functional.pixel_shuffle(layer(last, a).permute(0, 3, 1, 2), p).flatten(1)

error = (y - given["y"]).abs().max().item()
scale = given["y"].abs().max().item()
print(f"largest difference {error:.2e} of values up to {scale:.3g}")
save_file({k: v.contiguous() for k, v in weights.items()}, folder + "/back")
sys.exit(error > 1e-5 * max(scale, 1))
