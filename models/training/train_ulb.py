"""Trains models/fraud_ulb on real card transactions (ULB Machine Learning Group, principal components V1..V28).

    python3 models/training/train_ulb.py shared/data/fraud/ulb_creditcard_subset.csv

Rows are in order of time: the first 60 % train, the next 10 % choose the thresholds, the last 30 % test.
"""
import csv
import json
import pathlib
import sys

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

import graphs
import tabular

ROOT = pathlib.Path(__file__).resolve().parent.parent / "fraud_ulb"
FEATURES = [{"field": f"/V{i}"} for i in range(1, 29)] + [{"field": "/Amount"}]


def main():
    with open(sys.argv[1], newline="") as rows:
        table = list(csv.DictReader(rows))
    records = {name: np.array([float(row[name]) for row in table]) for name in table[0]}
    assert np.all(np.diff(records["Time"]) >= 0)
    labels = records["Class"].astype(int)
    x = tabular.matrix(records, FEATURES)
    train_end, test_start = len(table) * 60 // 100, len(table) * 70 // 100

    model = HistGradientBoostingClassifier(
        max_iter=80, learning_rate=0.08, max_leaf_nodes=12, min_samples_leaf=15, l2_regularization=5.0, early_stopping=False, random_state=1)
    model.fit(x[:train_end], labels[:train_end])
    scores = model.predict_proba(x)[:, 1]

    folder = ROOT / "1"
    folder.mkdir(parents=True, exist_ok=True)
    graphs.save_boosted_trees(model, len(FEATURES), folder / "model.onnx")
    thresholds = tabular.choose_thresholds(labels[train_end:test_start], scores[train_end:test_start], precision=0.95, alerts=0.03)
    tabular.write_description(folder / "model.yaml", "fraud_ulb", 1, FEATURES, thresholds, [
        "Boosted trees over the ULB card transactions; see ../README.md. Written by models/training/train_ulb.py."])
    with (folder / "golden.jsonl").open("w") as golden:
        for row in range(test_start, len(table)):
            golden.write('{"row":%d,"score":%s}\n' % (row, tabular.shortest(scores[row])))
    test = tabular.report(labels[test_start:], scores[test_start:], thresholds)
    (folder / "metrics.json").write_text(json.dumps({"thresholds": thresholds, "test": test}, indent=2) + "\n")
    print(thresholds, json.dumps(test, indent=1))


if __name__ == "__main__":
    main()
