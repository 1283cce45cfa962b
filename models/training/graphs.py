"""ONNX graphs written node by node: float32 `features` [batch, k] in, float32 `score` [batch, 1] out. Opset 13, IR 7."""
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 13
IR = 7


def save(nodes, initializers, width, path, domain_ml=False):
    opsets = [helper.make_opsetid("", OPSET)] + ([helper.make_opsetid("ai.onnx.ml", 1)] if domain_ml else [])
    graph = helper.make_graph(
        nodes,
        "fraud",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["batch", width])],
        [helper.make_tensor_value_info("score", TensorProto.FLOAT, ["batch", 1])],
        initializers,
    )
    model = helper.make_model(graph, opset_imports=opsets, producer_name="streaminference", ir_version=IR)
    onnx.checker.check_model(model)
    onnx.save(model, path)


def float_at_most(threshold):
    """The largest float32 at most a double: x <= it is x <= the double for every float32 x."""
    value = np.float32(threshold)
    return float(np.nextafter(value, np.float32(-np.inf)) if float(value) > threshold else value)


def save_boosted_trees(classifier, width, path):
    """A scikit-learn HistGradientBoostingClassifier of two classes, trained without missing values."""
    keys = ["treeids", "nodeids", "featureids", "values", "modes", "truenodeids", "falsenodeids"]
    nodes = {f"nodes_{key}": [] for key in keys}
    targets = {f"target_{key}": [] for key in ["treeids", "nodeids", "ids", "weights"]}
    for tree, (predictor,) in enumerate(classifier._predictors):
        for index, node in enumerate(predictor.nodes):
            leaf = bool(node["is_leaf"])
            row = [tree, index, 0 if leaf else int(node["feature_idx"]), 0.0 if leaf else float_at_most(node["num_threshold"]),
                   "LEAF" if leaf else "BRANCH_LEQ", 0 if leaf else int(node["left"]), 0 if leaf else int(node["right"])]
            for key, value in zip(keys, row):
                nodes[f"nodes_{key}"].append(value)
            if leaf:
                for key, value in zip(["treeids", "nodeids", "ids", "weights"], [tree, index, 0, float(node["value"])]):
                    targets[f"target_{key}"].append(value)
    trees = helper.make_node(
        "TreeEnsembleRegressor", ["features"], ["margin"], domain="ai.onnx.ml", n_targets=1,
        base_values=[float(np.ravel(classifier._baseline_prediction)[0])], aggregate_function="SUM", post_transform="NONE",
        **nodes, **targets)
    save([trees, helper.make_node("Sigmoid", ["margin"], ["score"])], [], width, path, domain_ml=True)


def save_mlp(layers, path):
    """Dense layers as (weight [in, out], bias [out]), ReLU between them and a sigmoid at the end."""
    nodes, initializers, value = [], [], "features"
    for i, (weight, bias) in enumerate(layers):
        initializers += [numpy_helper.from_array(weight.astype(np.float32), f"w{i}"), numpy_helper.from_array(bias.astype(np.float32), f"b{i}")]
        nodes.append(helper.make_node("Gemm", [value, f"w{i}", f"b{i}"], [f"z{i}"]))
        last = i + 1 == len(layers)
        value = "score" if last else f"a{i}"
        nodes.append(helper.make_node("Sigmoid" if last else "Relu", [f"z{i}"], [value]))
    save(nodes, initializers, layers[0][0].shape[0], path)
