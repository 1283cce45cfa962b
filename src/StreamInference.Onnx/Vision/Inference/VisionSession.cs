using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using StreamInference.Onnx.Sessions;
using StreamInference.Onnx.States;
using StreamInference.Onnx.Vision.Preprocessing;

namespace StreamInference.Onnx.Vision.Inference;

/// <summary>What a model is, as a trial run shows it; declared shapes are only trusted where they are fixed.</summary>
/// <param name="FixedBatch">The frames of every run; 0 where any number will do.</param>
/// <param name="OutputShapes">The axes of each output behind the batch axis; null where the next frame may give others.</param>
internal sealed record ModelShape(int FixedBatch, IReadOnlyList<int[]>? OutputShapes);

/// <summary>
/// One session with one image input. Inputs and outputs lie in memory that is pinned once, and are bound once for each number of frames, so
/// that a run allocates nothing. Called by one thread at a time.
/// </summary>
internal sealed class VisionSession : IDisposable
{
    private readonly OnnxSession _session;
    private readonly RunOptions _runOptions = new();
    private readonly string _input;
    private readonly StateBuffer[] _states;
    private readonly long[] _frameShape;
    private readonly TensorElementType _inputType;
    private readonly Dictionary<(nint Tensor, int First, int Count), Binding> _bindings = [];

    private sealed record Binding(OrtIoBinding Io, OrtValue[] Values);

    private VisionSession(OnnxSession session, string name, string input, PreprocessSpec preprocess, string[] outputs, StateDescription? state, int maxBatchSize)
    {
        (_session, _input, Preprocess) = (session, input, preprocess);
        _states = [.. state?.Tensors.Select(tensor => new StateBuffer(tensor, session.Session, name, Math.Max(2, maxBatchSize))) ?? []];
        _inputType = preprocess.Type == PixelType.Float32 ? TensorElementType.Float : TensorElementType.UInt8;
        var (c, h, w) = ((long)preprocess.Channels, (long)preprocess.Fit.Height, (long)preprocess.Fit.Width);
        _frameShape = preprocess.Layout == TensorLayout.Nchw ? [c, h, w] : [h, w, c];
        Outputs = [.. outputs.Select(name => new OutputBuffer(name, session.Session.OutputMetadata[name].ElementDataType))];
        Shape = Learn();
        Capacity = Shape.FixedBatch > 0 ? Chunks(maxBatchSize, Shape.FixedBatch) : maxBatchSize;
        if (state is not null)
        {
            if (Shape.OutputShapes is null) throw new ModelLoadException($"state of {name}: every output must declare its axes.");
            if (Shape.FixedBatch > 1) throw new ModelLoadException($"state of {name}: the batch axis is fixed to {Shape.FixedBatch}; it must be free, or 1.");
            States = new FrameStates(state, _states, Capacity);
        }

        if (Shape.OutputShapes is not { } shapes) return;
        for (int i = 0; i < Outputs.Length; i++) Outputs[i].Reserve(shapes[i], Capacity);
    }

    /// <summary>The preprocessing with the size that the model has.</summary>
    public PreprocessSpec Preprocess { get; }

    /// <summary>The outputs, in the order of the description.</summary>
    public OutputBuffer[] Outputs { get; }

    /// <summary>The states of the frames; null where the model carries none.</summary>
    public FrameStates? States { get; }

    /// <summary>What the trial runs showed.</summary>
    public ModelShape Shape { get; }

    /// <summary>Frames that a batch tensor must have room for: a fixed batch axis is filled up.</summary>
    public int Capacity { get; }

    /// <summary>The provider, and the ones that were refused.</summary>
    public OnnxSession Session => _session;

    /// <summary>Makes a session fit the description; owns <paramref name="session"/> even when it throws.</summary>
    /// <exception cref="ModelLoadException">Model and description contradict each other.</exception>
    public static VisionSession Create(
        OnnxSession session, string name, PreprocessSpec preprocess, IReadOnlyList<string> outputs, int maxBatchSize, StateDescription? state = null)
    {
        try
        {
            string input = ModelInput.Frames(session.Session, name, state);
            var fitted = ModelInput.Fit(session.Session, name, input, preprocess);
            foreach (string output in outputs)
            {
                if (!session.Session.OutputMetadata.ContainsKey(output))
                    throw new ModelLoadException($"{name} has no output \"{output}\"; there are {string.Join(", ", session.Session.OutputNames)}.");
            }

            string[] results = outputs.Count > 0 ? [.. outputs] : [.. session.Session.OutputNames.Except(state?.Tensors.Select(tensor => tensor.Output) ?? [])];
            return new(session, name, input, fitted, results, state, maxBatchSize);
        }
        catch (OnnxRuntimeException exception)
        {
            session.Dispose();
            throw new ModelLoadException($"{name} does not run on a black frame: {exception.Message}", exception);
        }
        catch (ModelLoadException)
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>Runs the frames from <paramref name="first"/> on. Their outputs can be read until the next run.</summary>
    /// <param name="tensor">The batch tensor, pinned for as long as the session lives.</param>
    /// <param name="first">The first frame's place in it.</param>
    /// <param name="count">How many; the model's fixed number where it has one.</param>
    /// <returns>Null, or why the model refuses these frames.</returns>
    public string? Run(nint tensor, int first, int count)
    {
        var binding = Bind(tensor, first, count);
        try
        {
            if (Shape.OutputShapes is null) return RunUnbound(binding.Values[0], first, count);
            _session.Session.RunWithBinding(_runOptions, binding.Io);
            foreach (var output in Outputs) output.Convert(first, count);
            return null;
        }
        catch (OnnxRuntimeException exception)
        {
            return exception.Message;
        }
    }

    private string? RunUnbound(OrtValue input, int first, int count)
    {
        using var values = _session.Session.Run(_runOptions, [_input], [input], [.. Outputs.Select(output => output.Name)]);
        for (int i = 0; i < Outputs.Length; i++)
            if (!Outputs[i].TryTake(values[i], first, count)) return $"the output \"{Outputs[i].Name}\" has no row for each frame";
        return null;
    }

    public void Dispose()
    {
        foreach (var binding in _bindings.Values)
        {
            binding.Io.Dispose();
            foreach (var value in binding.Values) value.Dispose();
        }

        _runOptions.Dispose();
        _session.Dispose();
    }

    private static int Chunks(int frames, int size) => (frames + size - 1) / size * size;

    private Binding Bind(nint tensor, int first, int count)
    {
        if (_bindings.TryGetValue((tensor, first, count), out var bound)) return bound;
        var io = _session.Session.CreateIoBinding();
        var input = OrtValue.CreateTensorValueWithData(
            OrtMemoryInfo.DefaultInstance, _inputType, [count, .. _frameShape], tensor + (nint)first * Preprocess.Bytes, (long)count * Preprocess.Bytes);
        List<OrtValue> values = [input];
        io.BindInput(_input, input);
        foreach (var state in _states)
        {
            OrtValue before = state.CreateIn(first, count), after = state.CreateOut(first, count);
            io.BindInput(state.Description.Input, before);
            io.BindOutput(state.Description.Output, after);
            values.AddRange([before, after]);
        }

        if (Shape.OutputShapes is not null)
        {
            foreach (var output in Outputs)
            {
                var value = output.CreateValue(first, count);
                io.BindOutput(output.Name, value);
                values.Add(value);
            }
        }

        return _bindings[(tensor, first, count)] = new(io, [.. values]);
    }

    // Black frames, one and two of them: shows whether the batch axis is free and how the outputs look.
    private ModelShape Learn()
    {
        int declared = _session.Session.InputMetadata[_input].Dimensions[0];
        var one = Trial(Math.Max(1, declared));
        bool free = declared <= 0 && TryTwo(out var two) && SameRows(one, two);
        // An axis that is declared free may have another size for the next frame.
        bool steady = Outputs.All(output => _session.Session.OutputMetadata[output.Name].Dimensions.Skip(1).All(axis => axis > 0));
        return new(free ? 0 : Math.Max(1, declared), steady ? Rows(one) : null);
    }

    private bool TryTwo(out List<long[]> shapes)
    {
        try
        {
            shapes = Trial(2);
            return true;
        }
        catch (OnnxRuntimeException)
        {
            // The axis is declared free, but some constant inside is not.
            shapes = [];
            return false;
        }
    }

    private List<long[]> Trial(int frames)
    {
        byte[] black = new byte[frames * Preprocess.Bytes];
        using var input = _inputType == TensorElementType.Float
            ? OrtValue.CreateTensorValueFromMemory(new float[frames * Preprocess.Elements], [frames, .. _frameShape])
            : OrtValue.CreateTensorValueFromMemory(black, [frames, .. _frameShape]);
        OrtValue[] states = [.. _states.Select(state => state.CreateIn(0, frames))];
        using var values = _session.Session.Run(
            _runOptions, [_input, .. _states.Select(state => state.Description.Input)], [input, .. states], [.. Outputs.Select(output => output.Name)]);
        foreach (var state in states) state.Dispose();
        List<long[]> shapes = [.. values.Select(value => value.GetTensorTypeAndShape().Shape)];
        var wrong = shapes.FindIndex(shape => shape.Length == 0 || shape[0] != frames);
        if (wrong >= 0)
        {
            string shape = string.Join(", ", shapes[wrong].Select(axis => axis.ToString(CultureInfo.InvariantCulture)));
            throw new ModelLoadException($"the output \"{Outputs[wrong].Name}\" has the shape [{shape}] for {frames} frames: its first axis must be the batch");
        }

        return shapes;
    }

    private static bool SameRows(List<long[]> one, List<long[]> two) =>
        one.Zip(two).All(pair => pair.First.AsSpan(1).SequenceEqual(pair.Second.AsSpan(1)));

    private static List<int[]> Rows(List<long[]> shapes) => [.. shapes.Select(shape => shape[1..].Select(axis => checked((int)axis)).ToArray())];
}
