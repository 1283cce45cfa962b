using Spectre.Console;
using Spectre.Console.Rendering;
using StreamInference.Kafka.Clients;

namespace StreamInference.Cli.Tailing;

/// <summary>Follows the answers of a topic: as columns that grow on a terminal, or as lines.</summary>
internal sealed class TextFollower(TopicReader reader, RecordFilter filter, TextStreams streams, bool untilEnd, long? count)
{
    private const int ColumnWidth = 38;
    private static readonly TimeSpan Wait = TimeSpan.FromMilliseconds(50);

    private readonly List<TextStream> _shown = [];
    private long _left = count ?? long.MaxValue;

    /// <summary>Writes a line for each piece of text, with the id of its request, and one for the end of each answer.</summary>
    public void Print(TextWriter output, CancellationToken cancellation)
    {
        while (Next(cancellation, out (TextStream Stream, string Delta)? piece))
        {
            if (piece is not var (stream, delta))
            {
                output.Flush();
                continue;
            }

            if (delta.Length > 0) output.WriteLine($"{OneLine(stream.Id)} | {OneLine(delta)}");
            if (stream.FinishReason is not null) output.WriteLine($"{OneLine(stream.Id)} | [{OneLine(stream.Ending)}]");
        }

        output.Flush();
    }

    /// <summary>Draws the latest answers side by side, as many as the terminal is wide enough for.</summary>
    public void Show(IAnsiConsole console, CancellationToken cancellation)
    {
        int most = Math.Max(1, console.Profile.Width / ColumnWidth);
        console.Live(Render()).Start(live =>
        {
            while (Next(cancellation, out (TextStream Stream, string Delta)? piece))
            {
                if (piece is not var (stream, _)) continue;
                if (!_shown.Contains(stream)) Admit(stream, most);
                live.UpdateTarget(Render());
            }
        });
    }

    // A finished answer makes room first: one that grows stays where it is.
    private void Admit(TextStream stream, int most)
    {
        if (_shown.Count < most)
        {
            _shown.Add(stream);
            return;
        }

        int free = _shown.FindIndex(shown => shown.FinishReason is not null);
        _shown[Math.Max(0, free)] = stream;
    }

    private Grid Render()
    {
        Grid grid = new();
        if (_shown.Count == 0) return grid.AddColumn().AddRow(new Markup("[grey]waiting for answers[/]"));
        foreach (TextStream _ in _shown) grid.AddColumn(new GridColumn().Width(ColumnWidth - 2));
        return grid.AddRow([.. _shown.Select(Panel)]);
    }

    private static IRenderable Panel(TextStream stream)
    {
        Rows body = new(new Text(Printable(stream.Text)), new Text(stream.Ending, new Style(stream.FinishReason is "error" ? Color.Red : Color.Grey)));
        return new Panel(body).Header(Markup.Escape(Printable(stream.Id))).Expand().Border(stream.FinishReason is null ? BoxBorder.Heavy : BoxBorder.Rounded);
    }

    /// <summary>The next piece, or null when none came in time.</summary>
    /// <returns>False at the end.</returns>
    private bool Next(CancellationToken cancellation, out (TextStream Stream, string Delta)? piece)
    {
        piece = null;
        if (cancellation.IsCancellationRequested || _left <= 0) return false;
        if (!reader.TryRead(Wait, out TopicRecord? record)) return !(untilEnd && reader.IsAtEnd);
        if (!filter.Accepts(record)) return true;
        piece = streams.Take(record);
        if (piece?.Stream.FinishReason is not null) _left--;
        return true;
    }

    // Control characters of an answer must not drive the reader's terminal.
    private static string Printable(string text) => string.Concat(text.Where(c => c == '\n' || !char.IsControl(c)));

    private static string OneLine(string text) => string.Concat(text.Select(c => c == '\n' ? '⏎' : char.IsControl(c) ? ' ' : c));
}
