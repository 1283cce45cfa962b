using StreamInference.Commit;
using StreamInference.Files.Reading;
using StreamInference.Files.Writing;
using StreamInference.Runners;

namespace StreamInference.Files;

/// <summary>
/// Puts committed results into the result file, in the order of the rows. Nothing is visible before the file has its name, so a commit only
/// stages; what is staged becomes durable with the file's checkpoints.
/// </summary>
internal sealed class FileResultSink(ResultFile file, string path, Action<FileFailureException> failed) : ITransactionalSink
{
    private readonly List<(ResultBatch Batch, int Index)> _order = [];

    /// <inheritdoc/>
    public string? LastError { get; private set; }

    /// <inheritdoc/>
    public CommitOutcome Commit(CommitRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        try
        {
            if (IsInOrder(request.Results)) foreach (ResultRange range in request.Results) Write(range);
            else WriteSorted(request.Results);
            return CommitOutcome.Committed;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            LastError = exception.Message;
            failed(new FileFailureException(path, exception.Message, inner: exception));
            return CommitOutcome.Fatal;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    // Batches come in the order of their rows; only a refused row can be answered before the batch that stands before it.
    private static bool IsInOrder(List<ResultRange> ranges)
    {
        long last = -1;
        foreach (ResultRange range in ranges)
        {
            ReadOnlySpan<Result> results = range.Batch.Results.Slice(range.Start, range.Count);
            if (range.Batch.Model is null || results[0].Record.Offset < last) return false;
            last = results[^1].Record.Offset;
        }

        return true;
    }

    private void Write(ResultRange range)
    {
        for (int index = range.Start; index < range.Start + range.Count; index++) Write(range.Batch, index);
    }

    private void WriteSorted(List<ResultRange> ranges)
    {
        _order.Clear();
        foreach (ResultRange range in ranges)
            for (int index = range.Start; index < range.Start + range.Count; index++) _order.Add((range.Batch, index));
        _order.Sort(static (one, other) => one.Batch.Results[one.Index].Record.Offset.CompareTo(other.Batch.Results[other.Index].Record.Offset));
        foreach ((ResultBatch batch, int index) in _order) Write(batch, index);
    }

    private void Write(ResultBatch batch, int index)
    {
        ref readonly Result result = ref batch.Results[index];
        RowBlock block = (RowBlock)result.Record.Lease;
        int row = (int)(result.Record.Offset - block.FirstOffset);
        if (result.Error is { } error) file.AddFailure(block, row, error);
        else file.Add(block, row, batch.ValueOf(result));
        // Only behind a batch of the model can a later run begin with the same batches; refused rows are in none.
        if (batch.Model is not null && index == batch.Count - 1) file.CheckpointIfFull();
    }
}
