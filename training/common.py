"""What the training stages share: two processes that average their weights,
schedules by the clock, checkpoints, and the loop of the small networks.

Each process trains on one thread with an optimizer of its own; every few steps
the weights are averaged. That loses less than averaging gradients at each step
when the cores are shared with other work. Schedules follow the time spent, not
the step number, so that a stage ends when planned however busy the machine is.
"""

import math
import os
import time
from pathlib import Path

import torch
import torch.distributed as dist

STATE = Path(__file__).parent / "state"
STEPS_BETWEEN_AVERAGES = 8
SECONDS_BETWEEN_CHECKPOINTS = 40


class Team:
    """The processes of this run, started by torchrun (or a single one)."""

    def __init__(self):
        torch.set_num_threads(1)
        self.size = int(os.environ.get("WORLD_SIZE", 1))
        self.rank = int(os.environ.get("RANK", 0))
        if self.size > 1:
            dist.init_process_group("gloo")

    def average(self, *modules):
        """Replaces the parameters of the modules by their mean over the team."""
        if self.size == 1:
            return
        with torch.no_grad():
            parameters = [p for module in modules for p in module.parameters()]
            flat = torch.cat([p.reshape(-1) for p in parameters])
            dist.all_reduce(flat)
            flat /= self.size
            for parameter, mean in zip(parameters, flat.split([p.numel() for p in parameters])):
                parameter.copy_(mean.view_as(parameter))

    def copy_first(self, *modules):
        """Gives every process the first one's parameters."""
        if self.size > 1:
            for parameter in (p for module in modules for p in module.parameters()):
                dist.broadcast(parameter.data, 0)

    def agree(self, value):
        """The first process's number, for all of them."""
        if self.size == 1:
            return value
        tensor = torch.tensor([value], dtype=torch.float64)
        dist.broadcast(tensor, 0)
        return tensor.item()

    def log(self, *words):
        if self.rank == 0:
            print(time.strftime("%H:%M:%S"), *words, flush=True)


def cosine(progress):
    """Half a cosine, from 1 down to 0."""
    return 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))


def save(path, content):
    """Writes a checkpoint in one move, so that a reader never sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    torch.save(content, part)
    part.replace(path)


def load(path):
    return torch.load(path, map_location="cpu", weights_only=True)


def train_alone(network, optimizer, checkpoint, minutes, peak_rate, warm_up_steps, first_scene, start):
    """Trains a small network in one process until so much processor time is spent, going on from the checkpoint.

    `start(step, next_scene)` gives what makes a step: a function from the progress (0 to 1) to the loss and the number of
    the scene to draw next, which the checkpoint keeps."""
    spent, step, next_scene = 0.0, 0, first_scene
    if checkpoint.exists():
        state = load(checkpoint)
        network.load_state_dict(state["network"])
        optimizer.load_state_dict(state["optimizer"])
        spent, step, next_scene = state["spent"], state["step"], state["next_scene"]
    budget, began = 60 * minutes, time.process_time() - spent
    print(f"{sum(p.numel() for p in network.parameters())} parameters, from step {step}", flush=True)
    loss_at = start(step, next_scene)
    running = last_saved = None
    while spent < budget:
        for group in optimizer.param_groups:
            group["lr"] = peak_rate * max(cosine(spent / budget), 0.01) * min(1.0, (step + 1) / warm_up_steps)
        loss, next_scene = loss_at(spent / budget)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        running = loss.item() if running is None else 0.98 * running + 0.02 * loss.item()
        step += 1
        spent = time.process_time() - began
        if last_saved is None or spent - last_saved > SECONDS_BETWEEN_CHECKPOINTS or spent >= budget:
            last_saved = spent
            save(checkpoint, {"network": network.state_dict(), "optimizer": optimizer.state_dict(),
                              "spent": spent, "step": step, "next_scene": next_scene})
            print(time.strftime("%H:%M:%S"), f"step {step}, scene {next_scene}, {spent / 60:.1f} core-minutes, "
                  f"loss {running:.4f}", flush=True)
