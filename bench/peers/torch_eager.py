"""One network of a model, run by diffusers on torch as it comes (eager, scaled dot product attention)."""

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel

from peer import arguments, measure


def load(options):
    torch.set_num_threads(options.threads)
    torch.set_grad_enabled(False)
    if options.network == "decoder":
        vae = AutoencoderKL.from_pretrained(options.model / "vae", low_cpu_mem_usage=not options.read_at_load)
        return lambda tensors: vae.decode(tensors["latents"]).sample
    unet = UNet2DConditionModel.from_pretrained(options.model / "unet", low_cpu_mem_usage=not options.read_at_load)
    return lambda tensors: unet(tensors["sample"], tensors["timestep"], tensors["encoder_hidden_states"]).sample


options = arguments(__doc__)
measure(options, lambda: load(options))
