using System.Globalization;
using StreamInference.Replay.Diff;

namespace StreamInference.Replay.Reports;

/// <summary>A run and a comparison as one HTML page: no script, nothing loaded from elsewhere, light and dark.</summary>
public static class ReportPage
{
    private const string Style = """
        :root{color-scheme:light dark;--text:#1b1f24;--dim:#656d76;--line:#d5dae0;--page:#fff;--a:#2f6fd0;--b:#d9822b;--bad:#c62f3b;--good:#1a7f4b}
        @media(prefers-color-scheme:dark){:root{--text:#e4e8ec;--dim:#98a2ad;--line:#38414b;--page:#15191e;--a:#6ea8fe;--b:#f0a95c;--bad:#ff7b83;--good:#5fd39a}}
        body{font:15px/1.5 system-ui,sans-serif;color:var(--text);background:var(--page);max-width:60rem;margin:2rem auto;padding:0 1rem}
        h1{font-size:1.5rem;margin-bottom:.2rem}h2{font-size:1.15rem;margin-top:2rem;border-bottom:1px solid var(--line)}.dim{color:var(--dim)}
        .bad{color:var(--bad);font-weight:600}.good{color:var(--good);font-weight:600}
        .tiles{display:flex;flex-wrap:wrap;gap:.6rem 2rem;margin:1rem 0}.tiles b{display:block;font-size:1.3rem;font-variant-numeric:tabular-nums}
        .scroll{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums}td,th{padding:.2rem .8rem .2rem 0;border-bottom:1px solid var(--line);text-align:right;white-space:nowrap}
        td.t,th.t{text-align:left;white-space:normal;overflow-wrap:anywhere}svg{width:100%;height:auto;display:block;margin:.5rem 0}
        svg text{font:12px system-ui,sans-serif;fill:var(--dim)}svg line{stroke:var(--line)}.a{fill:var(--a)}.b{fill:var(--b)}polyline.a{fill:none;stroke:var(--a);stroke-width:1.6}
        .key{display:inline-block;width:.8em;height:.8em;margin:0 .3em 0 .8em}.key.a{background:var(--a)}.key.b{background:var(--b)}
        """;

    /// <summary>Writes the page of a replay, of a comparison, or of both.</summary>
    /// <param name="replay">The run; null where there was none.</param>
    /// <param name="diff">The comparison; null where there was none.</param>
    public static string Write(ReplayReport? replay, DiffReport? diff)
    {
        HtmlText page = new();
        string title = replay is not null ? $"Replay {replay.Job}" : diff is not null ? $"{diff.Candidate} against {diff.Live}" : "Report";
        // The style is a constant of this class.
        page.Add($"<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>{title}</title><style>");
        page.AddStyle(Style);
        page.Add($"</style></head><body><h1>{title}</h1>");
        if (replay is not null) ReplaySection.Write(page, replay);
        if (diff is not null) DiffSection.Write(page, diff);
        page.Add($"</body></html>");
        return page.ToString();
    }

    /// <summary>Writes a report file by the ending of its name: <c>.html</c> a page, <c>.json</c> the data.</summary>
    /// <exception cref="ArgumentException">The name ends in something else.</exception>
    public static void Save(string path, ReplayReport? replay, DiffReport? diff)
    {
        string text = Path.GetExtension(path).ToUpperInvariant() switch
        {
            ".HTML" or ".HTM" => Write(replay, diff),
            ".JSON" when replay is not null && diff is not null => $"{{\"replay\":{ReplayReportJson.Write(replay)},\"diff\":{DiffJson.Write(diff)}}}",
            ".JSON" => replay is not null ? ReplayReportJson.Write(replay) : DiffJson.Write(diff!),
            _ => throw new ArgumentException($"{path}: a report ends in .html or .json", nameof(path)),
        };
        // Whole or not there: whoever waits for the file must not read half of it.
        File.WriteAllText(path + ".tmp", text);
        File.Move(path + ".tmp", path, overwrite: true);
    }

    internal static string Percent(double share) => share.ToString("P2", CultureInfo.InvariantCulture);
}
