"""Stage 3: the diffusion model and its text encoder, trained together.

    torchrun --nproc-per-node 2 unet.py --size 16 --minutes 35                     # words and composition
    torchrun --nproc-per-node 2 unet.py --size 32 --minutes 40                     # the details
    torchrun --nproc-per-node 2 unet.py --size 32 --minutes 20 --wide 0.3 --last-rate 2e-5 --ema 0.999

Each call goes on from state/unet.pt. Latents pooled to 16×16 cost a third of
whole ones, and all that is learnt from them transfers, so they come first.
The objective is v-prediction, unweighted: weights that favour the middle
timesteps starve the noisy ones, at which the text decides what the picture is.
"""

import argparse
import time

import numpy as np
import torch
import torch.nn.functional as F
from diffusers import UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel

import latents
from captions import caption
from common import STATE, STEPS_BETWEEN_AVERAGES, Team, cosine, load, save
from tokenizer import LENGTH, Words

CHECKPOINT = STATE / "unet.pt"
TEXT_WIDTH = 128
UNET_CONFIG = dict(
    sample_size=32, in_channels=4, out_channels=4, layers_per_block=1, block_out_channels=(48, 64, 128, 192),
    down_block_types=("DownBlock2D",) + ("CrossAttnDownBlock2D",) * 3,
    up_block_types=("CrossAttnUpBlock2D",) * 3 + ("UpBlock2D",),
    cross_attention_dim=TEXT_WIDTH, attention_head_dim=4, norm_num_groups=8,
)
STEPS = 1000  # of the noise schedule
BETA_START, BETA_END = 0.00085, 0.012
BATCH = {16: 32, 32: 16}
WIDE_BATCH = 12
CAPTION_DROPOUT = 0.12
SAVE_MINUTES = 4
WARM_UP_STEPS = 60


def text_config(vocabulary_size):
    return CLIPTextConfig(
        vocab_size=vocabulary_size, hidden_size=TEXT_WIDTH, intermediate_size=4 * TEXT_WIDTH, projection_dim=TEXT_WIDTH,
        num_hidden_layers=3, num_attention_heads=4, max_position_embeddings=LENGTH, hidden_act="quick_gelu",
        bos_token_id=vocabulary_size - 2, eos_token_id=vocabulary_size - 1, pad_token_id=vocabulary_size - 1,
    )


def build(vocabulary_size):
    """The two networks, the UNet's residual branches and output starting at zero."""
    unet = UNet2DConditionModel(**UNET_CONFIG)
    text = CLIPTextModel(text_config(vocabulary_size))
    with torch.no_grad():
        for name, module in unet.named_modules():
            if name.endswith(("conv2", "proj_out")) or name == "conv_out":
                module.weight.zero_()
                module.bias.zero_()
        # transformers' tiny initial scale is meant for long trainings
        text.get_input_embeddings().weight.normal_(0, 0.5)
    return unet, text


def signal_levels():
    """The cumulated alphas of the schedule "scaled_linear"."""
    betas = torch.linspace(BETA_START**0.5, BETA_END**0.5, STEPS, dtype=torch.float64) ** 2
    return torch.cumprod(1 - betas, 0).float()


class Batches:
    """Random latents with captions told anew each time."""

    def __init__(self, sets, words, rng):
        self.latents, self.scenes = latents.load_all(*sets)
        self.words, self.rng = words, rng
        self.order = []

    def __call__(self, count, pooled):
        if len(self.order) < count:
            self.order = self.rng.permutation(len(self.scenes)).tolist()
        chosen, self.order = self.order[:count], self.order[count:]
        texts = ["" if self.rng.random() < CAPTION_DROPOUT else caption(self.scenes[i], self.rng) for i in chosen]
        clean = self.latents[chosen].float()
        return (F.avg_pool2d(clean, 2) if pooled else clean), self.words(texts)


def velocity_loss(unet, text, clean, ids, levels, rng):
    """Mean squared error of the velocity, with one timestep from each of `count` equal strata."""
    count = len(clean)
    strata = (torch.arange(count) + torch.from_numpy(rng.random(count)).float()) / count
    steps = (strata * STEPS).long().clamp(max=STEPS - 1)
    signal = levels[steps].sqrt()[:, None, None, None]
    noise_level = (1 - levels[steps]).sqrt()[:, None, None, None]
    noise = torch.randn_like(clean)
    noisy = (signal * clean + noise_level * noise).to(memory_format=torch.channels_last)
    made = unet(noisy, steps, text(ids).last_hidden_state).sample
    return F.mse_loss(made, signal * noise - noise_level * clean)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", type=int, choices=(16, 32), required=True, help="side of the latents")
    parser.add_argument("--minutes", type=float, required=True, help="wall time of this stage")
    parser.add_argument("--rate", type=float, default=1e-3, help="learning rate at the start")
    parser.add_argument("--last-rate", type=float, default=1e-3, help="learning rate at the end")
    parser.add_argument("--wide", type=float, default=0.0, help="share of 16:9 batches")
    parser.add_argument("--ema", type=float, default=0.9985, help="memory of the averaged weights, per step")
    options = parser.parse_args()

    team = Team()
    torch.manual_seed(0)
    words = Words()
    unet, text = build(words.size)
    parameters = [*unet.parameters(), *text.parameters()]
    optimizer = torch.optim.AdamW(parameters, options.rate, betas=(0.9, 0.99), weight_decay=0.01, fused=True)
    step = 0
    if CHECKPOINT.exists():
        checkpoint = load(CHECKPOINT)
        unet.load_state_dict(checkpoint["unet"])
        text.load_state_dict(checkpoint["text"])
        optimizer.load_state_dict(checkpoint["optimizer"])
        step = checkpoint["step"]
        average = checkpoint["average"]
    else:
        average = [p.detach().clone() for p in parameters]
    unet.to(memory_format=torch.channels_last)
    team.log(f"UNet {sum(p.numel() for p in unet.parameters())}, text {sum(p.numel() for p in text.parameters())} parameters, step {step}")

    seed = int(time.time()) + 1000 * team.rank
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    shared_rng = np.random.default_rng(step)  # same choice of shape in every process
    square = Batches(("square", "even"), words, rng)
    wide = Batches(("wide",), words, rng) if options.wide else None
    levels = signal_levels()

    def checkpoint():
        if team.rank == 0:
            save(CHECKPOINT, {"unet": unet.state_dict(), "text": text.state_dict(), "optimizer": optimizer.state_dict(),
                              "average": average, "step": step})

    start, progress, saved, losses = time.time(), 0.0, time.time(), []
    while progress < 1:
        warm = min(1.0, (len(losses) + 1) / WARM_UP_STEPS)
        rate = warm * (options.last_rate + (options.rate - options.last_rate) * cosine(progress))
        for group in optimizer.param_groups:
            group["lr"] = rate
        if wide and shared_rng.random() < options.wide:
            clean, ids = wide(WIDE_BATCH, False)
        else:
            clean, ids = square(BATCH[options.size], options.size == 16)
        loss = velocity_loss(unet, text, clean, ids, levels, rng)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        losses.append(loss.item())
        step += 1
        if step % STEPS_BETWEEN_AVERAGES == 0:
            team.average(unet, text)
            # The memory grows with the steps, so that the first random weights are soon forgotten.
            memory = min(options.ema, (1 + step) / (10 + step)) ** STEPS_BETWEEN_AVERAGES
            for mean, parameter in zip(average, parameters):
                mean.lerp_(parameter.detach(), 1 - memory)
            progress = team.agree((time.time() - start) / (60 * options.minutes))
            if team.agree(time.time() - saved) > 60 * SAVE_MINUTES:
                saved = time.time()
                checkpoint()
        if step % 100 == 0:
            team.log(f"step {step}, {progress:.0%}, rate {rate:.1e}, loss {np.mean(losses[-100:]):.4f}")
    team.average(unet, text)
    checkpoint()
    team.log(f"done at step {step}")


if __name__ == "__main__":
    main()
