using System.CommandLine;
using System.Diagnostics;
using System.Text;
using StreamInference.Cli.Producing;
using StreamInference.Cli.Shell;
using StreamInference.Kafka.Clients;
using StreamInference.Records;

namespace StreamInference.Cli.Commands;

/// <summary><c>streaminfer produce</c>: records from standard input, a file, pictures, prompts or a simulator into a topic.</summary>
internal static class ProduceCommand
{
    private const int Burst = 500;
    private static readonly TimeSpan FlushLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan InterruptedFlushLimit = TimeSpan.FromSeconds(5);

    private static readonly Argument<string> Topic = new("topic") { Description = "The topic to produce to." };

    private static readonly Option<string?> File = new("--file", "-f") { Description = "A file of one record a line. [default: standard input]", HelpName = "path" };

    private static readonly Option<bool> Simulate = new("--simulate") { Description = "Simulated card transactions instead, without end." };

    private static readonly Option<double> Rate = new("--rate") { Description = "Records per second; 0 for as fast as possible.", DefaultValueFactory = _ => 0, HelpName = "n" };

    private static readonly Option<long?> Count = new("--count", "-n") { Description = "End after this many records." };

    private static readonly Option<string?> Key = new("--key") { Description = "A JSON pointer to the field that is the record's key, e.g. /card_id (file and standard input).", HelpName = "/field" };

    private static readonly Option<string[]> Header = new("--header") { Description = "A header of every record; may be given more than once.", HelpName = "name=value" };

    private static readonly Option<ulong> Seed = new("--seed") { Description = "The seed of a simulation: the same seed gives the same records.", DefaultValueFactory = _ => 1 };

    private static readonly Option<double> Bad = new("--bad") { Description = "The simulator's fraction of deliberately bad records, 0 to 1.", DefaultValueFactory = _ => 0, HelpName = "fraction" };

    static ProduceCommand()
    {
        Bad.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double>() is not (>= 0 and <= 1)) result.AddError("--bad must be from 0 to 1.");
        });
        Rate.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double>() is not >= 0) result.AddError("--rate must not be negative.");
        });
        Key.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } key && !JsonFieldPath.TryParse(key, out _)) result.AddError($"--key \"{key}\" must be a JSON pointer, e.g. /card_id.");
        });
        Header.Validators.Add(result =>
        {
            foreach (System.CommandLine.Parsing.Token token in result.Tokens)
                if (token.Value.IndexOf('=', StringComparison.Ordinal) <= 0) result.AddError($"--header \"{token.Value}\" must be name=value.");
        });
        Simulate.Validators.Add(result =>
        {
            if (result.GetValue(Simulate) && result.GetValue(File) is not null) result.AddError("--simulate and --file exclude each other.");
            if (result.GetValue(Simulate) && FrameOptions.AreGiven(result)) result.AddError("--simulate and frames exclude each other.");
            if (result.GetValue(Simulate) && PromptOptions.AreGiven(result)) result.AddError("--simulate and --prompt exclude each other.");
        });
    }

    public static Command Create(CliContext context)
    {
        ExampleCommand command = new(
            "produce",
            "Produces records to a topic: one a line of a file or of standard input, simulated card transactions, frames of cameras, or prompts.",
            ("streaminfer produce transactions --simulate --rate 2000", "2,000 transactions a second until Ctrl-C"),
            ("streaminfer produce transactions --simulate --count 100000 --bad 0.01", "100,000 as fast as possible, 1 % of them bad"),
            ("streaminfer produce transactions --file day.jsonl --key /card_id", "a file, keyed by a field"),
            ("cat day.jsonl | streaminfer produce transactions --rate 500", "standard input, at a rate"),
            ("streaminfer produce frames --frames pictures --camera door --rate 10", "the pictures of a folder as ten frames a second of a camera"),
            ("streaminfer produce frames --simulate-cameras 4 --rate 20", "drawn parts on four belts, for topics/vision"),
            ("streaminfer produce prompts --prompt \"Once upon a time\" --prompt \"There was\" --max-tokens 64", "two requests to a language model; their ids are printed"),
            ("echo '{\"cancel\":\"question-1\"}' | streaminfer produce prompts.control", "the end of an answer"))
        {
            Topic, File, Simulate, Rate, Count, Key, Header, Seed, Bad,
        };
        FrameOptions.AddTo(command);
        PromptOptions.AddTo(command);
        ClientOptions.AddTo(command);
        command.SetAction((parsed, cancellation) => Task.Run(() => Run(context, parsed, cancellation), CancellationToken.None));
        return command;
    }

    private static int Run(CliContext context, ParseResult parsed, CancellationToken cancellation)
    {
        string topic = parsed.GetRequiredValue(Topic);
        using TextReader? file = parsed.GetValue(File) is { } path ? new StreamReader(path) : null;
        IRecordFeed feed = parsed.GetValue(Simulate) ? new SimulatorFeed(parsed.GetValue(Seed), parsed.GetValue(Bad))
            : FrameOptions.Feed(parsed, parsed.GetValue(Seed)) ?? PromptOptions.Feed(parsed, context.Out) ?? new LineFeed(file ?? context.In, parsed.GetValue(Key));
        KeyValuePair<string, byte[]?>[] headers = [.. (parsed.GetValue(Header) ?? []).Select(h => h.Split('=', 2)).Select(h => new KeyValuePair<string, byte[]?>(h[0], Encoding.UTF8.GetBytes(h[1])))];

        using RecordProducer producer = new(ClientOptions.Settings(context, parsed));
        long started = Stopwatch.GetTimestamp();
        bool isDone = PumpUntilInterrupted(feed, producer, topic, headers, new RatePacer(parsed.GetValue(Rate), TimeProvider.System), parsed.GetValue(Count) ?? long.MaxValue, cancellation);
        int queued = producer.Flush(cancellation.IsCancellationRequested ? InterruptedFlushLimit : FlushLimit);
        Report(context, producer, queued, Stopwatch.GetElapsedTime(started));
        if (producer.Failed > 0 || queued > 0) return ExitCodes.Failure;
        // A simulation without a count has no other end than an interrupt.
        bool isEndless = parsed.GetValue(Count) is null && (parsed.GetValue(Simulate) || FrameOptions.IsEndless(parsed));
        return isDone || isEndless ? ExitCodes.Ok : ExitCodes.Interrupted;
    }

    private static bool PumpUntilInterrupted(
        IRecordFeed feed, RecordProducer producer, string topic, KeyValuePair<string, byte[]?>[] headers, RatePacer pacer, long left, CancellationToken cancellation)
    {
        try
        {
            return Pump(feed, producer, topic, headers, pacer, left, cancellation);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private static bool Pump(
        IRecordFeed feed, RecordProducer producer, string topic, KeyValuePair<string, byte[]?>[] headers, RatePacer pacer, long left, CancellationToken cancellation)
    {
        while (left > 0)
        {
            if (cancellation.IsCancellationRequested) return false;
            int due = pacer.Take((int)Math.Min(Burst, left));
            for (int i = 0; i < due; i++, left--)
            {
                if (!feed.TryNext(out FeedRecord record)) return true;
                producer.Produce(topic, record.Key, record.Value, HeadersOf(record, headers), cancellation: cancellation);
            }

            TimeSpan wait = pacer.UntilNext();
            if (wait > TimeSpan.Zero) cancellation.WaitHandle.WaitOne(wait < TimeSpan.FromMilliseconds(1) ? TimeSpan.FromMilliseconds(1) : wait);
        }

        return true;
    }

    private static IEnumerable<KeyValuePair<string, byte[]?>>? HeadersOf(in FeedRecord record, KeyValuePair<string, byte[]?>[] headers) =>
        record.Headers is null ? headers.Length == 0 ? null : headers : record.Headers.Concat(headers);

    private static void Report(CliContext context, RecordProducer producer, int queued, TimeSpan elapsed)
    {
        context.Error.WriteLine($"{producer.Delivered} records produced in {elapsed.TotalSeconds:0.0} s ({producer.Delivered / Math.Max(elapsed.TotalSeconds, 0.001):0} records/s)");
        if (producer.Failed > 0) context.Error.WriteLine($"{producer.Failed} records failed: {producer.FirstFailure}");
        if (queued > 0) context.Error.WriteLine($"{queued} records were not acknowledged in time: {producer.LastError}");
    }
}
