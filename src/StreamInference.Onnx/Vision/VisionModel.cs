using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using StreamInference.Onnx.Sessions;
using StreamInference.Onnx.States;
using StreamInference.Onnx.Vision.Description;
using StreamInference.Onnx.Vision.Frames;
using StreamInference.Onnx.Vision.Inference;
using StreamInference.Onnx.Vision.Results;
using StreamInference.Records;
using StreamInference.Runners;

namespace StreamInference.Onnx.Vision;

/// <summary>
/// Frames in, classes or boxes out. Batches are decoded by threads of the model's own as soon as they are submitted, into pinned tensors, so
/// that decoding overlaps with the run before. A broken frame is its record's failure; the others of its batch are not touched by it.
/// </summary>
public sealed partial class VisionModel : IPreparingBatchModel
{
    private static readonly RecordError StateNotFinite = new(RecordErrorCodes.InvalidOutput, "The state that the model gives is not finite; the key keeps the one before.");

    private readonly VisionDescription _description;
    private readonly VisionSession _session;
    private readonly FrameOutputs _outputs;
    private readonly IFrameInterpreter _interpreter;
    private readonly FrameResultWriter _writer;
    private readonly DecodePool _pool;

    // The model's thread decodes too.
    private readonly FrameWorker _ownWorker;

    // Prepared by the worker loop, run and given back by the model's thread.
    private readonly Lock _gate = new();
    private readonly List<FrameBatch> _free = [];
    private readonly List<FrameBatch> _prepared = [];

    private VisionModel(VisionDescription description, VisionSession session, ILogger logger)
    {
        (_description, _session) = (description, session);
        Identity = new ModelIdentity(description.Name, description.Version);
        _writer = new FrameResultWriter(Identity);
        _outputs = new FrameOutputs(session.Outputs);
        LabelSet labels = new(description.Labels);
        _interpreter = description.Postprocess switch
        {
            ClassificationSpec classification => new ClassificationInterpreter(classification, labels),
            DetectionSpec detection => new DetectionInterpreter(detection, DetectionInterpreter.CreateDecoder(detection, session.Preprocess.Fit, labels.Count), labels),
            _ => throw new ArgumentException("text is read by two models", nameof(description)),
        };
        _ownWorker = new FrameWorker(description, session.Preprocess);
        FramesPerRun = WarmUp(logger);
        _pool = new DecodePool(description.DecodeThreads, () => new FrameWorker(description, session.Preprocess));
    }

    /// <inheritdoc/>
    public ModelIdentity Identity { get; }

    /// <inheritdoc/>
    public bool KeepsState => _session.States is not null;

    /// <inheritdoc/>
    public int MaxBatchSize => _description.MaxBatchSize;

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> Sample => SampleFrame.Jpeg;

    /// <summary>What the model runs on.</summary>
    public OnnxSession Session => _session.Session;

    /// <summary>
    /// The frames of every run: the model's fixed batch axis where it has one, 1 where frames depend on the frames beside them; null: the whole batch.
    /// </summary>
    public int? FramesPerRun { get; }

    /// <summary>Loads a model, checks it against its description and warms it up.</summary>
    /// <param name="description">The description; of classification or detection.</param>
    /// <param name="sessions">Makes the session.</param>
    /// <param name="logger">Gets what the model runs on, and a warning about frames that depend on each other; null: no log.</param>
    /// <exception cref="ModelLoadException">The model cannot be served as described.</exception>
    public static VisionModel Load(VisionDescription description, OnnxSessionFactory sessions, ILogger? logger = null)
    {
        ArgumentNullException.ThrowIfNull(description);
        ArgumentNullException.ThrowIfNull(sessions);
        OnnxSessionOptions options = new() { Providers = description.Providers, Require = description.Require, IntraOpThreads = description.Threads };
        var session = VisionSession.Create(
            sessions.Create(description.File, options), description.File, description.Preprocess, description.Postprocess.Outputs, description.MaxBatchSize, description.State);
        try
        {
            return new VisionModel(description, session, logger ?? NullLogger.Instance);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Prepare(MicroBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var frames = Take();
        frames.Open(batch);
        lock (_gate) _prepared.Add(frames);
        _pool.Announce(frames);
    }

    /// <inheritdoc/>
    public void Run(MicroBatch batch, ResultBatch results)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(results);
        var frames = TakePrepared(batch);
        frames.Work(_ownWorker);
        frames.Wait();
        if (_session.States is { } states) RunInTurns(frames, states, results);
        else RunWhole(frames, results);
        GiveBack(frames);
    }

    private void RunWhole(FrameBatch frames, ResultBatch results)
    {
        int count = frames.Source!.Count;
        int step = FramesPerRun ?? count;
        for (int first = 0; first < count; first += step) RunPart(frames, first, step, Math.Min(step, count - first), results);
    }

    // A part ends before the second frame of a key: its state is what the first one leaves.
    private void RunInTurns(FrameBatch frames, FrameStates states, ResultBatch results)
    {
        int first = 0;
        states.Rows.Begin();
        for (int frame = 0; frame < frames.Source!.Count; frame++)
        {
            ref readonly var record = ref frames.Source.Records[frame];
            if (frame > first && (states.Rows.MustWait(record) || frame - first == FramesPerRun))
            {
                RunPart(frames, first, frame - first, frame - first, results);
                first = frame;
                states.Rows.Begin();
            }

            if (!record.HasKey) frames.Refuse(frame, KeyedRows.MissingKey);
            if (frames.ErrorOf(frame) is null) states.Load(states.Rows.Take(record, frame), frame);
        }

        RunPart(frames, first, frames.Source.Count - first, frames.Source.Count - first, results);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _pool.Dispose();
        _writer.Dispose();
        _session.Dispose();
    }

    private void RunPart(FrameBatch frames, int first, int step, int count, ResultBatch results)
    {
        if (AllBroken(frames, first, count))
        {
            for (int frame = first; frame < first + count; frame++) results.AddFailure(frames.Source!.Records[frame], frames.ErrorOf(frame)!);
            return;
        }

        string? refusal = _session.Run(frames.Tensor, first, step);
        if (refusal is null)
        {
            for (int frame = first; frame < first + count; frame++) AddResult(frames, frame, results);
        }
        else if (step == 1 || FramesPerRun is not null)
        {
            for (int frame = first; frame < first + count; frame++) AddRefusal(frames, frame, refusal, results);
        }
        else
        {
            // One frame may have failed the others: a frame is poison only when it fails alone.
            for (int frame = first; frame < first + count; frame++) RunPart(frames, frame, 1, 1, results);
        }
    }

    private void AddResult(FrameBatch frames, int frame, ResultBatch results)
    {
        ref readonly var record = ref frames.Source!.Records[frame];
        if (frames.ErrorOf(frame) is { } error)
        {
            results.AddFailure(record, error);
            return;
        }

        _outputs.Frame = frame;
        if (_session.States is not { } states)
        {
            _writer.Write(record, frames.PlacementOf(frame), _outputs, _interpreter, results);
            return;
        }

        if (!states.IsFinite(frame)) results.AddFailure(record, StateNotFinite);
        else if (_writer.Write(record, frames.PlacementOf(frame), _outputs, _interpreter, results)) states.Store(frame);
        states.Rows.Write(frame, results);
    }

    private void AddRefusal(FrameBatch frames, int frame, string refusal, ResultBatch results)
    {
        ref readonly var record = ref frames.Source!.Records[frame];
        results.AddFailure(record, frames.ErrorOf(frame) ?? new RecordError(RecordErrorCodes.ModelFailed, refusal));
        if (frames.ErrorOf(frame) is null) _session.States?.Rows.Write(frame, results);
    }

    private static bool AllBroken(FrameBatch frames, int first, int count)
    {
        for (int frame = first; frame < first + count; frame++)
            if (frames.ErrorOf(frame) is null) return false;
        return true;
    }

    // The largest batch of black frames: memory is taken and the shapes are checked before traffic comes.
    private int? WarmUp(ILogger logger)
    {
        var frames = Take();
        int? fixedBatch = _session.Shape.FixedBatch > 0 ? _session.Shape.FixedBatch : null;
        int step = fixedBatch ?? MaxBatchSize;
        if (_session.Run(frames.Tensor, 0, step) is { } refusal) throw new ModelLoadException($"{_description.File} does not run on {step} black frames: {refusal}");
        _outputs.Frame = 0;
        if (_interpreter.Check(_outputs) is { } wrong) throw new ModelLoadException($"{_description.File} does not fit postprocess of its description: {wrong}.");
        float difference = fixedBatch is null ? FrameIndependence.LargestDifference(_session, frames.Tensor, frames.Capacity) : 0;
        bool dependent = difference > FrameIndependence.Tolerance;
        if (dependent) LogDependent(logger, Identity, difference, _description.AllowRowDependence ? "as allow_row_dependence says" : "one at a time");
        int? framesPerRun = fixedBatch ?? (dependent && !_description.AllowRowDependence ? 1 : null);
        LogLoaded(logger, Identity, Session.Provider, framesPerRun ?? MaxBatchSize, _description.DecodeThreads);
        _free.Add(frames);
        return framesPerRun;
    }

    private FrameBatch Take()
    {
        lock (_gate)
        {
            if (_free.Count == 0) return new FrameBatch(_session.Capacity, _session.Preprocess.Bytes);
            var frames = _free[^1];
            _free.RemoveAt(_free.Count - 1);
            return frames;
        }
    }

    private FrameBatch TakePrepared(MicroBatch batch)
    {
        lock (_gate)
        {
            int at = _prepared.FindIndex(frames => ReferenceEquals(frames.Source, batch));
            if (at >= 0)
            {
                var frames = _prepared[at];
                _prepared.RemoveAt(at);
                return frames;
            }
        }

        var unprepared = Take();
        unprepared.Open(batch);
        _pool.Announce(unprepared);
        return unprepared;
    }

    private void GiveBack(FrameBatch frames)
    {
        frames.Close();
        lock (_gate) _free.Add(frames);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Loaded {Model} on {Provider}: up to {FramesPerRun} frames a run, {DecodeThreads} threads decode")]
    private static partial void LogLoaded(ILogger logger, ModelIdentity model, ExecutionProvider provider, int framesPerRun, int decodeThreads);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The frames of {Model} depend on the frames beside them (by {Difference} of the output), so they run {How}")]
    private static partial void LogDependent(ILogger logger, ModelIdentity model, float difference, string how);
}
