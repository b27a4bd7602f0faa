"""Reads configurations of diffusers' schedulers from standard input and writes what the real ones make of them."""
import json
import sys
import types
from importlib.util import find_spec

import diffusers
import torch

# k-diffusion's own __init__ imports all that it trains with; its sampling module needs little of it.
package = types.ModuleType("k_diffusion")
package.__path__ = list(find_spec("k_diffusion").submodule_search_locations)
sys.modules["k_diffusion"] = package
import k_diffusion.sampling as k  # noqa: E402


def numbers(x):
    return [float(f"{float(v):.9g}") for v in x]  # as much as float32 holds


def read_back(c):
    s = getattr(diffusers, c["scheduler"])(**c["config"])
    s.set_timesteps(**c["set_timesteps"])
    out = {"timesteps": numbers(s.timesteps)}
    if hasattr(s, "sigmas"):
        out["sigmas"] = numbers(s.sigmas)
    if hasattr(s, "alphas_cumprod"):
        out["alphas_cumprod"] = numbers(s.alphas_cumprod)
    # What the steps make of the state if the network always answers the same.
    x = torch.ones(1, dtype=torch.float64)
    out["walk"] = [1.0]
    for t in s.timesteps:
        scaled = s.scale_model_input(x, t) if hasattr(s, "scale_model_input") else x
        x = s.step(torch.full_like(scaled, c["answer"]), t, x).prev_sample
        out["walk"].append(float(x[0]))
    out["walk"] = numbers(out["walk"])
    return out


request = json.load(sys.stdin)
json.dump({
    "diffusers": diffusers.__version__,
    "schedulers": [read_back(c) for c in request["schedulers"]],
    "karras": numbers(k.get_sigmas_karras(10, 0.01, 40.0)),
    "exponential": numbers(k.get_sigmas_exponential(10, 0.01, 40.0)),
    "vp": numbers(k.get_sigmas_vp(10)),
    "betas": {name: numbers(diffusers.DDPMScheduler(beta_schedule=name, beta_start=b0, beta_end=b1).betas)
              for name, b0, b1 in [("linear", 1e-4, 0.02), ("scaled_linear", 0.00085, 0.012), ("squaredcos_cap_v2", 1e-4, 0.02)]},
    "zero_snr": numbers(diffusers.DDPMScheduler(beta_schedule="scaled_linear", beta_start=0.00085, beta_end=0.012,
                                                rescale_betas_zero_snr=True).betas),
    "spacing": {name: {str(n): numbers(spaced(n, name)) for n in (10, 30, 50)} for spaced in
                [lambda n, name: (lambda s: (s.set_timesteps(n), s.timesteps)[1])(diffusers.DDIMScheduler(timestep_spacing=name))]
                for name in ("leading", "trailing", "linspace")},
}, sys.stdout)
