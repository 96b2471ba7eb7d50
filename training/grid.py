"""Pictures of the exported model, to look at: fixed prompts, and the feedback of an animation.

    python grid.py grid.png                       # 24 prompts × 2 seeds
    python grid.py grid.png --wide --seeds 1      # the same at 16:9
    python grid.py feedback.png --feedback        # 40 frames, each made from the one before
"""

import argparse

import numpy as np
import torch
from diffusers import DPMSolverMultistepScheduler, StableDiffusionImg2ImgPipeline, StableDiffusionPipeline
from PIL import Image

from export import TARGET

PROMPTS = [
    "a superhero with a red cape soars through a sunny sky with clouds",
    "a superhero with a red cape flies over a city at night with its lights below",
    "a superhero with a red cape flies over a city of the future full of neon",
    "a superhero with a red cape flies over mountains under a clear blue sky",
    "a superhero with a red cape swoops down through storm and smoke",
    "a superhero with a red cape flies over a city at sunset",
    "a superhero with a blue cape flies over the sea by day",
    "a superhero with a green cape flies over green hills on a sunny day",
    "a superhero with a yellow cape flies in space with a planet",
    "a superhero with a purple cape soars above the clouds at sunset",
    "a green dragon flies over mountains at night",
    "a red dragon flies over a city at sunset",
    "a purple dragon flies over the sea on a sunny day",
    "a red rocket flies in space",
    "a blue rocket rises over green hills under a blue sky",
    "a red hot air balloon floats over mountains on a sunny day",
    "an orange balloon floats over the sea at sunset",
    "a castle with red roofs stands on green hills by day",
    "a castle with blue towers stands on green hills at night",
    "a white bird flies over the sea under a clear blue sky",
    "a red bird flies over mountains at sunset",
    "a neon city at night",
    "snowy mountains under a clear blue sky",
    "a storm with dark clouds and lightning",
]
JOURNEY = PROMPTS[:5]  # what the feedback travels through
SIZES = {False: (256, 256), True: (384, 216)}


def load_pipeline(kind):
    pipeline = kind.from_pretrained(TARGET, torch_dtype=torch.float32, safety_checker=None)
    pipeline.scheduler = DPMSolverMultistepScheduler.from_config(pipeline.scheduler.config, timestep_spacing="trailing")
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def sheet(pictures, columns):
    pictures = [picture.resize((picture.width * 5 // 8, picture.height * 5 // 8), Image.Resampling.LANCZOS) for picture in pictures]
    width, height = pictures[0].size
    rows = -(-len(pictures) // columns)
    image = Image.new("RGB", (columns * width, rows * height))
    for index, picture in enumerate(pictures):
        image.paste(picture, (index % columns * width, index // columns * height))
    return image


def grid(options):
    pipeline = load_pipeline(StableDiffusionPipeline)
    width, height = SIZES[options.wide]
    pictures = []
    for prompt in PROMPTS:
        generators = [torch.Generator().manual_seed(seed) for seed in range(options.seeds)]
        pictures += pipeline([prompt] * options.seeds, height, width, num_inference_steps=options.steps,
                             guidance_scale=options.guidance, generator=generators).images
    return sheet(pictures, 8)


def feedback(options):
    """Each frame: zoom 1.02, turn half a degree, then partly noised and drawn again."""
    make, remake = load_pipeline(StableDiffusionPipeline), load_pipeline(StableDiffusionImg2ImgPipeline)
    width, height = SIZES[options.wide]
    frame = make(JOURNEY[0], height, width, num_inference_steps=options.steps, guidance_scale=options.guidance,
                 generator=torch.Generator().manual_seed(3)).images[0]
    frames = [frame]
    for index in range(1, 40):
        prompt = JOURNEY[index // 8]
        moved = frame.rotate(0.5, Image.Resampling.BICUBIC).resize((round(width * 1.02), round(height * 1.02)), Image.Resampling.BICUBIC)
        left, top = (moved.width - width) // 2, (moved.height - height) // 2
        moved = moved.crop((left, top, left + width, top + height))
        frame = remake(prompt, moved, strength=options.strength, num_inference_steps=options.steps,
                       guidance_scale=options.guidance, generator=torch.Generator().manual_seed(100 + index)).images[0]
        frames.append(frame)
    return sheet(frames, 8)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("output")
    parser.add_argument("--wide", action="store_true")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--guidance", type=float, default=3.0)
    parser.add_argument("--feedback", action="store_true")
    parser.add_argument("--strength", type=float, default=0.45)
    options = parser.parse_args()
    torch.set_num_threads(1)
    image = (feedback if options.feedback else grid)(options)
    image.save(options.output, optimize=True)
    print(np.asarray(image).shape)


if __name__ == "__main__":
    main()
