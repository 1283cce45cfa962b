using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using StreamInference.Cli.Shell;
using StreamInference.Cli.Tailing;
using StreamInference.Configuration;
using StreamInference.Kafka.Clients;
using StreamInference.Records;

namespace StreamInference.Cli.Commands;

/// <summary><c>streaminfer tail</c>: reads topics as they come.</summary>
internal static class TailCommand
{
    private static readonly TimeSpan Wait = TimeSpan.FromMilliseconds(100);

    private static readonly Argument<string[]> Topics = new("topic") { Description = "The topics to read.", Arity = ArgumentArity.OneOrMore };

    private static readonly Option<bool> Committed = new("--committed") { Description = "Leave out records of open and aborted transactions. This is the default." };

    private static readonly Option<bool> Uncommitted = new("--uncommitted") { Description = "Show records of open and aborted transactions too." };

    private static readonly Option<string> From = new("--from")
    {
        Description = "Where to start: earliest (or beginning), latest (or end), an offset, -N for the last N of each partition, or a time such as 2026-01-31T12:00:00Z or 10m (ago).",
        DefaultValueFactory = _ => "latest",
        HelpName = "where",
    };

    private static readonly Option<long?> Count = new("--count", "-n") { Description = "End after this many records." };

    private static readonly Option<bool> UntilEnd = new("--until-end") { Description = "End when every partition was read to its end." };

    private static readonly Option<int[]> Partitions = new("--partition") { Description = "Only this partition; may be given more than once." };

    private static readonly Option<string?> Key = new("--key") { Description = "Only records with this key.", HelpName = "text" };

    private static readonly Option<string[]> Where = new("--where")
    {
        Description = "Only records whose JSON value has such a field, e.g. /decision=decline, \"/score>0.9\", /note~refund (contains); all of them must hold.",
        HelpName = "/field=value",
    };

    private static readonly Option<string[]> Header = new("--header") { Description = "Only records with this header, or with this value of it.", HelpName = "name[=value]" };

    private static readonly Option<bool> Headers = new("--headers") { Description = "Show headers (JSON lines always hold them)." };

    private static readonly Option<bool> Json = new("--json") { Description = "JSON lines on a terminal too." };

    private static readonly Option<bool> Text = new("--text")
    {
        Description = "Show the answers of a language model as texts that grow, side by side on a terminal, else a line for each piece with its request's id. --count counts answers then.",
    };

    static TailCommand()
    {
        Text.Validators.Add(result =>
        {
            if (result.GetValue(Text) && result.GetValue(Json)) result.AddError("--text and --json exclude each other.");
        });
        Committed.Validators.Add(result =>
        {
            if (result.GetValue(Committed) && result.GetValue(Uncommitted)) result.AddError("--committed and --uncommitted exclude each other.");
        });
        From.Validators.Add(result =>
        {
            if (Parse(result.GetValueOrDefault<string>() ?? "end") is null) result.AddError($"--from \"{result.GetValueOrDefault<string>()}\" must be beginning, end, an offset, -N, or a time.");
        });
        Where.Validators.Add(result =>
        {
            foreach (System.CommandLine.Parsing.Token token in result.Tokens)
                if (!FieldCondition.TryParse(token.Value, out _)) result.AddError($"--where \"{token.Value}\" must be a JSON pointer, one of = != > >= < <= ~, and a value.");
        });
    }

    public static Command Create(CliContext context)
    {
        ExampleCommand command = new(
            "tail",
            "Reads topics as they come, outside any consumer group. A line a record on a terminal, else JSON lines.",
            ("streaminfer tail fraud.scores", "follow committed results from now on"),
            ("streaminfer tail fraud.scores --from beginning --until-end --where /decision=decline", "every decline so far"),
            ("streaminfer tail transactions.dlq --from -10 --headers", "the last dead letters of each partition, with their error codes"),
            ("streaminfer tail fraud.scores --uncommitted --count 1", "do not wait for the commit"),
            ("streaminfer tail tokens --text", "answers of a language model as they grow"),
            ("streaminfer tail frames.detections --from -20 --until-end --draw out --contact-sheet out.html", "the last frames with their boxes drawn, and a page of them"))
        {
            Topics, Committed, Uncommitted, From, Count, UntilEnd, Partitions, Key, Where, Header, Headers, Json, Text,
        };
        DrawOptions.AddTo(command);
        ClientOptions.AddTo(command);
        command.SetAction((parsed, cancellation) => Task.Run(() => Run(context, parsed, cancellation), CancellationToken.None));
        return command;
    }

    private static int Run(CliContext context, ParseResult parsed, CancellationToken cancellation)
    {
        TopicReaderOptions options = new()
        {
            Topics = parsed.GetRequiredValue(Topics),
            Partitions = parsed.GetValue(Partitions) is { Length: > 0 } some ? some : null,
            From = Parse(parsed.GetRequiredValue(From))!,
            ReadCommitted = !parsed.GetValue(Uncommitted),
        };
        RecordFilter filter = new(parsed.GetValue(Key), parsed.GetValue(Where) ?? [], parsed.GetValue(Header) ?? []);
        if (parsed.GetValue(Text)) return FollowText(context, parsed, options, filter, cancellation);
        RecordPrinter printer = new(context.Out, asJson: !context.IsTerminal || parsed.GetValue(Json), withHeaders: parsed.GetValue(Headers));
        long left = parsed.GetValue(Count) ?? long.MaxValue;
        bool untilEnd = parsed.GetValue(UntilEnd);

        using FrameDrawer? drawer = DrawOptions.Create(context, parsed);
        using TopicReader reader = new(ClientOptions.Settings(context, parsed), options);
        while (left > 0 && !cancellation.IsCancellationRequested)
        {
            if (!reader.TryRead(Wait, out TopicRecord? record))
            {
                if (untilEnd && reader.IsAtEnd) break;
                context.Out.Flush();
                continue;
            }

            if (!filter.Accepts(record)) continue;
            printer.Print(record);
            drawer?.Draw(record);
            left--;
        }

        context.Out.Flush();
        drawer?.Report(context.Error);
        return ExitCodes.Ok;
    }

    private static int FollowText(CliContext context, ParseResult parsed, TopicReaderOptions options, RecordFilter filter, CancellationToken cancellation)
    {
        using TopicReader reader = new(ClientOptions.Settings(context, parsed), options);
        TextFollower follower = new(reader, filter, new TextStreams(), parsed.GetValue(UntilEnd), parsed.GetValue(Count));
        if (context.IsTerminal) follower.Show(AnsiConsole.Console, cancellation);
        else follower.Print(context.Out, cancellation);
        return ExitCodes.Ok;
    }

    private static ReadFrom? Parse(string text)
    {
        if (text is "earliest" or "beginning") return new ReadFrom.Beginning();
        if (text is "latest" or "end") return new ReadFrom.End();
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number)) return number < 0 ? new ReadFrom.Last(-number) : new ReadFrom.At(number);
        if (Durations.TryParse(text, out TimeSpan ago)) return new ReadFrom.Since(DateTimeOffset.UtcNow - ago);
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time) ? new ReadFrom.Since(time) : null;
    }
}
