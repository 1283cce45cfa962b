using System.Buffers;
using System.Collections;
using System.Runtime.InteropServices;
using StreamInference.Progress;
using StreamInference.Records;
using StreamInference.States;

namespace StreamInference.Runners;

/// <summary>One result, or the failure, of one record: a slice of its <see cref="ResultBatch"/>.</summary>
/// <param name="Record">The record it answers.</param>
/// <param name="Start">Where its value starts in the batch's bytes.</param>
/// <param name="Length">The length of its value in bytes.</param>
/// <param name="Sequence">0 for a single result; counts up for a stream of results of one record.</param>
/// <param name="IsFinal">Whether this is the record's last result.</param>
/// <param name="Error">Not null: the record failed; it goes to the dead-letter topic.</param>
public readonly record struct Result(StreamRecord Record, int Start, int Length, int Sequence, bool IsFinal, RecordError? Error);

/// <summary>
/// Results as one block of bytes with an index. Filled by a runner (as an <see cref="IBufferWriter{T}"/> for the value of the next result),
/// read by the sink, given back by the worker loop once everything in it is committed or dropped.
/// </summary>
public sealed class ResultBatch : IBufferWriter<byte>
{
    private readonly List<Result> _results = [];
    private readonly BitArray _settled = new(0);
    private readonly List<ProgressEntry> _progress = [];
    private readonly List<StateEntry> _states = [];
    private byte[] _bytes = [];
    private int _written;
    private int _resultStart;

    /// <summary>The batch whose records this answers whole: it is given back together with the results. Null for streams of results.</summary>
    public MicroBatch? Source { get; set; }

    /// <summary>The model that made the results.</summary>
    public ModelIdentity? Model { get; set; }

    /// <summary>When inference began, as a timestamp of the pipeline's <see cref="TimeProvider"/>.</summary>
    public long InferenceStartedAt { get; set; }

    /// <summary>When the results were complete, as a timestamp of the pipeline's <see cref="TimeProvider"/>; 0: the runner does not say.</summary>
    public long CompletedAt { get; set; }

    /// <summary>The results, in the order in which they were added.</summary>
    public ReadOnlySpan<Result> Results => CollectionsMarshal.AsSpan(_results);

    /// <summary>The number of results.</summary>
    public int Count => _results.Count;

    /// <summary>Bytes of all values.</summary>
    public int ByteCount => _written;

    /// <summary>How many results still wait for a commit; counted by the commit coordinator.</summary>
    internal int Uncommitted { get; set; }

    /// <summary>Bytes that wait for a commit; counted by the commit coordinator.</summary>
    internal long UncommittedBytes { get; set; }

    /// <summary>Whether result <paramref name="index"/> is committed or dropped.</summary>
    internal bool IsSettled(int index) => index < _settled.Count && _settled[index];

    /// <summary>Notes that result <paramref name="index"/> is committed or dropped.</summary>
    internal void Settle(int index)
    {
        if (_settled.Count < _results.Count) _settled.Length = _results.Count;
        if (_settled[index]) throw new InvalidOperationException($"Result {index} was settled twice.");
        _settled[index] = true;
        Uncommitted--;
    }

    /// <summary>The value of a result of this batch. Valid until the batch is cleared.</summary>
    public ReadOnlySpan<byte> ValueOf(in Result result) => _bytes.AsSpan(result.Start, result.Length);

    /// <summary>Closes the value written since the last result and adds it as a result of <paramref name="record"/>.</summary>
    public void Add(in StreamRecord record, int sequence = 0, bool isFinal = true)
    {
        _results.Add(new Result(record, _resultStart, _written - _resultStart, sequence, isFinal, null));
        _resultStart = _written;
    }

    /// <summary>Discards what was written since the last result and adds the failure of <paramref name="record"/>, which is final.</summary>
    public void AddFailure(in StreamRecord record, RecordError error, int sequence = 0)
    {
        _written = _resultStart;
        _results.Add(new Result(record, _resultStart, 0, sequence, true, error));
    }

    /// <summary>
    /// Closes the value written since the last result and adds it as the new value of a slot of the progress of <paramref name="record"/>. It
    /// is committed in the transaction of the results of this batch.
    /// </summary>
    public void AddProgress(in StreamRecord record, int slot)
    {
        _progress.Add(new ProgressEntry(record, slot, _resultStart, _written - _resultStart));
        _resultStart = _written;
    }

    /// <summary>Deletes a slot of the progress of <paramref name="record"/> in the transaction of the results of this batch.</summary>
    public void DeleteProgress(in StreamRecord record, int slot) => _progress.Add(new ProgressEntry(record, slot, 0, -1));

    /// <summary>The writes to the progress topic, in the order in which they were added.</summary>
    public IReadOnlyList<ProgressEntry> Progress => _progress;

    /// <summary>
    /// Adds the state of a key after the record of the last result. It is committed in the transaction of that result.
    /// </summary>
    /// <param name="cell">The state; its bytes are copied.</param>
    /// <exception cref="InvalidOperationException">There is no result, or a value is half written.</exception>
    public void AddState(StateCell cell)
    {
        ArgumentNullException.ThrowIfNull(cell);
        int keyStart = BeginState(cell.Key);
        StateRecord.WriteHeader(GetSpan(StateRecord.HeaderLength), cell.Offset, cell.Timestamp);
        Advance(StateRecord.HeaderLength);
        this.Write(cell.Value);
        EndState(keyStart, cell.Key.Length, StateRecord.HeaderLength + cell.Value.Length);
    }

    /// <summary>Forgets a key in the transaction of the last result.</summary>
    /// <exception cref="InvalidOperationException">There is no result, or a value is half written.</exception>
    public void ForgetState(ReadOnlySpan<byte> key) => EndState(BeginState(key), key.Length, -1);

    /// <summary>The writes to the state topic, in the order in which they were added.</summary>
    public ReadOnlySpan<StateEntry> States => CollectionsMarshal.AsSpan(_states);

    /// <summary>A slice of the batch's bytes.</summary>
    internal ReadOnlySpan<byte> Slice(int start, int length) => _bytes.AsSpan(start, length);

    /// <summary>Discards what was written since the last result.</summary>
    public void DiscardUnfinished() => _written = _resultStart;

    /// <summary>Empties the batch so that it can be filled again; keeps the buffers. Does not give back <see cref="Source"/>.</summary>
    public void Clear()
    {
        _results.Clear();
        _settled.SetAll(false);
        _progress.Clear();
        _states.Clear();
        _written = _resultStart = 0;
        Source = null;
        Model = null;
        Uncommitted = 0;
        CompletedAt = 0;
    }

    /// <inheritdoc/>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _bytes.Length - _written);
        _written += count;
    }

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsMemory(_written);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsSpan(_written);
    }

    private int BeginState(ReadOnlySpan<byte> key)
    {
        if (_results.Count == 0 || _written != _resultStart) throw new InvalidOperationException("A state follows the result of its record.");
        int start = _written;
        this.Write(key);
        return start;
    }

    private void EndState(int keyStart, int keyLength, int length)
    {
        _states.Add(new StateEntry(_results.Count - 1, keyStart, keyLength, length));
        _resultStart = _written;
    }

    private void Reserve(int sizeHint)
    {
        int needed = Math.Max(sizeHint, 1);
        if (_bytes.Length - _written >= needed) return;
        Array.Resize(ref _bytes, Math.Max(Math.Max(_bytes.Length * 2, 4096), checked(_written + needed)));
    }
}
