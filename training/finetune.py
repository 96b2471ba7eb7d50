"""Teaches a model something new from a folder of pictures with captions.

    python finetune.py lora --data state/comic --name comic-outlines --minutes 10 --rank 8 --convolutions
    python finetune.py word --data state/turquoise --name storybook-turquoise --word turquoise --like blue,green --minutes 4
    python finetune.py full --data ~/thumbnails/titles.csv --name mine --minutes 60

`lora` makes a small file that any prompt can mix in, `word` a new word of a few
vectors (textual inversion; prompts call `--word turquoise` by its file's name or
`<turquoise>`), `full` a whole new model folder. The model is any
folder in the layout of diffusers with one text encoder, storybook by default.
Results lie in state/finetune/NAME: the file, `state.pt`, from which the same
command goes on until its minutes are over, and after each checkpoint a grid of
samples, one row per prompt (the weights 0, 0.5 and 1 side by side for a LoRA).
`--minutes` is processor time, so a busy machine trains as long as a quiet one.
"""

import argparse
import re
import shutil
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from diffusers import DPMSolverMultistepScheduler, StableDiffusionPipeline

from common import STATE, cosine, load, save
from lora import Lora, save_word
from pictures import encode_all, list_pictures
from grid import sheet

MODEL = Path(__file__).parent.parent / "presets" / "models" / "storybook"
RATES = {"lora": 1.5e-3, "word": 1e-2, "full": 1e-4}
LAST_RATE = 0.05  # of the first
CAPTION_DROPOUT = 0.1
MEMORY = 0.99  # of the averaged weights, per step
SAMPLE_STEPS, GUIDANCE = 12, 4.0


class Student:
    """A pipeline whose networks learn one kind of thing."""

    def __init__(self, options, captions):
        self.options, self.captions = options, captions
        self.pipe = StableDiffusionPipeline.from_pretrained(options.model, torch_dtype=torch.float32, safety_checker=None)
        self.pipe.set_progress_bar_config(disable=True)
        self.unet, self.text = self.pipe.unet, self.pipe.text_encoder
        self.unet.to(memory_format=torch.channels_last)
        for network in (self.unet, self.text, self.pipe.vae):
            network.requires_grad_(options.kind == "full" and network is not self.pipe.vae)
        self.lora = self.rows = None
        if options.kind == "lora":
            self.lora = Lora(self.unet, self.text, options.rank, options.alpha or options.rank, options.convolutions, options.text)
            self.parameters = self.lora.parameters()
        elif options.kind == "word":
            self.rows = self.new_rows()
            self.parameters = [self.rows]
        else:
            self.parameters = [*self.unet.parameters(), *self.text.parameters()]
        self.average = [parameter.detach().clone() for parameter in self.parameters]

    def new_rows(self):
        """Rows of the token table for the new word, which start as the mean of words like it."""
        tokenizer, table = self.pipe.tokenizer, self.text.get_input_embeddings()
        words = [word.strip() for word in self.options.like.split(",")]
        like = torch.stack([table.weight[tokenizer(word, add_special_tokens=False).input_ids].mean(0) for word in words]).mean(0)
        self.tokens = [f"<{self.options.word}-{index}>" for index in range(self.options.vectors)]
        tokenizer.add_tokens(self.tokens)
        self.ids = tokenizer.convert_tokens_to_ids(self.tokens)
        self.text.resize_token_embeddings(len(tokenizer), mean_resizing=False)
        self.text.get_input_embeddings().weight.requires_grad_(False)
        rows = torch.nn.Parameter(like.repeat(self.options.vectors, 1) + 0.01 * torch.randn(self.options.vectors, len(like)))
        # The rows stand in for those of the table, so that they alone learn.
        self.text.get_input_embeddings().register_forward_hook(self.with_rows)
        return rows

    def with_rows(self, _, inputs, output):
        for id_, row in zip(self.ids, self.rows):
            output = torch.where((inputs[0] == id_)[..., None], row, output)
        return output

    def words(self, texts):
        if self.rows is not None:
            pattern = re.compile(rf"<?\b{re.escape(self.options.word)}\b>?", re.IGNORECASE)
            texts = [pattern.sub(" ".join(self.tokens), text) for text in texts]
        return texts

    def embed(self, texts):
        length = self.text.config.max_position_embeddings
        ids = self.pipe.tokenizer(self.words(texts), padding="max_length", truncation=True, max_length=length, return_tensors="pt").input_ids
        return self.text(ids).last_hidden_state

    def use(self, weights):
        """Puts these weights into the networks and gives back those that were there."""
        before = [parameter.detach().clone() for parameter in self.parameters]
        with torch.no_grad():
            for parameter, weight in zip(self.parameters, weights, strict=True):
                parameter.copy_(weight)
        return before

    @torch.no_grad()
    def samples(self, prompts, size):
        """One row per prompt; with a LoRA at 0, 0.5 and 1, with a word or a whole model at two seeds."""
        scheduler = self.pipe.scheduler
        self.pipe.scheduler = DPMSolverMultistepScheduler.from_config(scheduler.config, timestep_spacing="trailing")
        pictures = []
        for index, prompt in enumerate(prompts):
            for weight, seed in ((0, index), (0.5, index), (1, index)) if self.lora else ((1, 2 * index), (1, 2 * index + 1)):
                if self.lora:
                    self.lora.set_weight(weight)
                pictures += self.pipe(self.words([prompt]), size, size, num_inference_steps=SAMPLE_STEPS, guidance_scale=GUIDANCE,
                                      generator=torch.Generator().manual_seed(seed)).images
        if self.lora:
            self.lora.set_weight(1.0)
        self.pipe.scheduler = scheduler
        return sheet(pictures, 6)

    def write(self, folder):
        """The result in the form that programs read."""
        name, title = self.options.name, self.options.title or self.options.name
        if self.lora:
            self.lora.save(folder / f"{name}.safetensors", self.options.names, title, self.captions)
        elif self.rows is not None:
            save_word(folder / f"{name}.safetensors", f"<{self.options.word}>", self.rows, title)
        else:
            whole = folder / "model"
            shutil.copytree(self.options.model, whole, dirs_exist_ok=True, ignore=shutil.ignore_patterns("README.md"))
            for network, part in ((self.unet, "unet"), (self.text, "text_encoder")):
                network.half().save_pretrained(whole / part)
                network.float()


def denoising_loss(student, clean, texts, rng):
    """Mean squared error of what the model predicts, noise or velocity; one timestep from each of `count` equal strata."""
    scheduler, count = student.pipe.scheduler, len(clean)
    total = scheduler.config.num_train_timesteps
    steps = torch.from_numpy((np.arange(count) + rng.random(count)) / count * total).long()
    noise = torch.randn_like(clean)
    noisy = scheduler.add_noise(clean, noise, steps).to(memory_format=torch.channels_last)
    made = student.unet(noisy, steps, student.embed(texts)).sample
    velocity = scheduler.config.prediction_type == "v_prediction"
    return F.mse_loss(made, scheduler.get_velocity(clean, noise, steps) if velocity else noise)


def read_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=RATES)
    parser.add_argument("--data", required=True, help="folder of pictures, or CSV with the columns file and title")
    parser.add_argument("--name", required=True, help="of the result")
    parser.add_argument("--title", help="for people")
    parser.add_argument("--model", type=Path, default=MODEL)
    parser.add_argument("--minutes", type=float, required=True, help="processor minutes of training in all")
    parser.add_argument("--save-minutes", type=float, default=3.0)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--size", type=int, default=256, help="side of the pictures in pixels")
    parser.add_argument("--rate", type=float, help="learning rate at the start")
    parser.add_argument("--prompts", type=Path, help="text file with one prompt per line for the grids; else captions of the data")
    parser.add_argument("--begin-with", type=Path, help="state.pt of another training to begin with")
    group = parser.add_argument_group("lora")
    group.add_argument("--rank", type=int, default=4)
    group.add_argument("--alpha", type=float, help="default: the rank")
    group.add_argument("--convolutions", action="store_true", help="branches at the convolutions too")
    group.add_argument("--text", action="store_true", help="branches in the text encoder too")
    group.add_argument("--names", choices=("kohya", "diffusers"), default="kohya")
    group = parser.add_argument_group("word")
    group.add_argument("--word", default="new-word", help="as the captions have it")
    group.add_argument("--like", default="a", help="words that it starts as the mean of, with commas")
    group.add_argument("--vectors", type=int, default=2)
    return parser.parse_args()


def main():
    options = read_options()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    folder = STATE / "finetune" / options.name
    folder.mkdir(parents=True, exist_ok=True)
    state_file = folder / "state.pt"
    pairs = list_pictures(options.data)
    captions = [caption for _, caption in pairs]
    student = Student(options, captions)
    latents = encode_all(student.pipe.vae, pairs, options.size, folder / "latents.pt")
    prompts = options.prompts.read_text().splitlines() if options.prompts else captions[:6]
    optimizer = torch.optim.AdamW(student.parameters, options.rate or RATES[options.kind], betas=(0.9, 0.99), weight_decay=0.0)
    first_rate = optimizer.param_groups[0]["lr"]
    step, spent = 0, 0.0
    if state_file.exists():
        state = load(state_file)
        student.use(state["weights"])
        student.average = state["average"]
        optimizer.load_state_dict(state["optimizer"])
        step, spent = state["step"], state["seconds"]
    elif options.begin_with:
        student.use(load(options.begin_with)["average"])
        student.average = [parameter.detach().clone() for parameter in student.parameters]

    def checkpoint():
        save(state_file, {"weights": [parameter.detach() for parameter in student.parameters], "average": student.average,
                          "optimizer": optimizer.state_dict(), "step": step, "seconds": spent})
        learning = student.use(student.average)
        student.write(folder)
        student.samples(prompts, options.size).save(folder / f"grid-{step:06d}.png")
        student.use(learning)

    rng = np.random.default_rng(1000 + step)
    torch.manual_seed(1000 + step)
    print(f"{len(pairs)} pictures, {sum(p.numel() for p in student.parameters)} parameters, step {step}", flush=True)
    losses, saved = [], spent
    while spent < 60 * options.minutes:
        began = time.process_time()
        for group in optimizer.param_groups:
            group["lr"] = first_rate * (LAST_RATE + (1 - LAST_RATE) * cosine(spent / (60 * options.minutes)))
        chosen = rng.choice(len(pairs), options.batch, replace=len(pairs) < options.batch)
        texts = ["" if rng.random() < CAPTION_DROPOUT else captions[index] for index in chosen]
        loss = denoising_loss(student, latents[chosen], texts, rng)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(student.parameters, 1.0)
        optimizer.step()
        memory = min(MEMORY, (1 + step) / (10 + step))
        for mean, parameter in zip(student.average, student.parameters):
            mean.lerp_(parameter.detach(), 1 - memory)
        losses.append(loss.item())
        step += 1
        spent += time.process_time() - began
        if step % 50 == 0:
            print(f"step {step}, {spent / 60:.1f} min, loss {np.mean(losses[-50:]):.4f}", flush=True)
        if spent - saved > 60 * options.save_minutes:
            saved = spent
            checkpoint()
    checkpoint()
    print(f"done at step {step}: {folder}", flush=True)


if __name__ == "__main__":
    main()
