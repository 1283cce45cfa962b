namespace StreamInference.Onnx.Tests.Tabular;

/// <summary>The descriptions of the models in shared/data/tabular, a few lines each.</summary>
internal static class GoldenModels
{
    private const string Head = """
        name: {0}
        version: 1
        kind: tabular
        max_batch_size: 128

        """;

    private const string UlbInput = "features: [\"/Time\", \"/V{1..28}\", /Amount] }";
    private const string DerivedInput = "inputs: [ { tensor: input, features: [\"/V{1..28}\", /AmountLog, /TimeOfDay] } ]\noutputs: { score: { tensor: score } }";

    internal static readonly IReadOnlyDictionary<string, string> Bodies = new Dictionary<string, string>
    {
        ["autoencoder"] = """
            inputs: [ { tensor: x, fields: ["/V{1..28}"] } ]
            outputs:
              score: { tensor: reconstruction, reconstruction_of: x }
              reconstruction: { tensor: reconstruction }
            """,
        ["columns_mixed"] = """
            inputs: [ { columns: [/Time, /Amount, /V1, /V3, /V4, /V7, /V10, /V11, /V12, /V14, /V16, /V17, /MerchantCategory] } ]
            outputs: { label: { tensor: label }, probabilities: { tensor: probabilities } }
            """,
        ["double_input"] = $"inputs: [ {{ tensor: X, {UlbInput} ]\noutputs: {{ label: {{ tensor: label }}, probabilities: {{ tensor: probabilities }} }}",
        ["int64_input"] = """
            inputs: [ { tensor: features, features: [/AmountCents, /HourOfDay, /SecondOfDay, /V14Bin, /V4Bin, /V12Bin, /V10Bin] } ]
            outputs: { label: { tensor: label }, probabilities: { tensor: probabilities } }
            """,
        ["isolation_forest"] = $$"""
            inputs: [ { tensor: input, {{UlbInput}} ]
            outputs: { label: { tensor: label }, scores: { tensor: scores } }
            decision: { output: scores, when: below, thresholds: [ { at: 0, name: review } ], otherwise: approve }
            """,
        ["lightgbm_zipmap"] = $"inputs: [ {{ tensor: input, {UlbInput} ]\noutputs: {{ label: {{ tensor: label }}, probabilities: {{ tensor: probabilities }}, score: {{ tensor: probabilities, class: 1 }} }}",
        ["logreg_tensor"] = $"inputs: [ {{ tensor: X, {UlbInput} ]\noutputs: {{ label: {{ tensor: label }}, probabilities: {{ tensor: probabilities }}, score: {{ tensor: probabilities, column: 1 }} }}",
        ["logreg_zipmap"] = $"inputs: [ {{ tensor: float_input, {UlbInput} ]\noutputs: {{ output_label: {{ tensor: output_label }}, output_probability: {{ tensor: output_probability }}, score: {{ tensor: output_probability, class: 1 }} }}",
        ["mlp"] = DerivedInput,
        ["mlp_batch1"] = DerivedInput,
        ["mlp_fp16"] = DerivedInput,
        ["mlp_int8"] = DerivedInput,
        ["poison"] = """
            inputs:
              - { tensor: merchant_code_f, features: [/MerchantCode] }
              - { tensor: amount, features: [/Amount] }
              - { tensor: v, features: [/V4, /V10, /V12, /V14] }
            outputs: { score: { tensor: score } }
            """,
        ["threshold_input"] = $"inputs: [ {{ tensor: features, {UlbInput}, {{ tensor: threshold, constant: 0.5 }} ]\noutputs: {{ score: {{ tensor: score }}, is_fraud: {{ tensor: is_fraud }} }}",
    };

    internal static string Description(string model) => Head.Replace("{0}", model, StringComparison.Ordinal) + Bodies[model];
}
