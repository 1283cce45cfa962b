using StreamInference.Configuration;
using StreamInference.Onnx.Tabular;
using StreamInference.Replay.Reports;

namespace StreamInference.Cli.Replaying;

/// <summary>Which members of a pipeline's results a report shows the distributions of.</summary>
internal static class ReportedOutputs
{
    public static ReportOutputs Of(PipelineConfig pipeline)
    {
        switch (pipeline.Kind ?? ModelFolder.Find(pipeline.Model).ReadKind())
        {
            case "tabular":
                TabularModelDescription description = TabularDescriptionReader.ReadFile(Path.Combine(ModelFolder.Find(pipeline.Model).Path, ModelFolder.DescriptionFile));
                IReadOnlyList<string> outputs = [.. description.Outputs.Select(output => output.Name)];
                return new ReportOutputs(outputs, description.Decision is null ? outputs : [.. outputs, "decision"]);
            case "llm":
                return new ReportOutputs([], ["finish_reason"]);
            default:
                return ReportOutputs.None;
        }
    }
}
