using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using StreamInference.Configuration;

namespace StreamInference.Files;

/// <summary>Tells whether a run goes on with the work of an earlier one: the same inputs, model, batches and output.</summary>
internal static class JobFingerprint
{
    public static string Of(PipelineConfig pipeline, FileScoringOptions options, IReadOnlyList<string> files)
    {
        StringBuilder text = new();
        text.AppendLine(typeof(JobFingerprint).Assembly.GetName().Version?.ToString());
        foreach (string file in files) AppendFile(text, file);
        ModelFolder model = ModelFolder.Find(pipeline.Model);
        foreach (string file in Directory.GetFiles(model.Path).Order(StringComparer.Ordinal)) AppendFile(text, file);
        text.AppendLine(CultureInfo.InvariantCulture, $"{pipeline.Batch.MaxSize} {pipeline.Input.MaxRecordBytes.Bytes} {options.Key} {options.Delimiter} {options.ChunkBytes} {options.ChunkRows} {string.Join('\n', pipeline.Input.Where ?? [])}");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    private static void AppendFile(StringBuilder text, string file)
    {
        FileInfo info = new(file);
        text.AppendLine(CultureInfo.InvariantCulture, $"{info.FullName} {info.Length} {info.LastWriteTimeUtc.Ticks}");
    }
}
