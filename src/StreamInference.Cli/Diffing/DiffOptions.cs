using System.CommandLine;
using StreamInference.Configuration;
using StreamInference.Records;
using StreamInference.Replay.Diff;

namespace StreamInference.Cli.Diffing;

/// <summary>The options of a comparison, the same on every command that makes one.</summary>
internal static class DiffOptions
{
    public static readonly Option<string?> Config = new("--diff")
    {
        Description = "A diff.yaml: where score and decision stand in a result, segments, limits. [default: /score, /decision, no limits]",
        HelpName = "diff.yaml",
    };

    public static readonly Option<string?> Topic = new("--diff-output")
    {
        Description = "A topic that gets a record for each difference, and the report under the key summary.",
        HelpName = "topic",
    };

    /// <summary>What the options say.</summary>
    /// <exception cref="InvalidConfigurationException">Names every error of the file.</exception>
    public static DiffConfig Load(ParseResult parsed)
    {
        if (parsed.GetValue(Config) is not { } path) return new DiffConfig();
        DiffConfig config = SettingsFile.Load<DiffConfig>(path);
        ConfigError[] wrong = [.. config.Segments.Where(segment => !JsonFieldPath.TryParse(segment, out _)).Select(segment => new ConfigError("segments", $"\"{segment}\" is no JSON pointer to a field"))];
        return wrong.Length == 0 ? config : throw new InvalidConfigurationException(path, wrong);
    }

    /// <summary>Refuses a report whose name says no format.</summary>
    public static Option<string?> Report()
    {
        Option<string?> report = new("--report") { Description = "Write the report: .html is a page for people, .json the data.", HelpName = "file" };
        report.Validators.Add(result =>
        {
            if (result.GetValue(report) is { } path && Path.GetExtension(path) is not (".html" or ".htm" or ".json")) result.AddError($"--report \"{path}\" must end in .html or .json.");
        });
        return report;
    }
}
