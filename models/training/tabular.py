"""Features of a model.yaml, computed as the runtime computes them, and model folders written from them.

A description is the list under inputs[0].features. Arithmetic is double; the tensor is float32.
"""
import json
import math
import pathlib

import numpy as np


def read_records(lines, fields):
    """Columns of JSON records (flat objects)."""
    rows = [json.loads(line) for line in lines]
    return {field: np.array([row[field] for row in rows]) for field in fields}


def fields_of(features):
    return sorted({feature["field"][1:] for feature in features})


def matrix(records, features):
    """Float32 [N, k], the columns in the order of the description."""
    columns = [column for feature in features for column in feature_columns(records, feature)]
    return np.stack(columns, axis=1).astype(np.float32)


def names(features):
    """One name per tensor column."""
    result = []
    for feature in features:
        field = feature["field"][1:]
        if feature.get("transform") == "one_hot":
            result += [f"{field}={value}" for value in feature["values"]] + [f"{field}=?"]
        else:
            result.append(field)
    return result


def feature_columns(records, feature):
    values = records[feature["field"][1:]]
    transform = feature.get("transform")
    if transform == "ordinal":
        position = {value: i for i, value in enumerate(feature["values"])}
        return [np.array([position.get(value, feature["unknown"]) for value in values], dtype=np.float64)]
    if transform == "one_hot":
        known = [(values == value).astype(np.float64) for value in feature["values"]]
        return known + [1.0 - sum(known)]
    values = values.astype(np.float64)
    for step in steps_of(feature):
        if "log1p" in step:
            values = np.log1p(values)
        else:
            values = (values - step["standardize"]["mean"]) / step["standardize"]["std"]
    return [values]


def steps_of(feature):
    """The numeric steps of either form: a list under transforms, or one transform with its parameters beside it."""
    if "transforms" in feature:
        return [{step: {}} if isinstance(step, str) else step for step in feature["transforms"]]
    return [{feature["transform"]: feature}] if "transform" in feature else []


def with_standardize(records, field, logarithm):
    """A feature whose mean and deviation are those of the given (training) records."""
    values = records[field].astype(np.float64)
    if logarithm:
        values = np.log1p(values)
    scale = {"mean": round(float(values.mean()), 6), "std": round(float(values.std()), 6)}
    if logarithm:
        return {"field": f"/{field}", "transforms": ["log1p", {"standardize": scale}]}
    return {"field": f"/{field}", "transform": "standardize", **scale}


def write_description(path, name, version, features, thresholds, about, declined=()):
    lines = [f"# {line}" for line in about]
    lines += [
        f"name: {name}",
        f"version: {version}",
        "kind: tabular",
        "file: model.onnx",
        "providers: [cuda, cpu]",
        "max_batch_size: 4096",
        "inputs:",
        "  - tensor: features",
        "    features:",
    ]
    lines += [f"      - {flow(feature)}" for feature in features]
    lines += [
        "outputs:",
        "  score: { tensor: score, column: 0 }",
        "decision:",
        "  thresholds:",
        f"    - {{ at: {thresholds['decline']}, name: decline }}",
        f"    - {{ at: {thresholds['review']}, name: review }}",
        "  otherwise: approve",
        *passthrough(declined),
        "latency: true",
    ]
    path.write_text("\n".join(lines) + "\n")


def passthrough(declined):
    """The fields of every result, and those that a declined one has besides."""
    if not declined:
        return ["passthrough: [/transaction_id, /seq]"]
    return ["passthrough:", "  - /transaction_id", "  - /seq", "  # What an explanation of the decline is made of (topics/explain).", "  - when: decline", "    fields:",
            *[f"      - /{field}" for field in declined]]


def flow(value):
    """YAML in one line."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key}: {flow(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(flow(item) for item in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def shortest(score):
    """The float32 score, in the shortest text that reads back to it."""
    return float(np.format_float_positional(np.float32(score), unique=True, trim="0"))


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def report(labels, scores, thresholds, scenarios=None):
    """Quality of scores on one span of time."""
    from sklearn.metrics import average_precision_score, roc_auc_score

    declined = scores >= thresholds["decline"]
    alerted = scores >= thresholds["review"]
    fraud = labels == 1
    figures = {
        "rows": int(labels.size),
        "frauds": int(fraud.sum()),
        "auprc": round(float(average_precision_score(labels, scores)), 4),
        "roc_auc": round(float(roc_auc_score(labels, scores)), 4),
        "declined": round(float(declined.mean()), 5),
        "declined_precision": round(float((declined & fraud).sum() / max(1, declined.sum())), 4),
        "declined_recall": round(float((declined & fraud).sum() / fraud.sum()), 4),
        "alerted": round(float(alerted.mean()), 5),
        "alerted_precision": round(float((alerted & fraud).sum() / max(1, alerted.sum())), 4),
        "alerted_recall": round(float((alerted & fraud).sum() / fraud.sum()), 4),
    }
    if scenarios is not None:
        kinds = sorted(set(scenarios[fraud]))
        figures["alerted_recall_by_scenario"] = {kind: round(float(alerted[scenarios == kind].mean()), 3) for kind in kinds}
    return figures


def choose_thresholds(labels, scores, precision, alerts):
    """Decline where at least this share is fraud; review what is left of this share of all transactions."""
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(labels[order]) / np.arange(1, labels.size + 1)
    last = int(np.max(np.nonzero(hits >= precision)[0]))
    decline = math.ceil(float(scores[order[last]]) * 1000) / 1000
    review = math.ceil(float(np.quantile(scores, 1 - alerts)) * 1000) / 1000
    return {"decline": decline, "review": min(review, decline)}


def write_golden(path, inputs, scores):
    with pathlib.Path(path).open("w") as output:
        for line, score in zip(inputs, scores):
            output.write('{"input":%s,"output":{"score":%s}}\n' % (line, shortest(score)))
