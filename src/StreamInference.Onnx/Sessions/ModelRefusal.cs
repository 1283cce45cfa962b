using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.ML.OnnxRuntime;

namespace StreamInference.Onnx.Sessions;

/// <summary>Says in a sentence why ONNX Runtime refuses a model; a model that is too new gets both numbers.</summary>
internal static partial class ModelRefusal
{
    internal static string Explain(string name, string refusal, OnnxModelHeader? header)
    {
        string runtime = $"ONNX Runtime {OrtEnv.Instance().GetVersionString()}";
        if (header is null) return $"{name} is not an ONNX model ({refusal})";
        if (IrVersions().Match(refusal) is { Success: true } ir)
            return $"{name} has IR version {header.IrVersion}, and {runtime} reads up to IR version {ir.Groups["max"].Value}. Export it with a lower ir_version.";
        if (OpsetVersions().Match(refusal) is { Success: true } opset)
        {
            string domain = opset.Groups["domain"].Value;
            string version = VersionOf(header, domain) ?? opset.Groups["version"].Value;
            return $"{name} uses opset {version} of {domain}, and {runtime} reads up to opset {opset.Groups["max"].Value}. Export it with a lower target opset.";
        }

        return $"{runtime} refuses {name}: {refusal}";
    }

    private static string? VersionOf(OnnxModelHeader header, string domain)
    {
        string own = domain == "ai.onnx" ? "" : domain;
        long version = header.Opsets.Where(opset => opset.Domain == own || opset.Domain == domain).Select(opset => opset.Version).DefaultIfEmpty(0).Max();
        return version == 0 ? null : version.ToString(CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"IR version: *(?<own>\d+), max supported IR version: *(?<max>\d+)")]
    private static partial Regex IrVersions();

    [GeneratedRegex(@"Opset (?<version>\d+) .*official support for domain (?<domain>\S+) is till opset (?<max>\d+)", RegexOptions.Singleline)]
    private static partial Regex OpsetVersions();
}
