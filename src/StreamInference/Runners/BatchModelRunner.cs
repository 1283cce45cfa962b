using System.Collections.Concurrent;
using System.Threading.Channels;
using StreamInference.Records;

namespace StreamInference.Runners;

/// <summary>Runs an <see cref="IBatchModel"/> in a loop of its own, behind a bounded queue, so that scoring overlaps with committing.</summary>
public sealed class BatchModelRunner : IModelRunner
{
    private readonly IBatchModel _model;
    private readonly TimeProvider _time;
    private readonly int _queueCapacity;

    // The worker loop writes, the run loop reads.
    private readonly Channel<MicroBatch> _submitted;
    private readonly SemaphoreSlim _work = new(0);

    // The run loop writes, the worker loop reads. Unbounded, yet never longer than what was submitted.
    private readonly Channel<ResultBatch> _results = Channel.CreateUnbounded<ResultBatch>(new() { SingleReader = true, SingleWriter = true });
    private readonly ConcurrentQueue<ResultBatch> _free = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _runLoop;

    /// <summary>Warms the model up on its <see cref="IBatchModel.Sample"/>, then starts the loop.</summary>
    /// <param name="model">The model; disposed with the runner, or where its warm-up fails.</param>
    /// <param name="time">The pipeline's clock.</param>
    /// <param name="queueCapacity">How many batches may wait behind the running one, at least 1.</param>
    /// <exception cref="ModelBrokenException">The model failed on its own sample.</exception>
    public BatchModelRunner(IBatchModel model, TimeProvider time, int queueCapacity = 2)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(time);
        _model = model;
        _time = time;
        _queueCapacity = queueCapacity;
        WarmUp(model, time);
        _submitted = Channel.CreateBounded<MicroBatch>(new BoundedChannelOptions(queueCapacity) { SingleReader = true, SingleWriter = true });
        _runLoop = RunLoop.Start(Run, OnEnded, _stop.Token);
    }

    /// <inheritdoc/>
    public ChannelReader<ResultBatch> Results => _results.Reader;

    /// <inheritdoc/>
    public Action? ResultsAvailable { get; set; }

    /// <inheritdoc/>
    public int MaxBatchSize => _model.MaxBatchSize;

    /// <inheritdoc/>
    public bool KeepsState => _model.KeepsState;

    /// <inheritdoc/>
    public bool TrySubmit(MicroBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (batch.Count == 0 || batch.Count > _model.MaxBatchSize)
            throw new ArgumentException($"A batch has 1 to {_model.MaxBatchSize} records, this one has {batch.Count}.", nameof(batch));
        if (_model is not IPreparingBatchModel preparing) return TryQueue(batch);
        // Only this loop writes: what has room now still has it after the batch is prepared.
        if (_submitted.Reader.Count >= _queueCapacity) return false;
        preparing.Prepare(batch);
        return TryQueue(batch);
    }

    /// <inheritdoc/>
    public void Recycle(ResultBatch results)
    {
        ArgumentNullException.ThrowIfNull(results);
        results.Clear();
        _free.Enqueue(results);
    }

    /// <inheritdoc/>
    /// <remarks>A batch in the model cannot be stopped; the worker drops what comes of a partition that went away.</remarks>
    public void Cancel(RecordId record)
    {
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _submitted.Writer.TryComplete();
        await _stop.CancelAsync();
        await _runLoop;
        _model.Dispose();
        _work.Dispose();
        _stop.Dispose();
    }

    private bool TryQueue(MicroBatch batch)
    {
        if (!_submitted.Writer.TryWrite(batch)) return false;
        _work.Release();
        return true;
    }

    private static void WarmUp(IBatchModel model, TimeProvider time)
    {
        try
        {
            ModelWarmUp.Run(model, time);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private void Run()
    {
        while (true)
        {
            _work.Wait(_stop.Token);
            if (_submitted.Reader.TryRead(out MicroBatch? batch)) RunOne(batch);
        }
    }

    private void OnEnded(Exception? failure)
    {
        _results.Writer.TryComplete(failure);
        ResultsAvailable?.Invoke();
    }

    private void RunOne(MicroBatch batch)
    {
        if (!_free.TryDequeue(out ResultBatch? results)) results = new ResultBatch();
        results.Source = batch;
        results.Model = _model.Identity;
        results.InferenceStartedAt = _time.GetTimestamp();
        using (BatchTracing.Start(_model.Identity, batch)) _model.Run(batch, results);
        results.CompletedAt = _time.GetTimestamp();
        if (results.Count != batch.Count)
            throw new ModelBrokenException($"Model {_model.Identity} gave {results.Count} results for {batch.Count} records.");
        _results.Writer.TryWrite(results);
        ResultsAvailable?.Invoke();
    }
}
