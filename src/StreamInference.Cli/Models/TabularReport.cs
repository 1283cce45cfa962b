using System.Globalization;
using StreamInference.Configuration;
using StreamInference.Onnx.Sessions;
using StreamInference.Onnx.Tabular;

namespace StreamInference.Cli.Models;

/// <summary>Describes a loaded tabular model.</summary>
internal static class TabularReport
{
    /// <summary>Whether the folder holds versions of a tabular model.</summary>
    public static bool Describes(string folder) =>
        ModelFolder.Versions(folder) is { Count: > 0 } versions && new ModelFolder(Path.Combine(folder, versions[^1].ToString(CultureInfo.InvariantCulture)), versions[^1]).ReadKind() == "tabular";

    /// <exception cref="ModelLoadException">The model cannot be served.</exception>
    /// <exception cref="InvalidConfigurationException">A provider does not exist.</exception>
    public static void Write(TextWriter output, string folder, string version, string[] providers)
    {
        using TabularModel loaded = TabularModel.Load(folder, new TabularModelOptions { Version = version, Providers = ProvidersOf(providers) });
        output.WriteLine($"kind       tabular\nversions   {string.Join(", ", ModelFolder.Versions(folder))}");
        TabularModelDescription description = loaded.Description;
        output.WriteLine($"name       {loaded.Identity}");
        foreach (InputDescription input in description.Inputs) output.WriteLine($"input      {input.Tensor}: {Features(input)}");
        foreach (OutputDescription result in description.Outputs) output.WriteLine($"output     {result.Name}");
        foreach (ThresholdDescription threshold in description.Decision?.Thresholds ?? [])
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"decision   {threshold.Name} at {threshold.At}"));
        output.WriteLine($"batch      at most {loaded.MaxBatchSize} rows");
        output.WriteLine($"provider   {ExecutionProviders.NameOf(loaded.Provider)}");
        foreach (ProviderRefusal refusal in loaded.Refusals) output.WriteLine($"refused    {refusal}");
        RowIndependenceCheck rows = loaded.RowIndependence;
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"rows       {rows.Verdict.ToString().ToLowerInvariant()} (largest difference {rows.LargestDifference:0.###e+0} over {rows.SampleRows} sample rows){(loaded.RowsPerRun is { } one ? $", run {one} at a time" : "")}"));
    }

    private static ExecutionProvider[]? ProvidersOf(string[] names) => names.Length == 0 ? null :
        [.. names.Select(name => ExecutionProviders.TryParse(name, out ExecutionProvider provider)
            ? provider
            : throw new InvalidConfigurationException("models inspect", [new ConfigError("--provider", $"{name} is not an execution provider; known are {string.Join(", ", ExecutionProviders.Names)}")]))];

    private static string Features(InputDescription input) =>
        input.Constant is { } constant ? string.Create(CultureInfo.InvariantCulture, $"constant {constant}") : string.Join(", ", input.Features.Select(f => f.Field));
}
