using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
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
        foreach (string file in ModelFiles(pipeline.Model).Order(StringComparer.Ordinal)) AppendFile(text, file);
        text.AppendLine(CultureInfo.InvariantCulture, $"{pipeline.Batch.MaxSize} {pipeline.Input.MaxRecordBytes.Bytes} {options.Key} {options.Delimiter} {options.ChunkBytes} {options.ChunkRows} {string.Join('\n', pipeline.Input.Where ?? [])}");
        text.AppendLine(JsonSerializer.Serialize(pipeline.Request));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    // A language model may be a file, or a folder without versions.
    private static string[] ModelFiles(ModelConfig model)
    {
        if (File.Exists(model.Path)) return [model.Path];
        bool isFolderItself = Directory.Exists(model.Path) && ModelFolder.Versions(model.Path).Count == 0;
        return Directory.GetFiles(isFolderItself ? model.Path : ModelFolder.Find(model).Path);
    }

    private static void AppendFile(StringBuilder text, string file)
    {
        FileInfo info = new(file);
        text.AppendLine(CultureInfo.InvariantCulture, $"{info.FullName} {info.Length} {info.LastWriteTimeUtc.Ticks}");
    }
}
