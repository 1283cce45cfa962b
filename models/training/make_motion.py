#!/usr/bin/python3
"""Writes models/motion/1/model.onnx: how much a frame differs from its camera's background, a mean over the frames before that is carried along.

    python3 models/training/make_motion.py
"""
import pathlib

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 13
IR = 7
HEIGHT, WIDTH = 24, 32
SLOWEST = 0.05  # the least that a frame counts in the background
HALF = 0.02     # the mean change at which still and moving are even


def constant(name, values, kind=np.float32):
    return numpy_helper.from_array(np.array(values, dtype=kind), name)


def nodes():
    make = helper.make_node
    return [
        make("ReduceMean", ["frames"], ["gray"], axes=[1], keepdims=1),
        make("Add", ["seen", "one"], ["seen_next"]),
        # The mean of all frames at first, later one that forgets.
        make("Div", ["one", "seen_next"], ["share"]),
        make("Max", ["share", "slowest"], ["rate"]),
        make("Reshape", ["rate", "pixelwise"], ["rate_of_pixels"]),
        make("Sub", ["gray", "background"], ["difference"]),
        make("Mul", ["rate_of_pixels", "difference"], ["step"]),
        make("Add", ["background", "step"], ["background_next"]),
        make("Abs", ["difference"], ["distance"]),
        make("ReduceMean", ["distance"], ["change"], axes=[1, 2, 3], keepdims=0),
        make("Reshape", ["change", "column"], ["change_of_frames"]),
        # The first frame of a camera has nothing to differ from.
        make("Min", ["seen", "one"], ["known"]),
        make("Mul", ["known", "change_of_frames"], ["motion"]),
        make("Add", ["motion", "half"], ["scale"]),
        make("Div", ["motion", "scale"], ["moving"]),
        make("Sub", ["one", "moving"], ["still"]),
        make("Concat", ["still", "moving"], ["scores"], axis=1),
    ]


def main():
    value = helper.make_tensor_value_info
    background = [1, HEIGHT, WIDTH]
    graph = helper.make_graph(
        nodes(),
        "motion",
        [value("frames", TensorProto.FLOAT, ["batch", 3, HEIGHT, WIDTH]), value("background", TensorProto.FLOAT, ["batch", *background]), value("seen", TensorProto.FLOAT, ["batch", 1])],
        [value("scores", TensorProto.FLOAT, ["batch", 2]), value("background_next", TensorProto.FLOAT, ["batch", *background]), value("seen_next", TensorProto.FLOAT, ["batch", 1])],
        [constant("one", [1]), constant("slowest", [SLOWEST]), constant("half", [HALF]),
         constant("pixelwise", [-1, 1, 1, 1], np.int64), constant("column", [-1, 1], np.int64)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="streaminference", ir_version=IR)
    onnx.checker.check_model(model, full_check=True)
    target = pathlib.Path(__file__).resolve().parents[1] / "motion" / "1" / "model.onnx"
    target.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, target)
    print(f"{target}: {target.stat().st_size} bytes")


if __name__ == "__main__":
    main()
