"""The tokenizer: a byte-pair encoding in CLIP's format, small enough for the storybook.

    python tokenizer.py                 # writes state/tokenizer/

Like CLIP's: lower case, "</w>" closes a word, all 256 bytes are tokens alone
and at a word's end, then the merges' results, then the two special tokens. The
merges are trained on the list of the captions' words until each is one token;
any other word falls into pieces that the model has learnt to read past.
"""

import json
from collections import Counter

from transformers import CLIPTokenizer

from captions import vocabulary
from common import STATE

FOLDER = STATE / "tokenizer"
START, END = "<|startoftext|>", "<|endoftext|>"
LENGTH = 32  # positions of the text encoder


def byte_characters():
    """CLIP's printable stand-ins for the 256 bytes, in CLIP's order."""
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = [byte for byte in range(256) if byte not in printable]
    return [chr(byte) for byte in printable] + [chr(256 + index) for index in range(len(others))]


def train_merges(words):
    """The most frequent pair first, until every word is a single token."""
    pieces = [[*word[:-1], word[-1] + "</w>"] for word in words]
    merges = []
    while any(len(word) > 1 for word in pieces):
        pairs = Counter(pair for word in pieces for pair in zip(word, word[1:]))
        best = max(pairs, key=lambda pair: (pairs[pair], pair))
        merges.append(best)
        for word in pieces:
            index = 0
            while index < len(word) - 1:
                if (word[index], word[index + 1]) == best:
                    word[index:index + 2] = ["".join(best)]
                index += 1
    return merges


def write(folder):
    folder.mkdir(parents=True, exist_ok=True)
    characters = byte_characters()
    merges = train_merges(vocabulary())
    tokens = characters + [c + "</w>" for c in characters] + ["".join(pair) for pair in merges] + [START, END]
    assert len(set(tokens)) == len(tokens)
    files = {
        "vocab.json": {token: index for index, token in enumerate(tokens)},
        "tokenizer_config.json": {
            "tokenizer_class": "CLIPTokenizer", "model_max_length": LENGTH, "do_lower_case": True, "errors": "replace",
            "add_prefix_space": False, "bos_token": START, "eos_token": END, "unk_token": END, "pad_token": END,
        },
        "special_tokens_map.json": {"bos_token": START, "eos_token": END, "unk_token": END, "pad_token": END},
    }
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content, ensure_ascii=False, indent=None if name == "vocab.json" else 2))
    (folder / "merges.txt").write_text("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in merges))
    return len(tokens)


class Words:
    """Text → token ids of the fixed length."""

    def __init__(self, folder=FOLDER):
        self.tokenizer = CLIPTokenizer.from_pretrained(folder)
        self.size = len(self.tokenizer)

    def __call__(self, texts):
        return self.tokenizer(texts, padding="max_length", truncation=True, max_length=LENGTH, return_tensors="pt").input_ids


if __name__ == "__main__":
    print(write(FOLDER), "tokens")
    words = Words()
    for text in ("A superhero with a red cape", "over a city of the future full of neon, xylophone! 42 é"):
        ids = words([text])[0].tolist()
        print(text, ids, words.tokenizer.convert_ids_to_tokens(ids))
    apart = [word for word in vocabulary() if len(words.tokenizer(word).input_ids) != 3]
    print("words of more than one token:", apart)
