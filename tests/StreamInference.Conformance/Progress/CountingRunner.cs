using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Threading.Channels;
using StreamInference.Progress;
using StreamInference.Records;
using StreamInference.Runners;

namespace StreamInference.Conformance.Progress;

/// <summary>
/// A model whose answer to a request of the value n is the numbers 0 to n − 1, so many at a time as the test says. Resumes from the restored
/// progress as a language model does.
/// </summary>
internal sealed class CountingRunner : IModelRunner
{
    private readonly Channel<ResultBatch> _results = Channel.CreateUnbounded<ResultBatch>();
    private readonly List<(StreamRecord Record, int Done)> _running = [];
    private int _outstanding;

    /// <summary>Requests under way.</summary>
    public int Running => _running.Count;

    /// <summary>Whether every result was committed or dropped.</summary>
    public bool IsSettled => _outstanding == 0;

    public ChannelReader<ResultBatch> Results => _results.Reader;

    public Action? ResultsAvailable { get; set; }

    public bool KeepsProgress => true;

    public int MaxBatchSize => 8;

    public bool TrySubmit(MicroBatch batch)
    {
        foreach (StreamRecord record in batch.Records)
        {
            RequestProgress? progress = record.Assignment.Restored?.Find(record.Offset);
            _running.Add((CopiedRecordLease.Copy(record), progress is null ? 0 : BinaryPrimitives.ReadInt32BigEndian(progress.Slots[0].AsSpan(1))));
        }

        _results.Writer.TryWrite(new ResultBatch { Source = batch });
        return true;
    }

    /// <summary>Every request under way makes so many further numbers.</summary>
    public void Count(int numbers)
    {
        ResultBatch results = new() { Model = new ModelIdentity("numbers", 1) };
        for (int i = _running.Count - 1; i >= 0; i--)
        {
            (StreamRecord record, int first) = _running[i];
            int length = int.Parse(Encoding.UTF8.GetString(record.Value), CultureInfo.InvariantCulture);
            int next = Math.Min(first + numbers, length);
            results.Write(Encoding.UTF8.GetBytes(string.Join(' ', Enumerable.Range(first, next - first))));
            results.Add(record, first, next == length);
            WriteProgress(results, record, next, next == length);
            if (next == length) _running.RemoveAt(i);
            else _running[i] = (record, next);
        }

        if (results.Count == 0) throw new InvalidOperationException("There is no request to answer.");
        _outstanding++;
        _results.Writer.TryWrite(results);
    }

    public void Recycle(ResultBatch results)
    {
        if (results.Source is null) _outstanding--;
    }

    public void Cancel(RecordId record)
    {
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static void WriteProgress(ResultBatch results, in StreamRecord record, int done, bool isFinished)
    {
        Span<byte> value = stackalloc byte[5];
        value[0] = isFinished ? ProgressState.Done : ProgressState.Running;
        BinaryPrimitives.WriteInt32BigEndian(value[1..], done);
        results.Write(value);
        results.AddProgress(record, 0);
    }
}
