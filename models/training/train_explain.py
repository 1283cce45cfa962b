"""Trains the demo's language model (models/explain): a small Llama that turns a scored card transaction into sentences for an analyst.

    apt-get install python3-torch python3-numpy      # Debian 12: torch 1.13, CPU
    apt-get install libopenblas0-pthread             # many times faster than the reference BLAS
    dotnet run models/training/draw_explanations.cs -- build/train.jsonl 120000 1
    dotnet run models/training/draw_explanations.cs -- build/test.jsonl 1000 900001 frauds
    OMP_NUM_THREADS=1 /usr/bin/python3 models/training/train_explain.py build --minutes 28
    streaminfer models export build/checkpoint models/explain/1 --precision int8; cp build/metrics.json models/explain/1

Written to build/checkpoint as transformers writes a Llama: config.json, model.safetensors, tokenizer.json. The tokenizer is byte-level BPE over
words with their leading space; digits stand alone, so that numbers are copied digit by digit. The loss counts the explanation, not the prompt.
metrics.json has what the test set gives: sentences that are right where all before them are, and explanations that are right whole.
"""
import argparse
import collections
import json
import math
import pathlib
import re
import time

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

END, VOCABULARY, CONTEXT = "<|end|>", 768, 512
HIDDEN, LAYERS, HEADS, KV_HEADS, FEED_FORWARD = 128, 4, 4, 2, 384
HEAD = HIDDEN // HEADS
WORD = re.compile(r" ?[^\s\d]+|\d|\s")


def byte_alphabet():
    """GPT-2's: printable bytes are themselves, the others follow from 256 on."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [b for b in range(256) if b not in printable]
    return {**{b: chr(b) for b in printable}, **{b: chr(256 + i) for i, b in enumerate(others)}}


ALPHABET = byte_alphabet()


def spell(word):
    return tuple(ALPHABET[b] for b in word.encode())


class Tokenizer:
    def __init__(self, texts):
        words = collections.Counter(word for text in texts for word in WORD.findall(text))
        spelled = {word: spell(word) for word in words}
        tokens = [END] + [ALPHABET[b] for b in range(256)]
        self.merges = []
        while len(tokens) < VOCABULARY:
            pairs = collections.Counter()
            for word, pieces in spelled.items():
                for pair in zip(pieces, pieces[1:]):
                    pairs[pair] += words[word]
            if not pairs:
                break
            best = max(pairs, key=lambda pair: (pairs[pair], pair))
            self.merges.append(best)
            tokens.append("".join(best))
            spelled = {word: merge(pieces, best) for word, pieces in spelled.items()}
        self.ids = {token: i for i, token in enumerate(tokens)}
        self.words = {word: [self.ids[piece] for piece in pieces] for word, pieces in spelled.items()}

    def encode(self, text):
        return [token for word in WORD.findall(text) for token in self.encode_word(word)]

    def encode_word(self, word):
        if word not in self.words:
            pieces = spell(word)
            for pair in self.merges:
                pieces = merge(pieces, pair)
            self.words[word] = [self.ids[piece] for piece in pieces]
        return self.words[word]

    def save(self, path):
        end = dict(id=0, content=END, single_word=False, lstrip=False, rstrip=False, normalized=False, special=True)
        split = dict(type="Split", pattern={"Regex": WORD.pattern}, behavior="Isolated", invert=False)
        byte_level = dict(type="ByteLevel", add_prefix_space=False, trim_offsets=False, use_regex=False)
        path.write_text(json.dumps(dict(
            version="1.0", truncation=None, padding=None, added_tokens=[end], normalizer=None,
            pre_tokenizer=dict(type="Sequence", pretokenizers=[split, byte_level]), post_processor=None, decoder=byte_level,
            model=dict(type="BPE", dropout=None, unk_token=None, continuing_subword_prefix=None, end_of_word_suffix=None, fuse_unk=False,
                       byte_fallback=False, ignore_merges=False, vocab=self.ids, merges=[list(pair) for pair in self.merges])), ensure_ascii=False, indent=0))


def merge(pieces, pair):
    merged, i = [], 0
    while i < len(pieces):
        if pieces[i:i + 2] == pair:
            merged.append(pieces[i] + pieces[i + 1])
            i += 2
        else:
            merged.append(pieces[i])
            i += 1
    return tuple(merged)


class Norm(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(HIDDEN))

    def forward(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5) * self.weight


def linear(inputs, outputs):
    return nn.Linear(inputs, outputs, bias=False)


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.q_proj, self.o_proj = linear(HIDDEN, HIDDEN), linear(HIDDEN, HIDDEN)
        self.k_proj, self.v_proj = linear(HIDDEN, KV_HEADS * HEAD), linear(HIDDEN, KV_HEADS * HEAD)

    def forward(self, x, cos, sin, mask):
        n, t, _ = x.shape
        q = rotate(self.q_proj(x).view(n, t, HEADS, HEAD).transpose(1, 2), cos, sin)
        k = rotate(self.k_proj(x).view(n, t, KV_HEADS, HEAD).transpose(1, 2), cos, sin).repeat_interleave(HEADS // KV_HEADS, 1)
        v = self.v_proj(x).view(n, t, KV_HEADS, HEAD).transpose(1, 2).repeat_interleave(HEADS // KV_HEADS, 1)
        scores = (q @ k.transpose(2, 3)) / math.sqrt(HEAD) + mask
        return self.o_proj((scores.softmax(-1) @ v).transpose(1, 2).reshape(n, t, HIDDEN))


def rotate(x, cos, sin):
    first, second = x.chunk(2, -1)
    return x * cos + torch.cat([-second, first], -1) * sin


class Mlp(nn.Module):
    def __init__(self):
        super().__init__()
        self.gate_proj, self.up_proj, self.down_proj = linear(HIDDEN, FEED_FORWARD), linear(HIDDEN, FEED_FORWARD), linear(FEED_FORWARD, HIDDEN)

    def forward(self, x):
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.self_attn, self.mlp = Attention(), Mlp()
        self.input_layernorm, self.post_attention_layernorm = Norm(), Norm()

    def forward(self, x, cos, sin, mask):
        x = x + self.self_attn(self.input_layernorm(x), cos, sin, mask)
        return x + self.mlp(self.post_attention_layernorm(x))


class Llama(nn.Module):
    """Parameters have the names of transformers' LlamaModel; embedding and head are one matrix."""

    def __init__(self, vocabulary):
        super().__init__()
        self.embed_tokens = nn.Embedding(vocabulary, HIDDEN)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.norm = Norm()
        for name, weight in self.named_parameters():
            if weight.dim() == 2:
                nn.init.normal_(weight, std=0.04 / (math.sqrt(2 * LAYERS) if name.endswith(("o_proj.weight", "down_proj.weight")) else 1))
        angles = torch.outer(torch.arange(CONTEXT).float(), 10_000 ** (-torch.arange(0, HEAD, 2).float() / HEAD)).repeat(1, 2)
        self.cos, self.sin = angles.cos(), angles.sin()

    def forward(self, tokens):
        t = tokens.shape[1]
        mask = torch.full((t, t), -1e9).triu(1)
        x = self.embed_tokens(tokens)
        for layer in self.layers:
            x = layer(x, self.cos[:t], self.sin[:t], mask)
        return self.norm(x)

    def loss(self, tokens, counted):
        hidden = self(tokens[:, :-1])[counted[:, 1:]]
        return F.cross_entropy(hidden @ self.embed_tokens.weight.T, tokens[:, 1:][counted[:, 1:]])


def read(path):
    return [json.loads(line) for line in open(path)]


def encode(tokenizer, examples):
    return [(tokenizer.encode(e["prompt"]), tokenizer.encode(e["text"]) + [0]) for e in examples]


def pad(batch):
    length = max(len(p) + len(t) for p, t in batch)
    tokens = torch.zeros(len(batch), length, dtype=torch.long)
    counted = torch.zeros(len(batch), length, dtype=torch.bool)
    for i, (prompt, text) in enumerate(batch):
        end = len(prompt) + len(text)
        tokens[i, :end] = torch.tensor(prompt + text)
        counted[i, len(prompt):end] = True
    return tokens, counted


def batches(examples, random, size):
    """Each example once, those of a batch of similar length."""
    order = random.permutation(len(examples))
    for group in np.array_split(order, max(1, len(order) // (20 * size))):
        group = sorted(group, key=lambda i: sum(map(len, examples[i])))
        for at in random.permutation(len(group) // size) * size:
            yield [examples[i] for i in group[at:at + size]]


def train(model, examples, minutes, keep, batch_size=32, rate=2e-3):
    decayed = [p for p in model.parameters() if p.dim() == 2]
    others = [p for p in model.parameters() if p.dim() != 2]
    optimizer = torch.optim.AdamW([dict(params=decayed, weight_decay=0.05), dict(params=others, weight_decay=0)], lr=rate, betas=(0.9, 0.98))
    start, step, seen = time.process_time(), 0, 0
    random = np.random.default_rng(1)
    while True:
        for batch in batches(examples, random, batch_size):
            done = (time.process_time() - start) / (60 * minutes)
            if done >= 1:
                return step, seen
            for group in optimizer.param_groups:
                group["lr"] = rate * min(1, (step + 1) / 150) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * done)))
            tokens, counted = pad(batch)
            loss = model.loss(tokens, counted)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1)
            optimizer.step()
            step, seen = step + 1, seen + batch_size
            if step % 100 == 0:
                print(f"step {step} loss {loss.item():.4f} at {done:.1%}", flush=True)
            if step % 400 == 0:
                keep()


def evaluate(model, tokenizer, examples, test):
    """Under teacher forcing: a sentence is right where each of its tokens is the most likely one. An explanation that is right whole is what greedy decoding gives."""
    kinds, whole = collections.defaultdict(lambda: [0, 0]), 0
    with torch.no_grad():
        for example, (prompt, text) in zip(examples, test):
            tokens = torch.tensor([prompt + text])
            best = (model(tokens[:, :-1])[0, len(prompt) - 1:] @ model.embed_tokens.weight.T).argmax(-1).tolist()
            hits, at = [a == b for a, b in zip(best, text)], 0
            whole += all(hits)
            for sentence in re.split(r"(?<=\.) (?=[A-Z])", example["text"]):
                size = len(tokenizer.encode(sentence if at == 0 else " " + sentence))
                kind = kinds[kind_of(sentence)]
                kind[0] += all(hits[at:at + size])
                kind[1] += 1
                at += size
    sentences = {kind: dict(right=right, of=of) for kind, (right, of) in sorted(kinds.items())}
    return dict(explanations=len(test), exact=whole / len(test), sentences=sentences)


def kind_of(sentence):
    for start, kind in (("Declined", "score"), ("The amount", "amount"), ("Paid", "place"), ("From", "speed"), ("It is", "distance"), ("The card was used", "velocity"),
                        ("It happened", "night"), ("The card was never", "new_shop"), ("In the last", "shop_fraud")):
        if sentence.startswith(start):
            return kind
    raise ValueError(sentence)


def save(model, tokenizer, folder):
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(folder / "tokenizer.json")
    (folder / "config.json").write_text(json.dumps(dict(
        model_type="llama", architectures=["LlamaForCausalLM"], hidden_size=HIDDEN, intermediate_size=FEED_FORWARD, num_hidden_layers=LAYERS,
        num_attention_heads=HEADS, num_key_value_heads=KV_HEADS, head_dim=HEAD, vocab_size=len(tokenizer.ids), max_position_embeddings=CONTEXT,
        rms_norm_eps=1e-5, rope_theta=10000.0, tie_word_embeddings=True, hidden_act="silu", eos_token_id=0), indent=2))
    header, data = {}, b""
    for name, weight in model.state_dict().items():
        raw = weight.numpy().astype("<f4").tobytes()
        header["model." + name] = dict(dtype="F32", shape=list(weight.shape), data_offsets=[len(data), len(data) + len(raw)])
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    (folder / "model.safetensors").write_bytes(len(text).to_bytes(8, "little") + text + data)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--minutes", type=float, default=28, help="processor time")
    options = parser.parse_args()
    torch.manual_seed(1)
    torch.set_num_threads(1)
    examples, held_out = read(options.build / "train.jsonl"), read(options.build / "test.jsonl")
    tokenizer = Tokenizer(e[part] for e in examples[:20_000] for part in ("prompt", "text"))
    encoded, test = encode(tokenizer, examples), encode(tokenizer, held_out)
    model = Llama(len(tokenizer.ids))
    parameters = sum(p.numel() for p in model.parameters())
    lengths = [np.mean([len(part) for part in parts]) for parts in zip(*encoded)]
    print(f"{parameters} parameters, {len(tokenizer.ids)} tokens, prompt {lengths[0]:.0f} and text {lengths[1]:.0f} tokens in the mean", flush=True)
    steps, seen = train(model, encoded, options.minutes, lambda: save(model, tokenizer, options.build / "checkpoint"))
    metrics = dict(parameters=parameters, vocabulary=len(tokenizer.ids), steps=steps, examples_seen=seen, **evaluate(model, tokenizer, held_out, test))
    save(model, tokenizer, options.build / "checkpoint")
    (options.build / "metrics.json").write_text(json.dumps(metrics, indent=2) + "\n")
    print(json.dumps(metrics))


main()
