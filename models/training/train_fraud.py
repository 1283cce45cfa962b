"""Trains models/fraud: version 1 (boosted trees) and version 2 (a small network) on simulated transactions.

    dotnet run -c Release models/training/simulate.cs -- 1 0 1225000 > population1.jsonl
    dotnet run -c Release models/training/simulate.cs -- 2 0 300000 > population2.jsonl
    dotnet run -c Release models/training/simulate.cs -- 3 0 12000 > golden.jsonl
    python3 models/training/train_fraud.py population1.jsonl population2.jsonl golden.jsonl
"""
import itertools
import json
import pathlib
import sys

import numpy as np
import torch
from sklearn.ensemble import HistGradientBoostingClassifier

import graphs
import tabular

ROOT = pathlib.Path(__file__).resolve().parent.parent / "fraud"
TRAIN, VALIDATION, GAP, TEST = 700_000, 150_000, 75_000, 300_000
CATEGORIES = ["grocery", "restaurant", "fuel", "pharmacy", "clothing", "electronics",
              "travel", "entertainment", "digital_goods", "home", "jewelry", "transport"]
LOGARITHMIC = ["amount", "card_tx_count_1h", "card_tx_count_24h", "card_tx_count_7d", "card_cnp_count_24h", "card_amount_sum_24h",
               "card_amount_mean_7d", "card_amount_mean_28d", "amount_to_card_mean", "seconds_since_last_tx", "distance_from_home_km",
               "distance_from_last_km", "speed_kmh", "terminal_tx_count_24h"]
LINEAR = ["terminal_fraud_rate_28d", "terminal_fraud_rate_7d", "hour", "weekday"]
FLAGS = ["known_terminal", "foreign"]
FIELDS = LOGARITHMIC + LINEAR + FLAGS + ["channel", "merchant_category", "is_fraud", "scenario"]
CHANNEL = {"field": "/channel", "transform": "ordinal", "values": ["CP", "CNP"], "unknown": -1}

EXPLAINED = [
    "amount", "currency", "merchant_category", "channel", "country", "card_country", "hour", "card_tx_count_1h", "card_amount_mean_28d",
    "amount_to_card_mean", "distance_from_home_km", "speed_kmh", "known_terminal", "terminal_fraud_rate_7d",
]


def tree_features():
    numbers = [{"field": f"/{field}"} for field in LOGARITHMIC + LINEAR + FLAGS]
    return numbers + [CHANNEL, {"field": "/merchant_category", "transform": "ordinal", "values": CATEGORIES, "unknown": -1}]


def network_features(records):
    numbers = [tabular.with_standardize(records, field, field in LOGARITHMIC) for field in LOGARITHMIC + LINEAR]
    category = {"field": "/merchant_category", "transform": "one_hot", "values": CATEGORIES, "unknown_bucket": True}
    return numbers + [{"field": f"/{field}"} for field in FLAGS] + [CHANNEL, category]


def train_trees(x, y):
    model = HistGradientBoostingClassifier(
        max_iter=90, learning_rate=0.1, max_leaf_nodes=24, min_samples_leaf=150, l2_regularization=2.0, early_stopping=False, random_state=1)
    return model.fit(x, y)


def train_network(x, y, epochs=12, batch=1024):
    torch.manual_seed(1)
    net = torch.nn.Sequential(torch.nn.Linear(x.shape[1], 48), torch.nn.ReLU(), torch.nn.Linear(48, 24), torch.nn.ReLU(), torch.nn.Linear(24, 1))
    x, y = torch.from_numpy(x), torch.from_numpy(y.astype(np.float32))[:, None]
    steps = epochs * (len(x) // batch)
    optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=steps)
    for _ in range(epochs):
        order = torch.randperm(len(x))
        for i in range(len(x) // batch):
            rows = order[i * batch:(i + 1) * batch]
            optimizer.zero_grad()
            torch.nn.functional.binary_cross_entropy_with_logits(net(x[rows]), y[rows]).backward()
            optimizer.step()
            schedule.step()
    return [(layer.weight.detach().numpy().T, layer.bias.detach().numpy()) for layer in net if isinstance(layer, torch.nn.Linear)]


def run_network(layers, x):
    for i, (weight, bias) in enumerate(layers):
        x = x @ weight + bias
        x = np.maximum(x, 0) if i + 1 < len(layers) else x
    return tabular.sigmoid(x[:, 0].astype(np.float64))


def golden_lines(path):
    """The first 100 records and the first 50 frauds after them, without their labels."""
    lines = path.read_text().splitlines()
    frauds = itertools.islice((line for line in lines[100:] if '"is_fraud":true' in line), 50)
    return [line[:line.index(',"is_fraud"')] + "}" for line in lines[:100] + list(frauds)]


def finish(version, features, score, spans, golden, about):
    folder = ROOT / str(version)
    labels = {name: records["is_fraud"].astype(int) for name, records in spans.items()}
    scores = {name: score(tabular.matrix(records, features)) for name, records in spans.items()}
    thresholds = tabular.choose_thresholds(labels["validation"], scores["validation"], precision=0.9, alerts=0.008)
    metrics = {name: tabular.report(labels[name], scores[name], thresholds, spans[name]["scenario"]) for name in ("test", "other_population")}
    tabular.write_description(folder / "model.yaml", "fraud", version, features, thresholds, about, EXPLAINED)
    records = tabular.read_records(golden, tabular.fields_of(features))
    tabular.write_golden(folder / "golden.jsonl", golden, score(tabular.matrix(records, features)))
    (folder / "metrics.json").write_text(json.dumps({"thresholds": thresholds, **metrics}, indent=2) + "\n")
    print(version, thresholds, json.dumps(metrics, indent=1))


def main():
    with open(sys.argv[1]) as lines:
        train = tabular.read_records(itertools.islice(lines, TRAIN), FIELDS)
        validation = tabular.read_records(itertools.islice(lines, VALIDATION), FIELDS)
        test = tabular.read_records(itertools.islice(lines, GAP, GAP + TEST), FIELDS)
    with open(sys.argv[2]) as lines:
        other = tabular.read_records(lines, FIELDS)
    golden = golden_lines(pathlib.Path(sys.argv[3]))
    spans = {"validation": validation, "test": test, "other_population": other}
    labels = train["is_fraud"].astype(int)
    for version in (1, 2):
        (ROOT / str(version)).mkdir(parents=True, exist_ok=True)

    features = tree_features()
    trees = train_trees(tabular.matrix(train, features), labels)
    graphs.save_boosted_trees(trees, len(tabular.names(features)), ROOT / "1" / "model.onnx")
    finish(1, features, lambda x: trees.predict_proba(x)[:, 1], spans, golden,
           ["Boosted trees over simulated card transactions; see ../README.md. Written by models/training/train_fraud.py."])

    features = network_features(train)
    layers = train_network(tabular.matrix(train, features), labels)
    graphs.save_mlp(layers, ROOT / "2" / "model.onnx")
    finish(2, features, lambda x: run_network(layers, x), spans, golden,
           ["A small network over simulated card transactions, the candidate to version 1; see ../README.md.",
            "Written by models/training/train_fraud.py."])


if __name__ == "__main__":
    main()
