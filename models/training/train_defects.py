"""Trains the demo detector (models/defects) on frames of the parts camera and writes it as ONNX, with its figures and a golden file.

    apt-get install python3-torch python3-onnx python3-numpy      # Debian 12: torch 1.13, CPU
    dotnet run models/training/draw_frames.cs -- build/train 5000 1
    dotnet run models/training/draw_frames.cs -- build/test 500 900001
    dotnet run models/training/draw_frames.cs -- build/golden 16 950001
    /usr/bin/python3 models/training/train_defects.py build models/defects/1 --cpu-minutes 8

The graph's output is what YOLOX exports without decode_in_inference: [N, 768, 8], per cell of a 32 x 24 grid of stride 8 the raw
box (x, y, log w, log h), the objectness and three class scores (sigmoids). The cameras of the three sets are different ones.
golden.jsonl has, for each frame of the golden set, the camera's seed, the frame's number and what torch found, in the frame's pixels.
"""
import argparse
import csv
import json
import time

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

WIDTH, HEIGHT, STRIDE, CLASSES = 256, 192, 8, ["scratch", "dent", "stain"]
FRAME_WIDTH, FRAME_HEIGHT = 320, 240
COLUMNS, ROWS = WIDTH // STRIDE, HEIGHT // STRIDE


def block(inputs, outputs, stride=1, groups=1):
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, 1, groups=groups, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))


class Residual(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.body = block(channels, channels)

    def forward(self, x):
        return x + self.body(x)


class Detector(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            block(3, 16, 2), block(16, 32, 2), block(32, 32, 1, 8), block(32, 48, 2), Residual(48), Residual(48), Residual(48))
        self.box = nn.Conv2d(48, 4, 1)
        self.obj = nn.Conv2d(48, 1, 1)
        self.cls = nn.Conv2d(48, len(CLASSES), 1)
        nn.init.constant_(self.obj.bias, -4.6)

    def forward(self, x):
        x = self.body(x)
        return torch.cat([self.box(x), self.obj(x), self.cls(x)], 1).flatten(2).transpose(1, 2)


class Exported(nn.Module):
    def __init__(self, detector):
        super().__init__()
        self.detector = detector

    def forward(self, frames):
        raw = self.detector(frames)
        return torch.cat([raw[..., :4], raw[..., 4:].sigmoid()], 2)


def load(path):
    frames = np.memmap(path + ".rgb", np.uint8, "r").reshape(-1, FRAME_HEIGHT, FRAME_WIDTH, 3)
    small = torch.empty((len(frames), 3, HEIGHT, WIDTH), dtype=torch.uint8)
    for i in range(0, len(frames), 50):
        part = torch.from_numpy(np.array(frames[i:i + 50])).permute(0, 3, 1, 2).float()
        small[i:i + 50] = F.interpolate(part, (HEIGHT, WIDTH), mode="bilinear", antialias=True, align_corners=False).round().clamp(0, 255).byte()
    boxes = [[] for _ in frames]
    for frame, kind, *corners in csv.reader(open(path + ".csv")):
        x0, y0, x1, y1 = (float(v) for v in corners)
        sx, sy = WIDTH / FRAME_WIDTH, HEIGHT / FRAME_HEIGHT
        boxes[int(frame)].append((int(kind), x0 * sx, y0 * sy, x1 * sx, y1 * sy))
    return small, boxes


def normalize(frames):
    return (frames.float() - 96) / 64


def targets(batch_boxes):
    """Per cell: is there a defect, which box, which class. A defect belongs to the cells whose middle is within a stride of its own."""
    n = len(batch_boxes)
    obj = torch.zeros(n, ROWS * COLUMNS)
    box = torch.zeros(n, ROWS * COLUMNS, 4)
    cls = torch.zeros(n, ROWS * COLUMNS, len(CLASSES))
    for i, found in enumerate(batch_boxes):
        for kind, x0, y0, x1, y1 in found:
            cx, cy = (x0 + x1) / 2, (y0 + y1) / 2
            for row in range(max(0, int(cy / STRIDE) - 1), min(ROWS, int(cy / STRIDE) + 2)):
                for column in range(max(0, int(cx / STRIDE) - 1), min(COLUMNS, int(cx / STRIDE) + 2)):
                    if max(abs((column + 0.5) * STRIDE - cx), abs((row + 0.5) * STRIDE - cy)) > STRIDE:
                        continue
                    cell = row * COLUMNS + column
                    obj[i, cell] = 1
                    box[i, cell] = torch.tensor([x0, y0, x1, y1])
                    cls[i, cell] = 0
                    cls[i, cell, kind] = 1
    return obj, box, cls


def decode(raw):
    cell = torch.arange(ROWS * COLUMNS)
    grid = torch.stack([cell % COLUMNS, cell // COLUMNS], 1).float()
    middle = (raw[..., :2] + grid) * STRIDE
    half = raw[..., 2:4].clamp(max=4).exp() * STRIDE / 2
    return torch.cat([middle - half, middle + half], -1)


def iou(a, b):
    overlap = (torch.minimum(a[..., 2:], b[..., 2:]) - torch.maximum(a[..., :2], b[..., :2])).clamp(min=0).prod(-1)
    area = lambda box: (box[..., 2] - box[..., 0]) * (box[..., 3] - box[..., 1])
    return overlap / (area(a) + area(b) - overlap + 1e-6)


def loss_of(raw, obj, box, cls):
    positive = obj > 0
    count = positive.sum().clamp(min=1)
    overlap = iou(decode(raw)[positive], box[positive])
    loss_obj = F.binary_cross_entropy_with_logits(raw[..., 4], obj, reduction="sum") / count
    loss_cls = F.binary_cross_entropy_with_logits(raw[..., 5:][positive], cls[positive], reduction="sum") / count
    return loss_obj + loss_cls + 3 * (1 - overlap).sum() / count


def mirrored(frames, boxes):
    """Half of the batches mirrored, each with another exposure."""
    if np.random.rand() < 0.5:
        frames, boxes = frames.flip(3), [[(k, WIDTH - x1, y0, WIDTH - x0, y1) for k, x0, y0, x1, y1 in found] for found in boxes]
    return (frames.float() * (0.85 + 0.3 * np.random.rand())).clamp(0, 255), boxes


def detections(raw, threshold=0.35, nms=0.45):
    scores = raw[:, 4:5] * raw[:, 5:]
    best, kind = scores.max(1)
    order = [i for i in best.argsort(descending=True).tolist() if best[i] > threshold]
    boxes, kept = decode(raw), []
    for i in order:
        if all(kind[i] != kind[j] or iou(boxes[i], boxes[j]) < nms for j in kept):
            kept.append(i)
    return [(kind[i].item(), boxes[i], best[i].item()) for i in kept]


@torch.no_grad()
def evaluate(model, frames, boxes):
    """Precision and recall per class at IoU 0.5 and a score of 0.35."""
    model.eval()
    hits, found, true = np.zeros(3), np.zeros(3), np.zeros(3)
    for start in range(0, len(frames), 50):
        for raw, expected in zip(model(normalize(frames[start:start + 50])), boxes[start:start + 50]):
            open_boxes = list(expected)
            for kind, *_ in expected:
                true[kind] += 1
            for kind, box, _ in detections(raw):
                found[kind] += 1
                match = [b for b in open_boxes if b[0] == kind and iou(box, torch.tensor(b[1:])) > 0.5]
                if match:
                    hits[kind] += 1
                    open_boxes.remove(match[0])
    return {name: (round(hits[k] / max(found[k], 1), 3), round(hits[k] / max(true[k], 1), 3), int(true[k])) for k, name in enumerate(CLASSES)}


@torch.no_grad()
def write_golden(model, frames, path, first_seed):
    scale = torch.tensor([FRAME_WIDTH / WIDTH, FRAME_HEIGHT / HEIGHT] * 2)
    with open(path, "w") as golden:
        for i, raw in enumerate(model(normalize(frames))):
            found = [{"label": CLASSES[kind], "score": round(score, 4), "box": [round(v, 2) for v in (box * scale).tolist()]}
                     for kind, box, score in detections(raw)]
            golden.write(json.dumps({"seed": first_seed + i, "frame": i, "detections": found}) + "\n")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("frames", help="the folder of the drawn frames: train, test and golden, .rgb and .csv each")
    parser.add_argument("output", help="the model's folder")
    parser.add_argument("--cpu-minutes", type=float, default=8)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(1)
    np.random.seed(1)
    frames, boxes = load(arguments.frames + "/train")
    detector = Detector()
    optimizer = torch.optim.AdamW(detector.parameters(), 2e-3, weight_decay=1e-4)
    budget, began, seen = arguments.cpu_minutes * 60, time.process_time(), 0
    while (spent := (time.process_time() - began) / budget) < 1:
        for group in optimizer.param_groups:
            group["lr"] = 3e-3 * min(1, seen / 2000 + 0.05) * (0.5 + 0.5 * np.cos(np.pi * spent)) + 2e-5
        detector.train()
        pick = np.random.randint(0, len(frames), 24)
        batch, expected = mirrored(frames[pick], [boxes[i] for i in pick])
        loss = loss_of(detector(normalize(batch)), *targets(expected))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        seen += len(pick)
        if seen % 2400 == 0:
            print(f"{seen} frames, {spent:.0%} of the time, loss {loss.item():.3f}", flush=True)
    detector.eval()
    exported = Exported(detector).eval()
    torch.onnx.export(
        exported, torch.zeros(2, 3, HEIGHT, WIDTH), arguments.output + "/model.onnx", opset_version=13, input_names=["frames"], output_names=["cells"],
        dynamic_axes={"frames": {0: "batch"}, "cells": {0: "batch"}})
    write_golden(exported, load(arguments.frames + "/golden")[0], arguments.output + "/golden.jsonl", 950001)
    metrics = evaluate(exported, *load(arguments.frames + "/test"))
    print(f"{seen} frames seen; test precision, recall, defects: {metrics}")


if __name__ == "__main__":
    main()
