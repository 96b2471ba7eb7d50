"""What the Python peers of compare.mjs share: arguments, clocks, and the lines they read and print."""

import argparse
import json
import resource
import sys
import time
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file


def arguments(description: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--network", choices=["unet", "decoder"], required=True)
    parser.add_argument("--inputs", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--export", type=Path, help="folder of the ONNX export")
    parser.add_argument("--read-at-load", action="store_true", help="as diffusers loads where accelerate is not installed")
    return parser.parse_args()


def timed(work):
    """What `work` gives, and the seconds it took by the clock and of processor time."""
    wall, cpu = time.perf_counter(), time.process_time()
    made = work()
    return made, {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}


def measure(options: argparse.Namespace, load) -> None:
    """
    Runs once for each line on stdin, and prints its seconds; at the end the result goes to a file and the rest of the figures to stdout.

    `load()` gives a function from the tensors of the input file to the result. Startup is what Python and its imports took until now.
    """
    startup = time.process_time()
    tensors = load_file(options.inputs)
    run, load_seconds = timed(load)
    for _ in sys.stdin:
        made, seconds = timed(lambda: run(tensors))
        print(json.dumps(seconds), flush=True)
    save_file({"out": torch.as_tensor(made).contiguous()}, options.out)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"startup": startup, "load": load_seconds, "peakMegabytes": peak}))
