using System.Globalization;
using System.Text.Json;
using StreamInference.Files;

namespace StreamInference.Replay.Diff;

/// <summary>Reads the answers of one side from files that <c>streaminfer score</c> wrote, dead letters from the file beside them.</summary>
public sealed class FileAnswers
{
    private readonly List<string> _files = [];

    /// <summary>Names an input row: <c>file/row</c>.</summary>
    public string NameOf(int file, long row) => string.Create(CultureInfo.InvariantCulture, $"{_files[file]}/{row}");

    /// <summary>Adds every answer of a file.</summary>
    /// <exception cref="FileFailureException">It cannot be read, or a row does not say which input row it answers.</exception>
    public void Load(ResultDiff diff, DiffSide side, string path)
    {
        ArgumentNullException.ThrowIfNull(diff);
        ArgumentNullException.ThrowIfNull(path);
        foreach (FileRow row in FileRows.Read(path)) Add(diff, side, path, row);
        string deadLetters = path + ".dead-letters.jsonl";
        if (!File.Exists(deadLetters)) return;
        foreach (FileRow row in FileRows.Read(deadLetters)) Add(diff, side, deadLetters, row);
    }

    /// <summary>Adds the rows of an input file.</summary>
    /// <exception cref="FileFailureException">It cannot be read.</exception>
    public void LoadInput(ResultDiff diff, string path)
    {
        ArgumentNullException.ThrowIfNull(diff);
        int file = Number(Path.GetFileName(path));
        foreach (FileRow row in FileRows.Read(path)) diff.AddInput(file, row.Number, row.Json);
    }

    private void Add(ResultDiff diff, DiffSide side, string path, FileRow row)
    {
        try
        {
            using JsonDocument answer = JsonDocument.Parse(row.Json);
            JsonElement value = answer.RootElement;
            if (value.TryGetProperty("si_file", out JsonElement file) && value.TryGetProperty("si_row", out JsonElement at) && file.GetString() is { } name)
            {
                if (value.TryGetProperty("si_error", out JsonElement code)) diff.AddDeadLetter(side, Number(name), at.GetInt64(), code.GetString() ?? "");
                else diff.AddResult(side, Number(name), at.GetInt64(), row.Json.Span);
                return;
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            throw new FileFailureException(path, "is not a row of results", row.Line, exception);
        }

        throw new FileFailureException(path, "has no si_file and si_row: results come from streaminfer score", row.Line);
    }

    private int Number(string name)
    {
        int known = _files.IndexOf(name);
        if (known >= 0) return known;
        _files.Add(name);
        return _files.Count - 1;
    }
}
