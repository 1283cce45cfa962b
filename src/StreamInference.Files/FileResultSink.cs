using StreamInference.Commit;
using StreamInference.Files.Reading;
using StreamInference.Files.Writing;
using StreamInference.Runners;

namespace StreamInference.Files;

/// <summary>
/// Puts committed results into the result file; they come in the order of the rows. Nothing is visible before the file has its name, so a commit only
/// stages; what is staged becomes durable with the file's checkpoints.
/// </summary>
internal sealed class FileResultSink(ResultFile file, string path, Action<FileFailureException> failed) : ITransactionalSink
{
    /// <inheritdoc/>
    public string? LastError { get; private set; }

    /// <inheritdoc/>
    public CommitOutcome Commit(CommitRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        try
        {
            foreach (ResultRange range in request.Results)
                for (int index = range.Start; index < range.Start + range.Count; index++) Write(range.Batch, index);
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
