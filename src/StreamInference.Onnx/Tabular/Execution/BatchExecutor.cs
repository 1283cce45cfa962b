using System.Text.RegularExpressions;
using Microsoft.ML.OnnxRuntime;
using StreamInference.Records;
using StreamInference.Runners;

namespace StreamInference.Onnx.Tabular;

/// <summary>
/// Runs the rows of a batch: all in one run where they are independent, else as many at a time as the model allows. When a run fails, finds the rows
/// that fail alone. Owned by the model's loop.
/// </summary>
internal sealed partial class BatchExecutor : IDisposable
{
    private readonly ModelTensors _rows;

    private readonly ModelTensors? _canary;
    private ModelTensors? _part;

    /// <param name="rows">The buffers that the records are decoded into.</param>
    /// <param name="rowsPerRun">The number of rows of each run; null: any.</param>
    /// <param name="canary">A row on which the model is known to run, to tell a broken model from a bad batch; null: none is known.</param>
    internal BatchExecutor(ModelTensors rows, int? rowsPerRun, ModelTensors? canary)
    {
        _rows = rows;
        RowsPerRun = rowsPerRun;
        _canary = canary;
        Failures = new RecordError?[rows.Capacity];
    }

    /// <summary>Null: a run takes any number of rows. Else a run has exactly as many, the missing ones filled up with copies.</summary>
    internal int? RowsPerRun { get; }

    /// <summary>Why a row of the last batch has no outputs; null: it has.</summary>
    internal RecordError?[] Failures { get; }

    private ModelTensors Part => _part ??= _rows.WithCapacity(RowsPerRun ?? _rows.Capacity);

    /// <summary>Runs the first <paramref name="count"/> rows.</summary>
    /// <exception cref="ModelBrokenException">The model cannot go on.</exception>
    internal void Run(int count)
    {
        Array.Clear(Failures, 0, count);
        if (RowsPerRun is { } perRun)
        {
            for (int from = 0; from < count; from += perRun) RunPart(from, Math.Min(perRun, count - from), perRun);
        }
        else
        {
            RunWhole(count);
        }
    }

    public void Dispose()
    {
        _part?.Dispose();
        _canary?.Dispose();
    }

    private void RunWhole(int count)
    {
        try
        {
            _rows.Run(count);
        }
        catch (OnnxRuntimeException exception)
        {
            Isolate(0, count, exception);
            CheckCanary(count, exception);
        }
    }

    private void RunPart(int from, int count, int runRows)
    {
        try
        {
            RunCopy(from, count, runRows);
        }
        catch (OnnxRuntimeException exception)
        {
            IsolatePart(from, count, exception);
        }
    }

    private void IsolatePart(int from, int count, OnnxRuntimeException exception)
    {
        if (count == 1 || RowsPerRun is null)
        {
            Isolate(from, count, exception);
            return;
        }

        // The model takes no fewer rows, so each one runs beside copies of itself.
        for (int row = from; row < from + count; row++) RunPart(row, 1, RowsPerRun.Value);
    }

    // A run of these rows has failed: one row is poison, more are halved.
    private void Isolate(int from, int count, OnnxRuntimeException failure)
    {
        ThrowIfBroken(failure);
        if (count == 1)
        {
            Failures[from] = new RecordError(RecordErrorCodes.ModelFailed, $"The model fails on this record alone: {Explain(failure.Message)}.");
            return;
        }

        int half = count / 2;
        TryHalf(from, half);
        TryHalf(from + half, count - half);
    }

    private void TryHalf(int from, int count)
    {
        try
        {
            RunCopy(from, count, count);
        }
        catch (OnnxRuntimeException exception)
        {
            Isolate(from, count, exception);
        }
    }

    private void RunCopy(int from, int count, int runRows)
    {
        ModelTensors part = Part;
        part.Clear();
        part.CopyInputs(_rows, from, 0, count);
        for (int row = count; row < runRows; row++) part.CopyInputs(_rows, from + count - 1, row, 1);
        part.Run(runRows);
        _rows.CopyOutputs(part, 0, from, count);
    }

    private void CheckCanary(int count, OnnxRuntimeException failure)
    {
        if (_canary is null || Failures.AsSpan(0, count).Contains(null)) return;
        try
        {
            _canary.Run(1);
        }
        catch (OnnxRuntimeException)
        {
            throw new ModelBrokenException("The model fails on every record, and now on a row that it ran before.", failure);
        }
    }

    private static void ThrowIfBroken(OnnxRuntimeException failure)
    {
        if (BrokenDevice().IsMatch(failure.Message)) throw new ModelBrokenException("The model's device or memory failed.", failure);
    }

    // ONNX Runtime's text can hold values of the record, so only the kind of failure and the operator go into the detail.
    private static string Explain(string message) =>
        Failure().Match(message) is { Success: true } match
            ? match.Groups["node"].Success ? $"{match.Groups["code"].Value} in {match.Groups["node"].Value}" : match.Groups["code"].Value
            : "unknown failure";

    [GeneratedRegex(@"\[ErrorCode:(?<code>\w+)\](?:.*?while running (?<node>\w+) node)?", RegexOptions.Singleline)]
    private static partial Regex Failure();

    [GeneratedRegex("CUDA (error|failure)|CUBLAS failure|CUDNN failure|out of memory|Failed to allocate memory|bad_alloc", RegexOptions.IgnoreCase)]
    private static partial Regex BrokenDevice();
}
