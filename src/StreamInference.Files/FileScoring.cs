using System.Diagnostics;
using Microsoft.Extensions.Logging;
using StreamInference.Configuration;
using StreamInference.Files.Reading;
using StreamInference.Files.Writing;
using StreamInference.Pipeline;
using StreamInference.Records;
using StreamInference.Sources;

namespace StreamInference.Files;

/// <summary>What a job reads and writes.</summary>
public sealed record FileScoringOptions
{
    /// <summary>The files to score, in order; names or patterns.</summary>
    public required IReadOnlyList<string> Inputs { get; init; }

    /// <summary>The file of results; its ending says the format.</summary>
    public required string Output { get; init; }

    /// <summary>A field of the rows, as JSON pointer, that becomes the column <c>si_key</c>; null for none.</summary>
    public string? Key { get; init; }

    /// <summary>What separates the fields of CSV inputs; null: what each file's name says.</summary>
    public char? Delimiter { get; init; }

    /// <summary>Whether an output that exists is replaced.</summary>
    public bool Overwrite { get; init; }

    /// <summary>Gets what is left out without failing.</summary>
    public Action<string>? Warn { get; init; }

    /// <summary>Bytes of results in a piece of a text file; tests make them small.</summary>
    internal int? ChunkBytes { get; init; }

    /// <summary>Results in a row group; tests make them small.</summary>
    internal int? ChunkRows { get; init; }
}

/// <summary>What a job did.</summary>
/// <param name="Results">Results in the output, those of earlier runs of the job included.</param>
/// <param name="DeadLetters">Rows without a result, by error code.</param>
/// <param name="ResumedAt">Rows that an earlier run had done.</param>
/// <param name="Elapsed">The time of this run, with loading the model.</param>
/// <param name="DeadLetterFile">Where the rows without a result are; null where there are none.</param>
public sealed record FileScoringReport(long Results, IReadOnlyDictionary<string, long> DeadLetters, long ResumedAt, TimeSpan Elapsed, string? DeadLetterFile)
{
    /// <summary>Rows of the input.</summary>
    public long Rows => Results + DeadLetters.Values.Sum();
}

/// <summary>Scores files offline: the pipeline of a <c>pipeline.yaml</c> with files in place of topics.</summary>
/// <remarks>
/// Batches are fixed by the number of the row, so the same rows give the same bytes, whatever interrupts the job. The output has its name only
/// when it is whole; a job that was stopped goes on where its journal stands.
/// </remarks>
public static class FileScoring
{
    private const string LanguageKind = "llm";

    /// <summary>Runs a job to its end.</summary>
    /// <param name="pipeline">The pipeline; its topics and workers do not matter.</param>
    /// <param name="options">What is read and written.</param>
    /// <param name="loader">Loads the pipeline's model.</param>
    /// <param name="services">Where the loader finds a decoder or encoder of the user's own.</param>
    /// <param name="loggers">Where the pipeline logs.</param>
    /// <param name="progress">Called with the pipeline's counters before it starts; they count from then on.</param>
    /// <param name="stop">Ends the job in order; a later run goes on.</param>
    /// <exception cref="FileFailureException">A file cannot be read or written.</exception>
    /// <exception cref="PipelineFailedException">The model cannot go on.</exception>
    /// <exception cref="OperationCanceledException">The job was stopped before its end.</exception>
    public static async Task<FileScoringReport> RunAsync(
        PipelineConfig pipeline,
        FileScoringOptions options,
        IModelLoader loader,
        IServiceProvider services,
        ILoggerFactory loggers,
        Action<PipelineMetrics>? progress = null,
        CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        ArgumentNullException.ThrowIfNull(options);
        IReadOnlyList<string> files = InputFiles.Expand(options.Inputs);
        foreach (string file in files) FileKind.Of(file);
        FieldKey? key = options.Key is { } pointer ? new FieldKey(JsonFieldPath.Parse(pointer)) : null;
        string job = JobFingerprint.Of(pipeline, options, files);
        string path = Path.GetFullPath(options.Output);
        FileKind.Of(path);
        if (files.Contains(path)) throw new FileFailureException(path, "is an input of the job") { IsUsage = true };
        if (ResultFile.FinishEarlier(path, job) is { } done) return Report(path, done.Results, done.DeadLetters, done.Next.Offset, TimeSpan.Zero);
        using ResultFile output = new(OutputOptions(options, path, job, files, key is not null, loader.Kind == LanguageKind));
        RowReaderOptions reading = new(checked((int)pipeline.Input.MaxRecordBytes.Bytes), (byte?)options.Delimiter) { Warn = options.Warn };
        FileTransport transport = new(files, reading, key, output, path);
        long started = Stopwatch.GetTimestamp();
        using StreamPipeline running = new(OfflineConfig(pipeline), transport, loader, services, loggers);
        progress?.Invoke(running.Metrics);
        await RunAsync(running, transport, stop);
        output.Finish();
        return Report(path, output.Results, output.DeadLetters, output.ResumedFrom.Offset, Stopwatch.GetElapsedTime(started));
    }

    private static async Task RunAsync(StreamPipeline pipeline, FileTransport transport, CancellationToken stop)
    {
        try
        {
            await pipeline.RunAsync(stop);
        }
        catch (PipelineFailedException) when (transport.Failure is not null)
        {
            // The file's own message says more.
        }

        if (transport.Failure is { } failure) throw failure;
        stop.ThrowIfCancellationRequested();
    }

    // One worker reads the rows in order; batches depend on the number of the row alone.
    private static PipelineConfig OfflineConfig(PipelineConfig pipeline) => pipeline with
    {
        Workers = 1,
        Replay = new ReplayConfig { Bounds = new Dictionary<int, OffsetRange>(), BatchSpan = pipeline.Batch.MaxSize, WholeAnswers = true },
        Limits = new LimitsConfig { MaxInFlightRecords = 32_768 },
    };

    private static ResultFileOptions OutputOptions(FileScoringOptions options, string path, string job, IReadOnlyList<string> files, bool hasKey, bool areCostly)
    {
        // Names without their folders where they tell the files apart: the output then does not depend on where it was made.
        string[] names = [.. files.Select(Path.GetFileName).OfType<string>()];
        ResultFileOptions output = new(path, job, names.Distinct().Count() == names.Length ? names : files, hasKey, options.Overwrite);
        // What took minutes to make is made durable at once: a chunk for each batch.
        if (areCostly) output = output with { ChunkBytes = 1, ChunkRows = 1 };
        return output with { ChunkBytes = options.ChunkBytes ?? output.ChunkBytes, ChunkRows = options.ChunkRows ?? output.ChunkRows };
    }

    private static FileScoringReport Report(string path, long results, IReadOnlyDictionary<string, long> deadLetters, long resumedAt, TimeSpan elapsed) =>
        new(results, deadLetters, resumedAt, elapsed, deadLetters.Count > 0 ? ResultFile.DeadLetterPath(path) : null);
}
